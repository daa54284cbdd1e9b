//! What is written about the program says what the program does: the README, `--help` and the
//! schemas agree with each other and with the code.

use std::collections::BTreeSet;
use std::process::Command;

use regex::Regex;
use serde_json::Value;
use trueup::cli::Exit;
use trueup::kinds;
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
    assert_eq!(Exit::ALL.map(|exit| exit.code().to_string()).into_iter().collect::<Names>(), codes);
}

#[test]
fn risks_are_the_same_everywhere() {
    let names = |risks: &[Risk]| -> Names { risks.iter().map(|it| it.name().into()).collect() };
    let lock_out: Vec<Risk> = Risk::ALL.into_iter().filter(|risk| risk.may_lock_out()).collect();
    assert_eq!(listed("plan", "Risk"), names(&Risk::ALL));
    let readme = readme().split_whitespace().collect::<Vec<_>>().join(" ");
    let told = readme.split("could lock somebody out").nth(1).expect("the list");
    let told = told.split("needs `--allow RISK`").next().expect("its end");
    assert_eq!(found(r"`([a-z]+-[a-z-]+)`", told), names(&lock_out));
    let help = trueup(&["apply", "--help"]).split_whitespace().collect::<Vec<_>>().join(" ");
    for risk in lock_out {
        assert!(help.contains(risk.name()), "apply --help: {}", risk.name());
    }
}

/// The fields of every kind, as the manifest's schema has them: a kind manages nothing that cannot
/// be written, and nothing can be written that no kind manages.
#[test]
fn fields_of_kinds_are_those_of_the_manifest() {
    let schema: Value = serde_json::from_str(&trueup(&["schema", "manifest"])).expect("a schema");
    let switches =
        ["authorized_keys.exclusive", "create_ancestors", "groups.exclusive", "sudo.exclusive"];
    for (kind, place) in [("dataset", "Dataset"), ("ssh_service", "Ssh"), ("user", "Admin")] {
        let kind = kinds::find(kind).expect(kind);
        let managed: Names = kind.fields().iter().map(|field| (*field).to_owned()).collect();
        let written: Names = paths(&schema, place)
            .into_iter()
            .filter(|path| !switches.contains(&path.as_str()))
            .collect();
        assert_eq!(managed, written, "{place}");
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

/// The paths of what may be written in a place: `shell`, `home.mode`.
fn paths(schema: &Value, place: &str) -> Vec<String> {
    let properties = schema["$defs"][place]["properties"].as_object().expect(place);
    let below = |property: &Value| {
        let name = property["$ref"].as_str().and_then(|it| it.rsplit('/').next())?;
        schema["$defs"][name]["properties"].is_object().then(|| paths(schema, name))
    };
    let each = properties.iter().flat_map(|(name, property)| match below(property) {
        Some(below) => below.into_iter().map(|it| format!("{name}.{it}")).collect(),
        None => vec![name.clone()],
    });
    each.collect()
}
