//! What is there under names, paths and addresses that trueup would not have chosen: taken over as
//! it is, or listed with the reason and the lines that take it over.

use serde_json::json;

use super::prepared::nothing_to_do;
use super::tasks::{pulling, task};
use super::{init, new_connection, new_pair, pair, set_up_by_truenas, story};
use crate::support::{Fleet, each};

/// The text with every run of space and comment signs as one space, since comments are wrapped.
fn words(text: &str) -> String {
    text.replace("\n#", " ").split_whitespace().collect::<Vec<_>>().join(" ")
}

#[track_caller]
pub fn has(text: &str, parts: &[&str]) {
    let in_words = words(text);
    for part in parts {
        assert!(in_words.contains(&words(part)), "{part:?} is not in:\n{text}");
    }
}

/// A pair whose account `sync` on chicago has this home, and the home is there.
fn pair_with_home(home: &str) -> Fleet {
    pair(
        "",
        &format!(
            "datasets: {{ backup/home: {{}}, backup/boston: {{}} }}\n\
             users: {{ sync: {{ home: {home} }} }}\n\
             directories: {{ /mnt/backup/home/sync: {{ mode: 700, uid: 3000, gid: 3000 }} }}"
        ),
    )
}

#[test]
fn homes_are_equal_by_their_normalized_path() {
    let homes = ["/mnt/backup/home/sync/", "/mnt/backup/home//sync", "/mnt/backup/./home/sync/."];
    each(homes, |home| {
        let fleet = pair_with_home(home);
        let id = set_up_by_truenas(&fleet, "c", "sync", true);
        task(&fleet, "t", Some(id), json!({}));
        let text = story(&fleet);
        nothing_to_do(&text);
        has(&text, &["home: { path: /mnt/backup/home/sync }"]);
    });
}

#[test]
fn a_home_with_another_spelling_is_taken() {
    let fleet = pair_with_home("/mnt/backup/home/sync/");
    fleet.write(
        "trueup.yaml",
        "version: 1\nsystems:\n  chicago:\n    url: { env: CHICAGO_URL }\n    \
         username: truenas_admin\n    api_key: { env: CHICAGO_API_KEY }\n    \
         tls: { sha256: { env: CHICAGO_TLS_SHA256 } }\n    \
         admins: { other: { home: { path: /mnt/backup/home/sync } } }\n",
    );
    has(&fleet.trueup(&["plan"]).exits(0).stdout, &["blocked: home-taken"]);
}

#[test]
fn a_home_that_a_manifest_cannot_name_stays_and_is_mentioned() {
    let fleet = pair("", "users: { sync: { home: /home/sync } }\ndatasets: { backup/boston: {} }");
    let (key, _) = new_pair(&fleet, "k");
    let id = new_connection(&fleet, "c", key, json!({ "username": "sync" }));
    task(&fleet, "t", Some(id), json!({}));
    let text = story(&fleet);
    has(&text, &["its home \"/home/sync\" stays as it is", "not below `/mnt`"]);
}

#[test]
fn names_with_space_around_them_are_taken_over() {
    let names =
        [(" lead", "trail "), ("  ", " both "), ("on", "null"), ("a: b", "#x"), ("\"", "'")];
    each(names, |(key, connection)| {
        let fleet = pair("", "datasets: { backup/boston: {} }");
        let id = set_up_by_truenas(&fleet, connection, "truenas_admin", true);
        let keys = fleet.call(
            "boston",
            "keychaincredential.query",
            json!([[["type", "=", "SSH_KEY_PAIR"]]]),
        );
        fleet.call("boston", "keychaincredential.update", json!([keys[0]["id"], { "name": key }]));
        task(&fleet, "t", Some(id), json!({}));
        let text = story(&fleet);
        nothing_to_do(&text);
        let quoted = |name: &str| json!(name).to_string();
        assert!(text.contains(&format!("key: {{ name: {}", quoted(key))), "{text}");
        assert!(text.contains(&format!("connection: {{ name: {}", quoted(connection))), "{text}");
    });
}

#[test]
fn space_around_a_name_is_seen_in_every_format() {
    let fleet = pair("", "");
    init(&fleet, &[]).exits(0);
    let manifest = std::fs::read_to_string(fleet.path("trueup.yaml")).expect("a manifest");
    let manifest = manifest.replace("{ name: chicago", "{ name: \"trail \"");
    fleet.write("trueup.yaml", &manifest);
    has(&fleet.trueup(&["plan"]).exits(0).stdout, &["+ ssh_connection \"trail \""]);
    let markdown = fleet.trueup(&["plan", "--format=markdown"]).exits(0).stdout;
    has(&markdown, &["boston/ssh_connection/trail "]);
    let plan = fleet.trueup(&["plan", "--format=json"]).exits(0).json();
    let is_it = |step: &serde_json::Value| step["address"] == "boston/ssh_connection/trail ";
    assert!(plan["steps"].as_array().expect("steps").iter().any(is_it), "{plan}");
    fleet.trueup(&["apply", "--yes"]).exits(0);
    has(&fleet.trueup(&["plan"]).exits(0).stdout, &["Plan: nothing to do"]);
}

#[test]
fn what_a_manifest_cannot_hold_is_listed_with_its_reason() {
    let fleet = pair("", "datasets: { backup/boston: {} }");
    let tab = set_up_by_truenas(&fleet, "Chicago\t1", "truenas_admin", true);
    let (key, _) = new_pair(&fleet, "k");
    let account = new_connection(&fleet, "as nobody", key, json!({ "username": "AD\\sync" }));
    let slow =
        new_connection(&fleet, "slow", key, json!({ "connect_timeout": 7200, "username": "root" }));
    new_connection(&fleet, "unused\t2", key, json!({}));
    task(&fleet, "over a tab", Some(tab), json!({}));
    task(&fleet, "as nobody", Some(account), json!({ "target_dataset": "backup/n" }));
    task(&fleet, "slow", Some(slow), json!({ "target_dataset": "backup/s" }));
    let local = json!({ "transport": "LOCAL", "sudo": false, "target_dataset": "tank/copy" });
    task(&fleet, "local", None, local);
    let text = story(&fleet);
    has(
        &text,
        &[
            r#"boston: the task "over a tab" uses a connection that cannot be written: its name "Chicago\t1": invalid name"#,
            r#"boston: the task "as nobody" uses a connection that cannot be written: its account "AD\\sync""#,
            r#"boston: the task "local" copies within boston"#,
            r#"boston: the connection "unused\t2" cannot be written: its name"#,
            "name: slow }",
        ],
    );
    assert!(!text.contains("timeout: 7200") && !text.contains("AD\\sync:"), "{text}");
}

#[test]
fn no_push_is_proposed_into_the_target_of_a_pull() {
    for (pools, target, place) in [
        ("backup: {}", "backup/boston", "backup/boston-2"),
        ("backup: {}", "backup/boston/data", "backup/boston-2"),
        ("backup: {}", "backup/other", "backup/boston"),
        ("backup: {}, second: {}", "backup", "second/boston"),
    ] {
        let fleet = Fleet::start(&format!(
            "systems:\n  boston: {{ release: \"25.10.6\", pools: {{ tank: {{}} }} }}\n  \
             chicago:\n    release: \"26.0.0\"\n    pools: {{ {pools} }}\n    \
             datasets: {{ backup/boston: {{}} }}\n",
        ));
        let pulls = json!({
            "direction": "PULL",
            "transport": "SSH",
            "ssh_credentials": connection_back(&fleet),
            "name": "fetch",
            "source_datasets": ["tank/data"],
            "target_dataset": target,
            "recursive": false,
            "auto": false,
            "retention_policy": "NONE",
            "naming_schema": ["auto-%Y-%m-%d_%H-%M"],
        });
        fleet.call("chicago", "replication.create", json!([pulls]));
        let said = init(&fleet, &["--force"]).exits(0);
        has(&said.stderr, &[r#"chicago fetches from boston already (task "fetch")"#]);
        let text = story(&fleet);
        has(
            &text,
            &[
                &format!("destination: {{ system: chicago, dataset: {place},"),
                &format!(
                    r#"chicago: the task "fetch" fetches from 127.0.0.1 (tank/data → {target})"#
                ),
            ],
        );
    }
}

/// A connection on chicago that leads to boston.
fn connection_back(fleet: &Fleet) -> i64 {
    let made = fleet.call("chicago", "keychaincredential.generate_ssh_key_pair", json!([]));
    let pair = json!([{ "name": "k", "type": "SSH_KEY_PAIR", "attributes": made }]);
    let pair = fleet.call("chicago", "keychaincredential.create", pair);
    let attributes = json!({
        "host": "127.0.0.1",
        "port": fleet.call("boston", "ssh.config", json!([]))["tcpport"],
        "username": "root",
        "private_key": pair["id"],
        "remote_host_key": "",
    });
    let entry = json!([{ "name": "back", "type": "SSH_CREDENTIALS", "attributes": attributes }]);
    fleet.call("chicago", "keychaincredential.create", entry)["id"].as_i64().expect("a number")
}

#[test]
fn a_pull_of_the_source_does_not_count_as_a_push() {
    let fleet = pair("", "");
    let (key, _) = new_pair(&fleet, "k");
    let id = new_connection(&fleet, "c", key, json!({}));
    task(&fleet, "pull", Some(id), pulling());
    has(&story(&fleet), &[r#"boston: the task "pull" fetches from 127.0.0.1"#]);
}

#[test]
fn a_target_that_the_first_run_creates_is_no_create() {
    for target in ["backup/new", "backup/new/deep", "backup/vol"] {
        let fleet = pair("", "");
        fleet.call(
            "chicago",
            "pool.dataset.create",
            json!([{ "name": "backup/vol", "type": "VOLUME", "volsize": 16_777_216 }]),
        );
        let id = set_up_by_truenas(&fleet, "c", "truenas_admin", true);
        task(&fleet, "t", Some(id), json!({ "target_dataset": target }));
        let text = story(&fleet);
        nothing_to_do(&text);
        let noted = text.contains("# not there yet: the first run creates it");
        assert_eq!(noted, target != "backup/vol", "{text}");
        assert!(!text.contains("datasets:\n"), "{text}");
    }
}

/// A pair whose task goes over the connection `old name`, which is then changed like that.
pub fn moved(change: &serde_json::Value) -> Fleet {
    let fleet = pair("", "datasets: { backup/boston: {} }");
    let id = set_up_by_truenas(&fleet, "old name", "truenas_admin", true);
    task(&fleet, "nightly", Some(id), json!({}));
    let found = fleet.call("boston", "keychaincredential.query", json!([[["id", "=", id]]]));
    let mut attributes = found[0]["attributes"].clone();
    for (name, value) in change.as_object().expect("attributes") {
        attributes[name] = value.clone();
    }
    fleet.call("boston", "keychaincredential.update", json!([id, { "attributes": attributes }]));
    fleet
}

const STALE: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKbZ5w7z5x3VICMdWzLEQl0dajw+0G6ChYfzTn5Mckx6\n";

#[test]
fn the_lines_that_adopt_a_connection_to_where_the_destination_was_are_named() {
    for (change, evidence) in [
        (json!({ "host": "old.lan", "remote_host_key": STALE }), "logs in to truenas_admin there"),
        (json!({ "port": 1, "remote_host_key": STALE }), "logs in to truenas_admin there"),
        (json!({ "host": "old.lan", "port": 1, "remote_host_key": "" }), "its key logs in to"),
    ] {
        let fleet = moved(&change);
        let text = story(&fleet);
        let adopting = "`connection: { name: \"old name\" }` and `key: { name: \"old name Key\" }`";
        has(&text, &["the task \"nightly\" goes to", "if that is chicago", evidence, adopting]);
        let plan = text.split("--- plan").nth(1).expect("a plan");
        has(
            plan,
            &[
                "the connection `old name` goes to",
                "accepts already",
                "connection: { name: \"old name\"",
            ],
        );
        let manifest = std::fs::read_to_string(fleet.path("trueup.yaml")).expect("a manifest");
        let adopted = adopt(&manifest, "    connection: { name: \"old name\" }");
        fleet.write("trueup.yaml", &adopt_key(&adopted, "\"old name Key\""));
        has(&fleet.trueup(&["plan"]).exits(0).stdout, &["Plan: 1 to update"]);
        fleet.trueup(&["apply", "--yes"]).exits(0);
    }
}

/// The manifest with another `connection` line.
pub fn adopt(manifest: &str, line: &str) -> String {
    let with =
        |it: &str| if it.starts_with("    connection:") { line.to_owned() } else { it.into() };
    manifest.lines().map(|it| with(it) + "\n").collect()
}

/// The manifest with another key.
fn adopt_key(manifest: &str, name: &str) -> String {
    let with = |it: &str| match it.starts_with("    key:") {
        true => format!("    key: {{ name: {name}, authorize_on: [destination] }}"),
        false => it.into(),
    };
    manifest.lines().map(|it| with(it) + "\n").collect()
}

#[test]
fn a_connection_to_an_old_name_that_trusts_the_host_keys_says_how_to_change_it() {
    let fleet = moved(&json!({ "host": "old.lan" }));
    has(&story(&fleet), &["host: old.lan }", "without `host` apply points it to 127.0.0.1"]);
}

/// TrueNAS accepts tasks whose layout a manifest refuses: their links are taken over all the same.
#[test]
fn layouts_that_a_manifest_refuses_are_listed_and_left_out() {
    type Case<'a> = (&'a [(&'a [&'a str], &'a str)], &'a str, &'a [&'a str]);
    let home = "/mnt/backup/home/sync";
    let cases: &[Case<'_>] = &[
        (
            &[(&["tank/data"], "backup")],
            home,
            &["t0: its destination `backup` is not written here: it is the root of a pool"],
        ),
        (
            &[(&["tank/data"], "backup/boston"), (&["tank/data"], "backup/boston")],
            home,
            &["t1: its destination `backup/boston` is not written here: t0 writes `backup/boston`"],
        ),
        (
            &[(&["tank/data"], "backup/boston/deep"), (&["tank"], "backup/boston")],
            home,
            &["t1: its destination `backup/boston` is not written here: t0 writes"],
        ),
        (
            &[(&["tank/data"], "backup/boston")],
            "/mnt/backup/boston/sync",
            &["sync: its home /mnt/backup/boston/sync is not written here: it is inside"],
        ),
        // Nothing is wrong with these.
        (&[(&["tank/data", "tank/data"], "backup/boston")], home, &["datasets: [tank/data]"]),
        (
            &[(&["tank/data"], "backup/boston"), (&["tank"], "backup/other")],
            home,
            &["dataset: backup/boston", "dataset: backup/other"],
        ),
    ];
    for (tasks, home, parts) in cases {
        let fleet = pair(
            "",
            &format!(
                "datasets: {{ backup/home: {{}}, backup/boston: {{ snapshots: 1 }} }}\n\
                 users: {{ sync: {{ home: {home} }} }}"
            ),
        );
        let id = set_up_by_truenas(&fleet, "c", "sync", true);
        for (at, (sources, target)) in tasks.iter().enumerate() {
            let more = json!({ "source_datasets": sources, "target_dataset": target });
            task(&fleet, &format!("t{at}"), Some(id), more);
        }
        let text = story(&fleet);
        has(&text, parts);
        let plan = text.split("--- plan\n").nth(1).expect("a plan");
        let writes = plan.contains("to create") || plan.contains("to update");
        assert!(!writes && !plan.contains("blocked"), "{text}");
    }
}
