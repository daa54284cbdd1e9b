use serde_json::{Value, json};

use super::super::super::super::system::System;
use super::super::super::ask::{ask, system};
use super::told;

fn nas(release: &str) -> System {
    system(
        release,
        "pools: {tank: {}}, datasets: {tank/home: {}}, users: {repl: {uid: 3001}}, directories: { \
             /mnt/tank/home/file: {content: four, mode: 640, uid: 3001, gid: 3001}, \
             /mnt/tank/home/dir/inner: {content: x}, \
             /mnt/tank/home/link: {link: file}, \
             /mnt/tank/home/to-dir: {link: /mnt/tank/home/dir}, \
             /mnt/tank/home/broken: {link: nothing}, \
             /mnt/tank/home/loop: {link: loop}, \
             /mnt/tank/home/out: {link: /etc/hosts} \
         }",
    )
}

/// What `filesystem.stat` tells: type, real path, size, mode, uid and attributes.
fn stat(system: &mut System, path: &str) -> Result<Value, String> {
    let found = ask(system, "filesystem.stat", json!([path]))?;
    let [kind, real, size, mode, uid, attributes] =
        ["type", "realpath", "size", "mode", "uid", "attributes"].map(|name| &found[name]);
    Ok(json!([kind, real, size, mode, uid, attributes]))
}

#[test]
fn stat_tells_of_a_link_what_it_leads_to() {
    for release in ["25.04.2.6", "25.10.6", "26.0.0"] {
        let mut system = nas(release);
        let mut shown = |path: &str| stat(&mut system, path);
        let in_bin = shown("/usr/bin").expect("a directory")[2].clone();
        for (path, kind, real, size, mode, uid) in [
            ("/mnt/tank/home/file", "FILE", "/mnt/tank/home/file", 4, 0o100_640, 3001),
            ("/mnt/tank/home/link", "SYMLINK", "/mnt/tank/home/file", 4, 0o100_640, 3001),
            ("/mnt/tank/home/to-dir", "SYMLINK", "/mnt/tank/home/dir", 3, 0o040_755, 0),
            // Only a link at the end is followed for the real path.
            ("/mnt/tank/home/to-dir/inner", "FILE", "/mnt/tank/home/to-dir/inner", 1, 0o100_644, 0),
            (
                "/mnt/tank/home/dir/../file",
                "FILE",
                "/mnt/tank/home/dir/../file",
                4,
                0o100_640,
                3001,
            ),
            ("/mnt//tank/home/./file/", "FILE", "/mnt/tank/home/file", 4, 0o100_640, 3001),
            ("/bin/sh", "FILE", "/bin/sh", 0, 0o100_755, 0),
            ("/sbin/zfs", "FILE", "/sbin/zfs", 0, 0o100_755, 0),
            ("/usr/bin/false", "FILE", "/usr/bin/false", 0, 0o100_755, 0),
        ] {
            let expected = json!([kind, real, size, mode, uid, []]);
            assert_eq!(shown(path), Ok(expected), "{release}, {path}");
        }
        let bin = json!(["SYMLINK", "/usr/bin", in_bin, 0o040_755, 0, []]);
        assert_eq!(shown("/bin"), Ok(bin), "{release}");
        for (path, refusal) in [
            ("/mnt/tank/home/broken", "[ENOENT] Path /mnt/tank/home/broken not found"),
            ("/mnt/tank/home/broken/x", "[ENOENT] Path /mnt/tank/home/broken/x not found"),
            ("/mnt/tank/home/loop", "[Errno 40] Too many levels of symbolic links"),
            ("/mnt/tank/home/file/x", "[Errno 20] Not a directory"),
            ("/bin/nonsense", "[ENOENT] Path /bin/nonsense not found"),
        ] {
            assert_eq!(shown(path), Err(refusal.to_owned()), "{release}");
        }
    }
}

#[test]
fn a_directory_lists_links_but_for_broken_ones() {
    let mut system = nas("25.10.6");
    let query = |path: &str| json!([path, [], {"select": ["name", "type", "realpath"], "order_by": ["name"]}]);
    let listed = ask(&mut system, "filesystem.listdir", query("/mnt/tank/home"));
    assert_eq!(
        listed,
        Ok(json!([
            {"name": "dir", "type": "DIRECTORY", "realpath": "/mnt/tank/home/dir"},
            {"name": "file", "type": "FILE", "realpath": "/mnt/tank/home/file"},
            {"name": "link", "type": "SYMLINK", "realpath": "/mnt/tank/home/file"},
            {"name": "out", "type": "SYMLINK", "realpath": "/etc/hosts"},
            {"name": "to-dir", "type": "SYMLINK", "realpath": "/mnt/tank/home/dir"},
        ]))
    );
    let below = json!(["/mnt/tank/home/to-dir/", [], {"select": ["path", "realpath"]}]);
    let path = "/mnt/tank/home/to-dir/inner";
    assert_eq!(
        ask(&mut system, "filesystem.listdir", below),
        Ok(json!([{"path": path, "realpath": "/mnt/tank/home/dir/inner"}]))
    );
}

#[test]
fn directories_are_made_where_links_lead() {
    let mut system = nas("25.10.6");
    let mut make = |path: &str| told(&mut system, "filesystem.mkdir", json!({"path": path}));
    for (path, refusal) in [
        ("/mnt/tank/home/link", "[EEXIST] /mnt/tank/home/link: path already exists."),
        ("/mnt/tank/home/broken", "[Errno 17] File exists: '/mnt/tank/home/broken'"),
        ("/mnt/tank/home/out", "[EEXIST] /mnt/tank/home/out: path already exists."),
        ("/mnt/tank/home/file/x", "[Errno 20] Not a directory: '/mnt/tank/home/file/x'"),
    ] {
        assert_eq!(make(path), refusal);
    }
    let data = json!([{"path": "/mnt/tank/home/to-dir/new"}]);
    let made = ask(&mut system, "filesystem.mkdir", data).expect("made");
    assert_eq!(
        json!([made["name"], made["path"], made["realpath"]]),
        json!(["new", "/mnt/tank/home/to-dir/new", "/mnt/tank/home/dir/new"])
    );
    system.files.put("/mnt/tank/home/etc", crate::system::files::Node::link("/etc"));
    assert_eq!(
        told(&mut system, "filesystem.mkdir", json!({"path": "/mnt/tank/home/etc/x"})),
        "[EPERM] /mnt/tank/home/etc/x: path not permitted"
    );
}

#[test]
fn permissions_of_a_link_are_those_of_what_it_leads_to_up_to_25_10() {
    let mut old = nas("25.10.6");
    let data = json!({"path": "/mnt/tank/home/link", "mode": "600", "uid": 0});
    assert_eq!(told(&mut old, "filesystem.setperm", data.clone()), "null");
    let node = old.files.get("/mnt/tank/home/file").expect("a file");
    assert_eq!((node.mode, node.uid), (0o600, 0));
    assert_eq!(
        told(&mut old, "filesystem.setperm", json!({"path": "/mnt/tank/home/out", "mode": "600"})),
        "filesystem.setperm.path: Changes to permissions on paths that are not beneath the \
         directory /mnt are not permitted: /mnt/tank/home/out"
    );
    let mut new = nas("26.0.0");
    for (method, data) in [
        ("filesystem.setperm", data),
        ("filesystem.chown", json!({"path": "/mnt/tank/home/link", "uid": 0})),
    ] {
        assert_eq!(told(&mut new, method, data), "[ELOOP] Symlinks are not permitted.", "{method}");
    }
}

#[test]
fn recursion_leaves_links_alone() {
    let mut system = nas("25.10.6");
    let data = json!({
        "path": "/mnt/tank/home", "mode": "700", "uid": 3001, "options": {"recursive": true},
    });
    assert_eq!(told(&mut system, "filesystem.setperm", data), "null");
    let mode = |path: &str| system.files.get(path).map(|node| node.mode);
    assert_eq!(mode("/mnt/tank/home/dir/inner"), Some(0o700));
    assert_eq!(mode("/etc/hosts"), Some(0o644));
}

#[test]
fn an_acl_is_looked_up_over_links_up_to_25_10() {
    for (release, acltype) in [("25.10.6", Ok(json!("POSIX1E"))), ("26.0.0", Err(()))] {
        let mut system = nas(release);
        let acl = ask(&mut system, "filesystem.getacl", json!(["/mnt/tank/home/link"]));
        match acltype {
            Ok(acltype) => assert_eq!(acl.expect("an ACL")["acltype"], acltype),
            Err(()) => {
                let text = "[Errno 40] Too many levels of symbolic links".to_owned();
                assert_eq!(acl, Err(text));
            }
        }
    }
}
