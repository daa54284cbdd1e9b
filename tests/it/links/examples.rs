//! The three examples, from an empty pair and from everything that a person may have begun.

use serde_json::json;

use super::{
    EXAMPLES, FOREIGN, account, converges, example, make_account, pair, pair_with, public_key,
};
use crate::support::Fleet;

#[test]
fn from_an_empty_pair() {
    for name in EXAMPLES {
        let fleet = pair();
        example(&fleet, name);
        converges(&fleet);
        let key = public_key(&fleet, "boston-to-chicago");
        let keys = account(&fleet)["sshpubkey"].as_str().expect("keys").to_string();
        assert_eq!(keys.matches(&key).count(), 1, "{name}: {keys}");
    }
}

#[test]
fn the_plan_reads_well() {
    let fleet = pair();
    example(&fleet, "quickstart");
    insta::assert_snapshot!(fleet.trueup(&["plan", "--calls"]).exits(0).stdout);
    insta::assert_snapshot!(fleet.trueup(&["apply", "--yes"]).exits(0).stdout);
}

/// What a person has done so far of the documentation's checklist, step by step.
fn by_hand(fleet: &Fleet, steps: usize) {
    let all: [&dyn Fn(); 6] = [
        &|| {
            for name in ["backup/boston", "backup/home"] {
                fleet.call("chicago", "pool.dataset.create", json!([{ "name": name }]));
            }
        },
        &|| {
            let user = json!([{
                "username": "replicator", "full_name": "Replication", "group_create": true,
                "smb": false, "password_disabled": true, "shell": "/usr/bin/zsh",
                "home": "/mnt/backup/home", "home_create": true, "home_mode": "700",
            }]);
            fleet.call("chicago", "user.create", user);
        },
        &|| {
            fleet.call("chicago", "service.update", json!(["ssh", { "enable": true }]));
            fleet.job("chicago", "service.control", json!(["START", "ssh", {}]));
        },
        &|| {
            let pair = fleet.call("boston", "keychaincredential.generate_ssh_key_pair", json!([]));
            let pair = json!([{
                "name": "boston-to-chicago", "type": "SSH_KEY_PAIR", "attributes": pair,
            }]);
            fleet.call("boston", "keychaincredential.create", pair);
        },
        &|| {
            let port = fleet.call("chicago", "ssh.config", json!([]))["tcpport"].clone();
            let scan = json!([{ "host": "127.0.0.1", "port": port, "connect_timeout": 5 }]);
            let method = "keychaincredential.remote_ssh_host_key_scan";
            let keys = fleet.call("boston", method, scan);
            let pair = super::credential(fleet, "boston-to-chicago");
            let connection = json!([{
                "name": "chicago", "type": "SSH_CREDENTIALS",
                "attributes": {
                    "host": "127.0.0.1", "port": port, "username": "replicator",
                    "private_key": pair["id"], "remote_host_key": keys, "connect_timeout": 10,
                },
            }]);
            fleet.call("boston", "keychaincredential.create", connection);
        },
        &|| {
            let key = public_key(fleet, "boston-to-chicago");
            super::set_account(fleet, json!({ "sshpubkey": format!("{key} by hand") }));
        },
    ];
    for step in &all[..steps] {
        step();
    }
}

#[test]
fn from_every_half_of_the_checklist() {
    for name in ["quickstart", "least-privilege"] {
        for steps in 1..=6 {
            let fleet = pair();
            by_hand(&fleet, steps);
            example(&fleet, name);
            converges(&fleet);
        }
    }
}

/// `replication-failures.md`, by number: what people find after they set it up by hand.
#[test]
fn from_states_that_are_done_wrong() {
    let user = |fields: &str| format!("users:\n  replicator: {{ uid: 3001, {fields} }}");
    let good = "home: /mnt/backup/home/replicator, shell: /usr/bin/bash";
    let boston = "keychain:\n  old: { type: SSH_KEY_PAIR, attributes: { public_key: \"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAII9OX/MBR4nTo+BM542aNEo8MTxvfo96WgF12IDcoPV2\" } }";
    let chicago: [(&str, String); 11] = [
        ("A1", user(&format!("{good}, sudo_commands: [ALL]"))),
        ("A3", user("home: /var/empty, shell: /usr/sbin/nologin")),
        ("A3", user("home: /nonexistent")),
        ("A5", user(&format!("{good}, sshpubkey: \"{FOREIGN}\""))),
        ("A6", "ssh: { running: false, enable: true }".into()),
        ("A15", user("home: /mnt/backup/home/replicator, shell: /usr/sbin/nologin")),
        ("A19", user(&format!("{good}, locked: true"))),
        ("A21", "ssh: { passwordauth: false, running: true }".into()),
        ("A23", "ssh: { options: \"LogLevel VERBOSE\", running: true }".into()),
        (
            "A27",
            user(&format!(
                "{good}, sshpubkey: \"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKbZ5w7z5x3VICMd\\nWzLEQl0dajw+0G6ChYfzTn5Mckx6 wrapped\\r\\n---- BEGIN SSH2 PUBLIC KEY ----\""
            )),
        ),
        ("A32", user(good)),
    ];
    for (number, chicago) in chicago {
        let fleet = pair_with(boston, &chicago);
        example(&fleet, "quickstart");
        let before = account_keys(&fleet);
        converges(&fleet);
        let after = account_keys(&fleet);
        for line in before.lines() {
            assert!(after.contains(line), "{number}: {line:?} is gone from {after:?}");
        }
    }
}

fn account_keys(fleet: &Fleet) -> String {
    account(fleet)["sshpubkey"].as_str().unwrap_or_default().to_string()
}

#[test]
fn an_account_that_only_the_replication_names_gets_the_key_and_nothing_else() {
    let fleet = pair_with("", "ssh: { running: true }");
    make_account(&fleet, FOREIGN);
    let systems = ["boston", "chicago"].map(|system| fleet.connection(system)).concat();
    fleet.write(
        "trueup.yaml",
        &format!(
            "version: 1\nsystems:\n{systems}replications:\n  offsite:\n    source: {{ system: boston, datasets: [tank/data] }}\n    destination: {{ system: chicago, dataset: backup/boston, admin: replicator }}\n    key: {{ authorize_on: [destination] }}\n"
        ),
    );
    let before = account(&fleet);
    converges(&fleet);
    let mut after = account(&fleet);
    let keys = after["sshpubkey"].as_str().expect("keys").to_string();
    assert_eq!(keys.lines().next(), Some(FOREIGN));
    after["sshpubkey"] = before["sshpubkey"].clone();
    assert_eq!(before, after);
    let plan = |fleet: &Fleet| fleet.trueup(&["plan", "--format", "json"]).exits(0).stdout;
    assert!(!plan(&fleet).contains("only_named"), "an internal mark is not published");
    // Default names: the key after both systems, the connection after the destination.
    assert_eq!(super::credential(&fleet, "boston-to-chicago")["type"], "SSH_KEY_PAIR");
    assert_eq!(super::credential(&fleet, "chicago")["type"], "SSH_CREDENTIALS");
    let fresh = pair();
    fresh.write("trueup.yaml", &std::fs::read_to_string(fleet.path("trueup.yaml")).expect("it"));
    insta::assert_snapshot!(fresh.trueup(&["plan", "--detailed-exitcode"]).exits(2).stdout);
}
