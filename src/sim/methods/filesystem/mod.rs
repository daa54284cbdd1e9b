//! `filesystem.*`: paths, who owns them, and with which mode.
//!
//! Source: `plugins/filesystem.py`, `plugins/filesystem_/acl.py` of TS-25.10.6 and 26.0.

mod acl;
mod permissions;
#[cfg(test)]
mod tests;

use serde_json::{Value, json};

use super::super::check::{Model, boolean, optional, required, texts};
use super::super::fault::Fault;
use super::super::method::{Call, Method, Reply};
use super::super::query::{self, Query};
use super::super::release::Release;
use super::super::repr::python_repr;
use super::super::system::System;
use super::super::system::files::{Node, name, normal, parent};
use super::{accepted, plain};

pub(super) use permissions::lock_error;

pub(super) const METHODS: &[Method] = &[
    plain("filesystem.stat", &["FILESYSTEM_ATTRS_READ"], stat),
    plain("filesystem.listdir", &["FILESYSTEM_ATTRS_READ"], listdir),
    plain("filesystem.mkdir", &["FILESYSTEM_DATA_WRITE"], mkdir),
    plain("filesystem.getacl", &["FILESYSTEM_ATTRS_READ"], acl::getacl),
];

/// `setperm` and `chown`, whose locks differ between releases.
pub(super) fn jobs(release: Release) -> &'static [Method] {
    permissions::jobs(release)
}

/// Where the type stands in `st_mode`.
const DIRECTORY: u32 = 0o040_000;
const FILE: u32 = 0o100_000;

/// What the middleware takes off the mode of what it makes.
const UMASK: u32 = 0o022;

/// What an entry takes up on disk, bytes.
const ALLOCATED: u64 = 512;

fn is_external(path: &str) -> bool {
    path == "EXTERNAL" || path.starts_with("EXTERNAL:")
}

fn external(path: &str) -> Fault {
    Fault::error(18, format!("{path} is external to TrueNAS"))
}

fn kind(node: &Node) -> &'static str {
    if node.is_directory() { "DIRECTORY" } else { "FILE" }
}

fn full_mode(node: &Node) -> u32 {
    node.mode | if node.is_directory() { DIRECTORY } else { FILE }
}

fn size(system: &System, path: &str, node: &Node) -> usize {
    match &node.content {
        Some(content) => content.len(),
        // A directory counts its entries, `.` and `..` among them.
        None => system.files.members(path).len() + 2,
    }
}

fn is_mountpoint(system: &System, path: &str) -> bool {
    let dataset = system.datasets.of_path(path);
    path == "/" || dataset.and_then(|d| system.datasets.mounted_at(d)).as_deref() == Some(path)
}

fn attributes(system: &System, path: &str) -> &'static [&'static str] {
    if is_mountpoint(system, path) { &["MOUNT_ROOT"] } else { &[] }
}

/// The number of the mount that a path is on.
fn mount_id(system: &System, path: &str) -> usize {
    const FIRST: usize = 100;
    let dataset = system.datasets.of_path(path);
    let position = system.datasets.names().position(|name| Some(name) == dataset);
    FIRST + position.map_or(0, |position| position + 1)
}

fn user_name(system: &System, uid: u32) -> Option<&str> {
    let user = system.accounts.users.values().find(|user| user.uid == uid);
    user.map(|user| user.username.as_str())
}

fn missing(path: &str) -> Fault {
    Fault::error(2, format!("Path {path} not found"))
}

/// What stands at the path, as `filesystem.stat` looks for it.
fn found<'a>(system: &'a System, path: &str) -> Result<&'a Node, Fault> {
    if is_external(path) {
        return Err(external(path));
    }
    if !path.starts_with('/') {
        return Err(Fault::error(22, format!("{path}: path must be absolute")));
    }
    system.files.get(path).ok_or_else(|| missing(path))
}

fn stat(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let [path] = accepted(call, [required("path", texts::non_empty())])?;
    let system = &*call.system;
    let node = found(system, path.as_str().unwrap_or_default())?;
    let path = normal(path.as_str().unwrap_or_default());
    #[allow(clippy::cast_precision_loss)]
    let changed = node.changed_ms as f64 / 1000.0;
    let mount = mount_id(system, &path);
    let links = if node.is_directory() { 2 } else { 1 };
    let entry = json!({
        "realpath": path,
        "type": kind(node),
        "size": size(system, &path, node),
        "allocation_size": ALLOCATED,
        "mode": full_mode(node),
        "mount_id": mount,
        "uid": node.uid,
        "gid": node.gid,
        "atime": changed,
        "mtime": changed,
        "ctime": changed,
        "btime": changed,
        "dev": mount,
        "inode": node.inode,
        "nlink": links,
        "acl": node.acl.is_some(),
        "is_mountpoint": is_mountpoint(system, &path),
        "is_ctldir": false,
        "attributes": attributes(system, &path),
        "user": user_name(system, node.uid),
        "group": system.accounts.group_name(node.gid),
    });
    Ok(entry.into())
}

/// A path as `listdir` and `mkdir` show it.
fn entry(system: &System, path: &str, node: &Node) -> Value {
    json!({
        "name": name(path),
        "path": path,
        "realpath": path,
        "type": kind(node),
        "size": size(system, path, node),
        "allocation_size": ALLOCATED,
        "mode": full_mode(node),
        "mount_id": mount_id(system, path),
        "acl": node.acl.is_some(),
        "uid": node.uid,
        "gid": node.gid,
        "is_mountpoint": is_mountpoint(system, path),
        "is_ctldir": false,
        "attributes": attributes(system, path),
        "xattrs": [],
        "zfs_attrs": [],
    })
}

fn listdir(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let [filters, options] = query::parameters();
    let fields = [
        required("path", texts::non_empty()),
        filters.named("query_filters"),
        options.named("query_options"),
    ];
    let [path, filters, options] = accepted(call, fields)?;
    let path = path.as_str().unwrap_or_default();
    let system = &*call.system;
    match system.files.get(path).filter(|_| path.starts_with('/')) {
        None => {
            return Err(Fault::error(2, format!("Directory {path} does not exist")));
        }
        Some(node) if !node.is_directory() => {
            return Err(Fault::error(20, format!("Path {path} is not a directory")));
        }
        Some(_) => {}
    }
    let mut query = Query::new(filters, options);
    if normal(path) == "/mnt" {
        // A directory that a pool left behind is not to be chosen for anything.
        query.filters.push(json!(["is_mountpoint", "=", true]));
        query.filters.push(json!(["name", "!=", ".ix-apps"]));
    }
    let mut members: Vec<(&str, &Node)> = system
        .files
        .members(path)
        .into_iter()
        .filter_map(|member| Some((member, system.files.get(member)?)))
        .collect();
    // A directory has no order; newest first is as good as any.
    members.sort_by_key(|(_, node)| std::cmp::Reverse(node.inode));
    let entries = members.into_iter().map(|(path, node)| entry(system, path, node)).collect();
    Ok(query.run(entries)?.into())
}

fn mkdir(call: &mut Call<'_>) -> Result<Reply, Fault> {
    const PERMITTED: [&str; 4] =
        ["/mnt/", "/root/.ssh", "/home/admin/.ssh", "/home/truenas_admin/.ssh"];
    let options = Model::new(
        "FilesystemMkdirOptions",
        [
            optional("mode", texts::unix_perm(), "755"),
            optional("raise_chmod_error", boolean(), true),
        ],
    );
    let model = Model::new(
        "FilesystemMkdirArgs",
        [
            required("path", texts::non_empty()),
            super::super::check::Field::defaulting("options", options),
        ],
    );
    let [data] = accepted(call, [required("filesystem_mkdir", model)])?;
    let path = data["path"].as_str().unwrap_or_default();
    let mode = mode_of(&data["options"]["mode"]);
    if !path.starts_with('/') {
        return Err(Fault::error(22, format!("{path}: not an absolute path.")));
    }
    let system = &mut *call.system;
    if system.files.get(path).is_some() {
        return Err(Fault::error(17, format!("{path}: path already exists.")));
    }
    let real = normal(path);
    if !PERMITTED.iter().any(|permitted| real.starts_with(permitted)) {
        return Err(Fault::error(1, format!("{path}: path not permitted")));
    }
    match system.files.get(parent(&real)) {
        None => return Err(os_error("FileNotFoundError", 2, "No such file or directory", path)),
        Some(above) if !above.is_directory() => {
            return Err(os_error("NotADirectoryError", 20, "Not a directory", path));
        }
        Some(_) => {}
    }
    let readonly = |name: &str| system.datasets.raw(name, "readonly") == "on";
    if system.datasets.of_path(&real).is_some_and(readonly) {
        return Err(os_error("OSError", 30, "Read-only file system", path));
    }
    system.files.put(&real, Node::directory(mode));
    // The reply tells the mode before it is corrected for the umask.
    let told = Node::directory(mode & !UMASK);
    let mut reply = entry(system, &real, &told);
    reply["path"] = path.into();
    reply["zfs_attrs"] = json!(["ARCHIVE"]);
    Ok(reply.into())
}

/// An `OSError` that nobody caught.
fn os_error(class: &'static str, number: i32, text: &str, path: &str) -> Fault {
    Fault::Call {
        errno: 22,
        reason: format!("[Errno {number}] {text}: {}", python_repr(path)),
        class,
        repr: format!("{class}({number}, {})", python_repr(text)),
    }
}

/// The mode that accepted octal digits stand for.
fn mode_of(digits: &Value) -> u32 {
    let mode = texts::octal(digits.as_str().unwrap_or_default());
    mode.and_then(|mode| u32::try_from(mode).ok()).unwrap_or_default()
}
