//! Homes that an account has already and that cannot be changed, and groups that are left over of
//! an earlier account: decided by the plan, on every release.

use serde_json::{Value, json};
use trueup_sim::system::files::Node;

use super::{KEY, named};
use crate::support::Fleet;

const RELEASES: [&str; 3] = ["25.04.2.6", "25.10.6", "26.0.0"];

/// A system with the account `repl`, whose home is in `tank/homes`: there with this mode, or
/// missing.
fn system(release: &str, dataset: &str, mode: Option<u16>) -> Fleet {
    let (home, directories) = match mode {
        Some(mode) => {
            let home = "/mnt/tank/homes/repl";
            (
                home,
                format!(
                    "    directories:\n      {home}: {{ mode: {mode}, uid: 3001, gid: 3001 }}\n"
                ),
            )
        }
        // The simulator makes no home where nothing is above it.
        None => ("/mnt/tank/homes/missing/repl", String::new()),
    };
    Fleet::start(&format!(
        "systems:\n  box:\n    release: \"{release}\"\n    pools: {{ tank: {{}} }}\n    datasets: {{ tank/homes: {dataset} }}\n    limits: {{ logins_per_minute: 1000, scram_iterations: 50000 }}\n    users:\n      repl: {{ uid: 3001, home: {home}, shell: /usr/bin/bash }}\n{directories}"
    ))
}

/// What the plan changes and what it blocks: `shell`, `x home.mode home-locked`.
fn planned(fleet: &Fleet) -> Vec<String> {
    let plan = fleet.trueup(&["plan", "--format", "json"]).exits(0).json();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let steps = plan["steps"].as_array().expect("steps").iter();
    let changes = steps.flat_map(|step| step["changes"].as_array().expect("changes"));
    let mut all: Vec<String> = changes.map(|change| text(&change["field"])).collect();
    let blocked = plan["blocked"].as_array().expect("a list").iter();
    all.extend(blocked.map(|it| format!("x {} {}", text(&it["field"]), text(&it["reason"]))));
    all
}

#[test]
fn a_present_home_that_cannot_be_written_is_blocked() {
    let key = format!("authorized_keys: {{ keys: [\"{KEY}\"] }}");
    let key_and_shell = format!("{key}\nshell: /usr/bin/zsh");
    type Case<'a> = (&'a str, &'a str, Option<u16>, &'a str, &'a [&'a str]);
    let cases: &[Case<'_>] = &[
        // Locked, with something at its place: only what is in the home has to wait.
        (
            "locked",
            "{ encrypted: true, locked: true }",
            Some(700),
            &key_and_shell,
            &["shell", "x authorized_keys.keys home-locked"],
        ),
        // Locked and empty, as a real one: TrueNAS would make the home with any change.
        (
            "locked and empty",
            "{ encrypted: true, locked: true }",
            None,
            &key_and_shell,
            &[
                "x authorized_keys.keys home-locked",
                "x home.directory home-locked",
                "x home.mode home-locked",
                "x shell home-locked",
            ],
        ),
        (
            "read-only, and the home is missing",
            "{ readonly: 'ON' }",
            None,
            "shell: /usr/bin/zsh",
            &["x shell home-readonly"],
        ),
        (
            "read-only",
            "{ readonly: 'ON' }",
            Some(700),
            &key_and_shell,
            &["shell", "x authorized_keys.keys home-readonly"],
        ),
        (
            "read-only, the home's mode is wrong",
            "{ readonly: 'ON' }",
            Some(777),
            "ssh_access: true",
            &["x home.mode home-readonly", "x ssh_access home-readonly"],
        ),
        (
            "read-only, and the manifest names the home",
            "{ readonly: 'ON' }",
            Some(777),
            "home: { path: /mnt/tank/homes/repl, mode: \"700\" }\nssh_access: true",
            &["x home.mode home-readonly", "x ssh_access home-readonly"],
        ),
        (
            "read-only, nothing in it changes",
            "{ readonly: 'ON' }",
            Some(700),
            "shell: /usr/bin/zsh",
            &["shell"],
        ),
        ("writable", "{}", Some(700), &key, &["authorized_keys.keys"]),
    ];
    for release in RELEASES {
        for (what, dataset, mode, admin, expected) in cases {
            let fleet = system(release, dataset, *mode);
            named(&fleet, "repl", admin);
            assert_eq!(planned(&fleet), *expected, "{release}: {what}");
            // What is planned can be done, and then only what was blocked is left.
            let blocked: Vec<&str> =
                expected.iter().copied().filter(|it| it.starts_with("x ")).collect();
            let code = if blocked.is_empty() { 0 } else { 3 };
            let ran = fleet.trueup(&["apply", "--yes", "--allow", "blocked"]).exits(code);
            assert!(!ran.stdout.contains("failed"), "{release}: {what}: {}", ran.stdout);
            assert_eq!(planned(&fleet), blocked, "{release}: {what}, afterwards");
        }
    }
}

#[test]
fn a_dataset_that_the_manifest_makes_writable_comes_before_the_keys_in_it() {
    for release in RELEASES {
        let fleet = system(release, "{ readonly: 'ON' }", Some(700));
        let manifest = format!(
            "datasets:\n  tank/homes: {{ readonly: off }}\nadmins:\n  repl:\n    authorized_keys: {{ keys: [\"{KEY}\"] }}\n"
        );
        fleet.manifest(&[("box", &manifest)]);
        let plan = fleet.trueup(&["plan", "--format", "json"]).exits(0).json();
        let needs = &plan["steps"][1]["needs"];
        assert_eq!(needs[0], "box/dataset/tank/homes", "{plan:#}");
        fleet.trueup(&["apply", "--yes"]).exits(0);
        fleet.trueup(&["plan", "--detailed-exitcode"]).exits(0);
    }
}

#[test]
fn a_home_in_a_locked_dataset_is_not_taken_for_gone() {
    let fleet = system("25.10.6", "{ encrypted: true, locked: true }", None);
    named(&fleet, "repl", "home: { path: /mnt/tank/other }");
    assert_eq!(planned(&fleet), ["x home.path home-locked"]);
}

#[test]
fn a_group_left_over_becomes_the_accounts_own() {
    let cases = [
        // It asks for a password: the account's own rule would not count.
        ("sudo_commands: [ALL]", "x  sudo-overridden-by-group", None),
        ("sudo_commands: [/usr/sbin/zfs]", "x  sudo-overridden-by-group", None),
        (
            "sudo_commands_nopasswd: [ALL]",
            "",
            Some("whoever logs in as repl is in repl on box, and has their sudo, too"),
        ),
        ("smb: false", "", None),
    ];
    for release in RELEASES {
        for (rule, blocked, risk) in cases {
            let fleet = Fleet::start(&format!(
                "systems:\n  box:\n    release: \"{release}\"\n    pools: {{ tank: {{}} }}\n    datasets: {{ tank/homes: {{}} }}\n    limits: {{ logins_per_minute: 1000, scram_iterations: 50000 }}\n    groups: {{ repl: {{ gid: 4001, {rule} }} }}\n"
            ));
            named(
                &fleet,
                "repl",
                "home: { path: /mnt/tank/homes/repl }\nssh_access: true\nsudo: { no_password: zfs }",
            );
            if !blocked.is_empty() {
                assert_eq!(planned(&fleet), [blocked], "{release}: {rule}");
                fleet.trueup(&["apply", "--yes"]).exits(4);
                continue;
            }
            let plan = fleet.trueup(&["plan", "--format", "json"]).exits(0).json();
            let told = plan["steps"][0]["consequences"]["widens-sudo"].as_str().unwrap_or_default();
            assert_eq!(told.contains("is in repl"), risk.is_some(), "{release}: {rule}: {told}");
            assert!(told.contains(risk.unwrap_or_default()), "{release}: {rule}: {told}");
            fleet.trueup(&["apply", "--yes"]).exits(0);
            fleet.trueup(&["plan", "--detailed-exitcode"]).exits(0);
        }
    }
}

/// 26.0.0 refuses keys in a home that the account cannot reach, and the rest of the call with them.
/// No release before does, previews included.
#[test]
fn a_way_to_the_home_that_is_closed_blocks_keys_where_truenas_would() {
    const KEYS: &str = "authorized_keys.keys";
    for (release, blocked) in [("25.10.6", false), ("26.0.0-RC.1", false), ("26.0.0", true)] {
        for mode in ["700", "755"] {
            let fleet = system(release, "{}", Some(700));
            let closed = json!([{ "path": "/mnt/tank/homes", "mode": mode }]);
            fleet.job("box", "filesystem.setperm", closed);
            named(&fleet, "repl", &format!("authorized_keys: {{ keys: [\"{KEY}\"] }}"));
            let is_blocked = blocked && mode == "700";
            let expected =
                if is_blocked { format!("x {KEYS} home-not-reachable") } else { KEYS.into() };
            assert_eq!(planned(&fleet), [expected], "{release} {mode}");
            fleet.trueup(&["apply", "--yes"]).exits(if is_blocked { 4 } else { 0 });
        }
    }
}

/// TrueNAS changes no owner or mode through a link.
#[test]
fn a_link_in_the_place_of_ssh_is_blocked() {
    for release in RELEASES {
        let fleet = system(release, "{}", Some(700));
        fleet.with_system("box", |system| {
            system.files.put("/root/.ssh", Node::directory(0o700));
            system.files.put("/mnt/tank/homes/repl/.ssh", Node::link("/root/.ssh"));
        });
        named(&fleet, "repl", "ssh_access: true");
        assert_eq!(planned(&fleet), ["x home.ssh_directory link-in-home"], "{release}");
        fleet.trueup(&["apply", "--yes"]).exits(4);
    }
}

/// TrueNAS takes a shell only by its name in `/usr/bin`, to which `/bin` is a link.
#[test]
fn a_shell_is_sent_by_the_name_that_truenas_knows() {
    for release in RELEASES {
        for shell in ["/bin/zsh", "/bin/sh"] {
            let fleet = system(release, "{}", Some(700));
            named(&fleet, "repl", &format!("shell: {shell}"));
            fleet.trueup(&["apply", "--yes"]).exits(0);
            assert_eq!(
                super::account(&fleet, "repl")["shell"],
                format!("/usr{shell}"),
                "{release}"
            );
            fleet.trueup(&["plan", "--detailed-exitcode"]).exits(0);
        }
        let fleet = system(release, "{}", Some(700));
        named(&fleet, "repl", "shell: /bin/bash");
        fleet.trueup(&["plan", "--detailed-exitcode"]).exits(0);
    }
}
