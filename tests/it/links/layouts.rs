//! Layouts that only live state shows.

use serde_json::Value;

use super::{changed_example, pair_with};

/// What is blocked: field and reason.
fn blocked(plan: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let all = plan["blocked"].as_array().expect("a list").iter();
    all.map(|it| (text(&it["field"]), text(&it["reason"]))).collect()
}

#[test]
fn a_present_home_inside_a_destination_is_blocked() {
    for (home, inside) in [
        ("/mnt/backup/boston/replicator", true),
        ("/mnt/backup/boston/deep/replicator", true),
        ("/mnt/backup/boston-2/replicator", false),
    ] {
        let fleet = pair_with(
            "",
            &format!(
                "users:\n  replicator: {{ uid: 3001, home: {home}, shell: /usr/bin/bash }}\ndirectories:\n  {home}: {{ mode: 700, uid: 3001, gid: 3001 }}"
            ),
        );
        // The manifest has nothing to say of the home.
        changed_example(
            &fleet,
            "quickstart",
            &[("home: { path: /mnt/backup/home/replicator }", "")],
        );
        let plan = fleet.trueup(&["plan", "--format", "json"]).exits(0).json();
        let found = blocked(&plan);
        let keys = ("authorized_keys.keys".to_owned(), "home-in-destination".to_owned());
        assert_eq!(found.contains(&keys), inside, "{home}: {plan:#}");
        if inside {
            let text = fleet.trueup(&["plan"]).exits(0).stdout;
            assert!(text.contains(&format!("its home {home} is inside `backup/boston`")), "{text}");
            fleet.trueup(&["apply", "--yes"]).exits(4);
        }
        // Where nothing has to be changed, the checks say so.
        let told = plan["checks"].to_string().contains("home.path");
        assert!(!told, "blocked already: {plan:#}");
        let drift = fleet.trueup(&["drift", "--format", "json"]).json();
        let told = drift.to_string().contains("\"move the home to another dataset");
        assert_eq!(told, inside, "{drift:#}");
    }
}

/// What the plan of `quickstart` hints at for the destination, without the address.
fn hints(source: &str, pools: &str, target: &str, declared: bool) -> Vec<String> {
    let text = format!(
        "systems:\n  boston:\n    release: \"25.10.6\"\n    pools: {{ tank: {{}} }}\n    datasets: {{ tank/data: {source} }}\n    limits: {{ logins_per_minute: 1000, scram_iterations: 50000 }}\n  chicago:\n    release: \"26.0.0\"\n    pools: {{ backup: {{}} }}\n    limits: {{ logins_per_minute: 1000, scram_iterations: 50000 }}\n{pools}{target}"
    );
    let fleet = crate::support::Fleet::start(&text);
    let without: &[(&str, &str)] = &[
        ("backup/boston: { compression: zstd }", "backup/other: {}"),
        ("dataset: backup/boston,", "dataset: backup/vault/boston,"),
    ];
    let with: &[(&str, &str)] = &[
        ("backup/boston: { compression: zstd }", "backup/vault/boston: {}"),
        ("dataset: backup/boston,", "dataset: backup/vault/boston,"),
    ];
    changed_example(&fleet, "quickstart", if declared { with } else { without });
    let plan = fleet.trueup(&["plan", "--format", "json"]).exits(0).json();
    let hints = plan["hints"].as_array().expect("hints").iter();
    let hints = hints.filter_map(|hint| hint.as_str()?.strip_prefix("chicago/dataset/"));
    hints.map(|hint| hint.split_once("; ").map_or(hint, |(what, _)| what).to_owned()).collect()
}

#[test]
fn what_the_first_run_would_refuse_is_a_hint() {
    let datasets = |vault: &str, target: &str| {
        let target = if target.is_empty() {
            String::new()
        } else {
            format!(", backup/vault/boston: {target}")
        };
        format!("    datasets: {{ backup/vault: {vault}{target} }}\n")
    };
    let file = "    directories:\n      /mnt/backup/vault/boston/report.txt: { content: x }\n";
    let holds = "backup/vault/boston: it holds data (`report.txt`) and has no snapshots, so the first run refuses to overwrite it";
    let child = "backup/vault/boston: it holds data (`child`) and has no snapshots, so the first run refuses to overwrite it";
    let own_root = "backup/vault/boston: it is its own encryption root, and TrueNAS does not replicate into such a dataset";
    let encrypted_source = "backup/vault/boston: `tank/data` is encrypted, and TrueNAS sends it only into a dataset that does not exist yet";
    let encrypted_parent = "backup/vault/boston: `backup/vault` is encrypted and `tank/data` is not, so the task has to encrypt what it sends";
    let to_be_made =
        "backup/vault/boston: offsite goes into it (trueup.yaml:39), and there is no such dataset";
    let plain = "{}";
    let encrypted = "{ encrypted: true }";
    // The source, the datasets of the destination, what is in them, whether the manifest declares
    // the destination, and what is said of it.
    let cases: &[(&str, String, &str, bool, &[&str])] = &[
        (plain, datasets(plain, plain), "", true, &[]),
        (plain, datasets(plain, plain), "", false, &[]),
        (plain, datasets(plain, ""), "", true, &[]),
        (plain, datasets(plain, ""), "", false, &[to_be_made]),
        // Data.
        (plain, datasets(plain, plain), file, true, &[holds]),
        (plain, datasets(plain, plain), file, false, &[holds]),
        (plain, datasets(plain, "{ snapshots: 3 }"), file, false, &[]),
        (plain, datasets(plain, "{}, backup/vault/boston/child: {}"), "", false, &[child]),
        (plain, datasets(plain, "{ snapshots: 1 }, backup/vault/boston/child: {}"), "", true, &[]),
        // Encryption.
        (plain, datasets(plain, encrypted), "", true, &[own_root]),
        (plain, datasets(plain, "{ encrypted: true, snapshots: 2 }"), "", true, &[]),
        (plain, datasets(encrypted, plain), "", true, &[]),
        (plain, datasets(encrypted, ""), "", true, &[]),
        (plain, datasets(encrypted, ""), "", false, &[encrypted_parent, to_be_made]),
        (encrypted, datasets(plain, ""), "", false, &[to_be_made]),
        (encrypted, datasets(encrypted, ""), "", false, &[to_be_made]),
        (encrypted, datasets(plain, plain), "", true, &[encrypted_source]),
        (encrypted, datasets(plain, ""), "", true, &[encrypted_source]),
        (encrypted, datasets(plain, "{ snapshots: 9 }"), "", true, &[]),
        (encrypted, datasets(plain, plain), file, true, &[holds, encrypted_source]),
    ];
    for (source, datasets, directories, declared, expected) in cases {
        let told = hints(source, datasets, directories, *declared);
        assert_eq!(told, *expected, "{source} {datasets} {directories} {declared}");
    }
}
