//! An account as the replies show it: the facts that findings and calls are made from.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use crate::kinds::DecodeError;
use crate::kinds::object::Object;
use crate::model::{Desired, Live, ReadError, Replies};

use super::findings::texts;
use super::place::{Inhabitant, Stat};
use super::reads::{self, NO_HOME};

/// What is known of an account, its groups and its home.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Account {
    /// The entry, if there is such an account.
    pub entry: Option<Entry>,
    /// Every local group, in the order of the sudoers file.
    pub groups: Arc<Vec<Group>>,
    /// The shells that the system offers, if they may be read.
    pub shells: Option<Arc<Vec<String>>>,
    /// The present home.
    pub present: Home,
    /// The home that the manifest names; the same as the present one if it names none.
    pub wanted: Home,
    /// Another account that lives in the wanted home.
    pub taken_by: Option<String>,
    /// Whether the directory above the wanted home exists; `None` if it may not be read.
    pub parent_exists: Option<bool>,
    /// The directories above the present and the wanted home, as far as they may be read.
    pub above: Vec<(String, Stat)>,
    /// The nearest existing dataset at or above the wanted home.
    pub dataset: Option<Dataset>,
    /// Commands of the manifest's sudo lists that the system does not have.
    pub missing_commands: Vec<String>,
    /// When it was read.
    pub read_at: Timestamp,
}

/// An account's entry of `user.query`.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// What calls name it by; not the uid.
    pub id: u64,
    /// The uid.
    pub uid: u64,
    /// The primary group's gid.
    pub gid: u64,
    /// The primary group's name.
    pub group: String,
    /// The ids of the other groups.
    pub groups: Vec<u64>,
    /// Its home.
    pub home: String,
    /// Its full name.
    pub full_name: String,
    /// Its login shell.
    pub shell: String,
    /// The lines of its key file; `None` if there is none or it could not be read
    /// (`plugins/account.py`, `_read_authorized_keys`).
    pub keys: Option<Vec<String>>,
    /// Commands with a password.
    pub sudo: Vec<String>,
    /// Commands without a password.
    pub sudo_no_password: Vec<String>,
    /// Part of the system.
    pub builtin: bool,
    /// Its home, name and groups cannot be changed.
    pub immutable: bool,
    /// Locked.
    pub locked: bool,
    /// It has no password.
    pub password_disabled: bool,
    /// Its password logs in over SSH.
    pub password_login: bool,
}

/// A group.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// What calls name it by; not the gid.
    pub id: u64,
    /// Its gid.
    pub gid: u64,
    /// Its name.
    pub name: String,
    /// The ids of its members.
    pub users: Vec<u64>,
    /// Commands with a password.
    pub sudo: Vec<String>,
    /// Commands without a password.
    pub sudo_no_password: Vec<String>,
}

/// A home directory.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Home {
    /// Its path; empty if there is none.
    pub path: String,
    /// What stands there.
    pub directory: Option<Stat>,
    /// Its `.ssh`.
    pub ssh: Option<Stat>,
    /// Its `authorized_keys`.
    pub key_file: Option<Stat>,
    /// The login may not look.
    pub hidden: bool,
}

/// The dataset of a home.
#[derive(Clone, Debug, PartialEq)]
pub struct Dataset {
    /// Its name.
    pub name: String,
    /// Locked.
    pub locked: bool,
    /// Read-only.
    pub readonly: bool,
}

impl Account {
    /// Decodes the replies.
    ///
    /// # Errors
    /// A reply that is missing or has not the shape that it should.
    pub fn decode(want: &Desired, replies: &Replies) -> Result<Self, DecodeError> {
        let name = want.address.key();
        let entry = replies.entry(&reads::account(name), "username", name)?;
        let entry = entry.map(Entry::decode).transpose()?;
        let groups = replies.decoded(&reads::groups(), groups)?;
        let shells = replies.decoded(&reads::shells(), shells).ok();
        let present = entry.as_ref().map(|entry| entry.home.as_str()).filter(|it| is_home(it));
        let wanted = reads::wanted_home(want).or(present);
        let mut account = Self {
            groups,
            shells,
            present: Home::of(present, replies)?,
            wanted: Home::of(wanted, replies)?,
            missing_commands: missing_commands(want, replies),
            read_at: replies.received_at(),
            ..Self::default()
        };
        let homes: BTreeSet<&str> = [present, wanted].into_iter().flatten().collect();
        let above: BTreeSet<&str> = homes.into_iter().flat_map(reads::above).collect();
        for directory in above {
            if let Ok(reply) = replies.get(&reads::stat(directory)) {
                account.above.push((directory.into(), Stat::decode(reply)?));
            }
        }
        if let Some(path) = reads::wanted_home(want) {
            account.surroundings(name, path, replies)?;
        }
        account.entry = entry;
        Ok(account)
    }

    /// What is around the wanted home.
    fn surroundings(
        &mut self,
        name: &str,
        path: &str,
        replies: &Replies,
    ) -> Result<(), DecodeError> {
        if replies.get(&reads::inhabitants(path)).is_ok() {
            let homes = replies.decoded(&reads::inhabitants(path), homes)?;
            let mut inhabitants = homes.0.get(path).into_iter().flatten();
            self.taken_by = inhabitants.find(|username| *username != name).cloned();
        }
        self.parent_exists = match replies.get(&reads::stat(reads::parent(path))) {
            Ok(_) => Some(true),
            Err(ReadError::Missing(_)) => Some(false),
            Err(_) => None,
        };
        for name in reads::dataset_names(path) {
            match replies.entry(&reads::datasets(path), "id", &name) {
                Ok(Some(entry)) => {
                    self.dataset = Some(Dataset::decode(name, entry)?);
                    break;
                }
                Ok(None) | Err(ReadError::Denied) => {}
                Err(other) => return Err(other.into()),
            }
        }
        Ok(())
    }

    /// What decoding left of an account; `None` if nothing of it may be read.
    pub fn of(live: &Live) -> Option<&Self> {
        live.detail.as_ref()?.get()
    }

    /// Whether the account may enter a directory, as far as its mode says.
    pub fn enters(&self, directory: &Stat) -> bool {
        let bit = match &self.entry {
            Some(entry) if entry.uid == 0 => return true,
            Some(entry) if entry.uid == directory.uid => 0o100,
            Some(entry) if entry.gid == directory.gid || self.is_in_group(directory.gid) => 0o010,
            // An account that is to be made is in nobody's group yet.
            _ => 0o001,
        };
        directory.mode & bit != 0
    }

    fn is_in_group(&self, gid: u64) -> bool {
        let names = self.group_names();
        self.groups.iter().any(|group| group.gid == gid && names.contains(&group.name))
    }

    /// Whose home it is, once the account exists.
    pub fn inhabitant(&self) -> Option<Inhabitant> {
        let entry = self.entry.as_ref()?;
        let own =
            self.groups.iter().find(|group| group.gid == entry.gid && group.name == entry.group);
        let alone = own.is_none_or(|group| group.users.iter().all(|user| *user == entry.id));
        Some(Inhabitant { uid: entry.uid, gid: entry.gid, alone_in_group: alone })
    }

    /// The names of the groups that the account is in beside its own.
    pub fn group_names(&self) -> Vec<String> {
        let ids = self.entry.as_ref().map(|entry| entry.groups.as_slice()).unwrap_or_default();
        let member = |group: &&Group| ids.contains(&group.id);
        let mut names: Vec<String> =
            self.groups.iter().filter(member).map(|group| group.name.clone()).collect();
        names.sort();
        names
    }

    /// The groups that the account is in once the manifest holds, its own among them.
    pub fn groups_to_be<'a>(&'a self, want: &Desired) -> impl Iterator<Item = &'a Group> {
        let leaves = want.switched_on("groups.exclusive");
        let mut names = if leaves { Vec::new() } else { self.group_names() };
        names.extend(texts(want.get("groups.names")));
        names.extend(self.entry.as_ref().map(|entry| entry.group.clone()));
        self.groups.iter().filter(move |group| names.contains(&group.name))
    }

    /// The group of that name.
    pub fn group(&self, name: &str) -> Option<&Group> {
        self.groups.iter().find(|group| group.name == name)
    }
}

/// The groups of a system.
fn groups(reply: &Value) -> Result<Vec<Group>, DecodeError> {
    reply.as_array().into_iter().flatten().map(Group::decode).collect()
}

/// The accounts that live in a directory, by its path.
struct Homes(BTreeMap<String, Vec<String>>);

fn homes(reply: &Value) -> Result<Homes, DecodeError> {
    let mut homes: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for account in reply.as_array().into_iter().flatten() {
        let account = Object::new("user.query", account);
        homes.entry(account.text("home")?).or_default().push(account.text("username")?);
    }
    Ok(Homes(homes))
}

/// The shells of a system.
fn shells(reply: &Value) -> Result<Vec<String>, DecodeError> {
    let choices = reply
        .as_object()
        .ok_or_else(|| Object::new("user.shell_choices", reply).lacks("choices"))?;
    Ok(choices.keys().cloned().collect())
}

/// Whether a path is a home and not what stands for none.
pub fn is_home(path: &str) -> bool {
    !path.is_empty() && !NO_HOME.contains(&path)
}

fn missing_commands(want: &Desired, replies: &Replies) -> Vec<String> {
    let missing =
        |command: &String| matches!(replies.get(&reads::stat(command)), Err(ReadError::Missing(_)));
    reads::commands(want).into_iter().filter(missing).collect()
}

fn lines(text: &str) -> Vec<String> {
    if text.is_empty() { Vec::new() } else { text.split('\n').map(Into::into).collect() }
}

impl Entry {
    fn decode(entry: &Value) -> Result<Self, DecodeError> {
        let entry = Object::new("user.query", entry);
        let keys = entry.text_if_any("sshpubkey")?;
        Ok(Self {
            id: entry.number("id")?,
            uid: entry.number("uid")?,
            gid: entry.number("group.bsdgrp_gid")?,
            group: entry.text("group.bsdgrp_group")?,
            groups: entry.numbers("groups")?,
            home: entry.text("home")?,
            full_name: entry.text("full_name")?,
            shell: entry.text("shell")?,
            keys: keys.as_deref().map(lines),
            sudo: entry.texts("sudo_commands")?,
            sudo_no_password: entry.texts("sudo_commands_nopasswd")?,
            builtin: entry.flag("builtin")?,
            immutable: entry.flag("immutable")?,
            locked: entry.flag("locked")?,
            password_disabled: entry.flag("password_disabled")?,
            password_login: entry.flag("ssh_password_enabled")?,
        })
    }
}

impl Group {
    fn decode(entry: &Value) -> Result<Self, DecodeError> {
        let entry = Object::new("group.query", entry);
        Ok(Self {
            id: entry.number("id")?,
            gid: entry.number("gid")?,
            name: entry.text("group")?,
            users: entry.numbers("users")?,
            sudo: entry.texts("sudo_commands")?,
            sudo_no_password: entry.texts("sudo_commands_nopasswd")?,
        })
    }
}

impl Dataset {
    fn decode(name: String, entry: &Value) -> Result<Self, DecodeError> {
        let entry = Object::new("pool.dataset.query", entry);
        let readonly = entry.text("readonly.value")? == "ON";
        Ok(Self { name, locked: entry.flag("locked")?, readonly })
    }
}

impl Home {
    /// The home at a path; without one, none.
    fn of(path: Option<&str>, replies: &Replies) -> Result<Self, DecodeError> {
        let Some(path) = path else { return Ok(Self::default()) };
        let stat = |path: &str| replies.get(&reads::stat(path)).ok().map(Stat::decode).transpose();
        let denied = matches!(replies.get(&reads::stat(path)), Err(ReadError::Denied));
        Ok(Self {
            path: path.into(),
            directory: stat(path)?,
            ssh: stat(&reads::ssh_directory(path))?,
            key_file: stat(&reads::key_file(path))?,
            hidden: denied,
        })
    }
}
