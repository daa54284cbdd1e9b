//! `user.*`: local accounts.
//!
//! Source: `plugins/account.py` of TS-25.10.6 and 26.0.

mod change;
mod create;
mod entry;
mod home;
mod lookup;
mod model;
mod result;
mod settings;
pub(super) mod sudo;
#[cfg(test)]
mod tests;
mod validation;

use serde_json::{Value, json};

use super::super::check::{Field, Model, boolean, int, list, optional, required};
use super::super::fault::Fault;
use super::super::method::{Access, Call, Method, Reply};
use super::super::query::datastore::Columns;
use super::super::query::texts_left;
use super::super::system::System;
use super::super::system::accounts::{FIRST_SYNTHETIC_ID, User};
use super::{accepted, audited, instance, instance_query, plain, query as answer_query};
pub(super) use model::{idmap, local_id};
use settings::Settings;

pub(super) const METHODS: &[Method] = &[
    plain("user.query", READ, query),
    plain("user.get_instance", READ, get_instance),
    audited("user.create", WRITE, "Create user", create::create),
    audited("user.update", WRITE, "Update user", change::update),
    audited("user.delete", WRITE, "Delete user", delete),
    Method {
        name: "user.has_local_administrator_set_up",
        access: Access::Open,
        job: None,
        audit: None,
        run: has_local_administrator,
    },
    plain("user.get_user_obj", READ, lookup::get_user_obj),
    plain("user.get_next_uid", READ, lookup::get_next_uid),
    plain("user.shell_choices", &["ACCOUNT_READ", "READONLY_ADMIN"], shell_choices),
];

const READ: &[&str] = &["ACCOUNT_READ"];
const WRITE: &[&str] = &["ACCOUNT_WRITE"];
const COLUMNS: Columns = &[
    "id",
    "uid",
    "username",
    "unixhash",
    "smbhash",
    "home",
    "shell",
    "full_name",
    "builtin",
    "smb",
    "userns_idmap",
    "password_disabled",
    "ssh_password_enabled",
    "locked",
    "sudo_commands",
    "sudo_commands_nopasswd",
    "group",
    "email",
    "last_password_change",
    "password_history",
];
const COLLECTION: &str = "user.query";

/// Whoever may not write sees no hashes.
fn entries(call: &Call<'_>, is_asked_for: impl Fn(&str, &str) -> bool) -> Vec<Value> {
    entry::all(call.system, call.caller.has("ACCOUNT_WRITE"), is_asked_for)
}

fn query(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let (names, homes) = (texts_left(call.params, "username"), texts_left(call.params, "home"));
    let entries = entries(call, |name, home| {
        names.as_ref().is_none_or(|names| names.contains(&name))
            && homes.as_ref().is_none_or(|homes| homes.contains(&home))
    });
    let any = call.system.accounts.users.values().next();
    let known = any.map(|user| entry::of(call.system, user, false)).unwrap_or_default();
    let reply = answer_query(call, COLUMNS, entries)?;
    match &reply {
        Reply::Now(Value::Array(found)) if call.system.generation().checks_selected_users() => {
            result::check(found, &known).map(|()| reply)
        }
        _ => Ok(reply),
    }
}

fn get_instance(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let (id, query) = instance_query(call, int())?;
    let found = query.run_extended(COLUMNS, entries(call, |_, _| true))?;
    Ok(instance(found, || missing(&id))?.into())
}

fn missing(id: &Value) -> String {
    format!("User {id} does not exist")
}

/// The account that is meant, named in the audit log.
fn existing(call: &mut Call<'_>, id: &Value, done_to_it: &str) -> Result<User, Fault> {
    let number = id.as_i64().unwrap_or_default();
    if number > FIRST_SYNTHETIC_ID {
        let uid = u32::try_from(number - FIRST_SYNTHETIC_ID).ok();
        let mut users = call.system.accounts.users.values();
        let known = users.find(|user| Some(user.uid) == uid).map(|user| user.username.clone());
        call.audit_note = Some(known.unwrap_or_else(|| "UNKNOWN".to_owned()));
        let text = format!(
            "Users provided by a directory service must be {done_to_it} the identity provider \
             (LDAP server or domain controller)."
        );
        return Err(Fault::error(1, text));
    }
    let user = call.system.accounts.users.get(&number).cloned();
    let user = user.ok_or_else(|| Fault::not_found(missing(id)))?;
    call.audit_note = Some(user.username.clone());
    Ok(user)
}

/// The gid of a group by its number.
fn gid(system: &System, group: i64) -> u32 {
    system.accounts.groups.get(&group).map_or(0, |group| group.gid)
}

/// What a call answers that has made or changed an account; subscribers are told the same.
fn answer(system: &mut System, told: &'static str, id: i64, password: Option<&str>) -> Value {
    let Some(user) = system.accounts.users.get(&id) else { return Value::Null };
    let mut shown = entry::of(system, user, true);
    shown["password"] = json!(password);
    system.tell_entry(told, COLLECTION, id.into(), shown.clone());
    shown
}

/// A password that the system chooses.
fn random_password() -> String {
    use rand::Rng;
    const LENGTH: usize = 20;
    let letters = rand::rng().sample_iter(rand::distr::Alphanumeric);
    letters.take(LENGTH).map(char::from).collect()
}

fn delete(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let options = Model::new("UserDeleteOptions", [optional("delete_group", boolean(), true)]);
    let fields = [required("id", int()), Field::defaulting("options", options)];
    let [id, options] = accepted(call, fields)?;
    let user = existing(call, &id, "deleted from")?;
    let refused = |text: &str| Err(Fault::error(22, text));
    if user.username == call.caller.username {
        return refused("Cannot delete the currently active user");
    }
    if user.builtin {
        return refused("Cannot delete a built-in user");
    }
    if entry::is_immutable(&user) {
        return refused("Cannot delete an immutable user");
    }
    if !validation::leaves_an_administrator(call.system, user.id) {
        let text = "After deleting this user no local user will have built-in privilege 'Local \
                    Administrator'.";
        return Err(Fault::error(13, text));
    }
    if options["delete_group"] == json!(true) {
        delete_group(call.system, &user);
    }
    home::keys::forget(call.system, &user.home);
    call.system.accounts.users.remove(&user.id);
    call.system.reload_ssh();
    call.system.tell("removed", COLLECTION, id.clone(), None);
    Ok(id.into())
}

/// Deletes the primary group of an account that goes, unless somebody else needs it.
fn delete_group(system: &mut System, user: &User) {
    let accounts = &mut system.accounts;
    let builtin = accounts.groups.get(&user.group).is_none_or(|group| group.builtin);
    let member = |other: &User| {
        other.groups.contains(&user.group) || other.id != user.id && other.group == user.group
    };
    let needed =
        accounts.users.values().any(member) || accounts.privileges_of(user.group).next().is_some();
    if !builtin && !needed {
        accounts.remove_group(user.group);
        system.tell("removed", "group.query", user.group.into(), None);
    }
}

/// Whether root or the installer's administrator may log in with a password.
fn has_local_administrator(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let [] = accepted(call, [])?;
    let set_up = validation::leaves_an_administrator(call.system, 0);
    Ok(Value::Bool(set_up).into())
}

fn shell_choices(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let [groups] = accepted(call, [optional("group_ids", list(int()), json!([]))])?;
    let groups: Vec<i64> =
        groups.as_array().into_iter().flatten().filter_map(Value::as_i64).collect();
    Ok(Value::Object(validation::shells(call.system, &groups)).into())
}
