//! Host keys and the port: known now or after apply, and the connection always after the service.

use std::net::TcpListener;

use serde_json::{Value, json};

use super::{applied, changed_example, converges, credential, example, pair_with, proven, settled};

/// The changed fields of a step, and what it needs.
fn step(plan: &Value, address: &str) -> Value {
    let steps = plan["steps"].as_array().expect("steps");
    let step = steps.iter().find(|step| step["address"] == address);
    step.unwrap_or_else(|| panic!("no step {address} in {plan:#}")).clone()
}

fn after<'a>(step: &'a Value, field: &str) -> &'a Value {
    let changes = step["changes"].as_array().expect("changes");
    &changes.iter().find(|change| change["field"] == field).expect("a change")["after"]
}

const CONNECTION: &str = "boston/ssh_connection/chicago";

#[test]
fn known_now_although_the_service_is_stopped() {
    let fleet = pair_with("", "ssh: { host_keys: true }");
    example(&fleet, "quickstart");
    let plan = fleet.trueup(&["plan", "--format", "json"]).exits(0).json();
    let connection = step(&plan, CONNECTION);
    assert_eq!(after(&connection, "host_keys").as_array().map(Vec::len), Some(3));
    converges(&fleet);
}

#[test]
fn known_after_apply() {
    let fleet = pair_with("", "ssh: { host_keys: false }");
    example(&fleet, "quickstart");
    let plan = fleet.trueup(&["plan", "--format", "json"]).exits(0).json();
    let connection = step(&plan, CONNECTION);
    assert_eq!(
        *after(&connection, "host_keys"),
        json!({ "$ref": "chicago/ssh_service#host_keys" })
    );
    let needs = connection["needs"].as_array().expect("needs");
    assert!(needs.contains(&json!("chicago/ssh_service")), "{connection:#}");
    converges(&fleet);
}

/// A port that nothing listens on, and that no system asks for that takes any: it is below those
/// that are given out then.
fn free_port() -> u16 {
    let free = |port: &u16| TcpListener::bind(("127.0.0.1", *port)).is_ok();
    (20_000..32_000).find(free).expect("a free port")
}

#[test]
fn the_connection_comes_after_a_change_of_the_remotes_port() {
    let fleet = applied("quickstart");
    let port = free_port();
    let moved = format!("      running: true\n      port: {port}\n");
    changed_example(&fleet, "quickstart", &[("      running: true\n", &moved)]);
    let plan = fleet.trueup(&["plan", "--format", "json"]).exits(0).json();
    let connection = step(&plan, CONNECTION);
    assert_eq!(*after(&connection, "port"), port);
    assert_eq!(connection["needs"], json!(["chicago/ssh_service"]));
    fleet.trueup(&["apply", "--yes"]).exits(4).says("--allow moves-ssh-port");
    let allowed = ["apply", "--yes", "--allow", "moves-ssh-port", "--format", "json"];
    proven(&fleet.trueup(&allowed).exits(0));
    assert_eq!(credential(&fleet, "chicago")["attributes"]["port"], port);
    settled(&fleet);
}

#[test]
fn a_port_that_fails_to_move_leaves_the_connection_as_it_is() {
    let fleet = applied("quickstart");
    let before = credential(&fleet, "chicago");
    changed_example(
        &fleet,
        "quickstart",
        &[("      running: true\n", "      running: true\n      port: 2222\n")],
    );
    let refused = r#"{ "method": "ssh.update", "do": { "error": { "reason": "disk on fire" } } }"#;
    fleet.fault("chicago", refused);
    fleet.trueup(&["apply", "--yes", "--allow", "moves-ssh-port"]).exits(3);
    assert_eq!(credential(&fleet, "chicago"), before);
}

#[test]
fn host_keys_that_changed_are_pinned_anew_and_that_is_a_risk() {
    let fleet = applied("quickstart");
    super::set_connection(&fleet, "chicago", json!({ "remote_host_key": super::FOREIGN }));
    let plan = fleet.trueup(&["plan", "--format", "json"]).exits(0).json();
    let connection = step(&plan, CONNECTION);
    assert_eq!(connection["risks"], json!(["replaces-host-key"]));
    assert!(connection["consequences"]["replaces-host-key"].is_string(), "{connection:#}");
    proven(&fleet.trueup(&["apply", "--yes", "--format", "json"]).exits(0));
}

#[test]
fn a_start_that_systemd_refuses_for_a_while_is_tried_again() {
    let fleet = pair_with("", "ssh: { failing_starts: 1, start_limit_ms: 2500 }");
    example(&fleet, "quickstart");
    let ran = fleet.trueup(&["apply", "--yes", "--format", "json"]).exits(0);
    proven(&ran);
    assert!(fleet.calls("chicago").count("service.control") > 2, "{:?}", fleet.calls("chicago"));
    settled(&fleet);
}
