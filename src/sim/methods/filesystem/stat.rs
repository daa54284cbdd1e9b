//! `filesystem.stat`: what stands at a path.

use serde_json::json;

use super::super::super::check::{required, texts};
use super::super::super::fault::Fault;
use super::super::super::method::{Call, Reply};
use super::super::super::system::System;
use super::super::super::system::files::{Content, LookupError, Node, plain as pure};
use super::{accepted, external, is_external, lookup_error, missing, user_name};

/// Where the type stands in `st_mode`.
const DIRECTORY: u32 = 0o040_000;
const FILE: u32 = 0o100_000;
const LINK: u32 = 0o120_000;

/// What an entry takes up on disk, bytes.
pub(super) const ALLOCATED: u64 = 512;

pub(super) const MOUNT_ROOT: &str = "MOUNT_ROOT";
const IMMUTABLE: &str = "IMMUTABLE";

pub(super) fn kind(node: &Node) -> &'static str {
    match node.content {
        Content::Directory => "DIRECTORY",
        Content::File(_) => "FILE",
        Content::Link(_) => "SYMLINK",
    }
}

pub(super) fn full_mode(node: &Node) -> u32 {
    node.mode
        | match node.content {
            Content::Directory => DIRECTORY,
            Content::File(_) => FILE,
            Content::Link(_) => LINK,
        }
}

/// The size of what stands at a path that has no links.
pub(super) fn size(system: &System, path: &str, node: &Node) -> usize {
    match &node.content {
        Content::File(content) => content.len(),
        Content::Link(target) => target.len(),
        // A directory counts its entries, `.` and `..` among them.
        Content::Directory => system.files.members(path).len() + 2,
    }
}

/// The attributes that `statx` tells of a path that has no links.
pub(super) fn attributes(system: &System, path: &str) -> Vec<&'static str> {
    let immutable = system.is_immutable(path).then_some(IMMUTABLE);
    let mount_root = (system.mount_of(path).at == path).then_some(MOUNT_ROOT);
    immutable.into_iter().chain(mount_root).collect()
}

/// What `filesystem.stat` looks at.
pub(super) struct Found<'a> {
    /// What stands there; of a link, what it leads to.
    pub(super) node: &'a Node,
    /// Where that is, without links.
    pub(super) place: String,
    /// Whether the path's last part is a link.
    pub(super) is_link: bool,
    /// What is told as `realpath`: only a link at the end of a path is followed for it, and the
    /// path is otherwise shown as it was sent.
    pub(super) realpath: String,
}

/// What stands at a path: the entry itself is looked at first, then what a link leads to.
pub(super) fn found<'a>(system: &'a System, path: &str) -> Result<Found<'a>, Fault> {
    if is_external(path) {
        return Err(external(path));
    }
    if !path.starts_with('/') {
        return Err(Fault::error(22, format!("{path}: path must be absolute")));
    }
    let written = pure(path);
    let refusal = |error| match error {
        LookupError::NotFound => missing(path),
        // Whatever else goes wrong is not caught, and names no path.
        error => lookup_error(error, None),
    };
    let own = system.files.lookup_entry(&written).found.map_err(refusal)?;
    let is_link = system.files.entry(&own).is_some_and(Node::is_link);
    let place = system.files.lookup(&written).found.map_err(refusal)?;
    let node = system.files.get(&place).ok_or_else(|| missing(path))?;
    let realpath = if is_link { place.clone() } else { written };
    Ok(Found { node, place, is_link, realpath })
}

pub(super) fn stat(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let [path] = accepted(call, [required("path", texts::non_empty())])?;
    let system = &*call.system;
    let Found { node, place, is_link, realpath } =
        found(system, path.as_str().unwrap_or_default())?;
    #[allow(clippy::cast_precision_loss)]
    let changed = node.changed_ms as f64 / 1000.0;
    let mount = system.mount_of(&place).id;
    let links = if node.is_directory() { 2 } else { 1 };
    // The attributes are those of the entry itself, and a link has none.
    let attributes = if is_link { Vec::new() } else { attributes(system, &place) };
    let entry = json!({
        "realpath": realpath,
        "type": if is_link { "SYMLINK" } else { kind(node) },
        "size": size(system, &place, node),
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
        "is_mountpoint": attributes.contains(&MOUNT_ROOT),
        "is_ctldir": false,
        "attributes": attributes,
        "user": user_name(system, node.uid),
        "group": system.accounts.group_name(node.gid),
    });
    Ok(entry.into())
}
