//! A connection that goes to the destination's own host, but not to the port of its SSH service.

use serde_json::json;

use super::adopt::{adopt, has, moved};
use super::story;

/// A port that is forwarded cannot be told from one that the SSH service had before.
#[test]
fn another_port_than_the_ssh_services_is_a_comment_and_a_hint() {
    let fleet = moved(&json!({ "port": 1 }));
    insta::assert_snapshot!(story(&fleet));
    let hint = "Hints\n  - boston/ssh_connection/old name: it goes to port 1 (trueup.yaml:36), and \
                chicago's SSH service\n    listens on $CHICAGO_SSH_PORT; leave `port` out of \
                `connection`, unless that port is forwarded\n";
    let drift = fleet.trueup(&["drift"]).exits(0).stdout;
    assert!(drift.ends_with(hint), "{drift}");
    let manifest = std::fs::read_to_string(fleet.path("trueup.yaml")).expect("a manifest");
    fleet.write("trueup.yaml", &adopt(&manifest, "    connection: { name: \"old name\" }"));
    fleet.trueup(&["apply", "--yes"]).exits(0);
    assert!(!fleet.trueup(&["plan"]).exits(0).stdout.contains("Hints"));
}

/// Whoever goes through another host has its port forwarded there.
#[test]
fn another_port_of_another_host_is_neither_comment_nor_hint() {
    let fleet = moved(&json!({ "host": "gateway.lan", "port": 1 }));
    let text = story(&fleet);
    has(&text, &["connection: { name: \"old name\", host: gateway.lan, port: 1 }"]);
    assert!(!text.contains("listens on") && !text.contains("Hints"), "{text}");
}
