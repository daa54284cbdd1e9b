//! Metrics and saved reports: well-formed, documented, and there whatever could be read.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{applied, compress, report, stop_ssh, without_chicago};

/// Reads metrics as the textfile collector does, and fails the test where it would.
fn parsed(text: &str) -> BTreeMap<String, f64> {
    let mut series = BTreeMap::new();
    let mut typed: Option<&str> = None;
    let mut helped = Vec::new();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, help) = rest.split_once(' ').expect("a help");
            assert!(!helped.contains(&name) && !help.is_empty(), "{name} is told twice");
            helped.push(name);
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').expect("a type");
            assert_eq!((helped.last(), kind), (Some(&name), "gauge"));
            typed = Some(name);
        } else {
            let (of, value) = line.rsplit_once(' ').expect("a value");
            let name = of.split('{').next().expect("a name");
            assert_eq!(Some(name), typed, "series of one metric stand together");
            if let Some(labels) = of.strip_prefix(name).filter(|it| !it.is_empty()) {
                let inner = labels.strip_prefix('{').and_then(|it| it.strip_suffix('}'));
                for label in inner.expect("braces").split(",") {
                    let (label, value) = label.split_once('=').expect("a label");
                    assert!(label.chars().all(|c| c.is_ascii_lowercase() || c == '_'), "{label}");
                    assert!(value.len() >= 2 && value.starts_with('"') && value.ends_with('"'));
                }
            }
            let value = value.parse().expect("a number");
            assert_eq!(series.insert(of.to_string(), value), None, "{of} is there twice");
        }
    }
    series
}

#[test]
fn metrics_say_what_the_report_says() {
    let fleet = applied();
    let well = parsed(&fleet.trueup(&["drift", "--format", "prometheus"]).exits(0).stdout);
    assert_eq!(well["trueup_last_run_complete"], 1.0);
    assert_eq!(well["trueup_replication_in_sync{replication=\"offsite\"}"], 1.0);
    assert!(well["trueup_last_run_timestamp_seconds"] > 1.7e9);
    compress(&fleet, "LZ4");
    stop_ssh(&fleet);
    let text = fleet.trueup(&["drift", "--format", "prometheus"]).exits(2).stdout;
    let ill = parsed(&text);
    let stamped = |line: &&str| !line.starts_with("trueup_last_run_timestamp");
    let shown: Vec<&str> = text.lines().filter(stamped).collect();
    insta::assert_snapshot!(shown.join("\n"));
    assert_eq!(ill["trueup_replication_breaks{replication=\"offsite\",breaks=\"yes\"}"], 1.0);
    assert_eq!(ill["trueup_resources{system=\"chicago\",kind=\"dataset\",state=\"differs\"}"], 1.0);
}

#[test]
fn a_proof_is_told_from_the_report_of_the_apply_and_handed_on() {
    let fleet = crate::links::pair();
    crate::links::example(&fleet, "quickstart");
    let proven = "trueup_replication_proven{replication=\"offsite\"}";
    let when = "trueup_replication_proven_timestamp_seconds{replication=\"offsite\"}";
    let series = |args: &[&str]| {
        let args: Vec<&str> =
            ["drift", "--format", "prometheus"].iter().chain(args).copied().collect();
        parsed(&fleet.trueup(&args).exits(0).stdout)
    };
    let report = fleet.trueup(&["apply", "--yes", "--format", "json"]).exits(0).json();
    let at: jiff::Timestamp = report["made_at"].as_str().expect("a moment").parse().expect("one");
    fleet.write("apply.json", &report.to_string());
    assert!(!series(&[]).contains_key(proven), "nobody asked the source");

    let told = series(&["--baseline", "apply.json", "--report", "1.json"]);
    assert_eq!((told[proven], told[when]), (1.0, at.as_second() as f64));
    let handed_on = series(&["--baseline", "1.json", "--report", "2.json"]);
    assert_eq!((handed_on[proven], handed_on[when]), (1.0, at.as_second() as f64));

    let cut = r#"{ "method": "replication.list_datasets", "do": { "error": { "reason": "no" } } }"#;
    fleet.fault("boston", cut);
    let report = fleet.trueup(&["apply", "--format", "json"]).exits(3).json();
    fleet.write("apply.json", &report.to_string());
    assert_eq!(series(&["--baseline", "apply.json"])[proven], 0.0);

    let report = fleet.trueup(&["apply", "--no-probe", "--format", "json"]).exits(0).json();
    fleet.write("apply.json", &report.to_string());
    assert!(!series(&["--baseline", "apply.json"]).contains_key(proven), "nobody asked again");
}

#[test]
fn every_metric_is_documented() {
    let fleet = applied();
    let help = fleet.trueup(&["drift", "--help"]).exits(0).stdout;
    for (name, _) in trueup::render::prometheus::METRICS {
        assert!(help.contains(name), "{name}");
    }
}

#[test]
fn some_systems_unreachable_the_rest_is_reported_in_every_format() {
    let fleet = applied();
    for format in ["text", "json", "markdown", "prometheus"] {
        let args = ["drift", "--format", format, "--report", "last.json"];
        let ran = without_chicago(&fleet, &args).exits(3);
        assert!(ran.stdout.contains("chicago"), "{}", ran.stdout);
        let rest = if format == "text" { "none in what was read · 2 unchanged" } else { "boston" };
        assert!(ran.stdout.contains(rest), "{}", ran.stdout);
        let text = std::fs::read_to_string(fleet.path("last.json")).expect("a report");
        let report: Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(report["systems"]["boston"]["read"], "ok");
        assert_ne!(report["systems"]["chicago"]["read"], "ok");
        assert_eq!(report["complete"], false);
        let effect = &report["replications"]["offsite"];
        assert_eq!(*effect, json!({ "in_sync": null, "breaks": "unknown" }));
        if format == "prometheus" {
            let series = parsed(&ran.stdout);
            assert_eq!(series["trueup_system_reachable{system=\"boston\"}"], 1.0);
            assert_eq!(series["trueup_system_reachable{system=\"chicago\"}"], 0.0);
            assert_eq!(series["trueup_replication_unknown{replication=\"offsite\"}"], 1.0);
        }
    }
}

#[test]
fn a_run_that_fails_leaves_a_report_and_metrics_too() {
    let fleet = applied();
    let read = || {
        let text = std::fs::read_to_string(fleet.path("last.json")).expect("a report");
        std::fs::remove_file(fleet.path("last.json")).expect("removed");
        serde_json::from_str::<Value>(&text).expect("JSON")
    };
    let schema = fleet.trueup(&["schema", "drift"]).exits(0).json();
    let schema = jsonschema::validator_for(&schema).expect("a schema");
    let args = ["drift", "--report", "last.json", "--format", "prometheus"];
    let mut command = fleet.command(&args);
    command.env("CHICAGO_URL", "https://127.0.0.1:9").env("BOSTON_URL", "https://127.0.0.1:7");
    let ran = crate::support::Ran::of(command.output().expect("trueup runs"), &fleet).exits(1);
    assert_eq!(parsed(&ran.stdout)["trueup_system_reachable{system=\"chicago\"}"], 0.0);
    let report = read();
    assert!(schema.is_valid(&report));
    assert_ne!(report["systems"]["chicago"]["read"], "ok");
    fleet.write("trueup.yaml", "version: 1\nsystems: { chicago: { url: 7 } }\n");
    let ran = fleet.trueup(&args).exits(64);
    assert_eq!(parsed(&ran.stdout)["trueup_last_run_complete"], 0.0);
    let report = read();
    assert!(schema.is_valid(&report));
    assert!(report["failure"].as_str().is_some_and(|why| why.contains("manifest")), "{report}");
    assert!(!fleet.path("last.json.part").exists());
}

#[test]
fn a_report_that_cannot_be_saved_is_a_failure_and_hides_nothing_of_what_was_found() {
    let fleet = applied();
    let args = ["drift", "--report", "none/last.json"];
    fleet.trueup(&args).exits(1).says("none/last.json");
    compress(&fleet, "LZ4");
    let found = fleet.trueup(&args).exits(1);
    assert!(found.stdout.contains("compression  is lz4, should be zstd"), "{found:?}");
    found.says("none/last.json");
    without_chicago(&fleet, &args).exits(3).says("none/last.json");
}

#[test]
fn who_looks_at_a_half_does_not_speak_for_the_whole() {
    let fleet = applied();
    let effect = |args: &[&str]| report(&fleet, args, 0)["replications"]["offsite"].clone();
    let whole = effect(&[]);
    assert_eq!((&whole["in_sync"], &whole["breaks"]), (&json!(true), &json!("no")));
    for args in [["--system", "chicago"], ["--only", "chicago/ssh_service"]] {
        let half = effect(&args);
        assert_eq!((&half["in_sync"], &half["breaks"]), (&Value::Null, &json!("unknown")));
    }
    assert_eq!(effect(&["--replication", "offsite"]), whole);
}
