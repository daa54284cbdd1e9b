//! What is written differently and means the same: none of it makes a difference. A table, a row
//! each: what the manifest asks for, and replies that all hold it.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use trueup::kinds::{self, Around, Judgement};
use trueup::model::{Address, Desired};
use trueup::truenas_wire::{Read, ReadMethod, Replies};

const KEY: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKbZ5w7z5x3VICMdWzLEQl0dajw+0G6ChYfzTn5Mckx6";
const RSA: &str = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQC7";

fn want(kind: &str, name: &str, fields: Value) -> Desired {
    let address = match name {
        "" => Address::singleton("box", kind),
        name => Address::new("box", kind, name),
    };
    let mut want = Desired::new(address);
    for (name, value) in fields.as_object().expect("fields") {
        want.fields.insert(name.clone(), value.clone().into());
    }
    want
}

/// What a kind makes of a resource when every read is answered so.
fn judged(want: &Desired, answer: &dyn Fn(&Read) -> Value) -> Judgement {
    let kind = kinds::find(&want.address.kind).expect("a kind");
    let mut replies = Replies::default();
    let first = kind.reads(want);
    first.iter().for_each(|read| replies.insert(read, Ok(answer(read))));
    for read in kind.more_reads(want, &replies) {
        let reply = answer(&read);
        replies.insert(&read, Ok(reply));
    }
    let live = kind.decode(want, &replies).expect("decoded");
    let nothing = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    let around = Around { systems: &nothing.0, desired: &nothing.1, live: &nothing.2 };
    kinds::judge(kind, want, &live, &around)
}

/// Fails the test unless the resource is as wanted with each of these replies.
#[track_caller]
fn all_hold(want: &Desired, replies: &[Value], place: impl Fn(&Read, &Value) -> Value) {
    for reply in replies {
        let judgement = judged(want, &|read| place(read, reply));
        assert!(judgement.holds(), "{}: {reply}\n{judgement:?}", want.address);
    }
}

/// The members of the second put over those of the first.
fn with(mut base: Value, members: &Value) -> Value {
    let all = members.as_object().expect("members").clone();
    base.as_object_mut().expect("an object").extend(all);
    base
}

fn dataset(properties: &Value) -> Value {
    let property = |value: &str, parsed: Value| json!({ "value": value, "rawvalue": value.to_lowercase(), "parsed": parsed, "source": "LOCAL" });
    let base = json!({
        "id": "tank/data", "type": "FILESYSTEM", "locked": false,
        "encrypted": false, "encryption_root": null, "user_properties": {},
        "atime": property("ON", json!(true)),
        "compression": property("LZ4", json!("lz4")),
        "readonly": property("OFF", json!(false)),
        "recordsize": property("128K", json!(131_072)),
        "quota": property("0", Value::Null),
        "refquota": property("0", Value::Null),
    });
    json!([with(base, properties)])
}

fn account(read: &Read, changed: &Value) -> Value {
    match read.method {
        ReadMethod::UserQuery => {
            let base = json!({
                "id": 70, "uid": 3000, "username": "repl", "full_name": "repl", "local": true,
                "group": { "bsdgrp_gid": 3000, "bsdgrp_group": "repl" }, "groups": [],
                "home": "/mnt/tank/home/repl", "shell": "/usr/bin/bash", "sshpubkey": null,
                "sudo_commands": [], "sudo_commands_nopasswd": [], "builtin": false,
                "immutable": false, "locked": false, "password_disabled": true,
                "ssh_password_enabled": false,
            });
            json!([with(base, changed)])
        }
        ReadMethod::GroupQuery => {
            let group = |id: u64, name: &str| {
                json!({ "id": id, "builtin": false, "gid": 3000 + id, "group": name, "users": [],
                    "sudo_commands": [], "sudo_commands_nopasswd": [] })
            };
            json!([group(1, "ours"), group(2, "theirs")])
        }
        ReadMethod::UserShellChoices => json!({ "/usr/bin/bash": "bash" }),
        ReadMethod::PoolDatasetQuery => json!([]),
        _ => json!({ "type": "DIRECTORY", "uid": 3000, "gid": 3000, "user": "repl",
            "group": "repl", "mode": 0o40700, "acl": false, "size": 4,
            "realpath": "/mnt/tank/home/repl" }),
    }
}

fn connection(attributes: &Value) -> Value {
    let base = json!({ "host": "chicago", "port": 22, "username": "repl", "private_key": 1,
        "connect_timeout": 10, "remote_host_key": KEY });
    json!([
        { "id": 1, "name": "pair", "type": "SSH_KEY_PAIR", "attributes": { "private_key": "x", "public_key": KEY } },
        { "id": 2, "name": "chicago", "type": "SSH_CREDENTIALS", "attributes": with(base, attributes) },
    ])
}

#[test]
fn on_and_off_in_any_case_and_with_or_without_its_api_form() {
    let wanted = want("dataset", "tank/data", json!({ "atime": "on", "compression": "lz4" }));
    let replies = [
        json!({}),
        json!({ "atime": { "value": "on", "rawvalue": "on", "source": "LOCAL" } }),
        json!({ "atime": { "value": null, "rawvalue": "on", "source": "DEFAULT" } }),
        json!({ "compression": { "value": "lz4", "rawvalue": "lz4", "source": "INHERITED" } }),
    ];
    all_hold(&wanted, &replies, |_, changed| dataset(changed));
}

#[test]
fn no_quota_as_null_or_zero() {
    let wanted = want("dataset", "tank/data", json!({ "quota": "none" }));
    let replies = [
        json!({}),
        json!({ "quota": { "value": "0", "rawvalue": "0", "parsed": 0 } }),
        json!({ "quota": { "value": null, "rawvalue": "0", "parsed": null } }),
    ];
    all_hold(&wanted, &replies, |_, changed| dataset(changed));
}

#[test]
fn a_comment_that_is_absent_null_or_empty() {
    let wanted = want("dataset", "tank/data", json!({ "comments": "" }));
    let replies = [
        json!({}),
        json!({ "comments": null }),
        json!({ "comments": { "value": null, "rawvalue": "", "parsed": null } }),
        json!({ "user_properties": { "comments": { "value": "", "rawvalue": "", "parsed": "" } } }),
    ];
    all_hold(&wanted, &replies, |_, changed| dataset(changed));
}

#[test]
fn a_comment_at_the_top_as_on_25_04_or_among_user_properties() {
    let wanted = want("dataset", "tank/data", json!({ "comments": "of boston" }));
    let comment = json!({ "value": "of boston", "rawvalue": "of boston", "parsed": "of boston" });
    let replies =
        [json!({ "comments": comment }), json!({ "user_properties": { "comments": comment } })];
    all_hold(&wanted, &replies, |_, changed| dataset(changed));
}

#[test]
fn the_size_of_records_by_its_number_or_its_text() {
    let wanted = want("dataset", "tank/data", json!({ "recordsize": "128K" }));
    let replies = [
        json!({}),
        json!({ "recordsize": { "value": "128K", "rawvalue": "131072" } }),
        json!({ "recordsize": { "value": "131072", "rawvalue": "131072", "parsed": 131_072 } }),
    ];
    all_hold(&wanted, &replies, |_, changed| dataset(changed));
}

#[test]
fn sudo_commands_in_any_order_and_twice() {
    let commands = json!(["/usr/bin/id", "/usr/sbin/zfs"]);
    let wanted = want("user", "repl", json!({ "sudo.no_password": commands }));
    let replies = [
        json!({ "sudo_commands_nopasswd": ["/usr/bin/id", "/usr/sbin/zfs"] }),
        json!({ "sudo_commands_nopasswd": ["/usr/sbin/zfs", "/usr/bin/id"] }),
        json!({ "sudo_commands_nopasswd": ["/usr/sbin/zfs", "/usr/bin/id", "/usr/sbin/zfs"] }),
    ];
    all_hold(&wanted, &replies, account);
}

#[test]
fn groups_in_any_order() {
    let wanted = want("user", "repl", json!({ "groups.names": ["ours", "theirs"] }));
    let replies = [json!({ "groups": [1, 2] }), json!({ "groups": [2, 1] })];
    all_hold(&wanted, &replies, account);
}

#[test]
fn no_keys_as_null_or_an_empty_text() {
    let wanted = want("user", "repl", json!({ "authorized_keys.keys": [] }));
    // A key file that holds nothing.
    let empty = |read: &Read, changed: &Value| match (read.method, account(read, changed)) {
        (ReadMethod::FilesystemStat, stat) => with(stat, &json!({ "size": 0 })),
        (_, other) => other,
    };
    all_hold(&wanted, &[json!({ "sshpubkey": null }), json!({ "sshpubkey": "" })], empty);
}

#[test]
fn a_key_with_another_comment_options_blanks_or_line_ends() {
    let wanted = want("user", "repl", json!({ "authorized_keys.keys": [format!("{KEY} ours")] }));
    let lines = [
        KEY.to_string(),
        format!("{KEY} theirs"),
        format!("{KEY}\n"),
        format!("\n\n{KEY} a comment of words\n\n# nothing\n"),
        format!("{KEY}\r\n{RSA}\r"),
        format!("  {KEY}\t"),
        format!("from=\"10.0.0.1\",restrict {KEY}"),
    ];
    let replies: Vec<Value> = lines.iter().map(|it| json!({ "sshpubkey": it })).collect();
    let file = |read: &Read, changed: &Value| match (read.method, account(read, changed)) {
        (ReadMethod::FilesystemStat, stat) => {
            let path = read.params()[0].as_str().unwrap_or_default().to_string();
            let file = path.ends_with("authorized_keys");
            with(stat, &if file { json!({ "type": "FILE", "mode": 0o100_600 }) } else { json!({}) })
        }
        (_, other) => other,
    };
    all_hold(&wanted, &replies, file);
}

#[test]
fn host_keys_in_any_order_with_blanks_and_comments() {
    let wanted = want("ssh_connection", "chicago", json!({ "host_keys": [KEY, RSA] }));
    let texts = [
        format!("{KEY}\n{RSA}"),
        format!("{RSA}\n{KEY}\n"),
        format!("{RSA} root@chicago\n\n{KEY}  root@chicago\r\n"),
        format!("{KEY}\n{RSA}\n{KEY}"),
    ];
    let replies: Vec<Value> = texts.iter().map(|it| json!({ "remote_host_key": it })).collect();
    all_hold(&wanted, &replies, |_, changed| connection(changed));
}

#[test]
fn members_in_any_order() {
    let fields = json!({ "host": "chicago", "port": 22, "key": "pair", "timeout": 10 });
    let wanted = want("ssh_connection", "chicago", fields);
    let mut turned = connection(&json!({}));
    turned.as_array_mut().expect("entries").reverse();
    for entries in [connection(&json!({})), turned] {
        assert!(judged(&wanted, &|_| entries.clone()).holds(), "{entries}");
    }
}

#[test]
fn interfaces_in_any_order() {
    let wanted = want("ssh_service", "", json!({ "interfaces": ["eth0", "eth1"] }));
    let replies = [json!(["eth0", "eth1"]), json!(["eth1", "eth0"])];
    all_hold(&wanted, &replies, |read, interfaces| match read.method {
        ReadMethod::SshConfig => {
            json!({ "bindiface": interfaces, "tcpport": 22, "options": "", "password_login_groups": [],
            "passwordauth": true, "tcpfwd": false, "compression": false,
            "host_rsa_key_pub": null, "host_ecdsa_key_pub": null, "host_ed25519_key_pub": null })
        }
        ReadMethod::ServiceQuery => {
            json!([{ "service": "ssh", "enable": true, "state": "RUNNING" }])
        }
        _ => json!({ "eth0": "eth0", "eth1": "eth1" }),
    });
}
