//! What each login may see and do, on a whole pair: masked values are unverifiable and nothing
//! else; a missing role is named before anything is sent, with the smallest set that would do.

use serde_json::Value;

use super::{RELEASES, repository};
use crate::support::{Fleet, Ran};

/// What the source's login needs for `least-privilege.yaml`, beside reading.
const SOURCE: [&str; 2] = ["KEYCHAIN_CREDENTIAL_WRITE", "REPLICATION_TASK_WRITE"];
/// What the destination's login needs for it on a fresh system.
const DESTINATION: [&str; 5] =
    ["ACCOUNT_WRITE", "DATASET_WRITE", "FILESYSTEM_DATA_WRITE", "SERVICE_WRITE", "SSH_WRITE"];

/// A fresh pair whose `worker`s have READONLY_ADMIN and these roles.
fn pair(release: &str, source: &[&str], destination: &[&str]) -> Fleet {
    let system = |name: &str, pool: &str, roles: &[&str]| {
        let roles: Vec<&str> = ["READONLY_ADMIN"].iter().chain(roles).copied().collect();
        format!(
            "  {name}:\n    release: \"{release}\"\n    pools: {{ {pool}: {{}} }}\n    limits: {{ logins_per_minute: 1000, scram_iterations: 50000 }}\n    users: {{ worker: {{ uid: 3050 }} }}\n    api_keys: {{ worker: {{ username: worker, roles: [{}] }} }}\n",
            roles.join(", ")
        )
    };
    let boston = system("boston", "tank", source) + "    datasets: { tank/data: {} }\n";
    let chicago = system("chicago", "backup", destination);
    let fleet = Fleet::start(&format!("systems:\n{boston}{chicago}"));
    let example = repository("examples/least-privilege.yaml");
    fleet.write("trueup.yaml", &std::fs::read_to_string(example).expect("the example"));
    fleet
}

fn as_worker(fleet: &Fleet, args: &[&str]) -> Ran {
    let mut command = fleet.command(args);
    for system in ["boston", "chicago"] {
        let name = system.to_uppercase();
        command.env(format!("{name}_USERNAME"), "worker");
        command.env(format!("{name}_API_KEY"), fleet.api_key(system, "worker"));
    }
    Ran::of(command.output().expect("trueup runs"), fleet)
}

fn nothing_was_sent(fleet: &Fleet) {
    assert_eq!(fleet.mutations("boston") + fleet.mutations("chicago"), 0);
}

#[test]
fn the_smallest_set_of_roles_is_enough_on_every_release() {
    for release in RELEASES {
        let fleet = pair(release, &SOURCE, &DESTINATION);
        let applied = as_worker(&fleet, &["apply", "--yes", "--format", "json"]).exits(0).json();
        assert_eq!(applied["proofs"][0]["result"], "proven", "{release}");
        as_worker(&fleet, &["drift"]).exits(0);
    }
}

#[test]
fn each_role_that_is_missing_on_the_destination_is_named_and_nothing_is_sent() {
    for missing in DESTINATION {
        let roles: Vec<&str> = DESTINATION.into_iter().filter(|role| *role != missing).collect();
        let fleet = pair("25.10.6", &SOURCE, &roles);
        let refused = as_worker(&fleet, &["apply", "--yes"]).exits(1);
        let named = format!("`worker` on `chicago` lacks what the plan needs: {missing};");
        assert!(refused.stderr.contains(&named), "{missing}:\n{}", refused.stderr);
        nothing_was_sent(&fleet);
    }
}

#[test]
fn every_role_that_is_missing_is_named_by_system_at_once() {
    let fleet = pair("25.10.6", &[], &[]);
    let refused = as_worker(&fleet, &["apply", "--yes"]).exits(1);
    let boston = "`worker` on `boston` lacks what the plan needs: KEYCHAIN_CREDENTIAL_WRITE;";
    let chicago =
        format!("`worker` on `chicago` lacks what the plan needs: {};", DESTINATION.join(", "));
    for named in [boston, &chicago] {
        assert!(refused.stderr.contains(named), "{named}\n{}", refused.stderr);
    }
    nothing_was_sent(&fleet);
}

#[test]
fn without_the_role_for_the_proof_the_link_is_not_proven() {
    let fleet = pair("25.10.6", &["KEYCHAIN_CREDENTIAL_WRITE"], &DESTINATION);
    let applied = as_worker(&fleet, &["apply", "--yes", "--format", "json"]).exits(3).json();
    let proof = &applied["proofs"][0];
    assert_eq!(proof["result"], "not-proven");
    let text = proof["text"].as_str().expect("why");
    assert!(text.contains("lacks the role REPLICATION_TASK_WRITE"), "{text}");
}

#[test]
fn masked_values_are_unverifiable_counted_explained_and_never_drift_or_written_back() {
    for release in RELEASES {
        let fleet = pair(release, &[], &[]);
        fleet.trueup(&["apply", "--yes"]).exits(0);
        // What the reader would see as stars differs: it can't know, so it says so.
        let sent = fleet.mutations("boston") + fleet.mutations("chicago");
        let plan = as_worker(&fleet, &["plan", "--format", "json"]).exits(0).json();
        assert_eq!(plan["complete"], false, "{release}");
        assert_eq!(plan["steps"], Value::Array(vec![]), "{release}");
        let hidden = plan["unverifiable"].as_array().expect("a list");
        assert_eq!(plan["summary"]["unverifiable"], hidden.len(), "{release}");
        let mut fields: Vec<String> = Vec::new();
        for field in hidden {
            assert_eq!(field["role"], "KEYCHAIN_CREDENTIAL_WRITE", "{release}");
            let (address, field) = (field["address"].as_str(), field["field"].as_str());
            fields.push(format!("{}#{}", address.expect("text"), field.expect("text")));
        }
        fields.sort();
        let expected = [
            "boston/ssh_connection/chicago#host",
            "boston/ssh_connection/chicago#host_keys",
            "boston/ssh_connection/chicago#key",
            "boston/ssh_connection/chicago#port",
            "boston/ssh_connection/chicago#timeout",
            "boston/ssh_connection/chicago#username",
            "chicago/user/replicator#authorized_keys.keys",
        ];
        assert_eq!(fields, expected, "{release}");
        let text = as_worker(&fleet, &["plan"]).exits(0).stdout;
        assert!(text.contains("KEYCHAIN_CREDENTIAL_WRITE"), "{release}:\n{text}");
        let drift = as_worker(&fleet, &["drift", "--format", "json"]).exits(3).json();
        assert_eq!(drift["complete"], false, "{release}");
        assert_eq!(drift["summary"]["unverifiable"], expected.len(), "{release}");
        as_worker(&fleet, &["apply", "--yes"]).exits(3);
        assert_eq!(fleet.mutations("boston") + fleet.mutations("chicago"), sent, "{release}");
    }
}
