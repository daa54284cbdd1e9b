//! Values that one system reports and another one is to trust.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::links::{PRIVATE_A, PUBLIC_A, example, pair};
use crate::support::{Fleet, Ran};

const NAME: &str = "boston-to-chicago";

/// What a system answers for a pair whose public key is this.
fn keychain(public_key: &Value) -> Value {
    json!([{
        "id": 7, "name": NAME, "type": "SSH_KEY_PAIR",
        "attributes": { "private_key": PRIVATE_A, "public_key": public_key },
    }])
}

/// Texts that are not one plain line with a key.
fn invalid_keys() -> Vec<Value> {
    let (key, _) = PUBLIC_A.rsplit_once(' ').expect("a comment");
    let mut keys: Vec<String> = ["\n", "\r", "\u{85}", "\u{2028}"]
        .map(|separator| format!("{key} a{separator}environment=\"A=b\" {key}"))
        .into();
    keys.push(format!("environment=\"LD_PRELOAD=/tmp/x.so\" {key}"));
    keys.extend(["ssh-ed25519 AAAA".into(), String::new()]);
    keys.into_iter().map(Value::from).chain([Value::Null]).collect()
}

fn answer(fleet: &Fleet, system: &str, method: &str, nth: Option<u64>, result: &Value) {
    let fault = json!({ "method": method, "nth": nth, "do": { "result": result } });
    fleet.fault(system, &fault.to_string());
}

/// The keys of every account of chicago.
fn keys_on_chicago(fleet: &Fleet) -> Value {
    fleet.call("chicago", "user.query", json!([[], { "select": ["username", "sshpubkey"] }]))
}

#[track_caller]
fn is_blocked(ran: &Ran, reason: &str) {
    let plan = ran.json();
    let blocked = plan["blocked"].as_array().expect("a list");
    assert!(blocked.iter().any(|item| item["reason"] == reason), "{blocked:?}");
    let needs = |item: &&Value| item["reason"] == "needs-blocked";
    assert!(blocked.iter().any(|item| needs(&item)) || reason == "invalid-host-keys");
}

#[test]
fn invalid_public_key_is_blocked() {
    let fleet = pair();
    example(&fleet, "quickstart");
    let before = keys_on_chicago(&fleet);
    for key in invalid_keys() {
        answer(&fleet, "boston", "keychaincredential.query", None, &keychain(&key));
        is_blocked(&fleet.trueup(&["plan", "--format", "json"]).exits(0), "invalid-public-key");
    }
    let shown = fleet.trueup(&["plan"]).exits(0).stdout;
    assert!(shown.contains("`boston` reports an invalid public key"), "{shown}");
    fleet.trueup(&["apply", "--yes", "--allow", "blocked"]).exits(3);
    assert_eq!(keys_on_chicago(&fleet), before);
}

#[test]
fn invalid_key_of_a_created_pair_is_not_handed_on() {
    let fleet = pair();
    example(&fleet, "quickstart");
    let before = keys_on_chicago(&fleet);
    for nth in 2..100 {
        let hostile = keychain(&invalid_keys()[0]);
        answer(&fleet, "boston", "keychaincredential.query", Some(nth), &hostile);
    }
    let ran = fleet.trueup(&["apply", "--yes"]).exits(3);
    let said = ran.stdout + &ran.stderr;
    assert!(said.contains("`boston` reports an invalid"), "{said}");
    let sent = keys_on_chicago(&fleet).to_string();
    assert!(!sent.contains("environment"), "{sent}");
    let keys = |all: &Value| all.to_string().matches("ssh-").count();
    assert_eq!(keys(&keys_on_chicago(&fleet)), keys(&before));
}

#[test]
fn invalid_host_keys_and_ports_are_not_handed_on() {
    let fleet = pair();
    example(&fleet, "quickstart");
    let (key, _) = PUBLIC_A.rsplit_once(' ').expect("a comment");
    for text in [
        format!("{key}\nother.example.net {key}"),
        format!("{key} a\u{2028}{key}"),
        format!("command=\"x\" {key}"),
        "ssh-ed25519 AAAA".into(),
    ] {
        let mut config = fleet.call("chicago", "ssh.config", json!([]));
        config["host_ed25519_key_pub"] = json!(STANDARD.encode(text));
        answer(&fleet, "chicago", "ssh.config", None, &config);
        is_blocked(&fleet.trueup(&["plan", "--format", "json"]).exits(0), "invalid-host-keys");
    }
    for port in [json!("22\nProxyCommand x"), json!(0), json!(65_536), json!(true)] {
        let fleet = pair();
        example(&fleet, "quickstart");
        let mut config = fleet.call("chicago", "ssh.config", json!([]));
        config["tcpport"] = port;
        answer(&fleet, "chicago", "ssh.config", None, &config);
        let said = fleet.trueup(&["plan"]).exits(3);
        let said = said.stdout + &said.stderr;
        assert!(said.contains("no usable `tcpport`"), "{said}");
    }
}
