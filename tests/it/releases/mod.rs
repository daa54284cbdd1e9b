//! Every release that people run, alone and mixed: the examples of the repository from a fresh pair
//! to an empty plan, and the same plan wherever it is made.

mod normalisations;
mod plans;
mod roles;

use crate::support::{Fleet, repository};

/// The releases that are simulated.
pub const RELEASES: [&str; 3] = ["25.04.2.6", "25.10.6", "26.0.0"];

/// The examples with a manifest.
pub const EXAMPLES: [&str; 4] = ["documented", "quickstart", "least-privilege", "spine"];

/// A fresh pair of these releases, as `examples/fleet.yaml` has it, with an example as manifest.
pub fn pair(source: &str, destination: &str, example: &str) -> Fleet {
    // As few rounds of SCRAM as a client accepts: it is logged in many times here.
    let limits = "limits: { logins_per_minute: 1000, scram_iterations: 50000 }";
    let fleet = Fleet::start(&format!(
        "systems:\n  boston:\n    release: \"{source}\"\n    pools: {{ tank: {{}} }}\n    datasets: {{ tank/data: {{}} }}\n    {limits}\n  chicago:\n    release: \"{destination}\"\n    pools: {{ backup: {{}} }}\n    {limits}\n"
    ));
    let path = repository("examples").join(format!("{example}.yaml"));
    fleet.write("trueup.yaml", &std::fs::read_to_string(path).expect("the example"));
    fleet
}

/// Every example, from a source of this release to a destination of every release.
fn from(source: &str) {
    for destination in RELEASES {
        for example in EXAMPLES {
            let fleet = pair(source, destination, example);
            fleet.trueup(&["plan", "--detailed-exitcode"]).exits(2);
            fleet.trueup(&["apply", "--yes"]).exits(0);
            let again = fleet.trueup(&["plan", "--detailed-exitcode"]).exits(0);
            let what = format!("{example} from {source} to {destination}");
            assert!(again.stdout.starts_with("Plan: nothing to do"), "{what}:\n{}", again.stdout);
            let sent = fleet.mutations("boston") + fleet.mutations("chicago");
            fleet.trueup(&["drift"]).exits(0);
            fleet.trueup(&["apply", "--yes"]).exits(0);
            let all = fleet.mutations("boston") + fleet.mutations("chicago");
            // The proof of the link counts as one that changes something.
            assert!(all - sent <= 1, "{what}: applying again sends nothing");
        }
    }
}

#[test]
fn every_example_from_25_04_to_every_release() {
    from("25.04.2.6");
}

#[test]
fn every_example_from_25_10_to_every_release() {
    from("25.10.6");
}

#[test]
fn every_example_from_26_0_to_every_release() {
    from("26.0.0");
}

/// 27 is simulated, too, and is none of those: nobody has recorded one.
#[test]
fn a_release_that_is_known_from_its_schemas_only_is_told() {
    let fleet = pair("27.0.0", "26.0.0", "quickstart");
    let told = "warning: `boston` runs 27.0.0, which this trueup knows from its published schemas \
                only, not from a running system\n";
    assert_eq!(fleet.trueup(&["plan"]).exits(0).stderr, told);
    assert!(fleet.trueup(&["apply", "--yes"]).exits(0).stderr.contains(told));
    assert_eq!(fleet.trueup(&["drift", "--quiet"]).exits(0).stderr, told);
}
