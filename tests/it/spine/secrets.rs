//! Known secrets are planted everywhere; nothing that the program writes has one of them.

use serde_json::json;

use super::pair;

#[test]
fn no_secret_in_any_output_at_any_level() {
    let fleet = pair();
    let mut secrets: Vec<String> = fleet
        .env()
        .into_iter()
        .filter(|(name, _)| name.ends_with("API_KEY"))
        .map(|it| it.1)
        .collect();
    for system in ["boston", "chicago"] {
        let config = fleet.call(system, "ssh.config", json!([]));
        let private = config.as_object().expect("settings").iter().filter(|(name, _)| {
            *name == "privatekey" || (name.starts_with("host_") && name.ends_with("_key"))
        });
        secrets.extend(private.filter_map(|(_, value)| value.as_str().map(String::from)));
    }
    secrets.retain(|secret| !secret.is_empty());
    assert!(secrets.len() >= 2, "{}", secrets.len());

    let runs: [&[&str]; 7] = [
        &["--log", "trace", "plan", "--calls", "--out", "plan.json"],
        &["--log", "trace", "plan", "--format", "json"],
        &["--log", "trace", "drift", "--format", "json"],
        &["--log", "trace", "apply", "--yes", "--calls"],
        &["--log", "trace", "apply", "--yes", "--format", "json"],
        &["--log", "trace", "drift"],
        &["--log", "trace", "validate"],
    ];
    for args in runs {
        let ran = fleet.trueup(args);
        for secret in &secrets {
            // The part behind an API key's number is the secret.
            let core = secret.split_once('-').map_or(secret.as_str(), |(_, core)| core);
            for (what, text) in [("stdout", &ran.stdout), ("stderr", &ran.stderr)] {
                assert!(!text.contains(core), "{args:?}: a secret in {what}");
            }
        }
    }
    let saved = std::fs::read_to_string(fleet.path("plan.json")).expect("a saved plan");
    assert!(secrets.iter().all(|secret| !saved.contains(secret.as_str())), "a secret in the plan");
}
