//! A key is rotated by naming another pair.

use serde_json::json;

use super::{account, applied, changed_example, credential, proven, public_key, settled};
use crate::support::Fleet;

fn rotate(fleet: &Fleet, name: &str) {
    changed_example(fleet, name, &[("name: boston-to-chicago", "name: second")]);
}

fn keys(fleet: &Fleet) -> String {
    account(fleet)["sshpubkey"].as_str().expect("keys").to_string()
}

fn key_in_use(fleet: &Fleet) -> serde_json::Value {
    credential(fleet, "chicago")["attributes"]["private_key"].clone()
}

#[test]
fn the_new_key_is_authorised_before_the_connection_uses_it() {
    let fleet = applied("quickstart");
    let old = credential(&fleet, "boston-to-chicago");
    rotate(&fleet, "quickstart");
    // Without the new key on the account the connection goes on with the old one.
    let refused = r#"{ "method": "user.update", "nth": 1, "do": { "error": { "reason": "no" } } }"#;
    fleet.fault("chicago", refused);
    let ran = fleet.trueup(&["apply", "--yes", "--format", "json"]).exits(3);
    proven(&ran);
    assert_eq!(key_in_use(&fleet), old["id"]);
    // The pair that was made is found and used.
    let second = credential(&fleet, "second");
    let before = fleet.mutations("boston");
    proven(&fleet.trueup(&["apply", "--yes", "--format", "json"]).exits(0));
    assert_eq!(fleet.mutations_since("boston", before), ["keychaincredential.update"]);
    assert_eq!(key_in_use(&fleet), second["id"]);
    assert_eq!(credential(&fleet, "second"), second);
    settled(&fleet);
    // The old one stays.
    assert_eq!(credential(&fleet, "boston-to-chicago"), old);
    assert!(keys(&fleet).contains(&public_key(&fleet, "boston-to-chicago")));
    assert!(keys(&fleet).contains(&public_key(&fleet, "second")));
}

#[test]
fn exclusive_takes_the_old_key_away() {
    let fleet = applied("least-privilege");
    rotate(&fleet, "least-privilege");
    fleet.trueup(&["apply", "--yes"]).exits(4).says("--allow removes-key");
    let args = ["apply", "--yes", "--allow", "removes-key", "--format", "json"];
    proven(&fleet.trueup(&args).exits(0));
    settled(&fleet);
    assert!(!keys(&fleet).contains(&public_key(&fleet, "boston-to-chicago")));
    assert!(keys(&fleet).contains(&public_key(&fleet, "second")));
    assert_eq!(credential(&fleet, "boston-to-chicago")["type"], json!("SSH_KEY_PAIR"));
}
