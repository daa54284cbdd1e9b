use serde_json::{Value, json};

use super::super::super::system::System;
use super::super::ask::{ask, system};

const RELEASES: [&str; 3] = ["25.04.2.6", "25.10.6", "26.0.0"];

fn nas(release: &str) -> System {
    system(
        release,
        "pools: {}, users: {repl: {uid: 3001}, other: {uid: 3002}}, \
         groups: {ops: {gid: 3005, smb: true}}, \
         privileges: {watch: {local_groups: [ops], roles: [READONLY_ADMIN]}}",
    )
}

fn id_of(system: &mut System, method: &str, field: &str, name: &str) -> i64 {
    let found = ask(system, method, json!([[[field, "=", name]], {"get": true}])).expect(name);
    found["id"].as_i64().expect("a number")
}

fn group_id(system: &mut System, name: &str) -> i64 {
    id_of(system, "group.query", "group", name)
}

fn user_id(system: &mut System, name: &str) -> i64 {
    id_of(system, "user.query", "username", name)
}

/// What `group.create` refuses.
fn creation(system: &mut System, data: Value) -> String {
    ask(system, "group.create", json!([data])).expect_err("a refusal")
}

/// What `group.update` says: a refusal, or the number.
fn change(system: &mut System, id: i64, data: Value) -> String {
    let answer = ask(system, "group.update", json!([id, data]));
    answer.map_or_else(|refusal| refusal, |id| id.to_string())
}

#[test]
fn a_new_group_is_checked() {
    for release in RELEASES {
        let mut system = nas(release);
        for (data, refusal) in [
            (
                json!({"name": "ops", "smb": false}),
                "group_create.name: A Group with the name \"ops\" already exists.",
            ),
            (
                json!({"name": "OPS"}),
                "group_create.name: Group name \"OPS\" conflicts with existing groupmap entry. SMB \
                 group mapping is not permitted for this group. Note that SMB group names are \
                 case-insensitive.",
            ),
            (
                json!({"name": "guests"}),
                "group_create.name: Group name \"guests\" conflicts with existing SMB Builtin \
                 entry. SMB group mapping is not permitted for this group.",
            ),
            (
                json!({"name": "x", "gid": 0, "smb": false}),
                "group_create.gid: Gid 0 is already used (group root has it)",
            ),
            (
                json!({"name": "x", "gid": 3005, "smb": false}),
                "group_create.gid: Gid 3005 is already used (group ops has it)\n\
                 group_create.gid: A privilege 'watch' already uses this group ID.",
            ),
            (
                json!({"name": "x", "smb": false, "users": [98, 97]}),
                "group_create.users: Following users do not exist: 97, 98",
            ),
            (
                json!({"name": "x", "smb": false, "users": [100_000_000], "sudo_commands": ["x"]}),
                "group_create.users.0: Directory services users may not be added as members of \
                 local groups.",
            ),
            (
                json!({"name": "x", "smb": false, "sudo_commands_nopasswd": ["zfs"]}),
                "group_create.sudo_commands_nopasswd.0: Executable must be an absolute path",
            ),
            (
                json!({"name": "-x", "smb": false}),
                "group_create.name: Value error, Cannot start with \"'-'\"",
            ),
        ] {
            assert_eq!(creation(&mut system, data), refusal, "{release}");
        }
        assert_eq!(
            ask(&mut system, "group.create", json!([{"name": "9", "smb": false}])),
            ask(&mut system, "group.query", json!([[["name", "=", "9"]], {"select": ["id"]}]))
                .map(|found| found[0]["id"].clone())
        );
    }
}

#[test]
fn root_stays_where_it_is_since_25_10() {
    let mut old = nas("25.04.2.6");
    let mut new = nas("25.10.6");
    let root = user_id(&mut new, "root");
    let data = json!({"name": "x", "smb": false, "users": [root]});
    assert_eq!(
        creation(&mut new, data.clone()),
        "group_create.users: Cannot add the root user to this group"
    );
    assert!(ask(&mut old, "group.create", json!([data])).is_ok());
    let administrators = group_id(&mut new, "builtin_administrators");
    assert_eq!(
        change(&mut new, administrators, json!({"users": []})),
        "group_update.users: The root user must remain a member of the builtin_administrators group."
    );
}

#[test]
fn members_are_replaced_but_those_whose_primary_group_it_is() {
    let mut system = nas("25.10.6");
    let (repl, other) = (user_id(&mut system, "repl"), user_id(&mut system, "other"));
    let own = group_id(&mut system, "repl");
    assert_eq!(
        change(&mut system, own, json!({"users": [other]})),
        "group_update.users: This group is primary for the following users: repl. You can't remove \
         them."
    );
    assert_eq!(change(&mut system, own, json!({"users": [repl, other]})), own.to_string());
    let members = |system: &mut System| {
        let group = ask(system, "group.get_instance", json!([own])).expect("a group");
        let user = ask(system, "user.get_instance", json!([other])).expect("a user");
        json!([group["users"], user["groups"]])
    };
    assert_eq!(members(&mut system), json!([[other, repl], [own]]));
    assert_eq!(change(&mut system, own, json!({"users": [repl]})), own.to_string());
    assert_eq!(members(&mut system), json!([[repl], []]));
}

#[test]
fn groups_of_the_system_hardly_change() {
    let fixed = "This configuration parameter may not be changed for builtin groups.";
    let mut new = nas("25.10.6");
    let mut old = nas("25.04.2.6");
    let repl = user_id(&mut new, "repl");
    let (daemon, ftp) = (group_id(&mut new, "daemon"), group_id(&mut new, "ftp"));
    assert_eq!(
        change(&mut new, daemon, json!({"users": []})),
        "group_update.users: This group is primary for the following users: daemon. You can't \
         remove them.\n\
         group_update.id: Immutable groups cannot be changed"
    );
    let data = json!({"name": "x", "smb": false, "sudo_commands": ["ALL"]});
    assert_eq!(
        change(&mut new, ftp, data.clone()),
        format!("group_update.sudo_commands: {fixed}\ngroup_update.name: {fixed}")
    );
    assert_eq!(
        change(&mut old, daemon, data),
        format!("group_update.sudo_commands: {fixed}\ngroup_update.name: {fixed}")
    );
    let members = ask(&mut old, "group.get_instance", json!([daemon])).expect("a group");
    let mut members: Vec<Value> = members["users"].as_array().cloned().expect("users");
    members.push(repl.into());
    assert_eq!(
        change(&mut old, daemon, json!({"users": members})),
        "group_update.users: Group membership for this builtin group may not be changed."
    );
}

#[test]
fn a_group_that_goes_leaves_its_members() {
    let mut system = nas("25.10.6");
    let delete = |system: &mut System, id: i64, options: Value| {
        ask(system, "group.delete", json!([id, options]))
    };
    let daemon = group_id(&mut system, "daemon");
    assert_eq!(
        delete(&mut system, daemon, json!({})),
        Err("[EACCES] A built-in group cannot be deleted.".to_owned())
    );
    let ops = group_id(&mut system, "ops");
    assert_eq!(
        delete(&mut system, ops, json!({})),
        Err("[EACCES] This group is used by privilege 'watch'. Please remove it from that \
             privilege first, then delete the group."
            .to_owned())
    );
    let (own, others) = (group_id(&mut system, "repl"), group_id(&mut system, "other"));
    assert_eq!(delete(&mut system, own, json!({})), Ok(json!(own)));
    let repl = json!([[["username", "=", "repl"]], {"get": true}]);
    let repl = ask(&mut system, "user.query", repl).expect("a user");
    assert_eq!(repl["group"]["bsdgrp_group"], "nogroup");
    assert_eq!(delete(&mut system, others, json!({"delete_users": true})), Ok(json!(others)));
    let gone = json!([[["username", "=", "other"]], {"count": true}]);
    assert_eq!(ask(&mut system, "user.query", gone), Ok(json!(0)));
    assert_eq!(
        delete(&mut system, 987_654, json!({})),
        Err("None: Group 987654 does not exist".to_owned())
    );
    assert_eq!(
        delete(&mut system, 100_003_005, json!({})),
        Err("[EPERM] Groups provided by a directory service must be deleted from the identity \
             provider (LDAP server or domain controller)."
            .to_owned())
    );
}

#[test]
fn administrators_of_a_kind_may_use_smb() {
    for release in RELEASES {
        let mut system = nas(release);
        for name in ["truenas_readonly_administrators", "truenas_sharing_administrators"] {
            let query = json!([[["group", "=", name]], {"get": true}]);
            let group = ask(&mut system, "group.query", query).expect("a group");
            assert_eq!(json!([group["smb"], group["builtin"]]), json!([true, true]), "{release}");
            assert!(group["sid"].is_string());
        }
    }
}

#[test]
fn a_mapping_into_containers_is_one_accounts_since_26_0() {
    let mut system = nas("26.0.0");
    let mut create = |name: &str, idmap: Value| {
        let data = json!({"name": name, "smb": false, "userns_idmap": idmap});
        ask(&mut system, "group.create", json!([data])).map(|_| ())
    };
    assert_eq!(create("first", json!(7000)), Ok(()));
    assert_eq!(
        create("second", json!(7000)),
        Err("group_create.userns_idmap: Group 'first' already maps to container GID 7000."
            .to_owned())
    );
    assert_eq!(
        create("third", json!(568)),
        Err("group_create.userns_idmap: Group 'apps' already maps to container GID 568.".to_owned())
    );
    let ops = group_id(&mut system, "ops");
    assert_eq!(
        change(&mut system, ops, json!({"userns_idmap": "DIRECT"})),
        "group_update.userns_idmap: User namespace idmaps may not be configured for privileged \
         accounts."
    );
}

#[test]
fn a_group_is_looked_up_by_name_or_gid() {
    let mut system = nas("25.10.6");
    let mut look = |data: Value| ask(&mut system, "group.get_group_obj", json!([data]));
    assert_eq!(
        look(json!({"gid": 0})),
        Ok(json!({
            "gr_name": "root", "gr_gid": 0, "gr_mem": [], "sid": null, "source": "LOCAL",
            "local": true,
        }))
    );
    let found = look(json!({"groupname": "builtin_administrators", "sid_info": true}));
    let found = found.expect("a group");
    assert_eq!(found["gr_mem"], json!(["root", "truenas_admin"]));
    assert!(found["sid"].as_str().is_some_and(|sid| sid.ends_with("-512")));
    for (data, refusal) in [
        (json!({"gid": 77}), "'77: group with this id does not exist'"),
        (json!({"groupname": "no"}), "'no: group with this name does not exist'"),
        (json!({}), "get_group_obj.groupname: Either \"groupname\" or \"gid\" must be specified"),
        (
            json!({"groupname": "ops", "gid": 1}),
            "get_group_obj.groupname: \"groupname\" and \"gid\" may not be simultaneously specified",
        ),
    ] {
        assert_eq!(look(data), Err(refusal.to_owned()));
    }
    assert_eq!(ask(&mut system, "group.get_next_gid", json!([])), Ok(json!(3000)));
    for (gids, found) in [(json!([544]), true), (json!([951, 3005]), false)] {
        let asked = ask(&mut system, "group.has_password_enabled_user", json!([gids]));
        assert_eq!(asked, Ok(json!(found)));
    }
}
