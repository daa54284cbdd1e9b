//! `group.create`, `group.update` and `group.delete`.

use serde_json::{Value, json};

use super::super::super::check::{
    Errors, Field, Model, boolean, forbidden, int, list, optional, required, texts,
};
use super::super::super::fault::Fault;
use super::super::super::method::{Call, Reply};
use super::super::super::release::Release;
use super::super::super::system::System;
use super::super::super::system::accounts::{FIRST_SYNTHETIC_ID, Group};
use super::super::{accepted, text_at, user};
use super::rules::{Candidate, validate_idmap_conflict};
use super::{COLLECTION, is_immutable, missing};

/// The group of what has no other.
const NO_GROUP: &str = "nogroup";
const EPERM: i32 = 1;
const EACCES: i32 = 13;

/// Source: `api/v25_04_2/group.py`, `api/v25_10_5/group.py`, `api/v26_0_0/group.py`.
fn fields(release: Release, creating: bool) -> Vec<Field> {
    let commands = |name| optional(name, list(texts::non_empty()), json!([]));
    let gid = match creating {
        true => optional("gid", user::local_id(), Value::Null),
        false => forbidden("gid"),
    };
    let mut fields = vec![
        forbidden("id"),
        gid,
        required("name", texts::group_name()),
        forbidden("builtin"),
        commands("sudo_commands"),
        commands("sudo_commands_nopasswd"),
        optional("smb", boolean(), true),
        optional("userns_idmap", user::idmap(), Value::Null),
        forbidden("group"),
    ];
    if release.shows_id_type_both() {
        fields.push(forbidden("id_type_both"));
    }
    fields.extend(["local", "sid", "roles"].map(forbidden));
    fields.push(optional("users", list(int()), json!([])));
    if release.shows_immutable_groups_and_reasons() {
        fields.push(forbidden("immutable"));
    }
    fields
}

/// Sets what a call sends; its members are the caller's business.
fn apply(data: &Value, group: &mut Group) {
    if let Some(name) = data["name"].as_str() {
        name.clone_into(&mut group.name);
    }
    for (name, commands) in [
        ("sudo_commands", &mut group.sudo_commands),
        ("sudo_commands_nopasswd", &mut group.sudo_commands_nopasswd),
    ] {
        if let Some(sent) = data[name].as_array() {
            *commands = sent.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        }
    }
    if let Some(smb) = data["smb"].as_bool() {
        group.smb = smb;
    }
    if let Some(idmap) = data.get("userns_idmap") {
        group.userns_idmap = idmap.clone();
    }
}

/// The numbers of users that a call sends.
fn users(data: &Value) -> Option<Vec<i64>> {
    Some(data["users"].as_array()?.iter().filter_map(Value::as_i64).collect())
}

pub(super) fn create(call: &mut Call<'_>) -> Result<Reply, Fault> {
    call.audit_note = text_at(call.params, 0, "name");
    let release = call.system.generation();
    let model = Model::new("GroupCreate", fields(release, true));
    let [data] = accepted(call, [required("group_create", model)])?;
    let mut errors = Errors::new();
    Candidate { schema: "group_create", data: &data, old: None }
        .validate(call.system, &mut errors)?;
    errors.check()?;
    let gid = data["gid"].as_u64().and_then(|gid| u32::try_from(gid).ok());
    let gid = gid.unwrap_or_else(|| call.system.accounts.next_gid());
    if release >= Release::V26_0 {
        // A group that is mapped directly could not be checked before it had its number.
        let mut errors = Errors::new();
        let idmap = &data["userns_idmap"];
        validate_idmap_conflict(call.system, "group_create", idmap, Some(gid), None, &mut errors);
        errors.check()?;
    }
    let accounts = &mut call.system.accounts;
    let id = accounts.add_group("", gid, false, false);
    if let Some(group) = accounts.groups.get_mut(&id) {
        apply(&data, group);
    }
    accounts.set_members(id, &users(&data).unwrap_or_default());
    Ok(Value::from(id).into())
}

/// The group that is meant, by its number.
fn existing(call: &mut Call<'_>, id: &Value, done_to_it: &str) -> Result<Group, Fault> {
    let number = id.as_i64().unwrap_or_default();
    if number > FIRST_SYNTHETIC_ID {
        let gid = u32::try_from(number - FIRST_SYNTHETIC_ID).ok();
        let known = gid.and_then(|gid| call.system.accounts.group_name(gid)).map(str::to_owned);
        call.audit_note = Some(known.unwrap_or_else(|| "UNKNOWN".to_owned()));
        let text = format!(
            "Groups provided by a directory service must be {done_to_it} the identity provider \
             (LDAP server or domain controller)."
        );
        return Err(Fault::error(EPERM, text));
    }
    let group = call.system.accounts.groups.get(&number).cloned();
    group.ok_or_else(|| Fault::not_found(missing(id)))
}

pub(super) fn update(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let release = call.system.generation();
    let model = Model::new("GroupUpdate", fields(release, false)).partial();
    let [id, data] = accepted(call, [required("id", int()), required("group_update", model)])?;
    let old = existing(call, &id, "modified through")?;
    call.audit_note = Some(old.name.clone());
    let mut errors = Errors::new();
    Candidate { schema: "group_update", data: &data, old: Some(&old) }
        .validate(call.system, &mut errors)?;
    validate_builtin(call.system, &data, &old, &mut errors);
    errors.check()?;
    let accounts = &mut call.system.accounts;
    if let Some(group) = accounts.groups.get_mut(&old.id) {
        apply(&data, group);
    }
    if let Some(users) = users(&data) {
        accounts.set_members(old.id, &users);
    }
    Ok(id.into())
}

/// What may not be changed of a group that came with the system.
fn validate_builtin(system: &System, data: &Value, old: &Group, errors: &mut Errors) {
    if !old.builtin {
        return;
    }
    let shows_immutable = system.generation().shows_immutable_groups_and_reasons();
    if shows_immutable && is_immutable(old) {
        errors.add("group_update.id", "Immutable groups cannot be changed");
        return;
    }
    for (name, is_same) in [
        ("sudo_commands", data["sudo_commands"] == json!(old.sudo_commands)),
        (
            "sudo_commands_nopasswd",
            data["sudo_commands_nopasswd"] == json!(old.sudo_commands_nopasswd),
        ),
        ("smb", data["smb"] == json!(old.smb)),
        ("name", data["name"] == json!(old.name)),
    ] {
        if !data[name].is_null() && !is_same {
            let message = "This configuration parameter may not be changed for builtin groups.";
            errors.add(format!("group_update.{name}"), message);
        }
    }
    let members = system.accounts.members(old.id);
    let changes_members = users(data).is_some_and(|users| users != members);
    if !shows_immutable && is_immutable(old) && changes_members {
        let message = "Group membership for this builtin group may not be changed.";
        errors.add("group_update.users", message);
    }
}

pub(super) fn delete(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let options = Model::new("GroupDeleteOptions", [optional("delete_users", boolean(), false)]);
    let fields = [required("id", int()), Field::defaulting("options", options)];
    let [id, options] = accepted(call, fields)?;
    let group = existing(call, &id, "deleted from")?;
    let delete_users = options["delete_users"] == true;
    let users = " and all users that have this group as their primary group";
    call.audit_note = Some(format!("{}{}", group.name, if delete_users { users } else { "" }));
    if group.builtin {
        return Err(Fault::error(EACCES, "A built-in group cannot be deleted."));
    }
    if let Some(privilege) = call.system.accounts.privileges_of(group.id).next() {
        let text = format!(
            "This group is used by privilege {}. Please remove it from that privilege first, then \
             delete the group.",
            super::super::super::repr::python_repr(&privilege.name)
        );
        return Err(Fault::error(EACCES, text));
    }
    let accounts = &mut call.system.accounts;
    let no_group = accounts.group(NO_GROUP).map_or(0, |group| group.id);
    accounts.users.retain(|_, user| !(delete_users && user.group == group.id));
    for user in accounts.users.values_mut().filter(|user| user.group == group.id) {
        user.group = no_group;
    }
    accounts.remove_group(group.id);
    call.system.tell("removed", COLLECTION, id.clone(), None);
    Ok(id.into())
}
