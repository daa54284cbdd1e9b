//! The rules that creating and changing an account share (`plugins/account.py`,
//! `common_validation`).

use serde_json::{Map, Value};

use super::super::super::check::Errors;
use super::super::super::fault::Fault;
use super::super::super::release::Release;
use super::super::super::repr::python_repr;
use super::super::super::system::System;
use super::super::super::system::accounts::{FIRST_SYNTHETIC_ID, Group, Privilege, User};
use super::entry::{CONTAINER_ROOT, CONTAINER_ROOT_UID};
use super::home;
use super::home::rules::{self, Neighbour};
use super::{Settings, sudo};

/// The shell that lets nobody in.
const NO_LOGIN_SHELL: &str = "/usr/sbin/nologin";
/// Builtin groups that an account may be a member of (`ALLOWED_BUILTIN_GIDS`).
const OPEN_GROUPS: [u32; 7] = [14, 445, 544, 545, 568, 951, 952];
const MOST_GROUPS: usize = 64;

/// The shells that an account in these groups may have, with their names.
pub(super) fn shells(system: &System, groups: &[i64]) -> Map<String, Value> {
    const COMMON: [&str; 6] = ["bash", "dash", "rbash", "sh", "tmux", "zsh"];
    let privileged = groups.iter().any(|id| system.accounts.privileges_of(*id).next().is_some());
    let mut shells = Map::from_iter([(NO_LOGIN_SHELL.to_owned(), "nologin".into())]);
    if privileged {
        shells.insert("/usr/bin/cli".into(), "TrueNAS CLI".into());
        shells.insert("/usr/bin/cli_console".into(), "TrueNAS Console".into());
    }
    shells.extend(COMMON.map(|name| (format!("/usr/bin/{name}"), name.into())));
    shells
}

/// Whether somebody else with a password holds the administrator's privilege.
pub(super) fn leaves_an_administrator(system: &System, without: i64) -> bool {
    let administrator =
        |privilege: &&Privilege| privilege.builtin_name == Some("LOCAL_ADMINISTRATOR");
    let privilege = system.accounts.privileges.values().find(administrator);
    privilege.is_none_or(|privilege| {
        let gids = &privilege.local_groups;
        system.accounts.has_password_user(system.generation(), gids, &[without])
    })
}

/// An account that is checked: what is to be set, and how it will be.
pub(super) struct Candidate<'a> {
    /// `user_create` or `user_update`.
    pub schema: &'static str,
    /// What the call sets.
    pub data: &'a Settings,
    /// The account as it was.
    pub old: Option<&'a User>,
    /// The account as it is going to be.
    pub new: &'a User,
    /// Its groups, the primary one first.
    pub groups: &'a [i64],
}

impl Candidate<'_> {
    fn attribute(&self, name: &str) -> String {
        format!("{}.{name}", self.schema)
    }

    /// Collects what is wrong with the account.
    ///
    /// # Errors
    /// What checking itself raises.
    pub(super) fn validate(&self, system: &System, errors: &mut Errors) -> Result<(), Fault> {
        let others: Vec<&User> = system
            .accounts
            .users
            .values()
            .filter(|user| self.old.is_none_or(|old| old.id != user.id))
            .collect();
        self.validate_idmap(system, errors);
        self.validate_identity(system, &others, errors);
        self.validate_password(errors);
        self.validate_home(system, &others, errors)?;
        self.validate_groups(system, errors);
        self.validate_name_and_shell(system, errors);
        for name in ["sudo_commands", "sudo_commands_nopasswd"] {
            if let Some(commands) = self.data.texts(name) {
                sudo::validate(&system.files, &self.attribute(name), &commands, errors)?;
            }
        }
        let guarded = system.generation().guards_accounts();
        let usable = self.new.home != home::NONE && self.new.shell != NO_LOGIN_SHELL;
        if guarded && self.data.flag("ssh_password_enabled") && !usable {
            let message = "Cannot be enabled without a valid home path and login shell.";
            errors.add(self.attribute("ssh_password_enabled"), message);
        }
        Ok(())
    }

    fn validate_idmap(&self, system: &System, errors: &mut Errors) {
        let attribute = self.attribute("userns_idmap");
        let sent = self.data.get("userns_idmap").filter(|idmap| !idmap.is_null());
        let newer = system.generation() >= Release::V26_0;
        // Since 26.0 a group that is joined is looked at, too.
        let joins = newer && ["group", "groups"].iter().any(|name| self.data.get(name).is_some());
        let is_mapped = sent.is_some() || joins && !self.new.userns_idmap.is_null();
        let privileged =
            self.groups.iter().any(|id| system.accounts.privileges_of(*id).next().is_some());
        if is_mapped && privileged {
            let message = "User namespace idmaps may not be configured for privileged accounts.";
            errors.add(&attribute, message);
        }
        if newer && sent.is_some() {
            if self.old.is_some_and(|old| old.builtin) {
                let message = "User namespace idmaps may not be configured for builtin accounts.";
                errors.add(&attribute, message);
            }
            let sent = self.data.get("uid").and_then(Value::as_u64);
            let uid = self.old.map(|old| u64::from(old.uid)).or(sent);
            let without = self.old.map(|old| old.id);
            let idmap = &self.new.userns_idmap;
            validate_idmap_conflict(system, self.schema, idmap, uid, without, errors);
        }
    }

    fn validate_identity(&self, system: &System, others: &[&User], errors: &mut Errors) {
        if self.data.flag("random_password") && self.data.text("password").is_some() {
            let message = "Requesting a randomized password while simultaneously supplying an \
                           explicit password is not permitted.";
            errors.add(self.attribute("random_password"), message);
        }
        if let Some(uid) = self.data.get("uid").and_then(Value::as_u64) {
            let mut users = system.accounts.users.values();
            let holder = users.find(|user| u64::from(user.uid) == uid);
            let container_root = uid == u64::from(CONTAINER_ROOT_UID);
            let holder = holder
                .map(|user| user.username.as_str())
                .or(container_root.then_some(CONTAINER_ROOT));
            if let Some(holder) = holder {
                let message = format!("Uid {uid} is already used (user {holder} has it)");
                errors.add_errno(self.attribute("uid"), message, 17);
            }
        }
        let Some(name) = self.data.text("username") else { return };
        if others.iter().any(|other| other.username == name) {
            let message = format!("The username \"{name}\" already exists.");
            errors.add_errno(self.attribute("username"), message, 17);
        }
        let taken = |other: &&User| other.smb && other.username.eq_ignore_ascii_case(name);
        if self.data.flag("smb") && others.iter().copied().any(|other| taken(&other)) {
            let message = format!(
                "Username \"{name}\" conflicts with existing SMB user. Note that SMB usernames are \
                 case-insensitive."
            );
            errors.add_errno(self.attribute("smb"), message, 17);
        }
    }

    fn validate_password(&self, errors: &mut Errors) {
        if self.new.smb && self.new.password_disabled {
            let message = "Password authentication may not be disabled for SMB users.";
            errors.add(self.attribute("password_disabled"), message);
        }
        let given = self.data.text("password").is_some() || self.data.flag("random_password");
        let disabled = self.data.flag("password_disabled");
        if self.old.is_none() && !given && !disabled {
            errors.add(self.attribute("password"), "Password is required");
        } else if disabled && given {
            let message = "Leave \"Password\" blank when \"Disable password login\" is checked.";
            errors.add(self.attribute("password_disabled"), message);
        }
    }

    fn validate_home(
        &self,
        system: &System,
        others: &[&User],
        errors: &mut Errors,
    ) -> Result<(), Fault> {
        let attribute = self.attribute("home");
        if let Some(home) = self.data.text("home") {
            // Homes of the system's own accounts are not taken, as real systems show.
            let neighbours: Vec<Neighbour<'_>> = others
                .iter()
                .filter(|user| !user.builtin)
                .map(|user| Neighbour { username: &user.username, home: &user.home })
                .collect();
            let create = self.data.flag("home_create");
            if rules::validate(system, &attribute, home, create, &neighbours, errors)? {
                rules::validate_volume(system, self.schema, home, errors);
            } else if self.new.ssh_password_enabled && system.generation().guards_accounts() {
                errors.add(attribute, "SSH password login requires a valid home path.");
            }
        }
        if let Some(mode) = self.data.text("home_mode") {
            rules::validate_mode(&self.attribute("home_mode"), mode, errors);
        }
        Ok(())
    }

    fn validate_groups(&self, system: &System, errors: &mut Errors) {
        let Some(groups) = self.data.numbers("groups") else { return };
        if groups.len() > MOST_GROUPS {
            let message = "A user cannot belong to more than 64 auxiliary groups.";
            errors.add(self.attribute("groups"), message);
        }
        for (index, id) in groups.iter().enumerate() {
            let attribute = self.attribute(&format!("groups.{index}"));
            let known = system.accounts.groups.get(id);
            if known.is_none() {
                errors.add(&attribute, "This group does not exist.");
            }
            if *id >= FIRST_SYNTHETIC_ID {
                let message = "Local users may not be members of directory services groups.";
                errors.add(&attribute, message);
            }
            // Since 26.0 who is in such a group may stay there.
            let stays = system.generation() >= Release::V26_0
                && self.old.is_some_and(|old| old.groups.contains(id));
            let closed = |group: &&Group| group.builtin && !OPEN_GROUPS.contains(&group.gid);
            if let Some(group) = known.filter(closed).filter(|_| !stays) {
                let name = &group.name;
                let message =
                    format!("{name}: membership of this builtin group may not be altered.");
                errors.add(&attribute, message);
            }
        }
        if self.old.is_some_and(|old| old.uid == 0) && system.generation().guards_accounts() {
            let administrators = system.accounts.group("builtin_administrators");
            let administrators = administrators.map(|group| group.id);
            if !groups.iter().any(|id| Some(*id) == administrators) {
                let message =
                    "The root user must remain a member of the builtin_administrators group.";
                errors.add(self.attribute("groups"), message);
            }
            if !groups.iter().map(|id| Some(*id)).eq([administrators]) {
                let message =
                    "The root user may only be a member of the builtin_administrators group.";
                errors.add(self.attribute("groups"), message);
            }
        }
    }

    fn validate_name_and_shell(&self, system: &System, errors: &mut Errors) {
        if let Some(name) = self.data.text("full_name") {
            for illegal in [":", "\n"].into_iter().filter(|illegal| name.contains(illegal)) {
                let message = match system.generation().guards_accounts() {
                    true => format!("The {} character is not allowed.", python_repr(illegal)),
                    false => format!(
                        "The \"{}\" character is not allowed in a \"Full Name\".",
                        illegal.escape_default()
                    ),
                };
                errors.add(self.attribute("full_name"), message);
            }
        }
        let Some(shell) = self.data.text("shell") else { return };
        if !shells(system, self.groups).contains_key(shell) {
            errors.add(self.attribute("shell"), "Please select a valid shell.");
        } else if system.generation().guards_accounts()
            && self.new.ssh_password_enabled
            && shell == NO_LOGIN_SHELL
        {
            errors.add(self.attribute("shell"), "SSH password login requires a login shell.");
        }
    }
}

/// Complains about a mapping into containers that another account has (26.0). What is mapped
/// directly keeps its uid; one that is yet to be given is looked at later.
pub(super) fn validate_idmap_conflict(
    system: &System,
    schema: &str,
    idmap: &Value,
    uid: Option<u64>,
    without: Option<i64>,
    errors: &mut Errors,
) {
    let mapped = |idmap: &Value, uid: Option<u64>| match idmap.as_str() {
        Some(_direct) => uid,
        None => idmap.as_u64(),
    };
    let Some(wanted) = mapped(idmap, uid) else { return };
    let mut users = system.accounts.users.values();
    let holder = users.find(|user| {
        let known = mapped(&user.userns_idmap, Some(user.uid.into()));
        Some(user.id) != without && known == Some(wanted)
    });
    if let Some(holder) = holder {
        let name = python_repr(&holder.username);
        let message = format!("User {name} already maps to container UID {wanted}.");
        errors.add(format!("{schema}.userns_idmap"), message);
    }
}
