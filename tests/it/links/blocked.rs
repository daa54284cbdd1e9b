//! Credentials that trueup will not use or replace, each with its reason and what to do.

use serde_json::json;

use super::{PRIVATE_A, PUBLIC_A, changed_example, example, pair, pair_with, without_keys};
use crate::support::Fleet;

/// The plan of a link that is blocked; nothing is sent, and with `--allow blocked` nothing is
/// sent to boston.
fn blocked(fleet: &Fleet, reason: &str) -> String {
    let plan = fleet.trueup(&["plan", "--detailed-exitcode"]).exits(2);
    let json = fleet.trueup(&["plan", "--format", "json"]).exits(0).json();
    let reasons: Vec<&str> = json["blocked"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|it| it["reason"].as_str())
        .collect();
    assert!(reasons.contains(&reason), "{reasons:?}");
    let sent = fleet.mutations("boston");
    fleet.trueup(&["apply", "--yes"]).exits(4).says("--allow blocked");
    assert_eq!(fleet.mutations("boston"), sent, "nothing was sent");
    let ran = fleet.trueup(&["apply", "--yes", "--allow", "blocked"]).exits(3);
    assert!(!ran.stdout.contains("proven: "), "{}", ran.stdout);
    assert!(!ran.stdout.contains(" failed ("), "what cannot work was tried: {}", ran.stdout);
    without_keys(&plan.stdout)
}

#[test]
fn the_keys_name_is_a_connections() {
    let attributes = "{ host: nas3, port: 22, username: root, private_key: 1, remote_host_key: x }";
    let keychain = format!(
        "keychain:\n  boston-to-chicago: {{ type: SSH_CREDENTIALS, attributes: {attributes} }}"
    );
    let fleet = pair_with(&keychain, "");
    example(&fleet, "quickstart");
    let before = super::credential(&fleet, "boston-to-chicago");
    insta::assert_snapshot!(blocked(&fleet, "name-taken"));
    assert_eq!(super::credential(&fleet, "boston-to-chicago"), before);
}

#[test]
fn the_connections_name_is_a_pairs() {
    let fleet = pair();
    let pair = json!([{
        "name": "chicago", "type": "SSH_KEY_PAIR", "attributes": { "private_key": PRIVATE_A },
    }]);
    let before = fleet.call("boston", "keychaincredential.create", pair);
    example(&fleet, "quickstart");
    insta::assert_snapshot!(blocked(&fleet, "name-taken"));
    assert_eq!(super::credential(&fleet, "chicago"), before);
}

#[test]
fn a_pair_with_only_a_public_half() {
    let fleet = pair();
    let pair = json!([{
        "name": "boston-to-chicago", "type": "SSH_KEY_PAIR",
        "attributes": { "public_key": PUBLIC_A },
    }]);
    fleet.call("boston", "keychaincredential.create", pair);
    example(&fleet, "quickstart");
    insta::assert_snapshot!(blocked(&fleet, "no-private-key"));
}

/// A pair as it is after the configuration was restored without its secret seed.
fn undecryptable() -> Fleet {
    let fleet = pair();
    let pair = json!([{
        "name": "boston-to-chicago", "type": "SSH_KEY_PAIR",
        "attributes": { "private_key": PRIVATE_A },
    }]);
    let id = fleet.call("boston", "keychaincredential.create", pair)["id"].as_i64();
    fleet.with_system("boston", |system| {
        let pair = system.keychain.get_mut(id.expect("a number")).expect("the pair");
        pair.attributes.clear();
    });
    fleet
}

#[test]
fn a_pair_that_truenas_cannot_decrypt() {
    let fleet = undecryptable();
    example(&fleet, "quickstart");
    insta::assert_snapshot!(blocked(&fleet, "key-undecryptable"));
}

#[test]
fn a_pair_that_became_unusable_is_drift_that_breaks_the_link() {
    let fleet = undecryptable();
    example(&fleet, "quickstart");
    let report = fleet.trueup(&["drift", "--format", "json"]).exits(2).json();
    let items = report["items"].as_array().expect("items");
    let pair = items.iter().find(|it| it["address"] == "boston/ssh_keypair/boston-to-chicago");
    let pair = pair.unwrap_or_else(|| panic!("{report:#}"));
    assert_eq!(pair["breaks"], "yes");
    assert_eq!(pair["fields"][0]["blocked"], "key-undecryptable");
}

#[test]
fn a_remote_without_host_keys_that_nothing_makes() {
    let fleet = pair_with("", "ssh: { host_keys: false }");
    changed_example(&fleet, "quickstart", &[("      running: true\n", "")]);
    insta::assert_snapshot!(blocked(&fleet, "no-host-keys"));
}

#[test]
fn a_remote_whose_stopped_service_is_accepted_makes_no_host_keys() {
    let fleet = pair_with("", "ssh: { host_keys: false }");
    let accepted = "accept_drift:\n  - { address: chicago/ssh_service, field: running, reason: later, \
                    until: 2999-12-31 }\nreplications:\n";
    changed_example(&fleet, "quickstart", &[("replications:\n", accepted)]);
    blocked(&fleet, "no-host-keys");
}

#[test]
fn an_account_whose_new_home_is_blocked_is_not_half_changed() {
    // Somebody gave the home up, and TrueNAS left the key file where it was.
    let fleet = super::applied("quickstart");
    super::set_account(&fleet, json!({ "home": "/var/empty", "sshpubkey": "" }));
    let report = fleet.trueup(&["drift", "--format", "json"]).exits(2).json();
    assert_eq!(report["items"][0]["breaks"], "yes", "{report:#}");
    insta::assert_snapshot!(blocked(&fleet, "home-has-keys"));
}
