use serde_json::{Value, json};

use super::super::super::system::System;
use super::super::ask::{ask, system};

fn nas(release: &str) -> System {
    system(
        release,
        "pools: {tank: {}}, datasets: {tank/home: {}}, \
         users: {repl: {uid: 3001, full_name: R, home: /mnt/tank/home/repl, smb: true}}",
    )
}

#[test]
fn an_account_is_looked_up_by_name_or_uid() {
    let mut system = nas("25.10.6");
    let mut look = |data: Value| ask(&mut system, "user.get_user_obj", json!([data]));
    let mut repl = json!({
        "pw_name": "repl", "pw_gecos": "R", "pw_dir": "/mnt/tank/home/repl",
        "pw_shell": "/usr/bin/zsh", "pw_uid": 3001, "pw_gid": 3001, "grouplist": null,
        "sid": null, "source": "LOCAL", "local": true,
    });
    assert_eq!(look(json!({"uid": 3001})), Ok(repl.clone()));
    let found = look(json!({"username": "repl", "get_groups": true, "sid_info": true}));
    let found = found.expect("an account");
    repl["grouplist"] = json!([3001]);
    repl["sid"] = found["sid"].clone();
    assert!(found["sid"].is_string());
    assert_eq!(found, repl);
    let root = look(json!({"uid": 0, "get_groups": true})).expect("root");
    assert_eq!(root["grouplist"], json!([0, 544]));
    let container = look(json!({"uid": 2_147_000_001})).expect("the root of containers");
    assert_eq!(container["pw_name"], "truenas_container_unpriv_root");
    for (data, refusal) in [
        (json!({"username": "no"}), "'no: user with this name does not exist'"),
        (json!({"uid": 77}), "'77: user with this id does not exist'"),
        (
            json!({"username": ""}),
            "get_user_obj.username: Either \"username\" or \"uid\" must be specified.",
        ),
        (
            json!({"username": "repl", "uid": 0}),
            "get_user_obj.username: \"username\" and \"uid\" may not be simultaneously specified",
        ),
    ] {
        assert_eq!(look(data), Err(refusal.to_owned()));
    }
    assert_eq!(ask(&mut system, "user.get_next_uid", json!([])), Ok(json!(3000)));
}

/// What `user.create` says of an account that is mapped into containers.
fn mapped(system: &mut System, name: &str, idmap: Value) -> Result<(), String> {
    let data = json!([{
        "username": name, "full_name": "M", "group_create": true, "smb": false,
        "password_disabled": true, "userns_idmap": idmap,
    }]);
    ask(system, "user.create", data).map(|_| ())
}

#[test]
fn a_mapping_into_containers_is_one_accounts_since_26_0() {
    let mut old = nas("25.10.6");
    assert_eq!(mapped(&mut old, "a", json!(568)), Ok(()));
    let mut new = nas("26.0.0");
    assert_eq!(mapped(&mut new, "a", json!(3002)), Ok(()));
    // An account that is mapped directly gets its uid, 3002, before it is refused.
    for (idmap, uid, holder) in
        [(json!(568), 568, "apps"), (json!(3002), 3002, "a"), (json!("DIRECT"), 3002, "a")]
    {
        let text = format!(
            "user_create.userns_idmap: User '{holder}' already maps to container UID {uid}."
        );
        assert_eq!(mapped(&mut new, "b", idmap), Err(text));
    }
    assert!(new.accounts.group("b").is_none());
}
