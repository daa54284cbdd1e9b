//! Decisions that were recorded: during real replications, under real rules.

use std::fs;

use serde_json::Value;

use super::{Commands, Group, SudoCase, SudoDecision};
use crate::support::repository;

/// The recordings of a file, step by step.
fn steps(file: &str) -> Vec<Value> {
    let path = repository(&format!("tests/conformance/runs/{file}"));
    let text = fs::read_to_string(path).expect("recordings");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// Every command that sudo was asked for.
pub fn commands() -> Vec<Vec<String>> {
    let argv = |step: Value| serde_json::from_value(step["argv"].clone()).expect("a command");
    steps("sudo-decisions.jsonl").into_iter().map(argv).collect()
}

/// Rules, as the API took them and sudo's configuration had them afterwards.
pub fn rules() -> Vec<(Vec<String>, String)> {
    let rules = |step: Value| {
        let note = step["note"].as_str().or(step["note"]["sudoers"].as_str())?.to_owned();
        let line = note.lines().find(|line| line.starts_with("replicator "))?.to_owned();
        Some((changed_rules(&step)?, line))
    };
    ["sudo.jsonl", "probe.jsonl"].iter().flat_map(|file| steps(file)).filter_map(rules).collect()
}

/// What a step changed the account's rules to; `None` if it did not.
fn changed_rules(step: &Value) -> Option<Vec<String>> {
    let is_update = step["call"][0] == "user.update" && step["reply"].get("error").is_none();
    let rules = step["call"][2].get("sudo_commands_nopasswd").filter(|_| is_update)?;
    serde_json::from_value(rules.clone()).ok()
}

/// The decisions of `sudo.jsonl`, each under the rules of its moment.
pub fn decisions() -> Vec<(SudoCase, SudoDecision)> {
    let mut rules = None;
    let mut decisions = Vec::new();
    for step in steps("sudo.jsonl") {
        rules = changed_rules(&step).or(rules);
        let Some(rules) = &rules else { continue };
        let asked = step["sudo"]["chicago"].as_array().into_iter().flatten();
        for asked in asked.filter_map(Value::as_str) {
            let (command, decision) = match asked.strip_prefix("REJECT ") {
                Some(rejected) => {
                    let command = rejected.split_once(") ").expect("a reason").1;
                    (command, SudoDecision::PasswordRequired)
                }
                None => (asked, SudoDecision::Runs),
            };
            if command.starts_with("zfs ") {
                decisions.push((case(rules, command), decision));
            }
        }
    }
    decisions
}

fn case(rules: &[String], command: &str) -> SudoCase {
    SudoCase {
        own: Commands { with_password: Vec::new(), without_password: rules.to_vec() },
        groups: Group::ALL.map(|group| (group, Commands::default())),
        argv: command.split(' ').map(str::to_owned).collect(),
    }
}

/// The line that the account has for these rules.
pub fn line(rules: &[String]) -> String {
    let line = case(rules, "zfs").own.line("replicator");
    line.expect("rules").trim_end().to_owned()
}
