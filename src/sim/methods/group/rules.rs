//! The rules that creating and changing a group share (`plugins/account.py`,
//! `GroupService.__common_validation`).

use serde_json::Value;

use super::super::super::check::Errors;
use super::super::super::fault::Fault;
use super::super::super::release::Release;
use super::super::super::repr::python_repr;
use super::super::super::system::System;
use super::super::super::system::accounts::{FIRST_SYNTHETIC_ID, Group};
use super::super::user::sudo;

/// Names that SMB gives to groups of its own (`plugins/smb_/constants.py`, `SMBBuiltin`).
const SMB_BUILTIN: [&str; 3] = ["ADMINISTRATORS", "GUESTS", "USERS"];
const ADMINISTRATORS: &str = "builtin_administrators";
const EEXIST: i32 = 17;

/// A group that is checked.
pub(super) struct Candidate<'a> {
    /// `group_create` or `group_update`.
    pub(super) schema: &'static str,
    /// What the call sets.
    pub(super) data: &'a Value,
    /// The group as it was.
    pub(super) old: Option<&'a Group>,
}

impl Candidate<'_> {
    fn attribute(&self, name: &str) -> String {
        format!("{}.{name}", self.schema)
    }

    /// Collects what is wrong with the group.
    ///
    /// # Errors
    /// What checking itself raises.
    pub(super) fn validate(&self, system: &System, errors: &mut Errors) -> Result<(), Fault> {
        self.validate_idmap(system, errors);
        self.validate_name(system, errors);
        self.validate_gid(system, errors);
        let users: Option<Vec<i64>> = self.data["users"]
            .as_array()
            .map(|users| users.iter().filter_map(Value::as_i64).collect());
        if let Some(users) = users {
            if let Some(index) = users.iter().position(|id| *id >= FIRST_SYNTHETIC_ID) {
                let message =
                    "Directory services users may not be added as members of local groups.";
                errors.add(self.attribute(&format!("users.{index}")), message);
                return Ok(());
            }
            self.validate_users(system, &users, errors);
        }
        for name in ["sudo_commands", "sudo_commands_nopasswd"] {
            if let Some(commands) = self.data[name].as_array() {
                let commands: Vec<&str> = commands.iter().filter_map(Value::as_str).collect();
                sudo::validate(&system.files, &self.attribute(name), &commands, errors)?;
            }
        }
        Ok(())
    }

    fn validate_idmap(&self, system: &System, errors: &mut Errors) {
        let Some(idmap) = self.data.get("userns_idmap") else { return };
        let attribute = self.attribute("userns_idmap");
        if let Some(old) = self.old {
            let roles = system.accounts.privileges_of(old.id).any(|held| !held.roles.is_empty());
            if roles {
                let message =
                    "User namespace idmaps may not be configured for privileged accounts.";
                errors.add(&attribute, message);
            }
            if old.builtin {
                let message = "User namespace idmaps may not be configured for builtin accounts.";
                errors.add(&attribute, message);
            }
        }
        if system.generation() >= Release::V26_0 {
            let sent = self.data["gid"].as_u64().and_then(|gid| u32::try_from(gid).ok());
            let gid = self.old.map(|old| old.gid).or(sent);
            let id = self.old.map(|old| old.id);
            validate_idmap_conflict(system, self.schema, idmap, gid, id, errors);
        }
    }

    fn validate_name(&self, system: &System, errors: &mut Errors) {
        let Some(name) = self.data["name"].as_str() else { return };
        let groups = system.accounts.groups.values();
        let others: Vec<&Group> =
            groups.filter(|group| self.old.is_none_or(|old| old.id != group.id)).collect();
        let attribute = self.attribute("name");
        if self.data["smb"] == true {
            if SMB_BUILTIN.contains(&name.to_uppercase().as_str()) {
                let message = format!(
                    "Group name \"{name}\" conflicts with existing SMB Builtin entry. SMB group \
                     mapping is not permitted for this group."
                );
                errors.add_errno(&attribute, message, EEXIST);
            }
            if others.iter().any(|other| other.smb && other.name.eq_ignore_ascii_case(name)) {
                let message = format!(
                    "Group name \"{name}\" conflicts with existing groupmap entry. SMB group \
                     mapping is not permitted for this group. Note that SMB group names are \
                     case-insensitive."
                );
                errors.add_errno(&attribute, message, EEXIST);
            }
        }
        if others.iter().any(|other| other.name == name) {
            let message = format!("A Group with the name \"{name}\" already exists.");
            errors.add_errno(&attribute, message, EEXIST);
        }
    }

    fn validate_gid(&self, system: &System, errors: &mut Errors) {
        let gid = self.data["gid"].as_u64().and_then(|gid| u32::try_from(gid).ok());
        let Some(gid) = gid else { return };
        let attribute = self.attribute("gid");
        if let Some(holder) = system.accounts.group_name(gid) {
            let message = format!("Gid {gid} is already used (group {holder} has it)");
            errors.add_errno(&attribute, message, EEXIST);
        }
        let mut privileges = system.accounts.privileges.values();
        if let Some(privilege) = privileges.find(|held| held.local_groups.contains(&gid)) {
            let name = python_repr(&privilege.name);
            errors.add(attribute, format!("A privilege {name} already uses this group ID."));
        }
    }

    fn validate_users(&self, system: &System, users: &[i64], errors: &mut Errors) {
        let attribute = self.attribute("users");
        let accounts = &system.accounts;
        let root = accounts.user("root").map(|root| root.id);
        let has_root = root.is_some_and(|root| users.contains(&root));
        let guarded = system.generation().guards_accounts();
        let administrators = self.old.is_some_and(|old| old.name == ADMINISTRATORS);
        if guarded && has_root && !administrators {
            errors.add(&attribute, "Cannot add the root user to this group");
        }
        let mut unknown: Vec<i64> =
            users.iter().copied().filter(|id| !accounts.users.contains_key(id)).collect();
        unknown.sort_unstable();
        unknown.dedup();
        if !unknown.is_empty() {
            let ids: Vec<String> = unknown.iter().map(i64::to_string).collect();
            let message = format!("Following users do not exist: {}", ids.join(", "));
            errors.add(&attribute, message);
        }
        let left_out: Vec<&str> = accounts
            .users
            .values()
            .filter(|user| self.old.is_some_and(|old| old.id == user.group))
            .filter(|user| !users.contains(&user.id))
            .map(|user| user.username.as_str())
            .collect();
        if !left_out.is_empty() {
            let message = format!(
                "This group is primary for the following users: {}. You can't remove them.",
                left_out.join(", ")
            );
            errors.add(&attribute, message);
        }
        if guarded && administrators && !has_root {
            let message = "The root user must remain a member of the builtin_administrators group.";
            errors.add(attribute, message);
        }
    }
}

/// Complains about a mapping into containers that another group has (26.0).
pub(super) fn validate_idmap_conflict(
    system: &System,
    schema: &str,
    idmap: &Value,
    gid: Option<u32>,
    without: Option<i64>,
    errors: &mut Errors,
) {
    let mapped = |idmap: &Value, gid: Option<u32>| match idmap.as_str() {
        Some(_direct) => gid.map(u64::from),
        None => idmap.as_u64(),
    };
    let Some(wanted) = mapped(idmap, gid) else { return };
    let mut groups = system.accounts.groups.values();
    let holder = groups.find(|group| {
        Some(group.id) != without && mapped(&group.userns_idmap, Some(group.gid)) == Some(wanted)
    });
    if let Some(holder) = holder {
        let name = python_repr(&holder.name);
        let message = format!("Group {name} already maps to container GID {wanted}.");
        errors.add(format!("{schema}.userns_idmap"), message);
    }
}
