//! The JSON contract: schemas that are published and kept, and bytes that do not change.

use serde_json::Value;

use super::{BOSTON, CHICAGO, PAIR, pair};
use crate::support::{Fleet, Ran, repository};

fn schema(of: &str) -> Value {
    let fleet = Fleet::start("systems: {}");
    fleet.trueup(&["schema", of]).exits(0).json()
}

#[test]
fn the_published_schemas_are_those_of_the_program() {
    for of in ["plan", "drift", "fleet"] {
        let file = repository(&format!("schemas/{of}.schema.json"));
        let text = serde_json::to_string_pretty(&schema(of)).expect("JSON") + "\n";
        if std::env::var_os("UPDATE_SCHEMAS").is_some() {
            std::fs::write(&file, &text).expect("a file");
        }
        let published = std::fs::read_to_string(&file).unwrap_or_default();
        assert!(published == text, "{} is stale: UPDATE_SCHEMAS=1 cargo test", file.display());
    }
}

#[test]
fn the_example_of_a_fleet_keeps_its_schema() {
    let fleets = jsonschema::validator_for(&schema("fleet")).expect("a schema");
    let text = std::fs::read_to_string(repository("examples/fleet.yaml")).expect("a fleet");
    let fleet: Value = serde_yaml::from_str(&text).expect("YAML");
    assert!(fleets.is_valid(&fleet), "{:?}", fleets.validate(&fleet));
    let mistyped: Value = serde_yaml::from_str(&text.replace("pools:", "pool:")).expect("YAML");
    assert!(!fleets.is_valid(&mistyped));
}

#[test]
fn every_output_keeps_its_schema() {
    let fleet = pair();
    let plans = jsonschema::validator_for(&schema("plan")).expect("a schema");
    let drifts = jsonschema::validator_for(&schema("drift")).expect("a schema");
    for _ in ["before apply", "after"] {
        let plan = fleet.trueup(&["plan", "--format", "json"]).exits(0).json();
        assert!(plans.is_valid(&plan), "{:?}", plans.validate(&plan));
        let drift = fleet.trueup(&["drift", "--format", "json"]).json();
        assert!(drifts.is_valid(&drift), "{:?}", drifts.validate(&drift));
        fleet.trueup(&["apply", "--yes"]).exits(0);
    }
}

#[test]
fn two_plans_of_the_same_state_are_the_same_bytes() {
    let fleet = pair();
    let first = fleet.trueup(&["plan", "--format", "json", "--out", "plan.json"]).exits(0).stdout;
    let second = fleet.trueup(&["plan", "--format", "json"]).exits(0).stdout;
    assert_eq!(first, second);
    let saved = std::fs::read_to_string(fleet.path("plan.json")).expect("a saved plan");
    let (saved, printed): (Value, Value) =
        (serde_json::from_str(&saved).expect("JSON"), serde_json::from_str(&second).expect("JSON"));
    assert_eq!(saved["fingerprint"], printed["fingerprint"]);
}

#[test]
fn every_kind_of_failure_has_its_exit_code() {
    let fleet = Fleet::start(PAIR);
    fleet.trueup(&["plan"]).exits(64).says("trueup.yaml");
    fleet.trueup(&["plan", "--nonsense"]).exits(64);
    fleet.trueup(&["nonsense"]).exits(64);
    fleet.trueup(&["apply", "--allow", "nonsense"]).exits(64);
    fleet.trueup(&["--help"]).exits(0);
    fleet.trueup(&["--version"]).exits(0);
    fleet.manifest(&[("boston", BOSTON), ("chicago", CHICAGO)]);
    fleet.trueup(&["validate"]).exits(0);
    fleet.trueup(&["plan", "--system", "nowhere"]).exits(64).says("boston, chicago");
    fleet.trueup(&["trust", "https://127.0.0.1:9"]).exits(1);
}

#[test]
fn what_a_terminal_would_act_on_is_shown_and_not_sent_to_it() {
    let fleet = Fleet::start(PAIR);
    let comment = "\u{1b}[2J\u{202e}tidy\u{9b}1A";
    let dataset = serde_json::json!([{ "name": "backup/foreign", "comments": comment }]);
    fleet.call("chicago", "pool.dataset.create", dataset);
    fleet.manifest(&[("chicago", "datasets: { backup/foreign: { comments: tidy } }")]);
    for command in ["plan", "drift"] {
        let shown = fleet.trueup(&[command]).stdout;
        assert!(!shown.contains(['\u{1b}', '\u{202e}', '\u{9b}']), "{shown:?}");
        assert!(shown.contains(r"\u{202e}tidy\u{9b}1A"), "{shown}");
    }
}

#[test]
fn where_nothing_can_be_written_the_work_is_done_and_the_code_says_what_was_lost() {
    let full = || std::fs::OpenOptions::new().write(true).open("/dev/full").expect("/dev/full");
    let fleet = pair();
    let code = |args: &[&str], stdout: bool| {
        let mut command = fleet.command(args);
        match stdout {
            true => command.stdout(full()),
            false => command.stderr(full()),
        };
        command.output().expect("trueup runs").status.code()
    };
    assert_eq!(code(&["plan"], true), Some(1));
    assert_eq!(code(&["plan", "-f", "none.yaml"], false), Some(64));
    assert_eq!(code(&["apply"], false), Some(4));
    assert_eq!(code(&["apply", "--yes"], false), Some(0), "nobody reads how it goes");
    fleet.trueup(&["plan", "--detailed-exitcode"]).exits(0);

    let fleet = pair();
    let mut command = fleet.command(&["apply", "--yes"]);
    let ran = Ran::of(command.stdout(full()).output().expect("trueup runs"), &fleet);
    ran.exits(3).says("the result could not be written to stdout");
    fleet.trueup(&["plan", "--detailed-exitcode"]).exits(0);
}
