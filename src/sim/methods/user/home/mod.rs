//! Home directories: which ones there are, and how they are made and moved
//! (`plugins/account.py`).

pub(super) mod keys;
pub(super) mod rules;

use super::super::super::check::texts;
use super::super::super::fault::Fault;
use super::super::super::release::Release;
use super::super::super::repr::python_repr;
use super::super::super::system::System;
use super::super::super::system::files::{Node, parent, plain as pure};
use super::super::super::wire::reply;
use super::super::filesystem::{make_directory, set_permissions};

/// The home of an account that has none (`DEFAULT_HOME_PATH`).
pub(super) const NONE: &str = "/var/empty";
/// The same, as it was once written.
const NONEXISTENT: &str = "/nonexistent";

const EFAULT: i32 = 14;
const EEXIST: i32 = 17;

/// Whether a path stands for no home.
pub(super) fn is_none(release: Release, home: &str) -> bool {
    home == NONE || home == NONEXISTENT && release.knows_nonexistent_home()
}

/// The bits of a mode that has been checked.
pub(super) fn bits(mode: &str) -> u32 {
    texts::octal(mode).and_then(|mode| u32::try_from(mode).ok()).unwrap_or(0o700)
}

/// A path as Python's `os.path.join` puts it together.
pub(super) fn joined(path: &str, name: &str) -> String {
    format!("{}/{name}", path.strip_suffix('/').unwrap_or(path))
}

/// Sets a home's mode and nothing else of it but its ACL. What the job says is not looked at.
pub(super) fn set_mode(system: &mut System, home: &str, mode: u32) {
    let _ignored = set_permissions(system, home, mode, None, None, false);
}

/// Makes a home below the path, or takes the path itself (`setup_homedir`); gives the home.
pub(super) fn set_up(
    system: &mut System,
    path: &str,
    username: &str,
    mode: u32,
    (uid, gid): (u32, u32),
    create: bool,
) -> Result<String, Fault> {
    let target = if create { joined(path, username) } else { path.to_owned() };
    let mut made = false;
    if create {
        match make_directory(system, &target, mode) {
            Ok(()) => made = true,
            Err(fault) if reply::class(&fault) == "CallError" => {
                // Nothing else that this refuses is told.
                if system.files.get(&target).is_some_and(|node| !node.is_directory()) {
                    let text = "Path for home directory already exists and is not a directory";
                    return Err(Fault::error(EEXIST, text));
                }
            }
            Err(fault) => {
                let raised = reply::reason(&fault);
                let text =
                    format!("Failed to create the home directory ({target}) for user: {raised}");
                return Err(Fault::error(EFAULT, text));
            }
        }
    }
    if let Err(fault) = set_permissions(system, &target, mode, Some(uid), Some(gid), false) {
        if made {
            system.files.remove(&target);
        }
        return Err(fault);
    }
    Ok(target)
}

/// Makes a home that has gone missing (`recreate_homedir_if_not_exists`).
pub(super) fn recreate(
    system: &mut System,
    home: &str,
    mode: u32,
    (uid, gid): (u32, u32),
) -> Result<(), Fault> {
    match system.files.get(home) {
        Some(node) if node.is_directory() => return Ok(()),
        Some(_) => {
            let text = format!("{} already exists and is not a directory", python_repr(home));
            return Err(Fault::error(EFAULT, text));
        }
        None => {}
    }
    if !make_directories(system, home) {
        return Err(Fault::error(EFAULT, format!("Failed recreating \"{home}\"")));
    }
    set_permissions(system, home, mode, Some(uid), Some(gid), false)
}

/// Makes a directory and what is missing above (`os.makedirs`); gives whether that worked.
fn make_directories(system: &mut System, path: &str) -> bool {
    let path = pure(path);
    let above = parent(&path).to_owned();
    let is_directory = system.files.get(&above).map(Node::is_directory);
    if is_directory == Some(false) || is_directory.is_none() && !make_directories(system, &above) {
        return false;
    }
    let place = system.files.real(&above);
    let taken = system.files.entry(&path).is_some();
    if taken || system.is_readonly(&place) || system.is_immutable(&place) {
        return false;
    }
    system.files.put(&path, Node::directory(0o755));
    true
}

/// Copies a home to its new place (`do_home_copy`), all at once: the real one does it in a job.
pub(super) fn copy(system: &mut System, from: &str, to: &str, mode: Option<u32>, uid: u32) {
    let Some(old) = system.files.get(from) else { return };
    let mode = mode.unwrap_or(old.mode);
    let _ignored = set_permissions(system, to, mode, Some(uid), None, false);
    let (from, to) = (system.files.real(from), system.files.real(to));
    if system.is_readonly(&to) {
        return;
    }
    let below: Vec<String> =
        system.files.tree(&from).into_iter().filter(|path| *path != from).collect();
    for path in below {
        // A home that moves into itself is not copied into its copy.
        if path == to || path.starts_with(&format!("{to}/")) {
            continue;
        }
        if let Some(node) = system.files.entry(&path).cloned() {
            system.files.put(&format!("{to}{}", &path[from.len()..]), node);
        }
    }
}
