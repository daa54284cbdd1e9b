//! An account as the replies show it: the facts that findings and calls are made from.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::kinds::DecodeError;
use crate::model::{Desired, ReadError, Replies};

use super::place::{Inhabitant, Stat};
use super::reads::{self, NO_HOME};

/// What is known of an account, its groups and its home.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Account {
    /// The entry, if there is such an account.
    pub entry: Option<Entry>,
    /// Every local group, in the order of the sudoers file.
    pub groups: Vec<Group>,
    /// The shells that the system offers, if they may be read.
    pub shells: Option<Vec<String>>,
    /// The present home.
    pub present: Home,
    /// The home that the manifest names; the same as the present one if it names none.
    pub wanted: Home,
    /// Another account that lives in the wanted home.
    pub taken_by: Option<String>,
    /// Whether the directory above the wanted home exists; `None` if it may not be read.
    pub parent_exists: Option<bool>,
    /// The directories above the wanted home that there are, as far as they may be read.
    pub above: Vec<(String, Stat)>,
    /// The nearest existing dataset at or above the wanted home.
    pub dataset: Option<Dataset>,
    /// Commands of the manifest's sudo lists that the system does not have.
    pub missing_commands: Vec<String>,
}

/// An account's entry of `user.query`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
    /// The lines of its key file; `None` if there is none or it could not be read.
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
        let groups = replies.get(&reads::groups())?.as_array().cloned().unwrap_or_default();
        let shells = replies.get(&reads::shells()).ok().and_then(Value::as_object);
        let present = entry.as_ref().map(|entry| entry.home.as_str()).filter(|it| is_home(it));
        let wanted = reads::wanted_home(want).or(present);
        let mut account = Self {
            groups: groups.iter().filter_map(Group::decode).collect(),
            shells: shells.map(|choices| choices.keys().cloned().collect()),
            present: present.map(|path| Home::decode(path, replies)).unwrap_or_default(),
            wanted: wanted.map(|path| Home::decode(path, replies)).unwrap_or_default(),
            missing_commands: missing_commands(want, replies),
            entry,
            ..Self::default()
        };
        if let Some(path) = reads::wanted_home(want) {
            account.surroundings(name, path, replies);
        }
        Ok(account)
    }

    /// What is around the wanted home.
    fn surroundings(&mut self, name: &str, path: &str, replies: &Replies) {
        let others = replies.get(&reads::inhabitants(path)).ok().and_then(Value::as_array);
        self.taken_by = others
            .into_iter()
            .flatten()
            .filter(|entry| entry.get("home").and_then(Value::as_str) == Some(path))
            .filter_map(|entry| entry.get("username").and_then(Value::as_str))
            .find(|other| *other != name)
            .map(Into::into);
        self.above = reads::above(path)
            .into_iter()
            .filter_map(|path| {
                Some((path.into(), Stat::decode(replies.get(&reads::stat(path)).ok()?)?))
            })
            .collect();
        self.parent_exists = match replies.get(&reads::stat(reads::parent(path))) {
            Ok(_) => Some(true),
            Err(ReadError::Missing(_)) => Some(false),
            Err(_) => None,
        };
        self.dataset = reads::dataset_names(path).iter().find_map(|name| {
            let entry = replies.entry(&reads::datasets(path), "id", name).ok().flatten()?;
            let readonly = entry.pointer("/readonly/value").and_then(Value::as_str);
            Some(Dataset {
                name: name.clone(),
                locked: entry.get("locked").and_then(Value::as_bool).unwrap_or(false),
                readonly: readonly == Some("ON"),
            })
        });
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

    /// The group of that name.
    pub fn group(&self, name: &str) -> Option<&Group> {
        self.groups.iter().find(|group| group.name == name)
    }
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
    text.split('\n').map(Into::into).collect()
}

fn texts(value: Option<&Value>) -> Vec<String> {
    let members = value.and_then(Value::as_array).into_iter().flatten();
    members.filter_map(Value::as_str).map(Into::into).collect()
}

impl Entry {
    fn decode(entry: &Value) -> Result<Self, DecodeError> {
        let missing =
            |field: &str| DecodeError::Field { method: "user.query", field: field.into() };
        let number =
            |path: &str| entry.pointer(path).and_then(Value::as_u64).ok_or_else(|| missing(path));
        let text = |path: &str| {
            let text = entry.pointer(path).and_then(Value::as_str);
            text.map(String::from).ok_or_else(|| missing(path))
        };
        let flag = |path: &str| entry.pointer(path).and_then(Value::as_bool);
        let keys = entry.get("sshpubkey").and_then(Value::as_str).filter(|it| !it.is_empty());
        let uid = number("/uid")?;
        let builtin = flag("/builtin").ok_or_else(|| missing("/builtin"))?;
        Ok(Self {
            id: number("/id")?,
            uid,
            gid: number("/group/bsdgrp_gid")?,
            group: text("/group/bsdgrp_group")?,
            groups: entry
                .get("groups")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .filter_map(Value::as_u64)
                .collect(),
            home: text("/home")?,
            full_name: text("/full_name")?,
            shell: text("/shell")?,
            keys: keys.map(lines),
            sudo: texts(entry.get("sudo_commands")),
            sudo_no_password: texts(entry.get("sudo_commands_nopasswd")),
            builtin,
            // The administrator of the installation has uid 950 and is as fixed as a builtin one.
            immutable: flag("/immutable").unwrap_or(builtin || uid == 950),
            locked: flag("/locked").ok_or_else(|| missing("/locked"))?,
            password_disabled: flag("/password_disabled").unwrap_or(false),
            password_login: flag("/ssh_password_enabled").unwrap_or(false),
        })
    }
}

impl Group {
    fn decode(entry: &Value) -> Option<Self> {
        let number = |name: &str| entry.get(name).and_then(Value::as_u64);
        let users = entry.get("users").and_then(Value::as_array).into_iter().flatten();
        Some(Self {
            id: number("id")?,
            gid: number("gid")?,
            name: entry.get("group")?.as_str()?.into(),
            users: users.filter_map(Value::as_u64).collect(),
            sudo: texts(entry.get("sudo_commands")),
            sudo_no_password: texts(entry.get("sudo_commands_nopasswd")),
        })
    }
}

impl Home {
    fn decode(path: &str, replies: &Replies) -> Self {
        let stat = |path: &str| replies.get(&reads::stat(path)).ok().and_then(Stat::decode);
        let denied = matches!(replies.get(&reads::stat(path)), Err(ReadError::Denied));
        Self {
            path: path.into(),
            directory: stat(path),
            ssh: stat(&reads::ssh_directory(path)),
            key_file: stat(&reads::key_file(path)),
            hidden: denied,
        }
    }
}
