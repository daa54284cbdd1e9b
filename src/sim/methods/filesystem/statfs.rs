//! `filesystem.statfs`: the filesystem that a path is on.

use serde_json::{Value, json};

use super::super::super::check::{required, texts};
use super::super::super::fault::Fault;
use super::super::super::method::{Call, Reply};
use super::super::super::release::Release;
use super::super::super::system::System;
use super::super::super::system::files::LookupError;
use super::{accepted, check_no_links, lookup_error};

const ENOENT: i32 = 2;
const EFAULT: i32 = 14;
const ELOOP: i32 = 40;

/// Whether a path may be asked for, and leads somewhere; gives where that is, without links. Up to
/// 25.10 only paths below `/mnt` may, since 26.0 every one that has no links.
pub(in crate::methods) fn reach(system: &System, path: &str) -> Result<String, Fault> {
    if system.generation() >= Release::V26_0 {
        check_no_links(system, path)
            .map_err(|_| Fault::error(ELOOP, "Symlinks are not permitted."))?;
    } else if !path.starts_with("/mnt/") {
        return Err(Fault::error(EFAULT, "Path must start with \"/mnt/\""));
    } else if path == "/mnt/" {
        return Err(Fault::error(EFAULT, "Path must include more than \"/mnt/\""));
    }
    system.files.lookup(path).found.map_err(|error| match error {
        LookupError::NotFound => Fault::error(ENOENT, "Path not found."),
        error => lookup_error(error, Some(path)),
    })
}

pub(super) fn statfs(call: &mut Call<'_>) -> Result<Reply, Fault> {
    const NAME_MAX: u64 = 255;
    /// A block of a file's own data, which every file has at least one of.
    const BYTES_A_FILE: u64 = 512;
    let [path] = accepted(call, [required("path", texts::non_empty())])?;
    let system = &*call.system;
    let place = reach(system, path.as_str().unwrap_or_default())?;
    let mount = system.mount_of(&place);
    let [total, free] = mount.bytes.map(|bytes| bytes / mount.block_size);
    let files = free * mount.block_size / BYTES_A_FILE;
    let flags: Vec<String> = mount.options.iter().map(|option| option.to_uppercase()).collect();
    let mut entry = json!({
        "flags": flags,
        "fstype": mount.kind,
        "source": mount.source,
        "dest": mount.at,
        "blocksize": mount.block_size,
        "total_blocks": total,
        "free_blocks": free,
        "avail_blocks": free,
        "files": files + 6,
        "free_files": files,
        "name_max": NAME_MAX,
        "fsid": (0x5a46_5300 + mount.id).to_string(),
        "total_bytes": total * mount.block_size,
        "free_bytes": free * mount.block_size,
        "avail_bytes": free * mount.block_size,
    });
    for unit in ["blocks", "bytes"] {
        for which in ["total", "free", "avail"] {
            let name = format!("{which}_{unit}");
            entry[format!("{name}_str")] = Value::from(entry[&name].to_string());
        }
    }
    Ok(entry.into())
}
