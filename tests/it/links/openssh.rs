//! OpenSSH's own clients against accounts that trueup applied.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::{applied, changed_example, credential, example, pair, public_key};
use crate::support::Fleet;

/// Writes boston's private key and the host keys that the connection pins beside the manifest.
fn take_along(fleet: &Fleet) {
    let private = credential(fleet, "boston-to-chicago")["attributes"]["private_key"].clone();
    let path = fleet.path("key");
    fs::write(&path, private.as_str().expect("a key")).expect("written");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("private");
    let pinned = credential(fleet, "chicago")["attributes"]["remote_host_key"].clone();
    let pinned = pinned.as_str().expect("keys");
    let (host, port) = address(fleet);
    let known: String = pinned.lines().map(|line| format!("[{host}]:{port} {line}\n")).collect();
    fleet.write("known_hosts", &known);
}

fn address(fleet: &Fleet) -> (String, String) {
    let mut env = fleet.env();
    let mut of = |name: &str| env.remove(name).expect("an address");
    (of("CHICAGO_SSH_HOST"), of("CHICAGO_SSH_PORT"))
}

/// Runs a command as chicago's account with that key; gives the exit status and what it wrote.
fn ssh(fleet: &Fleet, key: &str, command: &str) -> (i32, String) {
    let (host, port) = address(fleet);
    let mut ssh = Command::new("ssh");
    ssh.args(["-F", "none", "-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes"]);
    ssh.args(["-o", "IdentityAgent=none", "-o", "StrictHostKeyChecking=yes"]);
    ssh.args(["-o", "LogLevel=ERROR", "-p", &port]);
    ssh.arg("-o").arg(format!("UserKnownHostsFile={}", fleet.path("known_hosts").display()));
    ssh.arg("-i").arg(fleet.path(key)).arg(format!("replicator@{host}")).arg(command);
    let output = ssh.output().expect("ssh runs");
    let written = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&written).replace('\r', ""))
}

const REFUSED: (i32, &str) = (1, "sudo: a password is required\n");

#[test]
fn the_key_logs_in_and_another_does_not() {
    let fleet = applied("quickstart");
    take_along(&fleet);
    assert_eq!(ssh(&fleet, "key", "whoami"), (0, "replicator\n".into()));
    let made = Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-f"])
        .arg(fleet.path("stranger"))
        .status();
    assert!(made.expect("ssh-keygen runs").success());
    let (status, told) = ssh(&fleet, "stranger", "whoami");
    assert_eq!(status, 255);
    assert!(told.ends_with("Permission denied (publickey).\n"), "{told}");
}

#[test]
fn the_pair_that_trueup_made_is_one_to_ssh_keygen() {
    let fleet = applied("quickstart");
    take_along(&fleet);
    let derived = Command::new("ssh-keygen").arg("-y").arg("-f").arg(fleet.path("key")).output();
    let derived = String::from_utf8(derived.expect("ssh-keygen runs").stdout).expect("text");
    assert!(derived.starts_with(&public_key(&fleet, "boston-to-chicago")), "{derived}");
    assert!(derived.starts_with("ssh-ed25519 "), "{derived}");
}

#[test]
fn sudo_goes_as_far_as_the_manifest_says() {
    let list = "sudo -n zfs list -H -o name backup";
    for (name, zfs, all) in [
        ("quickstart", (0, "backup\n"), REFUSED),
        ("least-privilege", (0, "backup\n"), REFUSED),
        ("documented", (0, "backup\n"), (0, "root\n")),
    ] {
        let fleet = applied(name);
        take_along(&fleet);
        assert_eq!(ssh(&fleet, "key", list), (zfs.0, zfs.1.into()), "{name}");
        assert_eq!(ssh(&fleet, "key", "sudo -n whoami"), (all.0, all.1.into()), "{name}");
    }
    let fleet = pair();
    let granted =
        "        sudo: { no_password: zfs }                # all that replication needs\n";
    changed_example(&fleet, "quickstart", &[(granted, "")]);
    fleet.trueup(&["apply", "--yes"]).exits(0);
    take_along(&fleet);
    assert_eq!(ssh(&fleet, "key", list), (REFUSED.0, REFUSED.1.into()));
    // The proof does not need it (the middleware lists without sudo), the replication would.
    example(&fleet, "quickstart");
    fleet.trueup(&["apply", "--yes"]).exits(0);
    assert_eq!(ssh(&fleet, "key", list), (0, "backup\n".into()));
}

#[test]
fn ssh_keyscan_sees_what_the_connection_pins_and_ssh_config_reports() {
    let fleet = applied("quickstart");
    let (host, port) = address(&fleet);
    let scan = Command::new("ssh-keyscan").args(["-T", "20", "-p", &port, &host]).output();
    let scan = String::from_utf8(scan.expect("ssh-keyscan runs").stdout).expect("text");
    let mut seen: Vec<String> = scan
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| Some(line.split_once(' ')?.1.to_string()))
        .collect();
    seen.sort();
    let pinned = credential(&fleet, "chicago")["attributes"]["remote_host_key"].clone();
    let pinned: Vec<&str> = pinned.as_str().expect("keys").lines().collect();
    assert_eq!(seen, pinned);
    let config = fleet.call("chicago", "ssh.config", json!([]));
    let mut reported: Vec<String> = ["ecdsa", "ed25519", "rsa"]
        .map(|kind| {
            let column = config[format!("host_{kind}_key_pub")].as_str().expect("a key");
            let line = String::from_utf8(STANDARD.decode(column).expect("base64")).expect("text");
            line.split(' ').take(2).collect::<Vec<_>>().join(" ")
        })
        .into();
    reported.sort();
    assert_eq!(seen, reported);
}
