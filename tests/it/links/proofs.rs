//! A proof never says more than the checks of its link: what is known to be broken is not proven,
//! although what the proof tries works.

use serde_json::{Value, json};

use super::{applied, changed_example, pair};
use crate::support::Fleet;

/// What a second apply says of the link, and its exit code.
fn proof(fleet: &Fleet) -> (i32, Value) {
    let ran = fleet.trueup(&["apply", "--yes", "--allow", "blocked", "--format", "json"]);
    let proof = ran.json()["proofs"][0].clone();
    (ran.code, proof)
}

#[track_caller]
fn is_not_proven(fleet: &Fleet, text: &str) {
    let drift = fleet.trueup(&["drift", "--format", "json"]).exits(2).json();
    assert_eq!(drift["replications"]["offsite"]["breaks"], "yes");
    let (code, proof) = proof(fleet);
    assert_eq!((code, &proof["result"]), (3, &json!("not-proven")), "{proof:#}");
    assert_eq!(proof["covers"], json!(["login", "listing"]));
    let said = proof["text"].as_str().unwrap_or_default();
    assert!(said.contains(text), "{said}");
}

#[test]
fn sudo_that_is_not_enough_is_not_proven() {
    for commands in ["/usr/sbin/zfs get *", "/usr/sbin/zfs get *, /usr/sbin/zfs list *"] {
        let fleet = pair();
        let list = format!("no_password: [{commands}]");
        changed_example(&fleet, "quickstart", &[("no_password: zfs", &list)]);
        fleet.trueup(&["apply", "--yes"]).exits(3);
        is_not_proven(&fleet, "replicator may not run `sudo zfs ");
    }
}

#[test]
fn a_volume_in_the_place_of_the_destination_is_not_proven() {
    let fleet = applied("quickstart");
    fleet.call("chicago", "pool.dataset.delete", json!(["backup/boston"]));
    let volume = json!([{ "name": "backup/boston", "type": "VOLUME", "volsize": 16_777_216 }]);
    fleet.call("chicago", "pool.dataset.create", volume);
    is_not_proven(
        &fleet,
        "it is a volume, and `tank/data`, which is replicated into it, is a filesystem",
    );
}
