//! Accounts end to end: every state that a user and its home may be in, the built binary against
//! a simulated system.

mod blocked;
mod keys;
mod limits;
mod mistakes;
mod own;
mod present_home;
mod roles;
mod rows;
mod shared;

use serde_json::{Value, json};

use crate::support::Fleet;

/// A key that the manifest authorises.
pub const KEY: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKbZ5w7z5x3VICMdWzLEQl0dajw+0G6ChYfzTn5Mckx6 ours";
/// A key that is somebody else's.
pub const FOREIGN: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAII9OX/MBR4nTo+BM542aNEo8MTxvfo96WgF12IDcoPV2 theirs";

/// What the manifest asks for in most of these tests.
pub const ADMIN: &str = r#"home: { path: /mnt/tank/home/repl }
ssh_access: true
sudo: { no_password: zfs }"#;

/// One system, with what a test adds to it.
pub fn system(extra: &str) -> Fleet {
    let extra: String = extra.lines().map(|line| format!("    {line}\n")).collect();
    Fleet::start(&format!(
        "systems:\n  box:\n    release: \"25.10.6\"\n    pools: {{ tank: {{}} }}\n    datasets: {{ tank/home: {{}} }}\n    limits: {{ logins_per_minute: 1000 }}\n{extra}"
    ))
}

/// Writes a manifest with the admin `repl`: these fields and the key.
pub fn manifest(fleet: &Fleet, admin: &str) {
    named(fleet, "repl", &format!("{admin}\nauthorized_keys: {{ keys: [\"{KEY}\"] }}"));
}

/// Writes a manifest with one admin.
pub fn named(fleet: &Fleet, name: &str, admin: &str) {
    let admin: String = admin.lines().map(|line| format!("    {line}\n")).collect();
    fleet.manifest(&[("box", &format!("admins:\n  {name}:\n{admin}"))]);
}

/// An account as the system reports it.
pub fn account(fleet: &Fleet, name: &str) -> Value {
    let found = fleet.call("box", "user.query", json!([[["username", "=", name]]]));
    found[0].clone()
}

/// Owner, group and mode of a path: `repl repl 700`.
pub fn stat(fleet: &Fleet, path: &str) -> String {
    let stat = fleet.call("box", "filesystem.stat", json!([path]));
    let mode = stat["mode"].as_u64().expect("a mode") & 0o7777;
    let text = |name: &str| stat[name].as_str().map_or_else(|| stat[name].to_string(), Into::into);
    format!(
        "{} {} {mode:o}{}",
        text("user"),
        text("group"),
        if stat["acl"] == true { " acl" } else { "" }
    )
}

/// Everything but the account, which is not to move.
pub fn others(fleet: &Fleet) -> Value {
    let users = fleet.call("box", "user.query", json!([[["username", "!=", "repl"]]]));
    let groups = fleet.call("box", "group.query", json!([[["group", "!=", "repl"]]]));
    let ssh = fleet.call("box", "ssh.config", json!([]));
    let settings =
        ["passwordauth", "tcpport", "options", "password_login_groups"].map(|it| ssh[it].clone());
    let datasets =
        fleet.call("box", "pool.dataset.query", json!([[], { "select": ["id", "readonly"] }]));
    json!([users, groups, settings, datasets])
}

/// Applies, plans with nothing to do, and fails the test if anything else moved.
#[track_caller]
pub fn converges(fleet: &Fleet) {
    let before = others(fleet);
    fleet.trueup(&["plan", "--detailed-exitcode"]).exits(2);
    fleet.trueup(&["apply", "--yes"]).exits(0);
    let again = fleet.trueup(&["plan", "--detailed-exitcode"]).exits(0);
    assert!(again.stdout.starts_with("Plan: nothing to do"), "{}", again.stdout);
    fleet.trueup(&["drift"]).exits(0);
    let sent = fleet.mutations("box");
    fleet.trueup(&["apply", "--yes"]).exits(0);
    assert_eq!(fleet.mutations("box"), sent, "applying again sends nothing");
    assert_eq!(others(fleet), before, "something else moved");
}

/// The account is as `manifest(fleet, ADMIN)` wants it.
#[track_caller]
pub fn as_wanted(fleet: &Fleet) {
    let account = account(fleet, "repl");
    assert_eq!(account["home"], "/mnt/tank/home/repl");
    assert_eq!(account["sudo_commands_nopasswd"], json!(["/usr/sbin/zfs"]));
    assert_eq!(account["locked"], false);
    let keys = account["sshpubkey"].as_str().expect("keys");
    assert!(keys.lines().any(|line| line == KEY), "{keys}");
    assert_eq!(stat(fleet, "/mnt/tank/home/repl/.ssh"), "repl repl 700");
    assert_eq!(stat(fleet, "/mnt/tank/home/repl/.ssh/authorized_keys"), "repl repl 600");
}
