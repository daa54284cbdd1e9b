//! The reads that show an account and its home.

use serde_json::{Value, json};

use crate::model::Desired;
use crate::model::mountpoint;
use crate::truenas_wire::{Read, ReadMethod, Replies};

/// What is taken from an account's entry; the reply holds password hashes otherwise.
const ENTRY: [&str; 17] = [
    "builtin",
    "full_name",
    "group",
    "groups",
    "home",
    "id",
    "immutable",
    "locked",
    "password_disabled",
    "shell",
    "ssh_password_enabled",
    "sshpubkey",
    "sudo_commands",
    "sudo_commands_nopasswd",
    "uid",
    "username",
    "local",
];

/// Homes that stand for none: the one of accounts that were made without, and that of older
/// releases (`plugins/account_/constants.py`).
pub(super) const NO_HOME: [&str; 2] = ["/var/empty", "/nonexistent"];

/// The account. Without `local` directory services may be asked.
pub(super) fn account(name: &str) -> Read {
    Read::entries(ReadMethod::UserQuery, "username", [name], json!({ "select": ENTRY }))
        .filtered(json!(["local", "=", true]))
}

/// The accounts that live in a directory, which TrueNAS also stores with a slash at its end.
pub(super) fn inhabitants(path: &str) -> Read {
    let spellings = [path.to_owned(), format!("{path}/")];
    let options = json!({ "select": ["home", "username"] });
    Read::entries(ReadMethod::UserQuery, "home", spellings, options)
        .filtered(json!(["local", "=", true]))
}

/// A home as a manifest writes it. TrueNAS stores a path as it was given; an empty part, `.` and a
/// slash at the end name the same directory without them.
pub(crate) fn normalized(home: &str) -> String {
    let Some(below) = mountpoint::dataset_at(home) else { return home.into() };
    let parts: Vec<&str> = below.split('/').filter(|it| !matches!(*it, "" | ".")).collect();
    mountpoint::of(&parts.join("/"))
}

/// What is taken from a group's entry.
const GROUP: [&str; 7] =
    ["builtin", "gid", "group", "id", "sudo_commands", "sudo_commands_nopasswd", "users"];

/// Every local group, in the order of the sudoers file. A system may have thousands, so they are
/// read only for accounts that are in others than those that their names tell.
pub(super) fn groups() -> Read {
    let options = json!({ "select": GROUP });
    Read::call(ReadMethod::GroupQuery, vec![json!([["local", "=", true]]), options])
}

/// The groups that are known by name beforehand: the account's own, which mostly has its name, and
/// those that the manifest puts it into.
pub(super) fn groups_by_name(want: &Desired) -> Read {
    let wanted = want.get("groups.names").and_then(Value::as_array).into_iter().flatten();
    let names = wanted.filter_map(Value::as_str).chain([want.address.key()]);
    Read::entries(ReadMethod::GroupQuery, "group", names, json!({ "select": GROUP }))
        .filtered(json!(["local", "=", true]))
}

/// Whether an account is in groups that were not read by name.
fn is_in_other_groups(want: &Desired, entry: &Value) -> bool {
    let others = entry.get("groups").and_then(Value::as_array).is_some_and(|it| !it.is_empty());
    let own = entry.get("group").and_then(|group| group.get("bsdgrp_group"));
    others || own.and_then(Value::as_str) != Some(want.address.key())
}

/// The shells that an ordinary account may have.
pub(super) fn shells() -> Read {
    Read::call(ReadMethod::UserShellChoices, vec![json!([])])
}

/// What stands at a path.
pub(super) fn stat(path: &str) -> Read {
    Read::call(ReadMethod::FilesystemStat, vec![json!(path)])
}

/// The datasets that a path may be in.
pub(super) fn datasets(path: &str) -> Read {
    let options = json!({
        "extra": {
            "flat": true,
            "retrieve_children": false,
            "properties": ["encryption", "mountpoint", "readonly"],
        },
    });
    let names = dataset_names(path);
    Read::entries(ReadMethod::PoolDatasetQuery, "id", names, options)
}

/// The names that a dataset mounted at or above a path may have, the nearest first.
pub(super) fn dataset_names(path: &str) -> Vec<String> {
    let below = mountpoint::dataset_at(path).unwrap_or_default().trim_end_matches('/');
    let all = std::iter::successors(Some(below), |name| name.rsplit_once('/').map(|it| it.0));
    all.filter(|name| !name.is_empty()).map(Into::into).collect()
}

/// The directory above.
pub(super) fn parent(path: &str) -> &str {
    match path.rsplit_once('/') {
        Some(("", _)) | None => "/",
        Some((parent, _)) => parent,
    }
}

/// The directories above a home that its account must enter, the highest first: those below
/// `/mnt`, which everybody enters.
pub(super) fn above(home: &str) -> Vec<&str> {
    let upwards = std::iter::successors(Some(parent(home)), |path| Some(parent(path)));
    let mut all: Vec<&str> = upwards.take_while(|path| path.starts_with("/mnt/")).collect();
    all.reverse();
    // A home directly below `/mnt` has nothing above it, but its parent is read all the same.
    if all.is_empty() { vec![parent(home)] } else { all }
}

/// The directory that holds the keys of a home.
pub(super) fn ssh_directory(home: &str) -> String {
    format!("{home}/.ssh")
}

/// The file that holds the keys of a home.
pub(super) fn key_file(home: &str) -> String {
    format!("{home}/.ssh/authorized_keys")
}

/// The home that the manifest names.
pub(super) fn wanted_home(want: &Desired) -> Option<&str> {
    want.get("home.path").and_then(Value::as_str)
}

/// Whether anything of the account depends on its home.
pub(super) fn needs_home(want: &Desired) -> bool {
    let depends = |field: &String| {
        field.starts_with("home.") || field == "ssh_access" || field == "authorized_keys.keys"
    };
    want.fields.keys().any(depends)
}

/// The first round of reads.
pub(super) fn first(want: &Desired) -> Vec<Read> {
    let mut reads = vec![account(want.address.key()), groups_by_name(want), shells()];
    if let Some(home) = wanted_home(want) {
        reads.push(inhabitants(home));
        reads.push(datasets(home));
        reads.extend(above(home).into_iter().map(stat));
        reads.extend(of_home(home));
    }
    reads
}

/// The reads that show a home.
fn of_home(home: &str) -> [Read; 3] {
    [stat(home), stat(&ssh_directory(home)), stat(&key_file(home))]
}

/// The second round: what only the first made known.
pub(super) fn second(want: &Desired, first: &Replies) -> Vec<Read> {
    let mut reads = Vec::new();
    let name = want.address.key();
    let Ok(Some(entry)) = first.entry(&account(name), "username", name) else {
        return reads;
    };
    if is_in_other_groups(want, entry) {
        reads.push(groups());
    }
    match entry.get("home").and_then(Value::as_str).map(normalized).as_deref() {
        Some(home) if Some(home) != wanted_home(want) && !NO_HOME.contains(&home) => {
            reads.push(datasets(home));
            reads.extend(above(home).into_iter().map(stat));
            reads.extend(of_home(home));
        }
        _ => {}
    }
    reads
}
