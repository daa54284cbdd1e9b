//! `filesystem.*`: paths, who owns them, and with which mode.
//!
//! Source: `plugins/filesystem.py`, `plugins/filesystem_/acl.py`, `utils/filesystem/stat_x.py` of
//! TS-25.10.6 and 26.0.

mod acl;
mod permissions;
mod stat;
mod statfs;
#[cfg(test)]
mod tests;

use serde_json::{Value, json};

use super::super::check::{Field, Model, boolean, optional, required, texts};
use super::super::fault::Fault;
use super::super::method::{Call, Method, Reply};
use super::super::query::{self, Query};
use super::super::release::Release;
use super::super::repr::python_repr;
use super::super::system::System;
use super::super::system::files::{LookupError, Node, name, parent, plain as pure};
use super::{accepted, plain};

pub(super) use permissions::{lock_error, set_permissions};
pub(super) use statfs::reach as statfs_place;

pub(super) const METHODS: &[Method] = &[
    plain("filesystem.stat", READ, stat::stat),
    plain("filesystem.statfs", READ, statfs::statfs),
    plain("filesystem.listdir", READ, listdir),
    plain("filesystem.mkdir", &["FILESYSTEM_DATA_WRITE"], mkdir),
    plain("filesystem.getacl", READ, acl::getacl),
];

const READ: &[&str] = &["FILESYSTEM_ATTRS_READ"];

/// `setperm` and `chown`, whose locks differ between releases.
pub(super) fn jobs(release: Release) -> &'static [Method] {
    permissions::jobs(release)
}

/// What the middleware takes off the mode of what it makes.
const UMASK: u32 = 0o022;

fn is_external(path: &str) -> bool {
    path == "EXTERNAL" || path.starts_with("EXTERNAL:")
}

fn external(path: &str) -> Fault {
    Fault::error(18, format!("{path} is external to TrueNAS"))
}

fn user_name(system: &System, uid: u32) -> Option<&str> {
    let user = system.accounts.users.values().find(|user| user.uid == uid);
    user.map(|user| user.username.as_str())
}

fn missing(path: &str) -> Fault {
    Fault::error(2, format!("Path {path} not found"))
}

/// A path as `listdir` and `mkdir` show it.
fn entry(system: &System, path: &str, node: &Node) -> Value {
    let real = system.files.real(path);
    let attributes = stat::attributes(system, &real);
    json!({
        "name": name(path),
        "path": path,
        "realpath": real,
        "type": stat::kind(node),
        "size": stat::size(system, &real, node),
        "allocation_size": stat::ALLOCATED,
        "mode": stat::full_mode(node),
        "mount_id": system.mount_of(&real).id,
        "acl": node.acl.is_some(),
        "uid": node.uid,
        "gid": node.gid,
        "is_mountpoint": attributes.contains(&stat::MOUNT_ROOT),
        "is_ctldir": false,
        "attributes": attributes,
        "xattrs": [],
        "zfs_attrs": [],
    })
}

/// A member of a directory; a link is shown with what it leads to, and not at all if that is
/// nothing.
fn member(system: &System, path: &str) -> Option<Value> {
    let own = system.files.entry(path)?;
    let mut shown = entry(system, path, system.files.get(path)?);
    if own.is_link() {
        shown["type"] = stat::kind(own).into();
        shown["attributes"] = json!([]);
        shown["is_mountpoint"] = false.into();
    }
    Some(shown)
}

fn listdir(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let [filters, options] = query::parameters();
    let fields = [
        required("path", texts::non_empty()),
        filters.named("query_filters"),
        options.named("query_options"),
    ];
    let [path, filters, options] = accepted(call, fields)?;
    let path = pure(path.as_str().unwrap_or_default());
    let system = &*call.system;
    match system.files.get(&path).filter(|_| path.starts_with('/')) {
        None => {
            return Err(Fault::error(2, format!("Directory {path} does not exist")));
        }
        Some(node) if !node.is_directory() => {
            return Err(Fault::error(20, format!("Path {path} is not a directory")));
        }
        Some(_) => {}
    }
    let mut query = Query::new(filters, options);
    if path == "/mnt" {
        // A directory that a pool left behind is not to be chosen for anything.
        query.filters.push(json!(["is_mountpoint", "=", true]));
        query.filters.push(json!(["name", "!=", ".ix-apps"]));
    }
    let mut members = system.files.members(&path);
    // A directory has no order; newest first is as good as any.
    members.sort_by_key(|path| {
        std::cmp::Reverse(system.files.entry(path).map_or(0, |node| node.inode))
    });
    let above = path.trim_end_matches('/');
    let entries = members.into_iter().map(|path| format!("{above}/{}", name(path)));
    let entries = entries.filter_map(|path| member(system, &path)).collect();
    Ok(query.run(entries)?.into())
}

fn mkdir(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let options = Model::new(
        "FilesystemMkdirOptions",
        [
            optional("mode", texts::unix_perm(), "755"),
            optional("raise_chmod_error", boolean(), true),
        ],
    );
    let model = Model::new(
        "FilesystemMkdirArgs",
        [required("path", texts::non_empty()), Field::defaulting("options", options)],
    );
    let [data] = accepted(call, [required("filesystem_mkdir", model)])?;
    let path = data["path"].as_str().unwrap_or_default();
    let mode = mode_of(&data["options"]["mode"]);
    make_directory(call.system, path, mode)?;
    let real = call.system.files.real(path);
    // The reply tells the mode before it is corrected for the umask.
    let told = Node::directory(mode & !UMASK);
    let mut reply = entry(call.system, &real, &told);
    reply["name"] = name(&pure(path)).into();
    reply["path"] = path.into();
    reply["zfs_attrs"] = json!(["ARCHIVE"]);
    Ok(reply.into())
}

/// Makes a directory as `filesystem.mkdir` does, which the middleware itself calls, too.
pub(super) fn make_directory(system: &mut System, path: &str, mode: u32) -> Result<(), Fault> {
    const PERMITTED: [&str; 4] =
        ["/mnt/", "/root/.ssh", "/home/admin/.ssh", "/home/truenas_admin/.ssh"];
    if !path.starts_with('/') {
        return Err(Fault::error(22, format!("{path}: not an absolute path.")));
    }
    if system.files.get(path).is_some() {
        return Err(Fault::error(17, format!("{path}: path already exists.")));
    }
    let real = system.files.real(path);
    if !PERMITTED.iter().any(|permitted| real.starts_with(permitted)) {
        return Err(Fault::error(1, format!("{path}: path not permitted")));
    }
    let above = pure(path);
    let above = system.files.lookup(parent(&above)).found;
    let above = above.map_err(|error| lookup_error(error, Some(path)))?;
    if system.files.get(&above).is_some_and(|node| !node.is_directory()) {
        return Err(lookup_error(LookupError::NotADirectory, Some(path)));
    }
    if system.files.entry(path).is_some() {
        // A link that leads nowhere.
        return Err(os_error("FileExistsError", 17, "File exists", Some(path)));
    }
    if system.is_readonly(&above) {
        return Err(os_error("OSError", 30, "Read-only file system", Some(path)));
    }
    if system.is_immutable(&above) {
        return Err(os_error("PermissionError", 1, "Operation not permitted", Some(path)));
    }
    system.files.put(path, Node::directory(mode));
    Ok(())
}

/// The `OSError` of a path that leads nowhere, if nobody catches it.
fn lookup_error(error: LookupError, path: Option<&str>) -> Fault {
    match error {
        LookupError::NotFound => {
            os_error("FileNotFoundError", 2, "No such file or directory", path)
        }
        LookupError::NotADirectory => os_error("NotADirectoryError", 20, "Not a directory", path),
        LookupError::Loop => os_error("OSError", 40, "Too many levels of symbolic links", path),
    }
}

/// An `OSError` that nobody caught; not every one names a path.
fn os_error(class: &'static str, number: i32, text: &str, path: Option<&str>) -> Fault {
    let place = path.map_or_else(String::new, |path| format!(": {}", python_repr(path)));
    Fault::Call {
        errno: 22,
        reason: format!("[Errno {number}] {text}{place}"),
        class,
        repr: format!("{class}({number}, {})", python_repr(text)),
    }
}

/// What opening a path is refused with that leads over a link, where links are not followed (26.0).
fn check_no_links(system: &System, path: &str) -> Result<(), Fault> {
    let own = system.files.entry(path).is_some_and(Node::is_link);
    if own || system.files.lookup(path).over_link {
        return Err(lookup_error(LookupError::Loop, None));
    }
    Ok(())
}

/// The mode that accepted octal digits stand for.
fn mode_of(digits: &Value) -> u32 {
    let mode = texts::octal(digits.as_str().unwrap_or_default());
    mode.and_then(|mode| u32::try_from(mode).ok()).unwrap_or_default()
}
