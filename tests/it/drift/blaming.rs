//! Who did it, as the systems' own audit logs have it: said where they show it, and unknown
//! otherwise.

use serde_json::{Value, json};

use super::{applied, compress, report, stop_ssh};
use crate::support::Ran;

fn blame(report: &Value, address: &str) -> Value {
    let items = report["items"].as_array().expect("items");
    let item = items.iter().find(|item| item["address"] == address).expect("the item");
    item["blame"].clone()
}

#[test]
fn the_last_call_that_set_the_field_is_named() {
    let fleet = applied();
    compress(&fleet, "LZ4");
    stop_ssh(&fleet);
    let id = fleet.call(
        "chicago",
        "user.query",
        json!([[["username", "=", "replicator"]], { "get": true }]),
    )["id"]
        .clone();
    fleet.call("chicago", "user.update", json!([id, { "sudo_commands_nopasswd": [] }]));
    fleet.call("chicago", "user.update", json!([id, { "full_name": "Somebody Else" }]));
    let before = fleet.calls("chicago").count("audit.query");
    let now = report(&fleet, &["--blame"], 2);
    assert_eq!(fleet.calls("chicago").count("audit.query") - before, 1, "one page is enough");
    for (address, field, method) in [
        ("chicago/dataset/backup/boston", "compression", "pool.dataset.update"),
        ("chicago/ssh_service", "running", "service.control"),
        ("chicago/user/replicator", "sudo.no_password", "user.update"),
    ] {
        let blame = &blame(&now, address)[0];
        assert_eq!(blame["fields"], json!([field]));
        assert_eq!(blame["username"], "truenas_admin");
        assert_eq!(blame["method"], method);
        assert_eq!(blame["from"], "127.0.0.1");
        assert_eq!(blame["certain"], true);
        assert!(blame["through"].as_str().is_some_and(|it| it.starts_with("API key")), "{blame}");
    }
    let shown = fleet.trueup(&["drift", "--blame"]).exits(2).stdout;
    assert!(shown.contains("compression by truenas_admin, "), "{shown}");
    assert_eq!(fleet.calls("boston").count("audit.query"), 0, "nothing differs there");
}

#[test]
fn a_deletion_is_named() {
    let fleet = applied();
    fleet.call("chicago", "pool.dataset.delete", json!(["backup/boston"]));
    let now = report(&fleet, &["--blame"], 2);
    let blame = &blame(&now, "chicago/dataset/backup/boston")[0];
    assert_eq!(blame["method"], "pool.dataset.delete");
    assert_eq!(blame["username"], "truenas_admin");
}

#[test]
fn what_no_call_did_is_unknown_and_not_laid_at_the_last_callers_door() {
    let fleet = super::applied();
    super::manifest(&fleet, ", password_login: false", "");
    fleet.trueup(&["apply", "--yes"]).exits(0);
    // The manifest changes back to what nobody set: the last call set the other value.
    super::manifest(&fleet, ", tcp_forwarding: true", "");
    let now = report(&fleet, &["--blame"], 2);
    let blame = &blame(&now, "chicago/ssh_service")[0];
    assert_eq!(blame["username"], Value::Null);
    assert!(blame["unknown"].as_str().is_some_and(|why| why.contains("no call")), "{blame}");
}

#[test]
fn a_key_that_may_not_read_the_log_says_which_role_shows_it() {
    let fleet = applied();
    compress(&fleet, "LZ4");
    let blind = |label: &str| {
        let mut command = fleet.command(&["drift", "--blame", "--format", "json"]);
        let key = fleet.api_key("chicago", label);
        command.env("CHICAGO_API_KEY", key).env("CHICAGO_USERNAME", label);
        Ran::of(command.output().expect("trueup runs"), &fleet).exits(2).json()
    };
    let now = blind("blind");
    let blamed = &blame(&now, "chicago/dataset/backup/boston")[0];
    assert!(blamed["unknown"].as_str().is_some_and(|it| it.contains("SYSTEM_AUDIT_READ")));
    let now = blind("viewer");
    assert_eq!(blame(&now, "chicago/dataset/backup/boston")[0]["username"], "truenas_admin");
}

#[test]
fn a_creation_is_not_the_cause_of_what_happened_later() {
    let fleet = applied();
    // Behind the API's back: a shell, the console.
    fleet.with_system("chicago", |system| {
        system.datasets.destroy("backup/boston");
        let user = system.accounts.users.values_mut().find(|user| user.username == "replicator");
        user.expect("the account").shell = "/usr/sbin/nologin".into();
    });
    let now = report(&fleet, &["--blame"], 2);
    let missing = &blame(&now, "chicago/dataset/backup/boston")[0];
    assert_eq!(missing["username"], Value::Null);
    assert_eq!(missing["unknown"], "the audit log has no call that changed it");
    let user = blame(&now, "chicago/user/replicator");
    let shell: Vec<&Value> = user
        .as_array()
        .expect("a list")
        .iter()
        .filter(|blame| blame["fields"].as_array().is_some_and(|it| it.contains(&json!("shell"))))
        .collect();
    assert_eq!(shell.len(), 1, "{user:#}");
    assert_eq!(shell[0]["username"], Value::Null, "it was created with another shell");
}

#[test]
fn the_caller_of_a_job_that_outlived_its_connection_is_not_known() {
    let fleet = applied();
    fleet.fault("chicago", r#"{ "method": "service.control", "do": { "end_job_late_ms": 300 } }"#);
    // Jobs are answered with their number: this caller does not wait for the end.
    fleet.call("chicago", "service.control", json!(["STOP", "ssh", { "silent": false }]));
    let logged = || {
        let query = json!([{ "query-filters": [["event", "=", "METHOD_CALL"]],
            "query-options": { "order_by": ["-message_timestamp"], "limit": 1,
                "select": ["username", "service_data", "event_data"] } }]);
        fleet.call("chicago", "audit.query", query)[0].clone()
    };
    fleet.wait_until("the job is in the log", || logged()["event_data"]["params"][0] == "STOP");
    assert_eq!(logged()["username"], ".UNAUTHENTICATED");
    assert_eq!(logged()["service_data"]["credentials"], Value::Null);
    let now = report(&fleet, &["--blame"], 2);
    let blame = &blame(&now, "chicago/ssh_service")[0];
    assert_eq!(blame["username"], Value::Null);
    assert_eq!(
        (&blame["method"], &blame["from"]),
        (&json!("service.control"), &json!("127.0.0.1"))
    );
    let shown = fleet.trueup(&["drift", "--blame"]).exits(2).stdout;
    let line = shown.lines().find(|line| line.contains("running by")).expect("a line");
    assert!(line.starts_with("  running by an unknown caller, 20"), "{line}");
    let shown = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    let told = "service.control from 127.0.0.1 (the caller closed the connection before the job \
                ended, and then the audit log names nobody)";
    assert!(shown.contains(told), "{shown}");
}
