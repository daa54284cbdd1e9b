//! `filesystem.getacl`.

use serde_json::{Value, json};

use super::super::super::check::{boolean, optional, required, texts};
use super::super::super::fault::Fault;
use super::super::super::method::{Call, Reply};
use super::super::super::release::Release;
use super::super::super::system::System;
use super::super::super::system::files::Node;
use super::{accepted, check_no_links, external, is_external, user_name};

/// The kind of ACL that a path has, which its dataset decides.
#[derive(Clone, Copy, PartialEq, Eq)]
enum AclType {
    Nfs4,
    Posix1e,
    Disabled,
}

impl AclType {
    fn of(system: &System, path: &str) -> Self {
        let place = system.files.real(path);
        let acltype =
            system.datasets.of_path(&place).map(|name| system.datasets.raw(name, "acltype"));
        match acltype.as_deref() {
            Some("nfsv4") => Self::Nfs4,
            Some("off") => Self::Disabled,
            _ => Self::Posix1e,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Nfs4 => "NFS4",
            Self::Posix1e => "POSIX1E",
            Self::Disabled => "DISABLED",
        }
    }
}

/// Answers with the ACL of a path; with the one that its mode amounts to if it has none.
pub(super) fn getacl(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let fields = [
        required("path", texts::non_empty()),
        optional("simplified", boolean(), true),
        optional("resolve_ids", boolean(), false),
    ];
    let [path, simplified, resolve] = accepted(call, fields)?;
    let path = path.as_str().unwrap_or_default();
    let system = &*call.system;
    if is_external(path) {
        return Err(external(path));
    }
    let node = system.files.get(path).filter(|_| path.starts_with('/'));
    let node = node.ok_or_else(|| Fault::error(2, "Path not found."))?;
    if system.generation() >= Release::V26_0 {
        check_no_links(system, path)?;
    }
    let acltype = AclType::of(system, path);
    let entries = match (acltype, &node.acl) {
        (AclType::Disabled, _) => None,
        (_, Some(acl)) => Some(acl.clone()),
        (AclType::Posix1e, None) => Some(posix(node.mode)),
        (AclType::Nfs4, None) => Some(nfs4(node, simplified == true)),
    };
    let resolve = resolve == true;
    let entries = entries.map(|entries| {
        let named = |mut entry: Value| {
            entry["who"] = if resolve { who(system, node, &entry).into() } else { Value::Null };
            entry
        };
        entries.into_iter().map(named).collect::<Vec<Value>>()
    });
    let mut reply = json!({
        "path": path,
        "user": user_name(system, node.uid).filter(|_| resolve),
        "group": system.accounts.group_name(node.gid).filter(|_| resolve),
        "uid": node.uid,
        "gid": node.gid,
        "acltype": acltype.name(),
        "acl": entries,
        "trivial": acltype == AclType::Disabled || node.acl.is_none(),
    });
    if acltype == AclType::Nfs4 {
        reply["aclflags"] = json!({"protected": false, "defaulted": false, "autoinherit": false});
    }
    Ok(reply.into())
}

/// Whom an entry is about.
fn who(system: &System, node: &Node, entry: &Value) -> Option<String> {
    let id = entry["id"].as_u64().and_then(|id| u32::try_from(id).ok());
    let name = match entry["tag"].as_str().unwrap_or_default() {
        "USER_OBJ" | "owner@" => user_name(system, node.uid),
        "GROUP_OBJ" | "group@" => system.accounts.group_name(node.gid),
        "USER" => id.and_then(|uid| user_name(system, uid)),
        "GROUP" => id.and_then(|gid| system.accounts.group_name(gid)),
        _ => None,
    };
    name.map(str::to_owned)
}

fn posix(mode: u32) -> Vec<Value> {
    [("USER_OBJ", 6), ("GROUP_OBJ", 3), ("OTHER", 0)]
        .into_iter()
        .map(|(tag, shift)| {
            let bits = mode >> shift;
            json!({
                "tag": tag,
                "perms": {
                    "READ": bits & 4 != 0,
                    "WRITE": bits & 2 != 0,
                    "EXECUTE": bits & 1 != 0,
                },
                "default": false,
                "id": -1,
            })
        })
        .collect()
}

/// The entries that a mode amounts to (`RFC 8881`, section 6.3).
fn nfs4(node: &Node, simplified: bool) -> Vec<Value> {
    [("owner@", 6), ("group@", 3), ("everyone@", 0)]
        .into_iter()
        .map(|(tag, shift)| {
            let bits = node.mode >> shift;
            let (read, write, execute) = (bits & 4 != 0, bits & 2 != 0, bits & 1 != 0);
            let owner = tag == "owner@";
            let perms = json!({
                "READ_DATA": read,
                "WRITE_DATA": write,
                "APPEND_DATA": write,
                "READ_NAMED_ATTRS": true,
                "WRITE_NAMED_ATTRS": owner,
                "EXECUTE": execute,
                "DELETE": false,
                "DELETE_CHILD": write && node.is_directory(),
                "READ_ATTRIBUTES": true,
                "WRITE_ATTRIBUTES": owner,
                "READ_ACL": true,
                "WRITE_ACL": owner,
                "WRITE_OWNER": owner,
                "SYNCHRONIZE": true,
            });
            let flags = if simplified {
                json!({"BASIC": "NOINHERIT"})
            } else {
                json!({
                    "FILE_INHERIT": false,
                    "DIRECTORY_INHERIT": false,
                    "NO_PROPAGATE_INHERIT": false,
                    "INHERIT_ONLY": false,
                    "INHERITED": false,
                })
            };
            json!({"tag": tag, "id": -1, "type": "ALLOW", "perms": perms, "flags": flags})
        })
        .collect()
}
