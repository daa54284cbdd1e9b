//! Groups as the operating system knows them, and numbers for new ones.

use serde_json::{Value, json};

use super::super::super::check::{
    Errors, Model, boolean, int, list, nullable, optional, required, text,
};
use super::super::super::fault::Fault;
use super::super::super::method::{Call, Reply};
use super::super::super::system::accounts::Group;
use super::super::accepted;
use super::entry;

/// A group as `struct group` has it.
pub(super) fn get_group_obj(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let fields = [
        optional("groupname", nullable(text()), Value::Null),
        optional("gid", nullable(int()), Value::Null),
        optional("sid_info", boolean(), false),
    ];
    let model = Model::new("GroupGetGroupObjArgs", fields);
    let [data] = accepted(call, [required("get_group_obj", model)])?;
    let name = data["groupname"].as_str().filter(|name| !name.is_empty());
    let gid = data["gid"].as_i64();
    let attribute = "get_group_obj.groupname";
    let refused = |message: &str| Err(Errors::new().with(attribute, message).into());
    let accounts = &call.system.accounts;
    let group: Option<&Group> = match (name, gid) {
        (None, None) => return refused("Either \"groupname\" or \"gid\" must be specified"),
        (Some(_), Some(_)) => {
            return refused("\"groupname\" and \"gid\" may not be simultaneously specified");
        }
        (Some(name), None) => accounts.group(name),
        (None, Some(gid)) => u32::try_from(gid).ok().and_then(|gid| accounts.group_of_gid(gid)),
    };
    let Some(group) = group else {
        return Err(Fault::key_error(&match name {
            Some(name) => format!("{name}: group with this name does not exist"),
            None => format!("{}: group with this id does not exist", gid.unwrap_or_default()),
        }));
    };
    let members = accounts.users.values().filter(|user| user.groups.contains(&group.id));
    let members: Vec<&str> = members.map(|user| user.username.as_str()).collect();
    let sid = if data["sid_info"] == true {
        entry(call.system, group)["sid"].clone()
    } else {
        Value::Null
    };
    let found = json!({
        "gr_name": group.name,
        "gr_gid": group.gid,
        "gr_mem": members,
        "sid": sid,
        "source": "LOCAL",
        "local": true,
    });
    Ok(found.into())
}

pub(super) fn get_next_gid(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let [] = accepted(call, [])?;
    Ok(Value::from(call.system.accounts.next_gid()).into())
}

/// Whether somebody who may log in with a password is a member of one of the groups.
pub(super) fn has_password_enabled_user(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let fields =
        [required("gids", list(int())), optional("exclude_user_ids", list(int()), json!([]))];
    let [gids, without] = accepted(call, fields)?;
    let numbers = |list: &Value| -> Vec<i64> {
        list.as_array().into_iter().flatten().filter_map(Value::as_i64).collect()
    };
    let gids: Vec<u32> =
        numbers(&gids).into_iter().filter_map(|gid| u32::try_from(gid).ok()).collect();
    let release = call.system.generation();
    let found = call.system.accounts.has_password_user(release, &gids, &numbers(&without));
    Ok(Value::Bool(found).into())
}
