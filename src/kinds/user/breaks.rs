//! Which differences of an account keep a replication from logging in to it and receiving: not
//! every one does.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::kinds::Breaks;

use super::findings::{KEYS, is_login_shell, texts};
use super::key_line::{KeyId, key_of};
use super::sudo;

/// Whether a replication fails while a field is as it is.
pub fn breaks(field: &str, desired: &Value, live: &Value) -> Breaks {
    match field {
        KEYS => keys(desired, live),
        "shell" if live.as_str().is_some_and(is_login_shell) => Breaks::No,
        "shell" => Breaks::Yes("the account cannot run a command over SSH"),
        // What is missing of it is a field of its own: the shell, the home.
        "ssh_access" => Breaks::No,
        "home.mode" => mode(live),
        "home.path" | "home.owner" | "home.acl" | "home.directory" | "home.ssh_directory"
        | "home.key_file" => Breaks::Yes(NOT_TAKEN),
        "sudo.no_password" => sudo(live),
        "full_name" | "password_login" | "locked" => Breaks::No,
        _ => Breaks::Unknown,
    }
}

const NOT_TAKEN: &str = "sshd does not take the account's keys";

/// A key that is missing; one too many breaks nothing, and other options may.
fn keys(desired: &Value, live: &Value) -> Breaks {
    let (wanted, present) = (texts(Some(desired)), texts(Some(live)));
    let known = desired.as_array().map_or(0, Vec::len) == wanted.len();
    if !known || !ids(&wanted).is_subset(&ids(&present)) {
        return Breaks::Yes("the key that the connection uses does not log in");
    }
    match wanted.iter().all(|line| present.contains(line)) {
        true => Breaks::No,
        false => Breaks::Unknown,
    }
}

fn ids(lines: &[String]) -> BTreeSet<KeyId<'_>> {
    lines.iter().filter_map(|line| key_of(line)).collect()
}

/// sshd wants a home that nobody else writes to (`StrictModes`).
fn mode(live: &Value) -> Breaks {
    match live.as_str().and_then(|text| u32::from_str_radix(text, 8).ok()) {
        Some(mode) if mode & 0o022 == 0 && mode & 0o500 == 0o500 => Breaks::No,
        _ => Breaks::Yes(NOT_TAKEN),
    }
}

fn sudo(live: &Value) -> Breaks {
    match sudo::runs_zfs(&texts(Some(live))) {
        true => Breaks::No,
        false => Breaks::Yes("zfs asks for a password that nobody can type"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ZFS: &str = "/usr/sbin/zfs";
    const A: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA a@b";
    const B: &str = "ssh-rsa AAAAB3NzaC1yc2EB";

    fn word(breaks: Breaks) -> &'static str {
        match breaks {
            Breaks::Yes(_) => "yes",
            Breaks::Unknown => "unknown",
            Breaks::No => "no",
        }
    }

    #[test]
    fn only_what_keeps_it_out_or_without_zfs_breaks_a_replication() {
        let restricted = format!("from=\"10.0.0.1\" {A}");
        for (field, desired, live, told) in [
            (KEYS, json!([A]), json!([]), "yes"),
            (KEYS, json!([A]), json!([B]), "yes"),
            (KEYS, json!([A, { "$ref": "a/ssh_keypair/k#public_key" }]), json!([A]), "yes"),
            (KEYS, json!([A]), json!([A, B]), "no"),
            (KEYS, json!([restricted]), json!([A]), "unknown"),
            ("shell", json!("/usr/bin/bash"), json!("/usr/bin/zsh"), "no"),
            ("shell", json!("/usr/bin/bash"), json!("/usr/sbin/nologin"), "yes"),
            ("home.mode", json!("700"), json!("755"), "no"),
            ("home.mode", json!("700"), json!("770"), "yes"),
            ("home.mode", json!("700"), json!("777"), "yes"),
            ("home.mode", json!("700"), json!("000"), "yes"),
            ("sudo.no_password", json!([ZFS]), json!(["ALL"]), "no"),
            ("sudo.no_password", json!([ZFS]), json!(["/usr/bin/ls", ZFS]), "no"),
            ("sudo.no_password", json!(["ALL"]), json!(["/usr/bin/ls"]), "yes"),
            ("locked", json!(false), json!(true), "no"),
            ("groups.names", json!(["a"]), json!([]), "unknown"),
        ] {
            assert_eq!(word(breaks(field, &desired, &live)), told, "{field} {live}");
        }
    }
}
