//! What trueup will not do to an account: each reason with its text, remedy and exit codes.

use super::{ADMIN, FOREIGN, KEY, account, manifest, named, stat, system};
use crate::support::Fleet;

/// The plan's text, after checking the reason and the exit codes.
#[track_caller]
fn is_blocked(fleet: &Fleet, reason: &str) -> String {
    let plan = fleet.trueup(&["plan", "--detailed-exitcode"]).exits(2);
    let json = fleet.trueup(&["plan", "--format", "json"]).exits(0).json();
    let blocked = json["blocked"].as_array().expect("a list");
    assert!(blocked.iter().any(|it| it["reason"] == reason), "{json:#}");
    let before = fleet.mutations("box");
    fleet.trueup(&["apply", "--yes"]).exits(4).says("--allow blocked");
    assert_eq!(fleet.mutations("box"), before, "nothing was sent");
    fleet.trueup(&["apply", "--yes", "--allow", "blocked"]).exits(3);
    plan.stdout
}

const USER: &str =
    "users:\n  repl: { uid: 3001, home: /mnt/tank/home/repl, shell: /usr/bin/bash }\n";

#[test]
fn another_home_that_exists() {
    let fleet =
        system("users:\n  repl: { uid: 3001, home: /mnt/tank/home/old, shell: /usr/bin/bash }\n");
    manifest(&fleet, ADMIN);
    insta::assert_snapshot!(is_blocked(&fleet, "home-exists"));
    assert_eq!(account(&fleet, "repl")["home"], "/mnt/tank/home/old");
}

#[test]
fn a_new_home_with_somebodys_keys() {
    let keys = format!(
        "directories:\n  /mnt/tank/home/repl: {{ mode: 700 }}\n  /mnt/tank/home/repl/.ssh: {{ mode: 700 }}\n  /mnt/tank/home/repl/.ssh/authorized_keys: {{ mode: 600, content: \"{FOREIGN}\\n\" }}\n"
    );
    let fleet = system(&keys);
    manifest(&fleet, ADMIN);
    insta::assert_snapshot!(is_blocked(&fleet, "home-has-keys"));
    assert_eq!(stat(&fleet, "/mnt/tank/home/repl/.ssh/authorized_keys"), "root root 600");
}

#[test]
fn somebody_elses_home() {
    let fleet = system("users:\n  other: { uid: 3001, home: /mnt/tank/home/repl }\n");
    manifest(&fleet, ADMIN);
    insta::assert_snapshot!(is_blocked(&fleet, "home-taken"));
}

#[test]
fn an_immutable_accounts_home() {
    let fleet = system("");
    named(&fleet, "root", "home: { path: /mnt/tank/home/root }");
    insta::assert_snapshot!(is_blocked(&fleet, "immutable"));
}

#[test]
fn a_locked_dataset() {
    let fleet = system("");
    named(&fleet, "repl", "home: { path: /mnt/vault/secret/repl }");
    let fleet2 = Fleet::start(
        "systems:\n  box:\n    release: \"25.10.6\"\n    pools: { vault: {} }\n    datasets: { vault/secret: { encrypted: true, locked: true } }\n    limits: { logins_per_minute: 1000 }\n",
    );
    named(&fleet2, "repl", "home: { path: /mnt/vault/secret/repl }");
    insta::assert_snapshot!(is_blocked(&fleet2, "home-locked"));
}

#[test]
fn a_read_only_dataset() {
    let fleet = Fleet::start(
        "systems:\n  box:\n    release: \"25.10.6\"\n    pools: { vault: {} }\n    datasets: { vault/replica: { readonly: \"ON\" } }\n    limits: { logins_per_minute: 1000 }\n",
    );
    named(&fleet, "repl", "home: { path: /mnt/vault/replica/repl }");
    insta::assert_snapshot!(is_blocked(&fleet, "home-readonly"));
}

#[test]
fn a_directory_above_that_is_missing() {
    let fleet = system("");
    named(&fleet, "repl", "home: { path: /mnt/tank/home/no/repl }");
    insta::assert_snapshot!(is_blocked(&fleet, "no-home-parent"));
}

#[test]
fn no_home_at_all() {
    let fleet = system("users:\n  repl: { uid: 3001, home: /var/empty }\n");
    manifest(&fleet, "ssh_access: true");
    insta::assert_snapshot!(is_blocked(&fleet, "no-home"));
}

#[test]
fn a_shell_a_group_and_a_command_that_are_not_there() {
    let fleet = system(USER);
    named(&fleet, "repl", "shell: /usr/bin/nonsense");
    insta::assert_snapshot!(is_blocked(&fleet, "no-such-shell"));
    named(&fleet, "repl", "groups: { names: [nonsense] }");
    insta::assert_snapshot!(is_blocked(&fleet, "no-such-group"));
    named(&fleet, "repl", "sudo: { no_password: [/usr/bin/nonsense] }");
    insta::assert_snapshot!(is_blocked(&fleet, "no-such-command"));
}

#[test]
fn joining_a_group_with_sudo_or_of_administrators_is_a_risk() {
    let fleet = system(&format!(
        "groups: {{ rooters: {{ gid: 4001, sudo_commands_nopasswd: [ALL] }}, plain: {{ gid: 4002 }} }}\n{USER}"
    ));
    for (names, told) in [
        ("plain", None),
        ("rooters", Some("whoever logs in as repl is in rooters on box, and has their sudo, too")),
        (
            "builtin_administrators",
            Some(
                "whoever logs in as repl is in builtin_administrators on box, and administers TrueNAS",
            ),
        ),
    ] {
        named(&fleet, "repl", &format!("groups: {{ names: [{names}] }}"));
        let plan = fleet.trueup(&["plan", "--format", "json"]).exits(0).json();
        let told = told.map_or(serde_json::Value::Null, Into::into);
        assert_eq!(plan["steps"][0]["consequences"]["widens-sudo"], told, "{names}");
    }
}

#[test]
fn other_options_of_a_key_are_a_risk() {
    let fleet = system(&format!(
        "{}\n",
        USER.trim_end().replace(" }", &format!(", sshpubkey: '{KEY}' }}"))
    ));
    named(&fleet, "repl", &format!("authorized_keys: {{ keys: ['restrict {KEY}'] }}"));
    let plan = fleet.trueup(&["plan", "--format", "json"]).exits(0).json();
    let told = "one key logs in to box as repl with other options";
    assert_eq!(plan["steps"][0]["consequences"]["adds-key"], told, "{plan:#}");
}

#[test]
fn a_password_login_without_a_password() {
    let fleet = system(USER);
    named(&fleet, "repl", "password_login: true");
    insta::assert_snapshot!(is_blocked(&fleet, "no-password"));
}

#[test]
fn a_groups_rule_that_asks_for_a_password() {
    let fleet = system(
        "groups: { wheelers: { gid: 4001, sudo_commands: [ALL] } }\nusers:\n  repl: { uid: 3001, home: /mnt/tank/home/repl, shell: /usr/bin/bash, groups: [wheelers] }\n",
    );
    named(&fleet, "repl", "sudo: { no_password: zfs }");
    insta::assert_snapshot!(is_blocked(&fleet, "sudo-overridden-by-group"));
    // A rule of a group that the account leaves has no say.
    let leaves = "groups: { names: [], exclusive: true }\nsudo: { no_password: zfs }";
    named(&fleet, "repl", leaves);
    fleet.trueup(&["apply", "--yes"]).exits(0);
    fleet.trueup(&["drift"]).exits(0);
}

#[test]
fn a_key_file_that_truenas_does_not_show() {
    let fleet = system(
        "users:\n  repl: { uid: 3001, home: /mnt/tank/home/repl, shell: /usr/bin/bash }\ndirectories:\n  /mnt/tank/home/repl: { mode: 700, uid: 3001 }\n  /mnt/tank/home/repl/.ssh: { mode: 700, uid: 3001 }\n  /mnt/tank/home/repl/.ssh/authorized_keys: { mode: 600, uid: 3001, content_base64: /v8gbm90IFVURi04Cg== }\n",
    );
    named(&fleet, "repl", &format!("full_name: R\nauthorized_keys: {{ keys: [\"{KEY}\"] }}"));
    insta::assert_snapshot!(is_blocked(&fleet, "authorized-keys-unreadable"));
    assert_eq!(
        account(&fleet, "repl")["full_name"],
        "repl",
        "not even that: it would delete the file"
    );
}

#[test]
fn an_account_that_only_a_replication_names() {
    let fleet = system("");
    let text = format!(
        "version: 1\nsystems:\n{}replications:\n  r:\n    source: {{ system: box, datasets: [tank/home] }}\n    destination: {{ system: there, dataset: tank/copy, admin: nobodyhere }}\n",
        fleet.connection("box") + &fleet.connection("box").replace("  box:", "  there:")
    );
    fleet.write("trueup.yaml", &text);
    // Two names for one system are refused, since they would fight each other.
    fleet.trueup(&["plan"]).exits(64);
}
