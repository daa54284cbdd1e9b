//! `privilege.create`, `privilege.update` and `privilege.delete`.

use regex::Regex;
use serde_json::{Value, json};

use super::super::super::check::{
    Errors, Field, Model, Objection, Shape, any_of, boolean, forbidden, int, list, optional,
    required, text, texts,
};
use super::super::super::fault::Fault;
use super::super::super::method::{Call, Reply};
use super::super::super::release::Release;
use super::super::super::role;
use super::super::super::system::System;
use super::super::super::system::accounts::Privilege;
use super::super::{accepted, text_at};
use super::{COLLECTION, entry, existing};

/// The group whose members are full administrators.
const ADMINISTRATORS: u32 = 544;
const EPERM: i32 = 1;

/// `SID`: a security identifier, written in capitals (`api/base/types/user.py`).
fn sid() -> Shape {
    text().rule("function-after[validate_sid(), constrained-str]", |value| {
        let sid = value.as_str().unwrap_or_default().trim().to_uppercase();
        let well_known = ["S-1-1-0", "S-1-3-4", "S-1-5-32-544", "S-1-5-32-545", "S-1-5-32-546"];
        let domain = Regex::new(r"^S-1-5-21(-\d{1,10}){3}(-\d{1,10})?$");
        if !well_known.contains(&sid.as_str()) && !domain.is_ok_and(|it| it.is_match(&sid)) {
            let message = "SID is malformed. See MS-DTYP Section 2.4 for SID type specifications. \
                           Typically SIDs refer to existing objects on the local or remote server \
                           and so an appropriate value should be queried prior to submitting to API \
                           endpoints.";
            return Err(Objection::Assertion(message.into()));
        }
        *value = sid.into();
        Ok(())
    })
}

fn fields() -> [Field; 7] {
    [
        forbidden("id"),
        forbidden("builtin_name"),
        required("name", texts::non_empty()),
        optional("local_groups", list(int()), json!([])),
        optional("ds_groups", list(any_of([int(), sid()])), json!([])),
        optional("roles", list(text()), json!([])),
        required("web_shell", boolean()),
    ]
}

/// Sets what a call sends.
fn apply(data: &Value, privilege: &mut Privilege) {
    if let Some(name) = data["name"].as_str() {
        name.clone_into(&mut privilege.name);
    }
    if let Some(gids) = data["local_groups"].as_array() {
        let gids = gids.iter().filter_map(Value::as_u64);
        privilege.local_groups = gids.filter_map(|gid| u32::try_from(gid).ok()).collect();
    }
    if let Some(roles) = data["roles"].as_array() {
        privilege.roles = roles.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    }
    if let Some(web_shell) = data["web_shell"].as_bool() {
        privilege.web_shell = web_shell;
    }
}

pub(super) fn create(call: &mut Call<'_>) -> Result<Reply, Fault> {
    call.audit_note = text_at(call.params, 0, "name");
    let model = Model::new("PrivilegeCreate", fields());
    let [data] = accepted(call, [required("privilege_create", model)])?;
    let mut privilege = Privilege {
        id: 0,
        builtin_name: None,
        name: String::new(),
        local_groups: Vec::new(),
        roles: Vec::new(),
        web_shell: false,
    };
    apply(&data, &mut privilege);
    validate(call.system, "privilege_create", &data, &privilege)?;
    let id = call.system.accounts.add_privilege(privilege);
    Ok(answer(call.system, "added", id).into())
}

pub(super) fn update(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let model = Model::new("PrivilegeUpdate", fields()).partial();
    let [id, data] = accepted(call, [required("id", int()), required("privilege_update", model)])?;
    let old = existing(call.system, &id)?;
    call.audit_note = Some(old.name.clone());
    let mut new = old.clone();
    apply(&data, &mut new);
    validate_builtin(call.system, &old, &new)?;
    validate(call.system, "privilege_update", &data, &new)?;
    let id = new.id;
    call.system.accounts.privileges.insert(id, new);
    Ok(answer(call.system, "changed", id).into())
}

/// What a call answers that has made or changed a privilege; subscribers are told the same.
fn answer(system: &mut System, told: &'static str, id: i64) -> Value {
    let Some(privilege) = system.accounts.privileges.get(&id) else { return Value::Null };
    let shown = entry(system, privilege);
    system.tell_entry(told, COLLECTION, id.into(), shown.clone());
    shown
}

/// What may not be changed of a privilege that came with the system.
fn validate_builtin(system: &System, old: &Privilege, new: &Privilege) -> Result<(), Fault> {
    let Some(builtin) = old.builtin_name else { return Ok(()) };
    let mut errors = Errors::new();
    for (name, is_same) in [("name", new.name == old.name), ("roles", new.roles == old.roles)] {
        if !is_same {
            let message = "This field is read-only for built-in privileges";
            errors.add(format!("privilege_update.{name}"), message);
        }
    }
    let attribute = "privilege_update.local_groups";
    if builtin == "LOCAL_ADMINISTRATOR" {
        if !new.local_groups.contains(&ADMINISTRATORS) {
            let message = "The group builtin_administrators must be among grantees of the \"Local \
                           Administrator\" privilege.";
            errors.add(attribute, message);
        }
        let release = system.generation();
        if !system.accounts.has_password_user(release, &new.local_groups, &[]) {
            let message = "None of the members of these groups has password login enabled. At \
                           least one grantee of the \"Local Administrator\" privilege must have \
                           password login enabled.";
            errors.add(attribute, message);
        }
    } else if builtin == "READONLY_ADMINISTRATOR" && new.web_shell {
        let message = "Web shell access may not be enabled for the built-in group for read-only \
                       administrators.";
        errors.add("privilege_update.web_shell", message);
    }
    errors.check()
}

fn validate(
    system: &System,
    schema: &str,
    data: &Value,
    privilege: &Privilege,
) -> Result<(), Fault> {
    let mut errors = Errors::new();
    let mut others = system.accounts.privileges.values();
    if others.any(|other| other.id != privilege.id && other.name == privilege.name) {
        errors.add(format!("{schema}.name"), "Object with this name already exists");
    }
    // What was sent may be no gid at all; what was not is as it was.
    let sent = data["local_groups"].as_array().cloned();
    let local_groups = sent
        .unwrap_or_else(|| privilege.local_groups.iter().map(|gid| Value::from(*gid)).collect());
    for (index, gid) in local_groups.iter().enumerate() {
        let number = gid.as_u64().and_then(|gid| u32::try_from(gid).ok());
        let Some(group) = number.and_then(|gid| system.accounts.group_of_gid(gid)) else {
            let message = format!(
                "{gid}: local group does not exist. This error may be addressed by either \
                 re-creating the missing group with the specified group id or removing this entry \
                 from the privilege."
            );
            errors.add(format!("{schema}.local_groups.{index}"), message);
            continue;
        };
        if !group.userns_idmap.is_null() {
            let message = "Privileges may not be granted to groups that have a user namespace \
                           idmap configured.";
            // The source names this schema whatever the call is.
            errors.add(format!("privilege_update.local_groups.{index}"), message);
        }
    }
    // There is no directory service whose groups these could be.
    let service = if system.generation() < Release::V25_10 { "Service" } else { "service" };
    for (index, group) in data["ds_groups"].as_array().into_iter().flatten().enumerate() {
        let group = group.as_str().map_or_else(|| group.to_string(), str::to_owned);
        let message = format!(
            "{group}: directory {service} group does not exist. If the directory service state is \
             healthy, then this error may be addressed by removing this entry from the privilege."
        );
        errors.add(format!("{schema}.ds_groups.{index}"), message);
    }
    let known = role::all(system.release());
    for (index, role) in privilege.roles.iter().enumerate() {
        if !known.contains(role) {
            errors.add(format!("{schema}.roles.{index}"), "Invalid role");
        }
    }
    errors.check()
}

pub(super) fn delete(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let [id] = accepted(call, [required("id", int())])?;
    let privilege = existing(call.system, &id)?;
    call.audit_note = Some(privilege.name.clone());
    if privilege.builtin_name.is_some() {
        return Err(Fault::error(EPERM, "Unable to delete built-in privilege"));
    }
    call.system.accounts.privileges.remove(&privilege.id);
    call.system.tell("removed", COLLECTION, id, None);
    Ok(Value::Bool(true).into())
}
