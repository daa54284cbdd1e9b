//! Users, groups, privileges and API keys, as the database keeps them.

use std::collections::BTreeMap;

use super::super::caller::Key;
use super::super::release::Release;

/// A local user.
#[derive(Clone, Debug)]
pub struct User {
    /// Its number in the API; not the uid.
    pub id: i64,
    /// Its uid.
    pub uid: u32,
    /// Its name.
    pub username: String,
    /// Its full name.
    pub full_name: String,
    /// Its home.
    pub home: String,
    /// Its shell.
    pub shell: String,
    /// Whether it came with the system.
    pub builtin: bool,
    /// Whether SMB may use it.
    pub smb: bool,
    /// Whether the web share may use it (26.0).
    pub webshare: bool,
    /// Mail.
    pub email: Option<String>,
    /// The number of its primary group.
    pub group: i64,
    /// The numbers of its further groups.
    pub groups: Vec<i64>,
    /// Whether passwords are disabled.
    pub password_disabled: bool,
    /// Whether SSH takes the password.
    pub ssh_password_enabled: bool,
    /// Whether it is locked.
    pub locked: bool,
    /// Sudo with a password.
    pub sudo_commands: Vec<String>,
    /// Sudo without one.
    pub sudo_commands_nopasswd: Vec<String>,
    /// How it is mapped into containers: a number, `DIRECT`, or nothing.
    pub userns_idmap: serde_json::Value,
    /// The password in clear.
    pub password: Option<String>,
    /// When the password was set, milliseconds since the epoch.
    pub password_set_ms: Option<i64>,
    /// The token that its second factor accepts.
    pub otp_token: Option<String>,
}

/// A local group.
#[derive(Clone, Debug)]
pub struct Group {
    /// Its number in the API; not the gid.
    pub id: i64,
    /// Its gid.
    pub gid: u32,
    /// Its name.
    pub name: String,
    /// Whether it came with the system.
    pub builtin: bool,
    /// Whether SMB may use it.
    pub smb: bool,
    /// Sudo with a password.
    pub sudo_commands: Vec<String>,
    /// Sudo without one.
    pub sudo_commands_nopasswd: Vec<String>,
    /// How it is mapped into containers: a number, `DIRECT`, or nothing.
    pub userns_idmap: serde_json::Value,
}

/// Which groups hold which roles.
#[derive(Clone, Debug)]
pub struct Privilege {
    /// Its number.
    pub id: i64,
    /// The name of one that came with the system.
    pub builtin_name: Option<&'static str>,
    /// Its name.
    pub name: String,
    /// The gids of the groups that hold it.
    pub local_groups: Vec<u32>,
    /// The roles.
    pub roles: Vec<String>,
    /// Whether it opens the web shell.
    pub web_shell: bool,
}

/// An API key, and what `api_key.query` shows of it.
#[derive(Clone, Debug)]
pub struct ApiKey {
    /// What a login looks at.
    pub key: Key,
    /// When it was made, milliseconds since the epoch.
    pub created_ms: i64,
}

/// All accounts of a system.
#[derive(Clone, Debug, Default)]
pub struct Accounts {
    /// Users by number.
    pub users: BTreeMap<i64, User>,
    /// Groups by number.
    pub groups: BTreeMap<i64, Group>,
    /// Privileges by number.
    pub privileges: BTreeMap<i64, Privilege>,
    /// API keys by number.
    pub keys: BTreeMap<i64, ApiKey>,
}

/// The smallest uid and gid that is given away (`plugins/account_/constants.py`).
const FIRST_FREE: u32 = 3000;
/// What is added to the uid or gid for the number of an account that is not in the database.
pub(crate) const FIRST_SYNTHETIC_ID: i64 = 100_000_000;

impl Accounts {
    /// The user of that name.
    pub fn user(&self, name: &str) -> Option<&User> {
        self.users.values().find(|user| user.username == name)
    }

    /// The user of that name, to be changed.
    pub fn user_mut(&mut self, name: &str) -> Option<&mut User> {
        self.users.values_mut().find(|user| user.username == name)
    }

    /// The group of that name.
    pub fn group(&self, name: &str) -> Option<&Group> {
        self.groups.values().find(|group| group.name == name)
    }

    /// Adds a group; gives its number.
    pub fn add_group(&mut self, name: &str, gid: u32, builtin: bool, smb: bool) -> i64 {
        let id = next(&self.groups);
        let group = Group {
            id,
            gid,
            name: name.to_owned(),
            builtin,
            smb,
            sudo_commands: Vec::new(),
            sudo_commands_nopasswd: Vec::new(),
            userns_idmap: serde_json::Value::Null,
        };
        self.groups.insert(id, group);
        id
    }

    /// Removes a group, and every membership in it.
    pub(crate) fn remove_group(&mut self, id: i64) {
        self.groups.remove(&id);
        self.set_members(id, &[]);
    }

    /// Makes these users the members of a group, and nobody else; those whose primary group it is
    /// are not counted among them.
    pub(crate) fn set_members(&mut self, group: i64, users: &[i64]) {
        for user in self.users.values_mut().filter(|user| user.group != group) {
            let is_member = user.groups.contains(&group);
            match (is_member, users.contains(&user.id)) {
                (false, true) => user.groups.push(group),
                (true, false) => user.groups.retain(|other| *other != group),
                _ => {}
            }
        }
    }

    /// The group with that gid; of two the later one, since gid 0 is called `root`.
    pub(crate) fn group_of_gid(&self, gid: u32) -> Option<&Group> {
        self.groups.values().rev().find(|group| group.gid == gid)
    }

    /// The name of the group with that gid.
    pub(crate) fn group_name(&self, gid: u32) -> Option<&str> {
        self.group_of_gid(gid).map(|group| group.name.as_str())
    }

    /// Whether somebody who may log in with a password belongs to a group with one of these gids
    /// (`plugins/account_/builtin_administrator.py`). Since 25.10 a primary group counts, too, if
    /// the account has any further one.
    pub(crate) fn has_password_user(
        &self,
        release: Release,
        gids: &[u32],
        without: &[i64],
    ) -> bool {
        let holds = |id: &i64| self.groups.get(id).is_some_and(|group| gids.contains(&group.gid));
        self.users.values().any(|user| {
            let by_primary =
                release >= Release::V25_10 && !user.groups.is_empty() && holds(&user.group);
            let usable = !user.locked && !user.password_disabled && user.password.is_some();
            usable && !without.contains(&user.id) && (by_primary || user.groups.iter().any(holds))
        })
    }

    /// Adds a user; gives its number.
    pub fn add_user(&mut self, user: User) -> i64 {
        let id = next(&self.users);
        self.users.insert(id, User { id, ..user });
        id
    }

    /// Adds a privilege; gives its number.
    pub fn add_privilege(&mut self, privilege: Privilege) -> i64 {
        let id = next(&self.privileges);
        self.privileges.insert(id, Privilege { id, ..privilege });
        id
    }

    /// The uid that the next user gets.
    pub fn next_uid(&self) -> u32 {
        first_free(|uid| self.users.values().any(|user| user.uid == uid))
    }

    /// The gid that the next group gets.
    pub fn next_gid(&self) -> u32 {
        first_free(|gid| {
            let held = |privilege: &Privilege| privilege.local_groups.contains(&gid);
            self.groups.values().any(|group| group.gid == gid) || self.privileges.values().any(held)
        })
    }

    /// The privileges that a group holds.
    pub fn privileges_of(&self, group: i64) -> impl Iterator<Item = &Privilege> {
        let gid = self.groups.get(&group).map(|group| group.gid);
        self.privileges
            .values()
            .filter(move |privilege| gid.is_some_and(|gid| privilege.local_groups.contains(&gid)))
    }

    /// The privileges that a user's groups hold, each once.
    pub fn privileges_of_user(&self, user: &User) -> Vec<&Privilege> {
        let mut held: Vec<&Privilege> = user
            .groups
            .iter()
            .chain([&user.group])
            .flat_map(|group| self.privileges_of(*group))
            .collect();
        held.sort_by_key(|privilege| privilege.id);
        held.dedup_by_key(|privilege| privilege.id);
        held
    }

    /// Who belongs to a group, by number of the user.
    pub fn members(&self, group: i64) -> Vec<i64> {
        let belongs = |user: &&User| user.group == group || user.groups.contains(&group);
        self.users.values().filter(belongs).map(|user| user.id).collect()
    }
}

fn next<T>(all: &BTreeMap<i64, T>) -> i64 {
    all.keys().next_back().map_or(1, |last| last + 1)
}

fn first_free(taken: impl Fn(u32) -> bool) -> u32 {
    (FIRST_FREE..).find(|number| !taken(*number)).unwrap_or(FIRST_FREE)
}
