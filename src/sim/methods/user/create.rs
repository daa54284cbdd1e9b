//! `user.create`.

use serde_json::Value;

use super::super::super::check::Errors;
use super::super::super::fault::Fault;
use super::super::super::method::{Call, Reply};
use super::super::super::release::Release;
use super::super::super::system::System;
use super::super::super::system::access::Identity;
use super::super::super::system::accounts::User;
use super::super::text_at;
use super::home::rules::KeyedHome;
use super::validation::{Candidate, validate_idmap_conflict};
use super::{Settings, accepted, answer, gid, home, model, random_password};

pub(super) fn create(call: &mut Call<'_>) -> Result<Reply, Fault> {
    call.audit_note = text_at(call.params, 0, "username");
    let [data] = accepted(call, [model::creation(call.system.generation())])?;
    let mut data = Settings::new(&data);
    let mut user = blank();
    data.apply(&mut user);
    validate(call.system, &data, &user)?;
    if data.flag("random_password") {
        data.set("password", random_password());
        data.apply(&mut user);
    }
    let made_group = primary_group(call.system, &data, &mut user)?;
    if user.smb {
        let users = call.system.accounts.group("builtin_users").map(|group| group.id);
        user.groups.extend(users);
    }
    let uid = data.get("uid").and_then(Value::as_u64).and_then(|uid| u32::try_from(uid).ok());
    user.uid = uid.unwrap_or_else(|| call.system.accounts.next_uid());
    if let Err(fault) = validate_direct_idmap(call.system, &user) {
        call.system.accounts.groups.retain(|id, _| Some(*id) != made_group);
        return Err(fault);
    }
    let owner = (user.uid, gid(call.system, user.group));
    let has_home = !home::is_none(call.system.generation(), &user.home);
    if has_home {
        let mode = home::bits(data.text("home_mode").unwrap_or_default());
        let create = data.flag("home_create");
        let path = user.home.clone();
        match home::set_up(call.system, &path, &user.username, mode, owner, create) {
            Ok(made) => user.home = made,
            Err(fault) => {
                if let Some(group) = made_group {
                    call.system.accounts.remove_group(group);
                }
                return Err(fault);
            }
        }
    }
    let directory = user.home.clone();
    let id = call.system.accounts.add_user(user);
    call.system.reload_ssh();
    // Keys that lie there already go: the new account has exactly those that it was given.
    if has_home {
        home::keys::write(call.system, &directory, data.text("sshpubkey"), owner)?;
    }
    Ok(answer(call.system, "added", id, data.text("password")).into())
}

/// Since 26.0 an account that is mapped directly is looked at again once it has its uid.
fn validate_direct_idmap(system: &System, user: &User) -> Result<(), Fault> {
    let mut errors = Errors::new();
    if system.generation() >= Release::V26_0 {
        let (idmap, uid) = (&user.userns_idmap, Some(user.uid.into()));
        validate_idmap_conflict(system, "user_create", idmap, uid, None, &mut errors);
    }
    errors.check()
}

/// An account before anything is known of it.
fn blank() -> User {
    User {
        id: 0,
        uid: 0,
        username: String::new(),
        full_name: String::new(),
        home: home::NONE.to_owned(),
        shell: String::new(),
        builtin: false,
        smb: false,
        webshare: false,
        email: None,
        group: 0,
        groups: Vec::new(),
        password_disabled: false,
        ssh_password_enabled: false,
        locked: false,
        sudo_commands: Vec::new(),
        sudo_commands_nopasswd: Vec::new(),
        userns_idmap: Value::Null,
        password: None,
        password_set_ms: None,
        otp_token: None,
    }
}

fn validate(system: &System, data: &Settings, user: &User) -> Result<(), Fault> {
    let mut errors = Errors::new();
    let group = data.get("group").and_then(Value::as_i64);
    let create = data.flag("group_create");
    if (group.unwrap_or_default() == 0 && !create) || (group.is_some() && create) {
        let message = "Enter either a group name or create a new group to continue.";
        errors.add("user_create.group", message);
    }
    let groups: Vec<i64> =
        group.filter(|id| *id != 0).into_iter().chain(user.groups.iter().copied()).collect();
    let candidate =
        Candidate { schema: "user_create", data, old: None, new: user, groups: &groups };
    candidate.validate(system, &mut errors)?;
    let keys = data.text("sshpubkey").unwrap_or_default();
    if !keys.is_empty() {
        validate_keys(system, data, user, &mut errors);
    }
    errors.check()
}

/// Whether the home can hold keys: it gets its owner and mode before they are written.
fn validate_keys(system: &System, data: &Settings, user: &User, errors: &mut Errors) {
    let attribute = "user_create.sshpubkey";
    if !user.home.starts_with("/mnt") {
        let message = match system.generation().guards_accounts() {
            true => format!(
                "{}: the user home directory must be set to a writable path located within a data \
                 pool.",
                user.home
            ),
            false => "The home directory is not writable. Leave this field blank.".to_owned(),
        };
        errors.add(attribute, message);
        return;
    }
    let path = match data.flag("home_create") {
        true => home::joined(&user.home, &user.username),
        false => user.home.clone(),
    };
    // A group that is yet to be made owns nothing.
    let uid = data.get("uid").and_then(Value::as_u64).and_then(|uid| u32::try_from(uid).ok());
    let uid = uid.unwrap_or_else(|| system.accounts.next_uid());
    let identity = Identity::of(system, &User { uid, ..user.clone() });
    let mode = data.text("home_mode").map(home::bits);
    KeyedHome { path: &path, mode, given: true, identity }.validate(system, attribute, errors);
}

/// Finds or makes the primary group; gives its number if it was made.
fn primary_group(
    system: &mut System,
    data: &Settings,
    user: &mut User,
) -> Result<Option<i64>, Fault> {
    if data.flag("group_create") {
        if let Some(group) = system.accounts.group(&user.username) {
            user.group = group.id;
            return Ok(None);
        }
        let gid = system.accounts.next_gid();
        user.group = system.accounts.add_group(&user.username, gid, false, false);
        return Ok(Some(user.group));
    }
    if system.accounts.groups.contains_key(&user.group) {
        return Ok(None);
    }
    let mut errors = Errors::new();
    errors.add_errno("user_create.group", format!("Group {} not found", user.group), 2);
    errors.check().map(|()| None)
}
