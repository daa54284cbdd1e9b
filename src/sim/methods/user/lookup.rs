//! Accounts as the operating system knows them, and numbers for new ones.

use serde_json::{Value, json};

use super::super::super::check::{Errors, Model, boolean, int, nullable, optional, required, text};
use super::super::super::fault::Fault;
use super::super::super::method::{Call, Reply};
use super::super::super::system::System;
use super::super::super::system::accounts::User;
use super::entry::{self, CONTAINER_ROOT, CONTAINER_ROOT_UID};
use super::{accepted, gid, home};

/// An account as `struct passwd` has it.
pub(super) fn get_user_obj(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let fields = [
        optional("username", nullable(text()), Value::Null),
        optional("uid", nullable(int()), Value::Null),
        optional("get_groups", boolean(), false),
        optional("sid_info", boolean(), false),
    ];
    let model = Model::new("UserGetUserObjArgs", fields);
    let [data] = accepted(call, [required("get_user_obj", model)])?;
    let name = data["username"].as_str().filter(|name| !name.is_empty());
    let uid = data["uid"].as_i64();
    let attribute = "get_user_obj.username";
    let refused = |message: &str| Err(Errors::new().with(attribute, message).into());
    match (name, uid) {
        (None, None) => return refused("Either \"username\" or \"uid\" must be specified."),
        (Some(_), Some(_)) => {
            return refused("\"username\" and \"uid\" may not be simultaneously specified");
        }
        _ => {}
    }
    if name == Some(CONTAINER_ROOT) || uid == Some(i64::from(CONTAINER_ROOT_UID)) {
        return Ok(container_root().into());
    }
    let mut users = call.system.accounts.users.values();
    let found = users.find(|user| match name {
        Some(name) => user.username == name,
        None => Some(i64::from(user.uid)) == uid,
    });
    let Some(user) = found else {
        return Err(Fault::key_error(&match name {
            Some(name) => format!("{name}: user with this name does not exist"),
            None => format!("{}: user with this id does not exist", uid.unwrap_or_default()),
        }));
    };
    let groups = (data["get_groups"] == true).then(|| group_list(call.system, user));
    let sid = if data["sid_info"] == true {
        entry::of(call.system, user, false)["sid"].clone()
    } else {
        Value::Null
    };
    let found = json!({
        "pw_name": user.username,
        "pw_gecos": user.full_name,
        "pw_dir": user.home,
        "pw_shell": user.shell,
        "pw_uid": user.uid,
        "pw_gid": gid(call.system, user.group),
        "grouplist": groups,
        "sid": sid,
        "source": "LOCAL",
        "local": true,
    });
    Ok(found.into())
}

/// The gids of an account's groups, its primary one first (`getgrouplist`).
fn group_list(system: &System, user: &User) -> Vec<u32> {
    let further = user.groups.iter().filter(|id| **id != user.group);
    [&user.group].into_iter().chain(further).map(|id| gid(system, *id)).collect()
}

/// Source: `plugins/account_/constants.py` (`SYNTHETIC_CONTAINER_ROOT`).
fn container_root() -> Value {
    json!({
        "pw_name": CONTAINER_ROOT,
        "pw_gecos": entry::CONTAINER_ROOT_FULL_NAME,
        "pw_dir": home::NONE,
        "pw_shell": "/usr/sbin/nologin",
        "pw_uid": CONTAINER_ROOT_UID,
        "pw_gid": CONTAINER_ROOT_UID,
        "grouplist": null,
        "sid": null,
        "source": "LOCAL",
        "local": true,
    })
}

pub(super) fn get_next_uid(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let [] = accepted(call, [])?;
    Ok(Value::from(call.system.accounts.next_uid()).into())
}
