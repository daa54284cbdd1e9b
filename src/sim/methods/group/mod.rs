//! `group.*`: local groups.
//!
//! Source: `plugins/account.py` of TS-25.04.2.6, TS-25.10.6 and 26.0.

mod change;
mod lookup;
mod rules;
#[cfg(test)]
mod tests;

use serde_json::{Value, json};

use super::super::check::int;
use super::super::fault::Fault;
use super::super::method::{Call, Method, Reply};
use super::super::query::datastore::Columns;
use super::super::query::texts_left;
use super::super::system::System;
use super::super::system::accounts::Group;
use super::{audited, instance, instance_query, plain, query as answer_query};

pub(super) const METHODS: &[Method] = &[
    plain("group.query", READ, query),
    plain("group.get_instance", READ, get_instance),
    audited("group.create", WRITE, "Create group", change::create),
    audited("group.update", WRITE, "Update group", change::update),
    audited("group.delete", WRITE, "Delete group", change::delete),
    plain("group.get_group_obj", READ, lookup::get_group_obj),
    plain("group.get_next_gid", READ, lookup::get_next_gid),
    plain("group.has_password_enabled_user", READ, lookup::has_password_enabled_user),
];

const READ: &[&str] = &["ACCOUNT_READ"];
const WRITE: &[&str] = &["ACCOUNT_WRITE"];
const COLLECTION: &str = "group.query";
const COLUMNS: Columns = &[
    "id",
    "gid",
    "group",
    "builtin",
    "sudo_commands",
    "sudo_commands_nopasswd",
    "smb",
    "userns_idmap",
];

/// Builtin groups that may be changed (`plugins/account_/constants.py`).
const CHANGEABLE: [u32; 7] = [14, 445, 544, 545, 568, 951, 952];

/// The first part of every SID of a system.
pub(super) const SERVER_SID: &str = "S-1-5-21-1000000001-1000000002-1000000003";

fn query(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let names = ["group", "name"].iter().find_map(|field| texts_left(call.params, field));
    let entries = entries(call.system, |group| {
        names.as_ref().is_none_or(|names| names.contains(&group.name.as_str()))
    });
    answer_query(call, COLUMNS, entries)
}

fn get_instance(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let (id, query) = instance_query(call, int())?;
    let found = query.run_extended(COLUMNS, entries(call.system, |_| true))?;
    Ok(instance(found, || missing(&id))?.into())
}

fn missing(id: &Value) -> String {
    format!("Group {id} does not exist")
}

/// Whether a group that came with the system may not be changed at all.
fn is_immutable(group: &Group) -> bool {
    group.builtin && !CHANGEABLE.contains(&group.gid)
}

fn entries(system: &System, is_asked_for: impl Fn(&Group) -> bool) -> Vec<Value> {
    let groups = system.accounts.groups.values().filter(|group| is_asked_for(group));
    groups.map(|group| entry(system, group)).collect()
}

/// A group as `group.query` shows it (`plugins/account.py`, `group_extend`).
pub(super) fn entry(system: &System, group: &Group) -> Value {
    let roles: Vec<&String> =
        system.accounts.privileges_of(group.id).flat_map(|privilege| &privilege.roles).collect();
    let sid = match group.name.as_str() {
        "builtin_administrators" => Some(format!("{SERVER_SID}-512")),
        "builtin_guests" => Some(format!("{SERVER_SID}-514")),
        _ => group.smb.then(|| format!("{SERVER_SID}-{}", 200_000 + group.id)),
    };
    let mut entry = json!({
        "id": group.id,
        "gid": group.gid,
        "name": group.name,
        "builtin": group.builtin,
        "sudo_commands": group.sudo_commands,
        "sudo_commands_nopasswd": group.sudo_commands_nopasswd,
        "smb": group.smb,
        "userns_idmap": group.userns_idmap,
        "group": group.name,
        "local": true,
        "sid": sid,
        "roles": roles,
        "users": system.accounts.members(group.id),
    });
    if system.generation().shows_immutable_groups_and_reasons() {
        entry["immutable"] = is_immutable(group).into();
    }
    if system.generation().shows_id_type_both() {
        entry["id_type_both"] = false.into();
    }
    entry
}
