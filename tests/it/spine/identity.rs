//! Which machine a system is: one of the manifest's, under one name.

use serde_json::Value;

use super::pair;
use crate::support::{Fleet, Ran};

/// Runs as if somebody had written boston's address into chicago's variables, the host's name in
/// place of its address.
fn with_one_machine(fleet: &Fleet, args: &[&str]) -> Ran {
    let env = fleet.env();
    let mut command = fleet.command(args);
    for name in ["USERNAME", "API_KEY", "TLS_SHA256"] {
        command.env(format!("CHICAGO_{name}"), &env[&format!("BOSTON_{name}")]);
    }
    command.env("CHICAGO_URL", env["BOSTON_URL"].replace("127.0.0.1", "localhost"));
    Ran::of(command.output().expect("trueup runs"), fleet)
}

#[test]
fn one_machine_under_two_names_is_refused() {
    let fleet = pair();
    let host_id = fleet.call("boston", "system.host_id", serde_json::json!([]));
    let host_id = host_id.as_str().expect("text");
    let url = fleet.normal(&fleet.env()["BOSTON_URL"].replace("127.0.0.1", "localhost"));
    let told = format!(
        "error: `boston` ($BOSTON_URL) and `chicago` ({url}) are the same system: both report the \
         host id {host_id} and the hostname `boston`\n"
    );
    for args in [&["plan"] as &[&str], &["apply", "--yes"], &["drift"]] {
        let ran = with_one_machine(&fleet, args).exits(1);
        assert!(ran.stderr.starts_with(&told), "{}\n{told}", ran.stderr);
        assert_eq!(ran.stdout, "");
    }
    let report = with_one_machine(&fleet, &["drift", "--format", "json"]).exits(1).json();
    assert!(report["failure"].as_str().is_some_and(|why| why.contains("are the same system")));
    assert_eq!(fleet.mutations("boston"), 0);
}

#[test]
fn systems_that_do_not_say_which_machine_they_are_are_not_compared() {
    let fleet = Fleet::start(
        "systems:\n  boston:\n    release: \"25.10.6\"\n    pools: { tank: {} }\n    \
         api_keys:\n      blind: { username: blind, roles: [DATASET_READ, POOL_READ] }\n",
    );
    fleet.manifest(&[
        ("boston", "datasets: { tank/a: {} }"),
        ("chicago", "datasets: { tank/b: {} }"),
    ]);
    let env = fleet.env();
    let mut command = fleet.command(&["plan", "--format", "json"]);
    for system in ["BOSTON", "CHICAGO"] {
        for name in ["URL", "TLS_SHA256"] {
            command.env(format!("{system}_{name}"), &env[&format!("BOSTON_{name}")]);
        }
        command.env(format!("{system}_USERNAME"), "blind");
        command.env(format!("{system}_API_KEY"), fleet.api_key("boston", "blind"));
    }
    let ran = Ran::of(command.output().expect("trueup runs"), &fleet).exits(0);
    let systems = &ran.json()["systems"];
    assert_eq!(systems["boston"]["host_id"], Value::Null);
    assert_eq!(systems["boston"].get("hostname"), None);
}

#[test]
fn the_header_shows_what_a_system_calls_itself() {
    let fleet = Fleet::start(
        "systems:\n  box: { release: \"25.10.6\", hostname: nas-7, pools: { tank: {} } }\n",
    );
    fleet.manifest(&[("box", "datasets: { tank/x: {} }")]);
    let text = fleet.trueup(&["plan"]).exits(0).stdout;
    assert_eq!(
        text,
        "Plan: 1 to create\n\nbox  25.10.6  $BOX_URL  calls itself nas-7\n\n  \
         + dataset tank/x  (trueup.yaml:8)\n"
    );
    let json = fleet.trueup(&["plan", "--format", "json"]).exits(0).json();
    assert_eq!(json["systems"]["box"]["hostname"], "nas-7");
    let markdown = fleet.trueup(&["plan", "--format", "markdown"]).exits(0).stdout;
    let about = markdown.lines().nth(3).expect("a line");
    assert!(about.starts_with("`box` 25.10.6 (calls itself `nas-7`) · plan `sha256:"), "{about}");
}
