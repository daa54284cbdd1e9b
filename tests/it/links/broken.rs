//! Each way to break a link that a system's API shows (scenario `links`), made behind trueup's
//! back: drift names it and says that tonight's replication will fail, apply repairs it and
//! proves the link again.

use serde_json::{Value, json};

use super::{
    FOREIGN, HOME, PRIVATE_A, account, applied, proven, public_key, set_account, set_connection,
    set_permissions, settled,
};
use crate::support::Fleet;

/// What somebody does, and the field by which drift names it.
type Breakage<'a> = (&'a str, &'a dyn Fn(&Fleet), &'a str);

/// Breaks an applied pair in one way after the other.
fn broken_and_repaired(fleet: &Fleet, ways: &[Breakage<'_>]) {
    for (what, breaks, field) in ways {
        breaks(fleet);
        let report = fleet.trueup(&["drift", "--format", "json"]).exits(2).json();
        let (address, _) = field.rsplit_once('#').expect("a field");
        let items = report["items"].as_array().expect("items");
        let item = items.iter().find(|item| item["address"] == address);
        let item = item.unwrap_or_else(|| panic!("{what}: no {address} in {report:#}"));
        assert!(fields_of(item).contains(&(*field).to_string()), "{what}: {item:#}");
        assert_eq!(item["breaks"], "yes", "{what}: {item:#}");
        assert_eq!(item["replications"], json!(["offsite"]), "{what}");
        assert!(item["why"].is_string(), "{what}: {item:#}");
        let text = fleet.trueup(&["drift"]).exits(2).stdout;
        let said = text.matches("Tonight's replication will fail: offsite").count();
        assert_eq!(said, 1, "{what}: {text}");
        let repaired = fleet.trueup(&["apply", "--yes", "--format", "json"]);
        let plan = || fleet.trueup(&["plan"]).stdout;
        assert_eq!(repaired.code, 0, "{what}: {}\n{}", repaired.stderr, plan());
        proven(&repaired);
    }
    settled(fleet);
}

fn fields_of(item: &Value) -> Vec<String> {
    let address = item["address"].as_str().expect("an address");
    let fields = item["fields"].as_array().expect("fields").iter();
    fields.map(|field| format!("{address}#{}", field["field"].as_str().expect("a name"))).collect()
}

#[test]
fn the_account() {
    let fleet = applied("quickstart");
    broken_and_repaired(
        &fleet,
        &[
            (
                "the shell is nologin",
                &|fleet| set_account(fleet, json!({ "shell": "/usr/sbin/nologin" })),
                "chicago/user/replicator#shell",
            ),
            (
                "the home is given up",
                &|fleet| {
                    set_account(fleet, json!({ "home": "/var/empty", "sshpubkey": "" }));
                    let left = format!("{HOME}/.ssh");
                    fleet.with_system("chicago", |system| system.files.remove(&left));
                },
                "chicago/user/replicator#home.path",
            ),
            (
                "another key is authorised",
                &|fleet| set_account(fleet, json!({ "sshpubkey": FOREIGN })),
                "chicago/user/replicator#authorized_keys.keys",
            ),
            (
                "no key is authorised",
                &|fleet| set_account(fleet, json!({ "sshpubkey": "" })),
                "chicago/user/replicator#authorized_keys.keys",
            ),
            (
                "the key is torn by a line break",
                &|fleet| {
                    let key = public_key(fleet, "boston-to-chicago");
                    let torn = format!("{}\n{}", &key[..40], &key[40..]);
                    set_account(fleet, json!({ "sshpubkey": torn }));
                },
                "chicago/user/replicator#authorized_keys.keys",
            ),
            (
                "sudo is given up",
                &|fleet| set_account(fleet, json!({ "sudo_commands_nopasswd": [] })),
                "chicago/user/replicator#sudo.no_password",
            ),
            (
                "the home is gone, with the account's keys",
                &|fleet| {
                    let id = json!(["backup/home", { "recursive": true, "force": true }]);
                    fleet.call("chicago", "pool.dataset.delete", id);
                },
                "chicago/user/replicator#home.directory",
            ),
        ],
    );
    let keys = account(&fleet)["sshpubkey"].as_str().expect("keys").to_string();
    assert_eq!(keys.matches(&public_key(&fleet, "boston-to-chicago")).count(), 1, "{keys}");
}

#[test]
fn a_locked_account_is_drift_that_breaks_nothing() {
    // Recorded: keys go on working, since sshd uses PAM's account check for passwords only.
    let fleet = applied("quickstart");
    set_account(&fleet, json!({ "locked": true }));
    let report = fleet.trueup(&["drift", "--format", "json"]).exits(2).json();
    assert_eq!(report["items"][0]["fields"][0]["field"], "locked", "{report:#}");
    assert_eq!(report["items"][0]["breaks"], "no", "{report:#}");
    let text = fleet.trueup(&["drift"]).exits(2).stdout;
    assert!(!text.contains("will fail"), "{text}");
    proven(&fleet.trueup(&["apply", "--yes", "--format", "json"]).exits(0));
    settled(&fleet);
}

#[test]
fn the_home() {
    let fleet = applied("quickstart");
    let uid = account(&fleet)["uid"].clone();
    let ssh = format!("{HOME}/.ssh");
    let keys = format!("{HOME}/.ssh/authorized_keys");
    let home = |fleet: &Fleet, changes: Value| set_permissions(fleet, HOME, changes);
    broken_and_repaired(
        &fleet,
        &[
            (
                "writable by all",
                &|fleet| home(fleet, json!({ "mode": "777" })),
                "chicago/user/replicator#home.mode",
            ),
            (
                "writable by another group",
                &|fleet| home(fleet, json!({ "mode": "775", "gid": 950 })),
                "chicago/user/replicator#home.mode",
            ),
            (
                "root's, mode 700",
                &|fleet| home(fleet, json!({ "mode": "700", "uid": 0 })),
                "chicago/user/replicator#home.owner",
            ),
            (
                ".ssh is writable by all",
                &|fleet| set_permissions(fleet, &ssh, json!({ "mode": "777" })),
                "chicago/user/replicator#home.ssh_directory",
            ),
            (
                "authorized_keys belongs to somebody else",
                &|fleet| {
                    let params = json!([{ "path": keys, "uid": 950 }]);
                    fleet.job("chicago", "filesystem.chown", params);
                },
                "chicago/user/replicator#home.key_file",
            ),
            (
                "authorized_keys is writable by all",
                &|fleet| set_permissions(fleet, &keys, json!({ "mode": "666", "uid": uid })),
                "chicago/user/replicator#home.key_file",
            ),
        ],
    );
}

#[test]
fn the_connection() {
    let fleet = applied("quickstart");
    let other = json!([{
        "name": "other", "type": "SSH_KEY_PAIR", "attributes": { "private_key": PRIVATE_A },
    }]);
    let other = fleet.call("boston", "keychaincredential.create", other)["id"].clone();
    broken_and_repaired(
        &fleet,
        &[
            (
                "another host key",
                &|fleet| set_connection(fleet, "chicago", json!({ "remote_host_key": FOREIGN })),
                "boston/ssh_connection/chicago#host_keys",
            ),
            (
                "a host key that is none",
                &|fleet| set_connection(fleet, "chicago", json!({ "remote_host_key": "garbage" })),
                "boston/ssh_connection/chicago#host_keys",
            ),
            (
                "no host key",
                &|fleet| set_connection(fleet, "chicago", json!({ "remote_host_key": "" })),
                "boston/ssh_connection/chicago#host_keys",
            ),
            (
                "an unknown user",
                &|fleet| set_connection(fleet, "chicago", json!({ "username": "nobodyhere" })),
                "boston/ssh_connection/chicago#username",
            ),
            (
                "a closed port",
                &|fleet| set_connection(fleet, "chicago", json!({ "port": 1 })),
                "boston/ssh_connection/chicago#port",
            ),
            (
                "a host name that is none",
                &|fleet| set_connection(fleet, "chicago", json!({ "host": "no-such.invalid" })),
                "boston/ssh_connection/chicago#host",
            ),
            (
                "another key",
                &|fleet| set_connection(fleet, "chicago", json!({ "private_key": other })),
                "boston/ssh_connection/chicago#key",
            ),
            (
                "a key that is not there",
                &|fleet| set_connection(fleet, "chicago", json!({ "private_key": 987654 })),
                "boston/ssh_connection/chicago#key",
            ),
            (
                "the connection is deleted",
                &|fleet| {
                    let id = super::credential(fleet, "chicago")["id"].clone();
                    fleet.call("boston", "keychaincredential.delete", json!([id, {}]));
                },
                "boston/ssh_connection/chicago#host",
            ),
            (
                "the pair is deleted, and the connection with it",
                &|fleet| {
                    let id = super::credential(fleet, "boston-to-chicago")["id"].clone();
                    let params = json!([id, { "cascade": true }]);
                    fleet.call("boston", "keychaincredential.delete", params);
                },
                "boston/ssh_connection/chicago#key",
            ),
        ],
    );
}

#[test]
fn the_service() {
    let fleet = applied("quickstart");
    broken_and_repaired(
        &fleet,
        &[(
            "the service is stopped",
            &|fleet| {
                fleet.job("chicago", "service.control", json!(["STOP", "ssh", {}]));
            },
            "chicago/ssh_service#running",
        )],
    );
}

#[test]
fn what_the_source_needs_of_itself_breaks_nothing() {
    // The documentation has an account on both sides; nothing logs in to the source's own.
    let fleet = applied("documented");
    let found = fleet.call("boston", "user.query", json!([[["username", "=", "replicator"]]]));
    let change = json!([found[0]["id"], { "shell": "/usr/sbin/nologin" }]);
    fleet.call("boston", "user.update", change);
    fleet.job("boston", "service.control", json!(["STOP", "ssh", {}]));
    let report = fleet.trueup(&["drift", "--format", "json"]).exits(2).json();
    let items = report["items"].as_array().expect("items");
    assert_eq!(items.len(), 2, "{report:#}");
    assert!(items.iter().all(|item| item["replications"] == json!([])), "{report:#}");
    let text = fleet.trueup(&["drift"]).exits(2).stdout;
    assert!(!text.contains("will fail"), "{text}");
    // It is the replication's all the same when it comes to narrowing.
    let narrowed = ["drift", "--replication", "offsite", "--format", "json"];
    let report = fleet.trueup(&narrowed).exits(2).json();
    assert_eq!(report["items"][0]["address"], "boston/user/replicator", "{report:#}");
}

#[test]
fn drift_reads_well() {
    let fleet = applied("quickstart");
    set_connection(&fleet, "chicago", json!({ "port": 1, "remote_host_key": "garbage" }));
    set_permissions(&fleet, HOME, json!({ "mode": "777" }));
    fleet.job("chicago", "service.control", json!(["STOP", "ssh", {}]));
    let text = fleet.trueup(&["drift"]).exits(2).stdout;
    insta::assert_snapshot!(super::without_keys(&text));
}
