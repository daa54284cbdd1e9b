//! What is read of a system, in one round.

use serde_json::json;

use crate::kinds;
use crate::model::{Address, Desired};
use crate::truenas_wire::{Read, ReadMethod};

/// Everything.
pub(crate) fn all() -> Vec<Read> {
    let mut all = vec![info(), pools(), datasets(), tasks(), accounts()];
    all.extend(keychain());
    all.extend(service());
    all
}

/// What the system says of itself.
pub(crate) fn info() -> Read {
    Read::call(ReadMethod::SystemInfo, vec![])
}

/// Its pools.
pub(crate) fn pools() -> Read {
    let options = json!({ "select": ["name", "free"] });
    Read::call(ReadMethod::PoolQuery, vec![json!([]), options])
}

/// Its datasets, all of them, with what keeps others from being made in them.
pub(crate) fn datasets() -> Read {
    let options = json!({
        "extra": { "flat": true, "properties": ["encryption", "readonly"] },
        "select": ["id", "type", "locked", "readonly"],
    });
    Read::call(ReadMethod::PoolDatasetQuery, vec![json!([]), options])
}

/// Its replication tasks.
pub(crate) fn tasks() -> Read {
    Read::call(ReadMethod::ReplicationQuery, vec![json!([]), json!({})])
}

/// Its local accounts; the reply holds password hashes unless fields are named.
pub(crate) fn accounts() -> Read {
    let select = [
        "builtin",
        "home",
        "immutable",
        "locked",
        "shell",
        "sshpubkey",
        "sudo_commands_nopasswd",
        "uid",
        "username",
    ];
    Read::call(
        ReadMethod::UserQuery,
        vec![json!([["local", "=", true]]), json!({ "select": select })],
    )
}

/// A resource that is only looked at.
pub(crate) fn looked_at(kind: &str, name: Option<&str>) -> Desired {
    let (system, kind) = (String::new(), kind.to_owned());
    Desired::new(Address { system, kind, name: name.map(Into::into) })
}

/// The reads of the SSH service's kind.
pub(crate) fn service() -> Vec<Read> {
    let want = looked_at("ssh_service", None);
    kinds::find("ssh_service").map(|kind| kind.reads(&want)).unwrap_or_default()
}

/// The read that the kinds of the keychain share.
pub(crate) fn keychain() -> Vec<Read> {
    let want = looked_at("ssh_keypair", Some(""));
    kinds::find("ssh_keypair").map(|kind| kind.reads(&want)).unwrap_or_default()
}
