//! An account as the replies show it: the facts that findings and calls are made from.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use crate::kinds::DecodeError;
use crate::kinds::object::Object;
use crate::model::mountpoint;
use crate::model::{BlockedReason, Desired, Live};
use crate::truenas_wire::{ReadError, Replies};

use super::commands::{self, Refused};
use super::entry::Entry;
use super::group::{self, Group};
use super::home_dataset::Dataset;
use super::place::{Inhabitant, Stat};
use super::reads::{self, NO_HOME};
use crate::model::field::texts;

/// What is known of an account, its groups and its home.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Account {
    /// The entry, if there is such an account.
    pub entry: Option<Entry>,
    /// The groups that the account is in or will be, and perhaps others, in the order of the sudoers
    /// file.
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
    /// Commands of the manifest's sudo lists that the system would refuse.
    pub refused_commands: Vec<Refused>,
    /// When it was read.
    pub read_at: Timestamp,
}

/// A home directory.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Home {
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
    /// The nearest existing dataset at or above it that is mounted where its name says.
    pub dataset: Option<Dataset>,
    /// A nearer one that is not mounted there.
    pub unmounted: Option<Dataset>,
}

impl Account {
    /// Decodes the replies.
    ///
    /// # Errors
    /// A reply that is missing or has not the shape that it should.
    pub(crate) fn decode(want: &Desired, replies: &Replies) -> Result<Self, DecodeError> {
        let name = want.address.key();
        let entry = replies.entry(&reads::account(name), "username", name)?;
        let entry = entry.map(Entry::decode).transpose()?;
        let groups = match replies.decoded(&reads::groups(), group::groups) {
            Err(DecodeError::Read(ReadError::NotAsked(_))) => {
                replies.decoded(&reads::groups_by_name(want), group::groups)?
            }
            all => all?,
        };
        let shells = replies.decoded(&reads::shells(), shells).ok();
        let present = entry.as_ref().map(|entry| entry.home.as_str()).filter(|it| is_home(it));
        let wanted = reads::wanted_home(want).or(present);
        let mut account = Self {
            groups,
            shells,
            present: Home::of(present, replies)?,
            wanted: Home::of(wanted, replies)?,
            refused_commands: commands::refused(want, replies)?,
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
        Ok(())
    }

    /// What decoding left of an account; `None` if nothing of it may be read.
    pub(crate) fn of(live: &Live) -> Option<&Self> {
        live.detail.as_ref()?.get()
    }

    /// Whether the account may enter a directory, as far as its mode says.
    pub(crate) fn enters(&self, directory: &Stat) -> bool {
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
    pub(crate) fn inhabitant(&self) -> Option<Inhabitant> {
        let entry = self.entry.as_ref()?;
        let own =
            self.groups.iter().find(|group| group.gid == entry.gid && group.name == entry.group);
        let alone = own.is_none_or(|group| group.users.iter().all(|user| *user == entry.id));
        Some(Inhabitant { uid: entry.uid, gid: entry.gid, alone_in_group: alone })
    }

    /// The dataset that the wanted home would be in by its path, if it is mounted elsewhere or not
    /// at all and no plain directory can hold the home instead.
    pub(crate) fn not_in_its_dataset(&self) -> Option<&Dataset> {
        let unmounted = self.wanted.unmounted.as_ref()?;
        let is_mountpoint = mountpoint::dataset_at(&self.wanted.path) == Some(&unmounted.name);
        let no_directory = self.wanted.directory.is_none();
        let no_parent = self.parent_exists != Some(true);
        (no_directory && (is_mountpoint || no_parent)).then_some(unmounted)
    }

    /// The names of the groups that the account is in beside its own.
    pub(crate) fn group_names(&self) -> Vec<String> {
        let ids = self.entry.as_ref().map(|entry| entry.groups.as_slice()).unwrap_or_default();
        let member = |group: &&Group| ids.contains(&group.id);
        let mut names: Vec<String> =
            self.groups.iter().filter(member).map(|group| group.name.clone()).collect();
        names.sort();
        names
    }

    /// The name of the account's own group. A group that has the name of an account to be made
    /// becomes its own, with its sudo rules (recorded: scenario `groups`).
    pub(crate) fn own_group<'a>(&'a self, account: &'a str) -> &'a str {
        self.entry.as_ref().map_or(account, |entry| &entry.group)
    }

    /// The groups that the account is in once the manifest holds, its own among them.
    pub(crate) fn groups_to_be<'a>(&'a self, want: &Desired) -> impl Iterator<Item = &'a Group> {
        let leaves = want.switched_on("groups.exclusive");
        let mut names = if leaves { Vec::new() } else { self.group_names() };
        names.extend(texts(want.get("groups.names")));
        names.push(self.own_group(want.address.key()).into());
        self.groups.iter().filter(move |group| names.contains(&group.name))
    }

    /// Why TrueNAS would refuse these groups, if it would: all of an account's are sent.
    pub(crate) fn refused_groups(&self, names: &[String]) -> Option<(BlockedReason, String)> {
        if names.len() > MOST_GROUPS {
            let remedy = format!(
                "it would be in {} groups besides its own, and TrueNAS allows {MOST_GROUPS}; name \
                 fewer, or take it out of others",
                names.len()
            );
            return Some((BlockedReason::TooManyGroups, remedy));
        }
        let closed = |name: &&String| self.group(name).is_some_and(Group::is_closed);
        let name = names.iter().find(closed)?;
        let remedy = format!(
            "`{name}` is a builtin group that TrueNAS lets nobody into, and an account that is in \
             it cannot be put into others either; choose another group"
        );
        Some((BlockedReason::ClosedGroup, remedy))
    }

    /// The group of that name.
    pub(crate) fn group(&self, name: &str) -> Option<&Group> {
        self.groups.iter().find(|group| group.name == name)
    }
}

/// The accounts that live in a directory, by its path.
struct Homes(BTreeMap<String, Vec<String>>);

fn homes(reply: &Value) -> Result<Homes, DecodeError> {
    let mut homes: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for account in reply.as_array().into_iter().flatten() {
        let account = Object::new("user.query", account);
        let home = reads::normalized(&account.text("home")?);
        homes.entry(home).or_default().push(account.text("username")?);
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

/// How many groups an account may be in besides its own (`plugins/account.py`).
const MOST_GROUPS: usize = 64;

/// Whether a path is a home and not what stands for none.
pub(crate) fn is_home(path: &str) -> bool {
    !path.is_empty() && !NO_HOME.contains(&path)
}

impl Home {
    /// The home at a path; without one, none.
    fn of(path: Option<&str>, replies: &Replies) -> Result<Self, DecodeError> {
        let Some(path) = path else { return Ok(Self::default()) };
        let stat = |path: &str| replies.get(&reads::stat(path)).ok().map(Stat::decode).transpose();
        let denied = matches!(replies.get(&reads::stat(path)), Err(ReadError::Denied));
        let mut home = Self {
            path: path.into(),
            directory: stat(path)?,
            ssh: stat(&reads::ssh_directory(path))?,
            key_file: stat(&reads::key_file(path))?,
            hidden: denied,
            ..Self::default()
        };
        for name in reads::dataset_names(path) {
            match replies.entry(&reads::datasets(path), "id", &name) {
                Ok(Some(entry)) => {
                    let dataset = Dataset::decode(name, entry)?;
                    if dataset.is_mounted_by_name() {
                        home.dataset = Some(dataset);
                        break;
                    }
                    home.unmounted.get_or_insert(dataset);
                }
                Ok(None) | Err(ReadError::Denied) => {}
                Err(other) => return Err(other.into()),
            }
        }
        Ok(home)
    }
}
