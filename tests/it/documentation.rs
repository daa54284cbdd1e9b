//! What is written about the program says what the program does: the README, `--help`, the
//! schemas, and the design where it is at hand.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::process::Command;

use regex::Regex;
use serde_json::Value;
use trueup::model::Risk;

use crate::support::repository;

type Names = BTreeSet<String>;

fn trueup(args: &[&str]) -> String {
    let ended = Command::new(env!("CARGO_BIN_EXE_trueup")).args(args).output().expect("it starts");
    String::from_utf8(ended.stdout).expect("text")
}

fn readme() -> String {
    std::fs::read_to_string(repository("README.md")).expect("the README")
}

/// The design, which is not part of the repository.
fn design() -> Option<String> {
    let found = std::fs::read_to_string(repository("../shared/design.md")).ok();
    if found.is_none() {
        // Not by a macro: the test harness would keep what that prints to itself.
        let _ = writeln!(std::io::stderr(), "skipped: there is no ../shared/design.md");
    }
    found
}

/// Every first group of a pattern.
fn found(pattern: &str, text: &str) -> Names {
    let pattern = Regex::new(pattern).expect("a pattern");
    pattern.captures_iter(text).map(|found| found[1].to_owned()).collect()
}

fn commands() -> Names {
    let help = trueup(&["--help"]);
    let listed = help.split("Commands:\n").nth(1).and_then(|it| it.split("\n\n").next());
    found(r"(?m)^  ([a-z]+) ", listed.expect("commands"))
}

/// A closed list of a schema.
fn listed(of: &str, name: &str) -> Names {
    let schema: Value = serde_json::from_str(&trueup(&["schema", of])).expect("a schema");
    let list = &schema["$defs"][name];
    let members = list["enum"].as_array().or(list["oneOf"].as_array()).expect(name);
    let names = members.iter().map(|it| it.get("const").unwrap_or(it).as_str().expect("a name"));
    names.map(Into::into).collect()
}

#[test]
fn the_readme_knows_every_command_and_no_other() {
    let readme = readme();
    let table = readme.split("| command | does |").nth(1).and_then(|it| it.split("\n\n").next());
    assert_eq!(found(r"`trueup ([a-z]+)", table.expect("the table")), commands());
}

#[test]
fn every_flag_in_the_readme_is_one() {
    let helps: String = commands().iter().map(|command| trueup(&[command, "--help"])).collect();
    let flags = found(r"`(?:[^`\n]* )?(--[a-z-]+)", &readme());
    let cargo = ["--release", "--path", "--profile"];
    let unknown: Vec<&String> = flags
        .iter()
        .filter(|flag| !helps.contains(flag.as_str()) && !cargo.contains(&flag.as_str()))
        .collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

#[test]
fn exit_codes_are_the_same_everywhere() {
    let help = trueup(&["--help"]);
    let codes = found(r"(?m)^ +(\d+)  ", help.split("Exit codes:").nth(1).expect("exit codes"));
    assert_eq!(found(r"(?m)^\| (\d+) \|", &readme()), codes);
    if let Some(design) = design() {
        let table = design.split("| code | means |").nth(1).expect("the table");
        let table = table.split("\n\n").next().expect("the table");
        assert_eq!(found(r"(?m)^\| (\d+) \|", table), codes);
    }
}

#[test]
fn risks_are_the_same_everywhere() {
    let known: Names = Risk::ALL.into_iter().map(|risk| risk.name().into()).collect();
    assert_eq!(listed("plan", "Risk"), known);
    let lock_out: Names = Risk::ALL
        .into_iter()
        .filter(|risk| risk.may_lock_out())
        .map(|risk| risk.name().into())
        .collect();
    if let Some(design) = design() {
        let design = design.split_whitespace().collect::<Vec<_>>().join(" ");
        let told = design.split("Risks, a closed list").nth(1).expect("the list");
        let told = told.split("which `--yes` alone").next().expect("its end");
        assert_eq!(found(r"`([a-z]+-[a-z-]+)`", told), known);
        let told = told.split("the lock-out risks").nth(1).expect("the list");
        assert_eq!(found(r"`([a-z]+-[a-z-]+)`", told), lock_out);
    }
}

#[test]
fn the_designs_blocked_reasons_are_the_programs() {
    let Some(design) = design() else { return };
    let known = listed("plan", "BlockedReason");
    let told = found(r"blocked[^.|]{0,60}`([a-z]+(?:-[a-z]+)+)`", &design);
    assert!(told.len() > 4, "{told:?}");
    let unknown: Vec<&String> = told.iter().filter(|it| !known.contains(*it)).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

#[test]
fn the_designs_table_of_fields_is_the_manifests() {
    let Some(design) = design() else { return };
    let schema: Value = serde_json::from_str(&trueup(&["schema", "manifest"])).expect("a schema");
    let table = design.split("| place | fields |").nth(1).expect("the table");
    let places = [
        ("`ssh`", "Ssh"),
        ("`datasets.NAME`", "Dataset"),
        ("`admins.NAME`", "Admin"),
        ("`replications.NAME`", "Replication"),
    ];
    for (place, name) in places {
        let row = table.lines().find(|line| line.starts_with(&format!("| {place}")));
        let cell = row.and_then(|row| row.split('|').nth(2)).expect(place);
        let cell = cell.split("`: ").next().expect("the fields");
        assert_eq!(told_of(cell), known_of(&schema, name), "{place}");
    }
}

#[test]
fn the_readmes_table_of_keys_is_the_manifests() {
    let schema: Value = serde_json::from_str(&trueup(&["schema", "manifest"])).expect("a schema");
    let readme = readme();
    let table = readme.split("| place | keys |").nth(1).and_then(|it| it.split("\n\n").next());
    let places = [
        ("the manifest", &schema),
        ("a system", &schema["$defs"]["System"]),
        ("`ssh`", &schema["$defs"]["Ssh"]),
        ("a dataset", &schema["$defs"]["Dataset"]),
        ("an admin", &schema["$defs"]["Admin"]),
        ("a replication", &schema["$defs"]["Replication"]),
    ];
    let table = table.expect("the table");
    assert_eq!(table.matches("\n| ").count(), places.len() + 1, "{table}");
    for (place, known) in places {
        let row = table.lines().find_map(|line| line.strip_prefix(&format!("| {place} |")));
        let known = known["properties"].as_object().expect(place).keys().cloned().collect();
        assert_eq!(found(r"`([a-z_]+)`", row.expect(place)), known, "{place}");
    }
}

/// `` `port`, `groups{names[],exclusive}` ``: the fields of a place, each with its own fields.
fn told_of(cell: &str) -> BTreeMap<String, Names> {
    let token = Regex::new(r"`?([a-z_]+)(?:\[\])?(?:\{([^}]*)\})?`?").expect("a pattern");
    let cell = Regex::new(r"\([^)]*\)").expect("a pattern").replace_all(cell, "");
    let mut fields = BTreeMap::new();
    for found in token.captures_iter(&cell) {
        let below = found.get(2).map(|it| it.as_str()).unwrap_or_default();
        let below = below.split(',').map(|it| it.trim_end_matches("[]").to_owned());
        fields.insert(found[1].to_owned(), below.filter(|it| !it.is_empty()).collect());
    }
    fields
}

/// The same, as the schema has it.
fn known_of(schema: &Value, name: &str) -> BTreeMap<String, Names> {
    let properties = |name: &str| schema["$defs"][name]["properties"].as_object().cloned();
    let below = |property: &Value| {
        let name = property["$ref"].as_str().and_then(|it| it.rsplit('/').next());
        name.and_then(properties).map(|it| it.keys().cloned().collect()).unwrap_or_default()
    };
    let all = properties(name).expect(name);
    all.iter().map(|(field, property)| (field.clone(), below(property))).collect()
}
