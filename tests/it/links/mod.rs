//! Links end to end: key pair, connection, host keys, the key on the remote's account, and the
//! proof that the source reaches the destination. The built binary applies the examples to the
//! pair that they run against, and everything that can be wrong with a link is made wrong through
//! the systems' own API.

mod access;
mod asked_for;
mod blocked;
mod broken;
mod connection;
mod examples;
mod fault_matrix;
mod host_keys;
mod interrupted;
mod layouts;
mod merging;
mod named;
mod near;
mod openssh;
mod proofs;
mod rotation;
mod secrets;
mod several;
mod unmanaged;
mod verdicts;

use serde_json::{Value, json};

use crate::support::{Fleet, Ran, repository};

/// The examples that make a link.
pub const EXAMPLES: [&str; 3] = ["documented", "quickstart", "least-privilege"];

/// Keys that are somebody else's.
pub const FOREIGN: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAII9OX/MBR4nTo+BM542aNEo8MTxvfo96WgF12IDcoPV2 theirs";

/// The private half of the pair that the conformance scenarios call `a`.
pub const PRIVATE_A: &str = "-----BEGIN OPENSSH PRIVATE KEY-----
b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW
QyNTUxOQAAACCm2ecO8+cd1SAjHVsyxEJdHWo8PtBugoWH805+THJMegAAAJD7xztI+8c7
SAAAAAtzc2gtZWQyNTUxOQAAACCm2ecO8+cd1SAjHVsyxEJdHWo8PtBugoWH805+THJMeg
AAAEAUwVmswDlQsO0O9vgDIfAbQRnDVk93q2AzlV6iJj/k5qbZ5w7z5x3VICMdWzLEQl0d
ajw+0G6ChYfzTn5Mckx6AAAACWZpeHR1cmUtYQECAwQ=
-----END OPENSSH PRIVATE KEY-----
";

/// Its public half.
pub const PUBLIC_A: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKbZ5w7z5x3VICMdWzLEQl0dajw+0G6ChYfzTn5Mckx6 ours";

/// The pair of `examples/fleet.yaml`.
pub fn pair() -> Fleet {
    pair_with("", "")
}

/// The pair of `examples/fleet.yaml`, with what a test adds to boston and to chicago.
pub fn pair_with(boston: &str, chicago: &str) -> Fleet {
    let fleet = std::fs::read_to_string(repository("examples/fleet.yaml")).expect("the fleet");
    let mut text = String::new();
    for line in fleet.lines() {
        text += &format!("{line}\n");
        let more = match line {
            "  boston:" => boston,
            "  chicago:" => chicago,
            _ => continue,
        };
        text += "    limits: { logins_per_minute: 1000, scram_iterations: 50000 }\n";
        text += &more.lines().map(|line| format!("    {line}\n")).collect::<String>();
    }
    Fleet::start(&text)
}

/// Makes an example the manifest.
pub fn example(fleet: &Fleet, name: &str) {
    changed_example(fleet, name, &[]);
}

/// Makes an example the manifest, with some of its text replaced.
pub fn changed_example(fleet: &Fleet, name: &str, changes: &[(&str, &str)]) {
    let path = repository("examples").join(name).with_extension("yaml");
    let mut text = std::fs::read_to_string(path).expect("an example");
    for (from, to) in changes {
        assert!(text.contains(from), "{name} has no {from:?}");
        text = text.replace(from, to);
    }
    fleet.write("trueup.yaml", &text);
}

/// The pair with an example applied, its link proven.
pub fn applied(name: &str) -> Fleet {
    let fleet = pair();
    example(&fleet, name);
    proven(&fleet.trueup(&["apply", "--yes", "--format", "json"]).exits(0));
    fleet
}

/// Fails the test unless a run of `apply --format json` proved every link.
#[track_caller]
pub fn proven(ran: &Ran) {
    let report = ran.json();
    let proofs = report["proofs"].as_array().expect("proofs");
    assert!(!proofs.is_empty(), "{report:#}");
    assert!(proofs.iter().all(|proof| proof["result"] == "proven"), "{report:#}");
}

/// From wherever the pair is: plan has steps, apply proves the link, plan is empty, drift is 0,
/// applying again sends nothing, and each system is shown no more than once what it was told.
#[track_caller]
pub fn converges(fleet: &Fleet) {
    fleet.trueup(&["plan", "--detailed-exitcode"]).exits(2);
    proven(&fleet.trueup(&["apply", "--yes", "--format", "json"]).exits(0));
    settled(fleet);
}

/// Plan is empty, drift is 0, applying again sends nothing and proves the link.
#[track_caller]
pub fn settled(fleet: &Fleet) {
    let plan = fleet.trueup(&["plan", "--detailed-exitcode"]).exits(0);
    assert!(plan.stdout.starts_with("Plan: nothing to do"), "{}", plan.stdout);
    fleet.trueup(&["drift"]).exits(0);
    let sent = fleet.mutations("boston") + fleet.mutations("chicago");
    proven(&fleet.trueup(&["apply", "--format", "json"]).exits(0));
    assert_eq!(fleet.mutations("boston") + fleet.mutations("chicago"), sent, "sent again");
}

/// An entry of boston's keychain.
pub fn credential(fleet: &Fleet, name: &str) -> Value {
    fleet.call("boston", "keychaincredential.query", json!([[["name", "=", name]]]))[0].clone()
}

/// Sets attributes of a connection of boston's by hand.
pub fn set_connection(fleet: &Fleet, name: &str, changes: Value) {
    let mut entry = credential(fleet, name);
    let attributes = entry["attributes"].as_object_mut().expect("attributes");
    attributes.extend(changes.as_object().expect("an object").clone());
    let change = json!({ "attributes": attributes });
    fleet.call("boston", "keychaincredential.update", json!([entry["id"], change]));
}

/// Chicago's account that boston logs in to.
pub fn account(fleet: &Fleet) -> Value {
    let filter = json!([[["username", "=", "replicator"]]]);
    fleet.call("chicago", "user.query", filter)[0].clone()
}

/// Changes that account by hand.
pub fn set_account(fleet: &Fleet, changes: Value) {
    let id = account(fleet)["id"].clone();
    fleet.call("chicago", "user.update", json!([id, changes]));
}

/// Makes that account by hand, with a home and these keys.
pub fn make_account(fleet: &Fleet, keys: &str) {
    for name in ["backup/boston", "backup/home"] {
        fleet.call("chicago", "pool.dataset.create", json!([{ "name": name }]));
    }
    let user = json!([{
        "username": "replicator", "full_name": "replicator", "group_create": true, "smb": false,
        "password_disabled": true, "shell": "/usr/bin/bash", "home": "/mnt/backup/home",
        "home_create": true, "home_mode": "700", "sshpubkey": keys,
        "sudo_commands_nopasswd": ["/usr/sbin/zfs"],
    }]);
    fleet.call("chicago", "user.create", user);
}

/// The public half of a pair of boston's, two words.
pub fn public_key(fleet: &Fleet, name: &str) -> String {
    let entry = credential(fleet, name);
    let key = entry["attributes"]["public_key"].as_str().expect("a key").to_string();
    key.split_whitespace().take(2).collect::<Vec<_>>().join(" ")
}

/// Permissions or an owner of a path on chicago, by hand.
pub fn set_permissions(fleet: &Fleet, path: &str, changes: Value) {
    let mut params = json!({ "path": path });
    let changes = changes.as_object().expect("an object").clone();
    params.as_object_mut().expect("an object").extend(changes);
    fleet.job("chicago", "filesystem.setperm", json!([params]));
}

/// The home of chicago's account.
pub const HOME: &str = "/mnt/backup/home/replicator";

/// A text with its public keys, which are new in every run, replaced.
pub fn without_keys(text: &str) -> String {
    let word = |word: &str| {
        let key = word.trim_end_matches([',', ']']);
        if key.starts_with("AAAA") { word.replace(key, "KEY") } else { word.to_string() }
    };
    let line = |line: &str| line.split(' ').map(word).collect::<Vec<_>>().join(" ");
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}
