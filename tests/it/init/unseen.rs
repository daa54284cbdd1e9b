//! Keys that may not see everything: what could not be seen is said, and the rest is useful.

use super::{init, pair, set_up_by_truenas};
use crate::support::{Fleet, Ran};

/// The manifest and the plan as these accounts' keys make them.
fn story_as(fleet: &Fleet, boston: Option<&str>, chicago: Option<&str>) -> String {
    let mut args = Vec::new();
    let known = fleet.env();
    let mut env = Vec::new();
    for (system, label, flag) in
        [("boston", boston, "--source-username"), ("chicago", chicago, "--destination-username")]
    {
        if let Some(label) = label {
            args.extend([flag, label]);
            env.push((format!("{}_API_KEY", system.to_uppercase()), fleet.api_key(system, label)));
        }
    }
    let run = |args: &[&str]| {
        let mut command = fleet.command(args);
        command.envs(env.iter().map(|(name, key)| (name, key)));
        Ran::of(command.output().expect("trueup runs"), fleet).exits(0)
    };
    let mut all = vec!["init", &known["BOSTON_URL"], &known["CHICAGO_URL"]];
    all.extend(["--source-key-env=BOSTON_API_KEY", "--destination-key-env=CHICAGO_API_KEY"]);
    all.extend(["--source-sha256", &known["BOSTON_TLS_SHA256"]]);
    all.extend(["--destination-sha256", &known["CHICAGO_TLS_SHA256"]]);
    all.extend(args);
    run(&all);
    let manifest = std::fs::read_to_string(fleet.path("trueup.yaml")).expect("a manifest");
    format!("{}\n--- plan\n{}", fleet.normal(&manifest), run(&["plan"]).stdout)
}

const VIEWER: &str = "api_keys: { viewer: { username: viewer, roles: [READONLY_ADMIN] } }";

#[test]
fn a_keychain_whose_content_is_masked() {
    let fleet = pair(VIEWER, &format!("datasets: {{ backup/boston: {{}} }}\n{VIEWER}"));
    set_up_by_truenas(&fleet, "Chicago", "truenas_admin", true);
    insta::assert_snapshot!(story_as(&fleet, Some("viewer"), Some("viewer")));
}

#[test]
fn with_the_role_that_shows_it_everything_is_found() {
    let reader = "api_keys: { reader: { username: reader, roles: [READONLY_ADMIN, KEYCHAIN_CREDENTIAL_WRITE] } }";
    let fleet = pair(reader, &format!("datasets: {{ backup/boston: {{}} }}\n{VIEWER}"));
    set_up_by_truenas(&fleet, "Chicago", "truenas_admin", true);
    let text = story_as(&fleet, Some("reader"), Some("viewer"));
    assert!(text.contains("--- plan\nPlan: nothing to do · 6 unchanged\n"), "{text}");
    assert!(!text.contains("NOT SEEN"), "{text}");
}

#[test]
fn almost_nothing() {
    let blind = "api_keys: { blind: { username: blind, roles: [SSH_READ] } }";
    let fleet = pair(blind, blind);
    insta::assert_snapshot!(story_as(&fleet, Some("blind"), Some("blind")));
}

#[test]
fn no_secret_is_written_or_said() {
    let fleet = pair("", "");
    set_up_by_truenas(&fleet, "Chicago", "truenas_admin", true);
    let ran = init(&fleet, &["--out", "-", "--log", "trace"]).exits(0);
    let text = ran.stdout + &ran.stderr;
    let env = fleet.env();
    for secret in [&env["BOSTON_API_KEY"], &env["CHICAGO_API_KEY"]] {
        assert!(!text.contains(secret.as_str()), "an API key");
    }
    assert!(!text.contains("PRIVATE KEY") && !text.contains("$6$"), "a private key or a hash");
}
