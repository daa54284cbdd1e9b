use serde_json::{Value, json};

use super::super::super::super::system::System;
use super::super::super::ask::{ask, system};
use super::told;

fn nas(release: &str) -> System {
    system(
        release,
        "pools: {tank: {size: 107374182400}}, datasets: { \
             tank/home: {atime: 'OFF', exec: 'OFF', acltype: NFSV4}, \
             tank/ro: {readonly: 'ON'}, \
             tank/locked: {locked: true} \
         }, \
         directories: {/mnt/tank/ro/dir: {}, /mnt/tank/locked/dir: {}, /mnt/tank/link: {link: home}}",
    )
}

/// What `filesystem.statfs` tells: source, place, kind and flags.
fn statfs(system: &mut System, path: &str) -> Result<Value, String> {
    let found = ask(system, "filesystem.statfs", json!([path]))?;
    let [source, dest, kind, flags] =
        ["source", "dest", "fstype", "flags"].map(|name| &found[name]);
    Ok(json!([source, dest, kind, flags]))
}

#[test]
fn a_filesystem_is_that_of_the_dataset() {
    for release in ["25.04.2.6", "25.10.6", "26.0.0"] {
        let mut system = nas(release);
        for (path, source, flags) in [
            (
                "/mnt/tank/home",
                "tank/home",
                json!(["RW", "NOEXEC", "NOATIME", "XATTR", "NFS4ACL", "CASESENSITIVE"]),
            ),
            (
                "/mnt/tank/ro/dir",
                "tank/ro",
                json!(["RO", "NOATIME", "XATTR", "POSIXACL", "CASESENSITIVE"]),
            ),
            (
                "/mnt/tank/locked/dir",
                "tank",
                json!(["RW", "NOATIME", "XATTR", "POSIXACL", "CASESENSITIVE"]),
            ),
        ] {
            let dest = format!("/mnt/{source}");
            let expected = Ok(json!([source, dest, "zfs", flags]));
            assert_eq!(statfs(&mut system, path), expected, "{release}");
        }
        assert_eq!(statfs(&mut system, "/mnt/tank/no"), Err("[ENOENT] Path not found.".to_owned()));
    }
}

#[test]
fn sizes_are_told_as_numbers_and_as_texts() {
    let mut system = nas("25.10.6");
    let found = ask(&mut system, "filesystem.statfs", json!(["/mnt/tank"])).expect("a filesystem");
    let number = |name: &str| found[name].as_u64().expect("a number");
    for unit in ["blocks", "bytes"] {
        for which in ["total", "free", "avail"] {
            let name = format!("{which}_{unit}");
            assert_eq!(found[format!("{name}_str")], number(&name).to_string());
        }
    }
    assert_eq!(number("total_bytes"), number("total_blocks") * number("blocksize"));
    assert_eq!(found["blocksize"], 131_072);
}

#[test]
fn only_paths_in_pools_may_be_asked_for_up_to_25_10() {
    for release in ["25.04.2.6", "25.10.6"] {
        let mut system = nas(release);
        for (path, refusal) in [
            ("/etc", "[EFAULT] Path must start with \"/mnt/\""),
            ("/mnt", "[EFAULT] Path must start with \"/mnt/\""),
            ("/mnt/", "[EFAULT] Path must include more than \"/mnt/\""),
        ] {
            assert_eq!(statfs(&mut system, path), Err(refusal.to_owned()));
        }
        assert_eq!(
            statfs(&mut system, "/mnt/tank/link").map(|it| it[0].clone()),
            Ok(json!("tank/home"))
        );
    }
    let mut new = nas("26.0.0");
    for (path, source, place, flag) in [
        ("/", "boot-pool/ROOT/26.0.0", "/", "RO"),
        ("/etc/ssh", "boot-pool/ROOT/26.0.0/etc", "/etc", "RW"),
        ("/mnt", "boot-pool/ROOT/26.0.0/mnt", "/mnt", "RW"),
        ("/usr/bin", "boot-pool/ROOT/26.0.0/usr", "/usr", "RO"),
        ("/tmp", "tmpfs", "/tmp", "RW"),
    ] {
        let found = statfs(&mut new, path).expect(path);
        assert_eq!(json!([found[0], found[1], found[3][0]]), json!([source, place, flag]));
    }
    for path in ["/bin", "/bin/sh", "/mnt/tank/link"] {
        let refusal = "[ELOOP] Symlinks are not permitted.".to_owned();
        assert_eq!(statfs(&mut new, path), Err(refusal));
    }
}

#[test]
fn what_is_mounted_and_what_is_immutable_is_shown() {
    let mut system = nas("25.10.6");
    let mut attributes = |path: &str| {
        let found = ask(&mut system, "filesystem.stat", json!([path])).expect(path);
        json!([found["is_mountpoint"], found["attributes"]])
    };
    assert_eq!(attributes("/mnt/tank/home"), json!([true, ["MOUNT_ROOT"]]));
    assert_eq!(attributes("/mnt"), json!([true, ["MOUNT_ROOT"]]));
    assert_eq!(attributes("/etc/ssh"), json!([false, []]));
    assert_eq!(attributes("/mnt/tank/locked"), json!([false, ["IMMUTABLE"]]));
    assert_eq!(attributes("/var/empty"), json!([false, ["IMMUTABLE"]]));
}

#[test]
fn nothing_is_made_where_nothing_may_be_written() {
    let mut system = nas("25.10.6");
    for (path, refusal) in [
        ("/mnt/tank/ro/dir/x", "[Errno 30] Read-only file system: '/mnt/tank/ro/dir/x'"),
        ("/mnt/tank/locked/x", "[Errno 1] Operation not permitted: '/mnt/tank/locked/x'"),
    ] {
        assert_eq!(told(&mut system, "filesystem.mkdir", json!({"path": path})), refusal);
    }
}

#[test]
fn permissions_of_what_is_locked_or_read_only_stay() {
    for (release, locked) in [
        ("25.04.2.6", "Path component for is currently encrypted and locked"),
        ("25.10.6", "Path component is currently encrypted and locked"),
        ("26.0.0", "Path component is currently encrypted and locked"),
    ] {
        let mut system = nas(release);
        for method in ["filesystem.setperm", "filesystem.chown"] {
            for (path, refusal) in [
                ("/mnt/tank/locked", locked.to_owned()),
                ("/mnt/tank/locked/dir", locked.to_owned()),
                (
                    "/mnt/tank/ro/dir",
                    "/mnt/tank/ro/dir: dataset underlying path has the readonly property enabled."
                        .to_owned(),
                ),
            ] {
                let mut data = json!({"path": path, "uid": 3001});
                if method == "filesystem.setperm" {
                    data["mode"] = "700".into();
                }
                assert_eq!(told(&mut system, method, data), format!("{method}.path: {refusal}"));
            }
        }
    }
}
