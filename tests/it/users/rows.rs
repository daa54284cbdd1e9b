//! Every row of the design's table "The user and its home", from every starting state.

use serde_json::json;

use super::{ADMIN, FOREIGN, KEY, account, as_wanted, converges, manifest, named, stat, system};
use crate::support::Fleet;

/// A system where `repl` exists as these fields say.
fn with_user(fields: &str, extra: &str) -> Fleet {
    system(&format!("users:\n  repl: {{ uid: 3001, {fields} }}\n{extra}"))
}

const HOME: &str = "home: /mnt/tank/home/repl, shell: /usr/bin/bash";

fn directory(path: &str, rest: &str) -> String {
    format!("directories:\n  {path}: {{ {rest} }}\n")
}

#[test]
fn no_such_user_and_no_directory() {
    let fleet = system("");
    manifest(&fleet, ADMIN);
    insta::assert_snapshot!(fleet.trueup(&["plan", "--calls"]).exits(0).stdout);
    converges(&fleet);
    as_wanted(&fleet);
    assert_eq!(stat(&fleet, "/mnt/tank/home/repl"), "repl repl 700");
    let made = account(&fleet, "repl");
    assert_eq!(made["full_name"], "repl");
    assert_eq!(made["smb"], false);
    assert_eq!(made["password_disabled"], true);
    assert_eq!(made["shell"], "/usr/bin/bash");
    assert_eq!(made["group"]["bsdgrp_group"], "repl");
    assert_eq!(fleet.calls("box").mutations(), ["filesystem.mkdir", "user.create"]);
}

#[test]
fn no_such_user_and_a_directory_of_roots() {
    let fleet = system(&directory("/mnt/tank/home/repl", "mode: 755"));
    manifest(&fleet, ADMIN);
    converges(&fleet);
    as_wanted(&fleet);
    assert_eq!(stat(&fleet, "/mnt/tank/home/repl"), "repl repl 700");
    assert_eq!(fleet.calls("box").mutations(), ["user.create"]);
}

#[test]
fn no_such_user_and_a_dataset_of_the_manifest_as_home() {
    let fleet = system("");
    fleet.manifest(&[(
        "box",
        "datasets: { tank/home/repl: {} }\nadmins:\n  repl: { home: { path: /mnt/tank/home/repl }, ssh_access: true }",
    )]);
    fleet.trueup(&["apply", "--yes"]).exits(0);
    assert_eq!(stat(&fleet, "/mnt/tank/home/repl"), "repl repl 700");
    assert_eq!(fleet.calls("box").mutations(), ["pool.dataset.create", "user.create"]);
    fleet.trueup(&["drift"]).exits(0);
}

#[test]
fn home_is_var_empty() {
    let fleet = with_user("home: /var/empty, shell: /usr/sbin/nologin", "");
    manifest(&fleet, ADMIN);
    insta::assert_snapshot!(fleet.trueup(&["plan", "--calls"]).exits(0).stdout);
    converges(&fleet);
    as_wanted(&fleet);
    assert_eq!(stat(&fleet, "/mnt/tank/home/repl"), "repl repl 700");
    let sent = ["filesystem.mkdir", "filesystem.setperm", "user.update"];
    assert_eq!(fleet.calls("box").mutations(), sent);
}

#[test]
fn home_is_nonexistent() {
    let fleet = with_user("home: /nonexistent", "");
    manifest(&fleet, ADMIN);
    converges(&fleet);
    as_wanted(&fleet);
    assert_eq!(stat(&fleet, "/mnt/tank/home/repl"), "repl repl 700");
}

#[test]
fn the_home_directory_is_gone() {
    // Its dataset was destroyed behind the account's back.
    let fleet = system("");
    fleet.call("box", "pool.dataset.create", json!([{ "name": "tank/home/repl" }]));
    let user = json!([{
        "username": "repl", "full_name": "repl", "group_create": true, "smb": false, "password_disabled": true,
        "shell": "/usr/bin/bash", "home": "/mnt/tank/home/repl", "sshpubkey": FOREIGN,
    }]);
    fleet.call("box", "user.create", user);
    fleet.call("box", "pool.dataset.delete", json!(["tank/home/repl", {}]));
    manifest(&fleet, ADMIN);
    converges(&fleet);
    as_wanted(&fleet);
    assert_eq!(stat(&fleet, "/mnt/tank/home/repl"), "repl repl 700");
}

#[test]
fn the_old_home_is_gone_and_the_manifest_wants_another() {
    let fleet = system("");
    fleet.call("box", "pool.dataset.create", json!([{ "name": "tank/home/old" }]));
    let user = json!([{
        "username": "repl", "full_name": "repl", "group_create": true, "smb": false, "password_disabled": true,
        "shell": "/usr/bin/bash", "home": "/mnt/tank/home/old",
    }]);
    fleet.call("box", "user.create", user);
    fleet.call("box", "pool.dataset.delete", json!(["tank/home/old", {}]));
    manifest(&fleet, ADMIN);
    converges(&fleet);
    as_wanted(&fleet);
    assert_eq!(stat(&fleet, "/mnt/tank/home/repl"), "repl repl 700");
}

/// A home with keys that sshd refuses in one way, after apply.
fn mended(path: &str, wrong: &str, calls: &[&str]) {
    let fleet = with_user(
        &format!(
            "{HOME}, sshpubkey: \"{FOREIGN}\\n{KEY}\", sudo_commands_nopasswd: [/usr/sbin/zfs]"
        ),
        "",
    );
    let mut params = json!({ "path": path });
    let wrong: serde_json::Value = serde_json::from_str(wrong).expect("JSON");
    params
        .as_object_mut()
        .expect("an object")
        .extend(wrong.as_object().expect("an object").clone());
    fleet.job("box", "filesystem.setperm", json!([params]));
    let before = fleet.mutations("box");
    manifest(&fleet, ADMIN);
    converges(&fleet);
    assert_eq!(fleet.mutations_since("box", before), calls, "{path} {wrong}");
    as_wanted(&fleet);
    let home = stat(&fleet, "/mnt/tank/home/repl");
    // Whose group it is does not matter once the group may not write.
    assert!(["repl repl 700", "repl truenas_admin 700"].contains(&home.as_str()), "{home}");
    assert_eq!(account(&fleet, "repl")["sshpubkey"], json!(format!("{FOREIGN}\n{KEY}")));
}

#[test]
fn owners_and_modes_that_sshd_refuses() {
    let once = ["filesystem.setperm"];
    mended("/mnt/tank/home/repl", r#"{ "mode": "777" }"#, &once);
    mended("/mnt/tank/home/repl", r#"{ "mode": "775", "gid": 950 }"#, &once);
    mended("/mnt/tank/home/repl", r#"{ "mode": "700", "uid": 0 }"#, &once);
    mended("/mnt/tank/home/repl", r#"{ "mode": "700", "uid": 950 }"#, &once);
    mended("/mnt/tank/home/repl/.ssh", r#"{ "mode": "777" }"#, &once);
    mended("/mnt/tank/home/repl/.ssh", r#"{ "mode": "700", "uid": 0 }"#, &once);
    mended("/mnt/tank/home/repl/.ssh/authorized_keys", r#"{ "mode": "666" }"#, &once);
    mended("/mnt/tank/home/repl/.ssh/authorized_keys", r#"{ "mode": "600", "uid": 950 }"#, &once);
}

#[test]
fn modes_that_sshd_accepts_are_left_alone() {
    for accepted in ["700", "750", "755", "775"] {
        let fleet = with_user(
            &format!("{HOME}, sshpubkey: \"{KEY}\", sudo_commands_nopasswd: [/usr/sbin/zfs]"),
            "",
        );
        let wrong = json!([{ "path": "/mnt/tank/home/repl", "mode": accepted }]);
        fleet.job("box", "filesystem.setperm", wrong);
        manifest(&fleet, ADMIN);
        fleet.trueup(&["drift"]).exits(0);
    }
}

#[test]
fn a_mode_that_is_written_down_is_exact() {
    let fleet = with_user(&format!("{HOME}, sshpubkey: \"{KEY}\""), "");
    fleet.job(
        "box",
        "filesystem.setperm",
        json!([{ "path": "/mnt/tank/home/repl", "mode": "755" }]),
    );
    manifest(&fleet, "home: { path: /mnt/tank/home/repl, mode: \"750\" }");
    converges(&fleet);
    assert_eq!(stat(&fleet, "/mnt/tank/home/repl"), "repl repl 750");
}

#[test]
fn a_locked_account_and_a_shell_that_is_none() {
    let fleet = with_user(
        &format!(
            "home: /mnt/tank/home/repl, shell: /usr/sbin/nologin, locked: true, sshpubkey: \"{KEY}\""
        ),
        "",
    );
    manifest(&fleet, ADMIN);
    insta::assert_snapshot!(fleet.trueup(&["plan", "--calls"]).exits(0).stdout);
    converges(&fleet);
    as_wanted(&fleet);
    assert_eq!(account(&fleet, "repl")["shell"], "/usr/bin/bash");
}

#[test]
fn a_group_is_joined_and_the_others_are_kept() {
    let fleet = with_user(
        &format!("{HOME}, groups: [theirs], sshpubkey: \"{KEY}\""),
        "groups: { theirs: { gid: 4001 }, ours: { gid: 4002 } }",
    );
    named(&fleet, "repl", "groups: { names: [ours] }");
    fleet.trueup(&["apply", "--yes"]).exits(0);
    fleet.trueup(&["drift"]).exits(0);
    let group = |name: &str| {
        fleet.call("box", "group.query", json!([[["group", "=", name]]]))[0]["id"].clone()
    };
    let mut groups = account(&fleet, "repl")["groups"].as_array().expect("groups").clone();
    groups.sort_by_key(|it| it.as_i64());
    let mut both = vec![group("theirs"), group("ours")];
    both.sort_by_key(|it| it.as_i64());
    assert_eq!(groups, both);
    named(&fleet, "repl", "groups: { names: [ours], exclusive: true }");
    fleet.trueup(&["apply", "--yes"]).exits(0);
    assert_eq!(account(&fleet, "repl")["groups"], json!([group("ours")]));
}

#[test]
fn sudo_lists_are_united_and_kept_apart() {
    let fleet = with_user(
        &format!("{HOME}, sudo_commands: [/usr/bin/ls], sudo_commands_nopasswd: [/usr/bin/id]"),
        "",
    );
    named(&fleet, "repl", "sudo: { no_password: zfs, password: [/usr/bin/cat] }");
    fleet.trueup(&["apply", "--yes"]).exits(0);
    let now = account(&fleet, "repl");
    assert_eq!(now["sudo_commands"], json!(["/usr/bin/cat", "/usr/bin/ls"]));
    assert_eq!(now["sudo_commands_nopasswd"], json!(["/usr/bin/id", "/usr/sbin/zfs"]));
    named(&fleet, "repl", "sudo: { no_password: all }");
    fleet.trueup(&["apply", "--yes"]).exits(0);
    assert_eq!(account(&fleet, "repl")["sudo_commands_nopasswd"], json!(["ALL"]));
    named(&fleet, "repl", "sudo: { no_password: zfs }");
    let plan = fleet.trueup(&["plan", "--format", "json"]).exits(0).json();
    assert_eq!(plan["kept"][0]["reason"], "live-all-satisfies");
    let hint = plan["hints"][0].as_str().expect("a hint");
    assert!(hint.contains("sudo.no_password is ALL already"), "{hint}");
    named(&fleet, "repl", "sudo: { no_password: zfs, exclusive: true }");
    fleet.trueup(&["apply", "--yes"]).exits(0);
    assert_eq!(account(&fleet, "repl")["sudo_commands_nopasswd"], json!(["/usr/sbin/zfs"]));
}

#[test]
fn an_immutable_account_gets_a_key_and_sudo_but_no_other_home() {
    for name in ["root", "truenas_admin"] {
        let fleet = system(
            "users: { boss: { uid: 3005, groups: [builtin_administrators] } }\napi_keys: { boss: { username: boss } }",
        );
        named(
            &fleet,
            name,
            &format!("sudo: {{ no_password: zfs }}\nauthorized_keys: {{ keys: [\"{KEY}\"] }}"),
        );
        let mut command = fleet.command(&["apply", "--yes"]);
        command.env("BOX_USERNAME", "boss").env("BOX_API_KEY", fleet.api_key("box", "boss"));
        let ran = crate::support::Ran::of(command.output().expect("trueup runs"), &fleet);
        ran.exits(0);
        assert_eq!(account(&fleet, name)["sshpubkey"], KEY);
    }
}
