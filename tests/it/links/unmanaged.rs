//! What breaks a link and is not trueup's to change, or not to be seen through an API: apply has
//! nothing to do, the proof fails, and the text names the cause, how to tell, and the remedy.

use serde_json::json;

use super::{applied, changed_example, example, pair, proven, public_key, set_account};
use crate::support::{Fleet, Ran};

/// Applies with nothing to do; gives the text of the proof that fails.
#[track_caller]
fn unproven(fleet: &Fleet) -> String {
    fleet.trueup(&["drift"]).exits(2);
    let sent = fleet.mutations("boston") + fleet.mutations("chicago");
    let ran = fleet.trueup(&["apply", "--yes"]).exits(3);
    assert_eq!(fleet.mutations("boston") + fleet.mutations("chicago"), sent, "sent something");
    in_json(&fleet.trueup(&["apply", "--yes", "--format", "json"]).exits(3));
    proof_of(&ran)
}

/// The JSON report has the same.
fn in_json(ran: &Ran) {
    let report = ran.json();
    let proof = &report["proofs"][0];
    assert_eq!(proof["result"], "failed", "{report:#}");
    let causes = proof["causes"].as_array().expect("causes");
    for part in ["cause", "how_to_tell", "remedy"] {
        assert!(causes.iter().all(|cause| cause[part].is_string()), "{proof:#}");
    }
}

/// What a run of apply says of its links.
fn proof_of(ran: &Ran) -> String {
    let at = ran.stdout.find("Links").unwrap_or_else(|| panic!("no proof in {}", ran.stdout));
    ran.stdout[at..].to_string()
}

/// The line of the replication's key, with options in front of it.
fn restrict(fleet: &Fleet, options: &str) {
    let line = format!("{options} {}", public_key(fleet, "boston-to-chicago"));
    set_account(fleet, json!({ "sshpubkey": line }));
}

#[test]
fn the_key_works_from_another_address_only() {
    let fleet = applied("quickstart");
    restrict(&fleet, "from=\"192.0.2.1\"");
    insta::assert_snapshot!(fleet.trueup(&["plan"]).exits(0).stdout);
    insta::assert_snapshot!(unproven(&fleet));
}

#[test]
fn the_key_has_a_forced_command() {
    let fleet = applied("quickstart");
    restrict(&fleet, "restrict,command=\"/usr/bin/true\"");
    insta::assert_snapshot!(unproven(&fleet));
}

#[test]
fn a_key_line_whose_options_do_no_harm_is_no_hint() {
    let fleet = applied("quickstart");
    restrict(&fleet, "restrict,no-pty");
    let plan = fleet.trueup(&["plan"]).exits(0).stdout;
    assert!(!plan.contains("Hints"), "{plan}");
    proven(&fleet.trueup(&["apply", "--format", "json"]).exits(0));
    restrict(&fleet, "restrict,from=\"127.0.0.0/8\"");
    proven(&fleet.trueup(&["apply", "--format", "json"]).exits(0));
}

#[test]
fn the_services_options_deny_the_account() {
    let fleet = applied("quickstart");
    fleet.call("chicago", "ssh.update", json!([{ "options": "DenyUsers replicator" }]));
    insta::assert_snapshot!(unproven(&fleet));
    let force = "Match User replicator\n  ForceCommand echo welcome";
    fleet.call("chicago", "ssh.update", json!([{ "options": force }]));
    insta::assert_snapshot!(unproven(&fleet));
}

#[test]
fn options_that_sshd_does_not_know_do_no_harm_until_it_starts_again() {
    let fleet = applied("quickstart");
    fleet.call("chicago", "ssh.update", json!([{ "options": "NonsenseKeyword yes" }]));
    let text = fleet.trueup(&["drift"]).exits(2).stdout;
    assert!(text.contains("may break offsite: sshd does not understand"), "{text}");
    proven(&fleet.trueup(&["apply", "--format", "json"]).exits(0));
    fleet.job("chicago", "service.control", json!(["RESTART", "ssh", {}]));
    let text = fleet.trueup(&["drift"]).exits(2).stdout;
    assert!(text.contains("Tonight's replication will fail: offsite"), "{text}");
    let ran = fleet.trueup(&["apply", "--yes"]).exits(3);
    insta::assert_snapshot!(ran.stdout);
}

#[test]
fn a_directory_above_the_home_that_the_account_may_not_enter() {
    let fleet = applied("quickstart");
    super::set_permissions(&fleet, "/mnt/backup/home", json!({ "mode": "700" }));
    insta::assert_snapshot!(unproven(&fleet));
}

#[test]
fn a_service_that_nobody_asked_to_run() {
    let fleet = applied("quickstart");
    changed_example(&fleet, "quickstart", &[("      running: true\n", "")]);
    fleet.job("chicago", "service.control", json!(["STOP", "ssh", {}]));
    insta::assert_snapshot!(unproven(&fleet));
}

/// The manifest's own connection leads elsewhere.
#[test]
fn a_manifest_that_leads_elsewhere() {
    let fleet = pair();
    fleet.job("boston", "service.control", json!(["START", "ssh", {}]));
    let boston = fleet.call("boston", "ssh.config", json!([]))["tcpport"].clone();
    for connection in [
        "{ name: chicago, host: no-such-host.invalid }".to_string(),
        "{ name: chicago, port: 1 }".to_string(),
        format!("{{ name: chicago, port: {boston} }}"),
    ] {
        let change = [("{ name: chicago } ", format!("{connection} "))];
        let change: Vec<(&str, &str)> =
            change.iter().map(|(from, to)| (*from, to.as_str())).collect();
        changed_example(&fleet, "quickstart", &change);
        let ran = fleet.trueup(&["apply", "--yes"]).exits(3);
        let text = proof_of(&ran).replace(&boston.to_string(), "$BOSTON_SSH_PORT");
        insta::assert_snapshot!(without_fingerprint(&text));
    }
    example(&fleet, "quickstart");
    proven(&fleet.trueup(&["apply", "--yes", "--format", "json"]).exits(0));
}

/// The text with the fingerprint of the host key replaced. It is another in every process, and has
/// no leading zeros: its length decides where the lines of its paragraph end, so that is one line.
fn without_fingerprint(text: &str) -> String {
    let is_one = |word: &&str| word.matches(':').count() == 15;
    let Some(word) = text.split_whitespace().find(is_one) else { return text.into() };
    let paragraph = text.split("\n\n").find(|it| it.contains(word)).expect("a paragraph");
    let (heading, said) = paragraph.split_once("    boston says: ").expect("what it says");
    let said: Vec<&str> = said.split_whitespace().collect();
    let line = format!("{heading}    boston says: {}", said.join(" "));
    text.replace(paragraph, &line).replace(word, "$FINGERPRINT.")
}

#[test]
fn an_account_that_only_the_replication_names_and_that_cannot_log_in() {
    let fleet = applied("quickstart");
    let systems = ["boston", "chicago"].map(|system| fleet.connection(system)).concat();
    fleet.write(
        "trueup.yaml",
        &format!(
            "version: 1\nsystems:\n{systems}replications:\n  offsite:\n    source: {{ system: boston, datasets: [tank/data] }}\n    destination: {{ system: chicago, dataset: backup/boston, admin: replicator }}\n    key: {{ name: boston-to-chicago, authorize_on: [destination] }}\n    connection: {{ name: chicago }}\n"
        ),
    );
    set_account(&fleet, json!({ "shell": "/usr/sbin/nologin" }));
    insta::assert_snapshot!(unproven(&fleet));
}

#[test]
fn without_the_role_the_link_is_not_proven() {
    let fleet = super::pair_with(
        "api_keys:\n  narrow: { username: narrow, roles: [READONLY_ADMIN, KEYCHAIN_CREDENTIAL_WRITE] }",
        "",
    );
    example(&fleet, "quickstart");
    let mut command = fleet.command(&["apply", "--yes"]);
    command
        .env("BOSTON_USERNAME", "narrow")
        .env("BOSTON_API_KEY", fleet.api_key("boston", "narrow"));
    let ran = Ran::of(command.output().expect("trueup runs"), &fleet).exits(3);
    insta::assert_snapshot!(proof_of(&ran));
    let ran = fleet.trueup(&["apply", "--no-probe"]).exits(0);
    assert!(!ran.stdout.contains("Links"), "{}", ran.stdout);
}
