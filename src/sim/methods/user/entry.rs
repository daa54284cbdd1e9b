//! A user as `user.query` shows it (`plugins/account.py`, `user_extend`).

use serde_json::{Value, json};

use super::super::super::clock::{date, now_ms};
use super::super::super::release::Release;
use super::super::super::system::System;
use super::super::super::system::accounts::{FIRST_SYNTHETIC_ID, User};
use super::super::SECRET;
use super::super::group::SERVER_SID;
use super::home;

/// The uid of the administrator that the installer makes.
pub(super) const ADMIN_UID: u32 = 950;
/// The uid of root inside containers, which is no account of the database
/// (`plugins/account_/constants.py`).
pub(super) const CONTAINER_ROOT_UID: u32 = 2_147_000_001;
const DAY_MS: i64 = 86_400_000;

/// Its name.
pub(super) const CONTAINER_ROOT: &str = "truenas_container_unpriv_root";
/// Its full name.
pub(super) const CONTAINER_ROOT_FULL_NAME: &str = "Unprivileged root user for containers";

/// Whether most of the account may not be changed.
pub(super) fn is_immutable(user: &User) -> bool {
    user.builtin || user.uid == ADMIN_UID
}

/// Every account that is asked for by name and home; hashes are stars unless `clear`.
pub(super) fn all(
    system: &System,
    clear: bool,
    is_asked_for: impl Fn(&str, &str) -> bool,
) -> Vec<Value> {
    let users = system.accounts.users.values();
    let users = users.filter(|user| is_asked_for(&user.username, &user.home));
    let root = is_asked_for(CONTAINER_ROOT, home::NONE)
        .then(|| container_root(system.generation(), clear));
    users.map(|user| of(system, user, clear)).chain(root).collect()
}

/// One account.
pub(super) fn of(system: &System, user: &User, clear: bool) -> Value {
    let hidden = |value: Value| if clear { value } else { SECRET.into() };
    let accounts = &system.accounts;
    let mut roles: Vec<String> =
        accounts.privileges_of_user(user).into_iter().flat_map(|p| p.roles.clone()).collect();
    roles.sort();
    roles.dedup();
    let keys: Vec<i64> = accounts
        .keys
        .values()
        .filter(|api_key| api_key.key.username == user.username)
        .map(|api_key| api_key.key.id)
        .collect();
    let group = accounts.groups.get(&user.group).map(|group| {
        json!({
            "id": group.id,
            "bsdgrp_gid": group.gid,
            "bsdgrp_group": group.name,
            "bsdgrp_builtin": group.builtin,
            "bsdgrp_sudo_commands": group.sudo_commands,
            "bsdgrp_sudo_commands_nopasswd": group.sudo_commands_nopasswd,
            "bsdgrp_smb": group.smb,
            "bsdgrp_userns_idmap": stored_idmap(&group.userns_idmap),
        })
    });
    let changed = user.password_set_ms.map(|ms| ms / 1000 * 1000);
    // Nothing can be computed from these: they only stand for a hash, and change with it.
    let (unix, smb) = match (&user.password, changed) {
        (Some(_), set) => {
            let set = set.unwrap_or_default();
            (format!("$6$simulated${}.{set}", user.id), format!("{:016x}{set:016X}", user.id))
        }
        (None, _) => ("*".to_owned(), "*".to_owned()),
    };
    let mut entry = json!({
        "id": user.id,
        "uid": user.uid,
        "username": user.username,
        "unixhash": hidden(unix.into()),
        "smbhash": hidden(smb.into()),
        "home": user.home,
        "shell": user.shell,
        "full_name": user.full_name,
        "builtin": user.builtin,
        "smb": user.smb,
        "userns_idmap": user.userns_idmap,
        "group": group.unwrap_or_else(|| json!({})),
        "groups": user.groups,
        "password_disabled": user.password_disabled,
        "ssh_password_enabled": user.ssh_password_enabled,
        "sshpubkey": home::keys::read(system, &user.home),
        "locked": user.locked,
        "sudo_commands": user.sudo_commands,
        "sudo_commands_nopasswd": user.sudo_commands_nopasswd,
        "email": user.email,
        "local": true,
        "immutable": is_immutable(user),
        "twofactor_auth_configured": user.otp_token.is_some(),
        "sid": user.smb.then(|| format!("{SERVER_SID}-{}", 20_000 + user.id)),
        "last_password_change": changed.map(date),
        "password_age": changed.map(|ms| (now_ms() - ms) / DAY_MS).filter(|days| *days >= 0),
        "password_history": hidden(json!([])),
        "password_change_required": false,
        "roles": roles,
        "api_keys": keys,
    });
    of_release(&mut entry, system.generation(), user.webshare);
    entry
}

/// A mapping into containers as the database has it (`USERNS_IDMAP_DIRECT`, `USERNS_IDMAP_NONE`).
fn stored_idmap(idmap: &Value) -> i64 {
    if idmap == "DIRECT" { -1 } else { idmap.as_i64().unwrap_or_default() }
}

/// Source: `plugins/idmap.py` (`synthetic_user`), `plugins/account.py` (`query`).
fn container_root(release: Release, clear: bool) -> Value {
    let hidden = |value: Value| if clear { value } else { SECRET.into() };
    let mut entry = json!({
        "id": FIRST_SYNTHETIC_ID + i64::from(CONTAINER_ROOT_UID),
        "uid": CONTAINER_ROOT_UID,
        "username": CONTAINER_ROOT,
        "unixhash": hidden(Value::Null),
        "smbhash": hidden(Value::Null),
        "home": home::NONE,
        "shell": "/usr/sbin/nologin",
        "full_name": CONTAINER_ROOT_FULL_NAME,
        "builtin": true,
        "smb": false,
        "userns_idmap": null,
        "group": {},
        "groups": [],
        "password_disabled": false,
        "ssh_password_enabled": false,
        "sshpubkey": null,
        "locked": true,
        "sudo_commands": [],
        "sudo_commands_nopasswd": [],
        "email": null,
        "local": true,
        "immutable": true,
        "twofactor_auth_configured": false,
        "sid": null,
        "last_password_change": null,
        "password_age": null,
        "password_history": hidden(Value::Null),
        "password_change_required": false,
        "roles": [],
        "api_keys": [],
    });
    of_release(&mut entry, release, false);
    entry
}

/// The members that not every release has.
fn of_release(entry: &mut Value, release: Release, webshare: bool) {
    if release.shows_id_type_both() {
        entry["id_type_both"] = false.into();
    }
    if release >= Release::V26_0 {
        entry["webshare"] = webshare.into();
    }
}
