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

/// A system with homes of every kind, and keys in none of them.
fn homes(release: &str) -> System {
    system(
        release,
        "pools: {tank: {}}, \
         datasets: {tank/home: {}, tank/ro: {readonly: 'ON'}, tank/locked: {locked: true}}, \
         users: { \
             plain: {uid: 3001, home: /mnt/tank/home/plain}, \
             fixed: {uid: 3002, home: /mnt/tank/ro/fixed}, \
             shut: {uid: 3003, home: /mnt/tank/locked/shut}, \
             gone: {uid: 3004, home: /mnt/tank/locked/gone} \
         }, \
         directories: { \
             /mnt/tank/ro/fixed: {mode: 700, uid: 3002}, \
             /mnt/tank/ro/free: {}, \
             /mnt/tank/locked/free: {}, \
             /mnt/tank/locked/shut: {mode: 700, uid: 3003}, \
             /mnt/tank/home/out: {link: /home}, \
             /mnt/tank/home/link: {link: plain} \
         }",
    )
}

const KEY: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKbZ5w7z5x3VICMdWzLEQl0dajw+0G6ChYfzTn5Mckx6 k";

fn create(system: &mut System, more: Value) -> Result<Value, String> {
    let mut data = json!({
        "username": "new", "full_name": "N", "group_create": true, "smb": false,
        "password_disabled": true,
    });
    for (name, value) in more.as_object().expect("fields") {
        data[name] = value.clone();
    }
    ask(system, "user.create", json!([data]))
}

fn update(system: &mut System, name: &str, data: Value) -> Result<(), String> {
    let id = system.accounts.user(name).map(|user| user.id);
    ask(system, "user.update", json!([id, data])).map(|_| ())
}

#[test]
fn a_home_that_exists_outside_of_pools_fails_the_call_up_to_25_10() {
    let outside = "[EFAULT] Path must start with \"/mnt/\"";
    for release in ["25.04.2.6", "25.10.6"] {
        let mut system = homes(release);
        for home in ["/mnt", "/mnt/", "/mnt/.", "/", "/home", "/usr/bin", "/root"] {
            let refusal = Err(outside.to_owned());
            assert_eq!(create(&mut system, json!({"home": home})), refusal, "{release}, {home}");
            assert_eq!(
                update(&mut system, "plain", json!({"home": home})),
                refusal.map(|_: Value| ())
            );
        }
    }
    let mut new = homes("26.0.0");
    let begin = "user_create.home: \"Home Directory\" must begin with /mnt or set to /var/empty.";
    for (home, refusal) in [
        ("/mnt", "user_create.home: \"Home Directory\" cannot be at root of \"/mnt\"".to_owned()),
        ("/mnt/", "user_create.home: \"Home Directory\" cannot be at root of \"/mnt\"".to_owned()),
        (
            "/srv/ftp",
            format!(
                "user_create.home: /srv/ftp: path specified to use as home directory does not exist.\n\
             {begin}"
            ),
        ),
        ("/home", begin.to_owned()),
        ("/usr/bin", format!("user_create.home: Path has the ZFS readonly property set.\n{begin}")),
        ("/tmp", format!("user_create.home: Path is not on a ZFS filesystem\n{begin}")),
        ("/bin", "[ELOOP] Symlinks are not permitted.".to_owned()),
    ] {
        assert_eq!(create(&mut new, json!({"home": home})), Err(refusal), "{home}");
    }
}

#[test]
fn a_home_of_the_systems_own_account_is_not_taken() {
    let mut system = homes("25.10.6");
    assert_eq!(
        create(&mut system, json!({"home": "/srv/ftp"})),
        Err(
            "user_create.home: /srv/ftp: path specified to use as home directory does not exist.\n\
             user_create.home: \"Home Directory\" must begin with /mnt or set to /var/empty."
                .to_owned()
        )
    );
    assert_eq!(
        create(&mut system, json!({"home": "/mnt/tank/home/plain"})),
        Err("user_create.home: /mnt/tank/home/plain: homedir already used by plain.".to_owned())
    );
}

#[test]
fn a_home_has_to_be_in_a_pool_wherever_links_lead() {
    let mut system = homes("25.10.6");
    assert_eq!(
        create(&mut system, json!({"home": "/mnt/tank/home/out"})),
        Err("user_create: The path must reside within a pool mount point".to_owned())
    );
    let made = create(&mut system, json!({"home": "/mnt/tank/home/link", "sshpubkey": KEY}));
    assert_eq!(made.expect("made")["sshpubkey"], KEY);
    let keys = system.files.get("/mnt/tank/home/plain/.ssh/authorized_keys").expect("a file");
    assert_eq!((keys.uid, keys.mode), (3000, 0o600));
}

#[test]
fn a_locked_or_read_only_home_is_refused() {
    let mut system = homes("25.10.6");
    for (home, refusal) in [
        ("/mnt/tank/ro/free", "Path has the ZFS readonly property set."),
        (
            "/mnt/tank/locked/free",
            "Path component for \"Home Directory\" is currently encrypted and locked",
        ),
        ("/mnt/tank/locked", "/mnt/tank/locked: home directory path is immutable."),
    ] {
        let refusal = format!("user_update.home: {refusal}");
        assert_eq!(update(&mut system, "plain", json!({"home": home})), Err(refusal));
    }
}

#[test]
fn keys_are_not_stored_in_a_read_only_home() {
    let mut system = homes("25.10.6");
    let key = || json!({"sshpubkey": KEY});
    assert_eq!(
        update(&mut system, "fixed", key()),
        Err("[Errno 30] Read-only file system: '/mnt/tank/ro/fixed/.ssh'".to_owned())
    );
    system.files.put("/mnt/tank/ro/fixed/.ssh", crate::system::files::Node::directory(0o700));
    assert_eq!(
        update(&mut system, "fixed", key()),
        Err("[EFAULT] [EINVAL] filesystem.setperm.path: /mnt/tank/ro/fixed/.ssh: dataset underlying \
             path has the readonly property enabled."
            .to_owned() + "\n")
    );
    // What needs no writing goes, and the job for the mode is not looked at.
    assert_eq!(update(&mut system, "fixed", json!({"full_name": "F", "home_mode": "755"})), Ok(()));
    assert_eq!(system.files.get("/mnt/tank/ro/fixed").map(|node| node.mode), Some(0o700));
}

#[test]
fn keys_are_not_stored_in_a_locked_home() {
    for (release, locked) in [
        ("25.04.2.6", "Path component for is currently encrypted and locked"),
        ("25.10.6", "Path component is currently encrypted and locked"),
        ("26.0.0", "Path component is currently encrypted and locked"),
    ] {
        let mut system = homes(release);
        let refusal = format!("[EFAULT] [EINVAL] filesystem.setperm.path: {locked}\n");
        assert_eq!(update(&mut system, "shut", json!({"sshpubkey": KEY})), Err(refusal));
        // The directory is made before, and stays.
        assert!(system.files.get("/mnt/tank/locked/shut/.ssh").is_some());
        assert!(system.files.get("/mnt/tank/locked/shut/.ssh/authorized_keys").is_none());
        system.files.remove("/mnt/tank/locked/gone");
        assert_eq!(
            update(&mut system, "gone", json!({"full_name": "G"})),
            Err("[EFAULT] Failed recreating \"/mnt/tank/locked/gone\"".to_owned())
        );
    }
}

#[test]
fn a_link_in_the_place_of_the_keys_is_written_through_up_to_25_10() {
    for (release, written) in
        [("25.10.6", "/data/keys"), ("26.0.0", "/mnt/tank/home/plain/.ssh/authorized_keys")]
    {
        let mut system = homes(release);
        let ssh = "/mnt/tank/home/plain/.ssh";
        let link = crate::system::files::Node::link("/data/keys");
        system.files.put(ssh, crate::system::files::Node::directory(0o700).owned_by(3001, 3001));
        system.files.put(&format!("{ssh}/authorized_keys"), link);
        assert_eq!(update(&mut system, "plain", json!({"sshpubkey": KEY})), Ok(()));
        let node = system.files.entry(written).expect("a file");
        assert_eq!((node.text(), node.uid), (Some(format!("{KEY}\n").as_str()), 3001));
        assert_eq!(update(&mut system, "plain", json!({"sshpubkey": ""})), Ok(()));
        assert!(system.files.entry(&format!("{ssh}/authorized_keys")).is_none());
        assert_eq!(system.files.get("/data/keys").is_some(), release == "25.10.6");
    }
}

/// What `user.update` says of a key, once a system is as the change leaves it.
fn keyed(release: &str, change: fn(&mut System), more: Value) -> Result<(), String> {
    let mut system = homes(release);
    change(&mut system);
    let mut data = json!({"sshpubkey": KEY});
    for (name, value) in more.as_object().expect("fields") {
        data[name] = value.clone();
    }
    update(&mut system, "plain", data)
}

#[test]
fn a_key_that_sshd_would_not_use_is_refused_since_26_0_0() {
    fn node<'a>(system: &'a mut System, path: &str) -> &'a mut crate::system::files::Node {
        system.files.get_mut(path).expect("a path")
    }
    let home = "/mnt/tank/home/plain";
    let shut: fn(&mut System) = |system| node(system, "/mnt/tank/home").mode = 0o700;
    let open: fn(&mut System) = |system| node(system, "/mnt/tank/home/plain").mode = 0o777;
    let strange: fn(&mut System) = |system| node(system, "/mnt/tank/home/plain").uid = 77;
    let roots: fn(&mut System) = |system| node(system, "/mnt/tank/home/plain").uid = 0;
    for release in ["25.10.6", "26.0.0-RC.1"] {
        for change in [shut, open, strange, roots] {
            assert_eq!(keyed(release, change, json!({})), Ok(()), "{release}");
        }
    }
    for (change, refusal) in [
        (shut, "/mnt/tank/home: the user cannot enter this directory, so that no SSH public key below it is found.".to_owned()),
        (open, format!("{home}: the home directory is world-writable, so that no SSH public key in it is used.")),
        (strange, format!("{home}: the home directory is owned neither by the user nor by root, so that no SSH public key in it is used.")),
    ] {
        let refusal = Err(format!("user_update.sshpubkey: {refusal}"));
        assert_eq!(keyed("26.0.0", change, json!({})), refusal);
    }
    assert_eq!(keyed("26.0.0", roots, json!({})), Ok(()));
    assert_eq!(keyed("26.0.0", open, json!({"home_mode": "700"})), Ok(()));
    let mut system = homes("26.0.0");
    system.files.ensure_directory("/mnt/tank/home/new", 0o777);
    let data =
        |mode: &str| json!({"home": "/mnt/tank/home/new", "home_mode": mode, "sshpubkey": KEY});
    assert_eq!(
        create(&mut system, data("777")),
        Err("user_create.sshpubkey: /mnt/tank/home/new: the home directory is world-writable, so \
             that no SSH public key in it is used."
            .to_owned())
    );
    assert!(create(&mut system, data("755")).is_ok());
}
