//! Replications that share a key and a connection.

use super::{account, applied, changed_example, converges, credential, pair, proven, settled};

const SECOND: &str = "replications:
  nightly:
    source: { system: boston, datasets: [tank] }
    destination: { system: chicago, dataset: backup/nightly, admin: replicator }
    key: { name: boston-to-chicago, authorize_on: [destination] }
    connection: { name: chicago, timeout: 30 }
";

#[test]
fn they_are_one_resource_and_one_proof() {
    let fleet = pair();
    changed_example(&fleet, "quickstart", &[("replications:\n", SECOND)]);
    let plan = fleet.trueup(&["plan", "--format", "json"]).exits(0).json();
    let steps = plan["steps"].as_array().expect("steps");
    let of = |kind: &str| {
        let of_kind = |step: &&serde_json::Value| {
            step["address"].as_str().is_some_and(|it| it.contains(kind))
        };
        steps.iter().filter(of_kind).count()
    };
    assert_eq!((of("/ssh_keypair/"), of("/ssh_connection/")), (1, 1), "{plan:#}");
    let ran = fleet.trueup(&["apply", "--yes", "--format", "json"]).exits(0);
    proven(&ran);
    let proofs = ran.json()["proofs"].clone();
    assert_eq!(proofs.as_array().map(Vec::len), Some(1));
    assert_eq!(proofs[0]["replications"], serde_json::json!(["nightly", "offsite"]));
    assert_eq!(credential(&fleet, "chicago")["attributes"]["connect_timeout"], 30);
    settled(&fleet);
    super::set_connection(&fleet, "chicago", serde_json::json!({ "port": 1 }));
    let text = fleet.trueup(&["drift"]).exits(2).stdout;
    assert!(text.contains("Tonight's replication will fail: nightly, offsite"), "{text}");
}

#[test]
fn what_disagrees_is_an_error_that_names_both_places() {
    let fleet = pair();
    let first = ("connection: { name: chicago }  ", "connection: { name: chicago, timeout: 20 }  ");
    changed_example(&fleet, "quickstart", &[("replications:\n", SECOND), first]);
    let ran = fleet.trueup(&["validate"]).exits(64);
    insta::assert_snapshot!(ran.stderr);
    let other = SECOND.replace("name: boston-to-chicago", "name: another");
    changed_example(&fleet, "quickstart", &[("replications:\n", &other)]);
    let ran = fleet.trueup(&["validate"]).exits(64);
    insta::assert_snapshot!(ran.stderr);
}

#[test]
fn a_second_key_comes_beside_the_first_which_is_known() {
    let fleet = applied("quickstart");
    let other = SECOND.replace("boston-to-chicago", "nightly-key").replace("chicago, t", "n, t");
    changed_example(&fleet, "quickstart", &[("replications:\n", &other)]);
    let plan = fleet.trueup(&["plan"]).exits(0).stdout;
    assert!(plan.contains("adds-key: another key logs in"), "{plan}");
    converges(&fleet);
    let lines = account(&fleet)["sshpubkey"].as_str().expect("keys").lines().count();
    assert_eq!(lines, 2);
}
