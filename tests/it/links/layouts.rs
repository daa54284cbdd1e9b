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
    }
}
