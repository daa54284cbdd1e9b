//! The rules of paths and permissions.

mod links;
mod mounts;

use serde_json::{Value, json};

use super::super::super::system::System;
use super::super::ask::{ask, system};

fn nas() -> System {
    system(
        "25.10.6",
        "pools: {tank: {}}, \
         users: {repl: {uid: 3001}}, \
         datasets: { \
             tank/home: {}, \
             tank/home/inner: {}, \
             tank/ro: {readonly: true}, \
             tank/locked: {locked: true}, \
             tank/nfs: {acltype: nfsv4} \
         }, \
         directories: { \
             /mnt/tank/home/dir: {mode: 750, uid: 3001}, \
             /mnt/tank/home/dir/file: {content: text}, \
             /mnt/tank/nfs/acl: {acl: [{tag: owner@}]} \
         }",
    )
}

fn told(system: &mut System, method: &str, data: Value) -> String {
    ask(system, method, json!([data])).map_or_else(|reason| reason, |value| value.to_string())
}

#[test]
fn permissions_are_refused_where_they_may_not_change() {
    let mut system = nas();
    for (path, reason) in [
        (
            "/mnt/tank",
            "filesystem.setperm.path: The specified path is a ZFS pool mountpoint \"(/mnt/tank)\" ",
        ),
        (
            "/mnt/tank/ro",
            "filesystem.setperm.path: /mnt/tank/ro: dataset underlying path has the readonly property enabled.",
        ),
        (
            "/mnt/tank/locked",
            "filesystem.setperm.path: Path component is currently encrypted and locked",
        ),
        ("/mnt/tank/nothing", "[ENOENT] Path /mnt/tank/nothing not found"),
        ("relative", "[ENOENT] Path not found."),
        ("EXTERNAL:x", "[EXDEV] EXTERNAL:x is external to TrueNAS"),
        (
            "/mnt/tank/nfs/acl",
            "filesystem.setperm.mode: Non-trivial ACL present on [/mnt/tank/nfs/acl]. Option \"stripacl\" required to change permission.",
        ),
        ("/mnt/tank/home/dir", "null"),
    ] {
        let data = json!({"path": path, "mode": "700"});
        assert_eq!(told(&mut system, "filesystem.setperm", data), reason);
    }
    let nothing = json!({"path": "/mnt/tank/home/dir", "mode": "000"});
    assert_eq!(
        told(&mut system, "filesystem.setperm", nothing),
        "filesystem.setperm.mode: Empty permissions are not permitted."
    );
    let file = json!({"path": "/mnt/tank/home/dir/file", "uid": 0, "options": {"recursive": true}});
    assert_eq!(
        told(&mut system, "filesystem.chown", file),
        "filesystem.chown.path: Recursive operations on a file are invalid."
    );
    assert_eq!(
        told(&mut system, "filesystem.chown", json!({"path": "relative", "group": "nobodyhere"})),
        "filesystem.chown.group: nobodyhere: group does not exist\n\
         f{schema}.path: Must be an absolute path"
    );
}

#[test]
fn recursion_stops_at_other_datasets_unless_it_traverses() {
    let mut system = nas();
    let owners = |system: &System| {
        ["/mnt/tank/home", "/mnt/tank/home/dir/file", "/mnt/tank/home/inner"]
            .map(|path| system.files.get(path).map(|node| node.uid))
    };
    let mut chown = |options: Value| {
        let data = json!({"path": "/mnt/tank/home", "user": "repl", "options": options});
        assert_eq!(told(&mut system, "filesystem.chown", data), "null");
        owners(&system)
    };
    assert_eq!(chown(json!({})), [Some(3001), Some(0), Some(0)]);
    assert_eq!(chown(json!({"recursive": true})), [Some(3001), Some(3001), Some(0)]);
    let everything = json!({"recursive": true, "traverse": true});
    assert_eq!(chown(everything), [Some(3001); 3]);
}

#[test]
fn the_kind_of_acl_follows_the_dataset() {
    let mut system = nas();
    let mut acl = |path: &str| {
        let acl = ask(&mut system, "filesystem.getacl", json!([path, true, true])).expect(path);
        json!([acl["acltype"], acl["trivial"], acl["acl"][0]["tag"], acl["acl"][0]["who"]])
    };
    assert_eq!(acl("/mnt/tank/home/dir"), json!(["POSIX1E", true, "USER_OBJ", "repl"]));
    assert_eq!(acl("/mnt/tank/nfs"), json!(["NFS4", true, "owner@", "root"]));
    assert_eq!(acl("/mnt/tank/nfs/acl"), json!(["NFS4", false, "owner@", "root"]));
}

#[test]
fn a_directory_gets_its_mode_whatever_the_reply_says() {
    let mut system = nas();
    let data = json!([{"path": "/mnt/tank/home/new", "options": {"mode": "775"}}]);
    let made = ask(&mut system, "filesystem.mkdir", data).expect("made");
    assert_eq!(made["mode"], 0o040_755);
    let stat = ask(&mut system, "filesystem.stat", json!(["/mnt/tank/home/new"])).expect("there");
    assert_eq!(stat["mode"], 0o040_775);
    for (path, reason) in [
        ("/mnt/tank/ro/x", "[Errno 30] Read-only file system: '/mnt/tank/ro/x'"),
        ("/mnt/tank/home/dir/file/x", "[Errno 20] Not a directory: '/mnt/tank/home/dir/file/x'"),
        ("x", "[EINVAL] x: not an absolute path."),
        ("/mnt/tank/../../etc/x", "[EPERM] /mnt/tank/../../etc/x: path not permitted"),
    ] {
        assert_eq!(told(&mut system, "filesystem.mkdir", json!({"path": path})), reason);
    }
}

#[test]
fn only_mountpoints_are_listed_in_mnt() {
    let mut system = nas();
    system.files.ensure_directory("/mnt/left-behind", 0o755);
    let listed = ask(&mut system, "filesystem.listdir", json!(["/mnt", [], {"select": ["name"]}]));
    assert_eq!(listed, Ok(json!([{"name": "tank"}])));
    let count = json!(["/mnt/tank/home", [["type", "=", "DIRECTORY"]], {"count": true}]);
    assert_eq!(ask(&mut system, "filesystem.listdir", count), Ok(json!(2)));
    let wrong = json!(["/mnt/tank", "x"]);
    assert_eq!(
        ask(&mut system, "filesystem.listdir", wrong),
        Err("query_filters: Input should be a valid list".to_owned())
    );
    assert_eq!(
        ask(&mut system, "filesystem.listdir", json!(["/mnt/tank/home/dir/file"])),
        Err("[ENOTDIR] Path /mnt/tank/home/dir/file is not a directory".to_owned())
    );
}
