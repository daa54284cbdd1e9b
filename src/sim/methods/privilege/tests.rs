use serde_json::{Value, json};

use super::super::super::system::System;
use super::super::ask::{ask, system};

fn nas(release: &str) -> System {
    system(
        release,
        "pools: {}, groups: {ops: {gid: 3005}, mapped: {gid: 3006}}, \
         privileges: {watch: {local_groups: [ops], roles: [READONLY_ADMIN]}}",
    )
}

fn create(system: &mut System, data: Value) -> Result<Value, String> {
    ask(system, "privilege.create", json!([data]))
}

#[test]
fn a_new_privilege_is_checked() {
    let mut system = nas("25.10.6");
    let mapped = ask(&mut system, "group.query", json!([[["name", "=", "mapped"]], {"get": true}]));
    let mapped = mapped.expect("a group")["id"].clone();
    let data = json!([mapped, {"userns_idmap": 7000}]);
    ask(&mut system, "group.update", data).expect("mapped");
    for (data, refusal) in [
        (
            json!({"name": "watch", "web_shell": false}),
            "privilege_create.name: Object with this name already exists",
        ),
        (
            json!({"name": "x", "web_shell": false, "roles": ["SSH_READ", "NONSENSE"]}),
            "privilege_create.roles.1: Invalid role",
        ),
        (
            json!({"name": "x", "web_shell": false, "local_groups": [544, 77]}),
            "privilege_create.local_groups.1: 77: local group does not exist. This error may be \
             addressed by either re-creating the missing group with the specified group id or \
             removing this entry from the privilege.",
        ),
        (
            json!({"name": "x", "web_shell": false, "local_groups": [3006]}),
            "privilege_update.local_groups.0: Privileges may not be granted to groups that have a \
             user namespace idmap configured.",
        ),
        (
            json!({"name": "x", "web_shell": false, "ds_groups": ["s-1-5-21-1-2-3-4"]}),
            "privilege_create.ds_groups.0: S-1-5-21-1-2-3-4: directory service group does not \
             exist. If the directory service state is healthy, then this error may be addressed by \
             removing this entry from the privilege.",
        ),
        (json!({"name": "x"}), "privilege_create.web_shell: Field required"),
    ] {
        assert_eq!(create(&mut system, data), Err(refusal.to_owned()));
    }
}

#[test]
fn a_privilege_is_made_changed_and_removed() {
    let mut system = nas("26.0.0");
    let data = json!({
        "name": "x", "web_shell": true, "local_groups": [3005, 0], "roles": ["SSH_READ"],
    });
    let made = create(&mut system, data).expect("a privilege");
    assert_eq!(made["local_groups"][0]["name"], "ops");
    assert_eq!(made["local_groups"][1]["name"], "root");
    let id = made["id"].clone();
    let changed = json!([id, {"roles": ["SSH_WRITE"]}]);
    let changed = ask(&mut system, "privilege.update", changed).expect("changed");
    assert_eq!(
        json!([changed["name"], changed["roles"], changed["web_shell"]]),
        json!(["x", ["SSH_WRITE"], true])
    );
    assert_eq!(ask(&mut system, "privilege.get_instance", json!([id])), Ok(changed));
    assert_eq!(ask(&mut system, "privilege.delete", json!([id])), Ok(json!(true)));
    for method in ["privilege.get_instance", "privilege.delete"] {
        let missing = format!("None: Privilege {id} does not exist");
        assert_eq!(ask(&mut system, method, json!([id])), Err(missing));
    }
}

#[test]
fn privileges_of_the_system_hardly_change() {
    let mut system = nas("25.10.6");
    let mut update = |id: i64, data: Value| {
        ask(&mut system, "privilege.update", json!([id, data])).expect_err("a refusal")
    };
    let fixed = "This field is read-only for built-in privileges";
    assert_eq!(
        update(1, json!({"name": "x", "roles": [], "local_groups": [3005]})),
        format!(
            "privilege_update.name: {fixed}\n\
             privilege_update.roles: {fixed}\n\
             privilege_update.local_groups: The group builtin_administrators must be among \
             grantees of the \"Local Administrator\" privilege.\n\
             privilege_update.local_groups: None of the members of these groups has password login \
             enabled. At least one grantee of the \"Local Administrator\" privilege must have \
             password login enabled."
        )
    );
    assert_eq!(
        update(2, json!({"web_shell": true})),
        "privilege_update.web_shell: Web shell access may not be enabled for the built-in group for \
         read-only administrators."
    );
    assert_eq!(
        ask(&mut system, "privilege.delete", json!([1])),
        Err("[EPERM] Unable to delete built-in privilege".to_owned())
    );
}
