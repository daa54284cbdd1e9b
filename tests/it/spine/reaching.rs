//! Systems that cannot be reached or do not let trueup in: each a clear error that names the
//! system and says what to do, and the key is never sent where it should not be.

use serde_json::json;

use super::pair;
use crate::support::{Fleet, Ran};

fn box_with(extra: &str) -> Fleet {
    Fleet::start(&format!(
        "systems:\n  box:\n    release: \"25.10.6\"\n    pools: {{ tank: {{}} }}\n{extra}    limits: {{ logins_per_minute: 1000 }}\n"
    ))
}

#[test]
fn a_host_where_nothing_listens() {
    let fleet = pair();
    let unreachable = |args: &[&str]| {
        let mut command = fleet.command(args);
        command.env("CHICAGO_URL", "https://127.0.0.1:9");
        crate::support::Ran::of(command.output().expect("trueup runs"), &fleet)
    };
    let plan = unreachable(&["plan"]).exits(3);
    insta::assert_snapshot!(plan.stdout);
    let json = unreachable(&["plan", "--format", "json"]).exits(3).json();
    assert_eq!(json["complete"], false);
    assert_eq!(json["systems"]["boston"]["read"], "ok");
    unreachable(&["drift"]).exits(3);
    let apply = unreachable(&["apply", "--yes"]).exits(1);
    insta::assert_snapshot!(apply.stderr);
    assert_eq!(fleet.mutations("boston"), 0, "apply sends nothing unless every system was read");
}

#[test]
fn a_proxy_that_refuses_connections_is_named() {
    let fleet = box_with("");
    fleet.manifest(&[("box", "datasets: { tank/x: {} }")]);
    let with = |variables: &[(&str, &str)]| {
        let mut command = fleet.command(&["plan"]);
        command.envs(variables.iter().copied());
        Ran::of(command.output().expect("trueup runs"), &fleet)
    };
    for (variable, proxy) in [
        ("HTTPS_PROXY", "http://127.0.0.1:9"),
        ("all_proxy", "http://somebody:hunter2@127.0.0.1:9"),
    ] {
        let ran = with(&[(variable, proxy)]).exits(1);
        let said = ran.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
        let named = format!("goes through the proxy `http://127.0.0.1:9`, which {variable} names");
        assert!(said.contains("the connection was refused"), "{said}");
        assert!(said.contains(&named), "{said}");
        assert!(said.contains("or set `NO_PROXY=127.0.0.1`"), "{said}");
        assert!(!said.contains("hunter2") && !said.contains("somebody"), "{said}");
    }
    with(&[("HTTPS_PROXY", "http://127.0.0.1:9"), ("NO_PROXY", "127.0.0.1")]).exits(0);
    with(&[("HTTP_PROXY", "http://127.0.0.1:9")]).exits(0);
}

#[test]
fn another_certificate_than_the_pinned_one() {
    let fleet = box_with("");
    fleet.manifest(&[("box", "datasets: { tank/x: {} }")]);
    let mut command = fleet.command(&["plan"]);
    command.env("BOX_TLS_SHA256", "AA:".repeat(31) + "AA");
    let ran = crate::support::Ran::of(command.output().expect("trueup runs"), &fleet).exits(1);
    ran.says("$BOX_TLS_SHA256").says("AA:AA:AA").says("box");
    assert_eq!(fleet.calls("box").logins, 0);
    assert_eq!(fleet.calls("box").requests, 0, "the key was not sent");
}

#[test]
fn a_plain_http_url() {
    let fleet = box_with("");
    fleet.manifest(&[("box", "datasets: { tank/x: {} }")]);
    let mut command = fleet.command(&["plan"]);
    command.env("BOX_URL", "http://127.0.0.1:80");
    let ran = crate::support::Ran::of(command.output().expect("trueup runs"), &fleet).exits(64);
    ran.says("https").says("trueup.yaml:");
}

#[test]
fn what_is_wrong_on_the_command_line_contacts_nobody() {
    let fleet = box_with("");
    fleet.manifest(&[("box", "datasets: { tank/x: {} }")]);
    fleet.trueup(&["plan", "--system", "bxo"]).exits(64).says("did you mean `box`?");
    fleet.trueup(&["plan", "--system", "else"]).exits(64).says("it has: box");
    fleet.trueup(&["plan", "--only", "box/dataset/tank/y"]).exits(64).says("box/dataset/tank/x");
    fleet.trueup(&["plan", "--log", "trueup=loud"]).exits(64).says("is no filter");
    fleet.trueup(&["plan", "--replication", "r"]).exits(64).says("it has no replication at all");
    assert_eq!(fleet.calls("box").requests, 0);
}

#[test]
fn arguments_are_held_to_the_manifest_s_grammar_and_not_repeated() {
    let fleet = box_with("");
    let said = |args: &[&str]| {
        let ran = fleet.trueup(args).exits(64);
        assert!(!ran.stderr.contains("hunter2"), "{}", ran.stderr);
        format!("$ trueup {}\n{}", args.join(" "), ran.stderr)
    };
    let (a, b) = ("https://a.example.net", "https://b.example.net");
    insta::assert_snapshot!(
        [
            said(&["trust", "nas.example.net"]),
            said(&["trust", "http://nas.example.net"]),
            said(&["trust", "https://nas.example.net/ui/"]),
            said(&["init", "https://root:hunter2@nas.example.net", b]),
            said(&["init", a, b, "--source-key-env", "1-hunter2hunter2"]),
            said(&["init", a, b, "--destination-name", "the box"]),
            said(&["init", a, b, "--source-name", "nas", "--destination-name", "nas"]),
        ]
        .join("\n")
    );
}

#[test]
fn a_key_among_the_arguments_is_masked_wherever_it_is_refused() {
    let fleet = box_with("");
    fleet.manifest(&[("box", "")]);
    let key = format!("7-{}", "k".repeat(64));
    for args in [
        &["plan", &key] as &[&str],
        &["plan", "--format", &key],
        &["plan", "--system", &key],
        &["plan", "--only", &key],
        &["apply", "--allow", &key],
        &["plan", "-f", &key],
        &["show", &key],
        &["trust", &key],
        &["schema", &key],
        &["sim", &key],
        &[&key],
    ] {
        let ran = fleet.trueup(args).exits(64).says("error");
        assert!(!ran.stderr.contains(&key), "{args:?}: {}", ran.stderr);
    }
}

#[test]
fn a_manifest_without_its_flag() {
    let fleet = box_with("");
    insta::assert_snapshot!(fleet.trueup(&["plan", "trueup.yaml"]).exits(64).stderr);
}

#[test]
fn variables_that_are_not_set_are_said_together() {
    let fleet = box_with("");
    fleet.manifest(&[("box", "")]);
    let mut command = fleet.command(&["plan"]);
    for name in fleet.env().keys() {
        command.env_remove(name);
    }
    let ran = Ran::of(command.output().expect("trueup runs"), &fleet).exits(64);
    insta::assert_snapshot!(ran.stderr);
}

#[test]
fn an_address_where_nobody_listens_is_said_once() {
    let fleet = box_with("");
    let ran = fleet.trueup(&["trust", "https://127.0.0.1:1"]).exits(1);
    ran.says("error: `https://127.0.0.1:1`: the connection was refused");
}

#[test]
fn a_key_that_is_refused() {
    let fleet = box_with("");
    fleet.manifest(&[("box", "datasets: { tank/x: {} }")]);
    let mut command = fleet.command(&["plan"]);
    command.env("BOX_API_KEY", "1-wrongwrongwrong");
    let ran = crate::support::Ran::of(command.output().expect("trueup runs"), &fleet).exits(1);
    assert!(!ran.stderr.contains("wrongwrong"), "{}", ran.stderr);
    insta::assert_snapshot!(ran.stderr);
}

#[test]
fn a_key_that_is_not_set() {
    let fleet = box_with("");
    fleet.manifest(&[("box", "datasets: { tank/x: {} }")]);
    let mut command = fleet.command(&["plan"]);
    command.env_remove("BOX_API_KEY");
    let ran = crate::support::Ran::of(command.output().expect("trueup runs"), &fleet).exits(64);
    ran.says("BOX_API_KEY");
    assert_eq!(fleet.calls("box").requests, 0);
}

/// Runs with the key of another account.
fn as_account(fleet: &Fleet, roles: &str, args: &[&str]) -> Ran {
    let mut command = fleet.command(args);
    let key = fleet.api_key("box", roles);
    command.env("BOX_API_KEY", key).env("BOX_USERNAME", roles);
    crate::support::Ran::of(command.output().expect("trueup runs"), fleet)
}

#[test]
fn a_login_without_the_roles_that_the_plan_needs() {
    let fleet = box_with(
        "    users: { reader: { uid: 3000 }, writer: { uid: 3001 } }\n    api_keys:\n      reader: { username: reader, roles: [READONLY_ADMIN] }\n      writer: { username: writer, roles: [READONLY_ADMIN, DATASET_WRITE, SSH_WRITE, SERVICE_WRITE] }\n",
    );
    fleet.manifest(&[(
        "box",
        "datasets: { tank/x: {} }\nssh: { running: true, tcp_forwarding: true }",
    )]);
    let plan = as_account(&fleet, "reader", &["plan"]).exits(0);
    insta::assert_snapshot!(plan.stdout);
    let apply = as_account(&fleet, "reader", &["apply", "--yes"]).exits(1);
    insta::assert_snapshot!(apply.stderr);
    assert_eq!(fleet.mutations("box"), 0);
    as_account(&fleet, "writer", &["apply", "--yes"]).exits(0);
    as_account(&fleet, "reader", &["drift"]).exits(0);
}

#[test]
fn what_may_not_be_read_is_unverifiable_and_never_drift() {
    let fleet = box_with(
        "    users: { blind: { uid: 3000 } }\n    api_keys:\n      blind: { username: blind, roles: [DATASET_READ, SERVICE_READ] }\n",
    );
    fleet.call("box", "pool.dataset.create", json!([{ "name": "tank/x" }]));
    fleet.manifest(&[(
        "box",
        "datasets: { tank/x: { atime: off } }\nssh: { running: false, tcp_forwarding: true }",
    )]);
    let plan = as_account(&fleet, "blind", &["plan", "--detailed-exitcode"]).exits(3);
    insta::assert_snapshot!(plan.stdout);
    let drift = as_account(&fleet, "blind", &["drift", "--format", "json"]).exits(3).json();
    assert_eq!(drift["complete"], false);
    assert_eq!(drift["unverifiable"][0]["role"], json!("SSH_READ"));
}
