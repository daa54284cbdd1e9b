//! Home directories and the keys in them (`plugins/account.py`).

use super::super::super::check::{Errors, texts};
use super::super::super::fault::Fault;
use super::super::super::release::Release;
use super::super::super::system::System;
use super::super::super::system::files::{Node, normal, parent};

/// The home of an account that has none (`DEFAULT_HOME_PATH`).
pub(super) const NONE: &str = "/var/empty";
/// The same, as it was once written.
const NONEXISTENT: &str = "/nonexistent";

/// Whether a path stands for no home.
pub(super) fn is_none(release: Release, home: &str) -> bool {
    home == NONE || home == NONEXISTENT && release.knows_nonexistent_home()
}

/// Where a directory may be made (`plugins/filesystem.py`, `mkdir`).
const PERMITTED: [&str; 4] =
    ["/mnt/", "/root/.ssh", "/home/admin/.ssh", "/home/truenas_admin/.ssh"];

/// The keys that may log in: whatever stands in the home's file, without blanks around it.
pub(super) fn authorized_keys(system: &System, home: &str) -> Option<String> {
    let file = system.files.get(&keys_file(home))?;
    file.text().map(|content| content.trim().to_owned())
}

fn ssh_directory(home: &str) -> String {
    format!("{home}/.ssh")
}

fn keys_file(home: &str) -> String {
    format!("{home}/.ssh/authorized_keys")
}

/// What is known of another account where a home is checked.
pub(super) struct Neighbour<'a> {
    /// Its name.
    pub username: &'a str,
    /// Its home.
    pub home: &'a str,
}

/// Whether the home can be one (`validate_homedir_path`); `false` without a complaint for the
/// home of an account that has none.
pub(super) fn validate(
    system: &System,
    attribute: &str,
    home: &str,
    create: bool,
    others: &[Neighbour<'_>],
    errors: &mut Errors,
) -> bool {
    if !home.starts_with('/') {
        errors.add(attribute, "\"Home Directory\" must be an absolute path.");
        return false;
    }
    let node = system.files.get(home);
    if node.is_some_and(|node| !node.is_directory()) {
        errors.add(attribute, "\"Home Directory\" cannot be a file.");
        return false;
    }
    if home.contains(':') {
        errors.add(attribute, "\"Home Directory\" cannot contain colons (:).");
        return false;
    }
    if is_none(system.generation(), home) {
        return false;
    }
    if node.is_none() {
        errors.add(attribute, if create {
            format!(
                "{home}: path specified to use for home directory creation does not exist. TrueNAS \
                 uses the provided path as the parent directory of the newly-created home \
                 directory."
            )
        } else {
            format!("{home}: path specified to use as home directory does not exist.")
        });
        let path = normal(home);
        let above = parent(&path);
        if system.files.get(above).is_none() {
            let message =
                format!("{above}: parent path of specified home directory does not exist.");
            errors.add(attribute, message);
        }
    } else if is_readonly(system, home) {
        errors.add(attribute, "Path has the ZFS readonly property set.");
    }
    if let Some(other) = others.iter().find(|other| other.home == home) {
        let message = format!("{home}: homedir already used by {}.", other.username);
        errors.add_errno(attribute, message, 17);
    }
    if !home.starts_with("/mnt") {
        let message = format!("\"Home Directory\" must begin with /mnt or set to {NONE}.");
        errors.add(attribute, message);
    } else if matches!(home, "/mnt" | "/mnt/") {
        errors.add(attribute, "\"Home Directory\" cannot be at root of \"/mnt\"");
    }
    if !errors.is_empty() {
        return false;
    }
    let in_pool = |pool: &String| is_within(home, &format!("/mnt/{pool}"));
    if !system.datasets.pools.keys().any(in_pool) {
        let message = format!(
            "The path for the home directory \"({home})\" must include a volume or dataset."
        );
        errors.add(attribute, message);
    } else if is_locked(system, home) {
        let message = "Path component for \"Home Directory\" is currently encrypted and locked";
        errors.add(attribute, message);
    } else if normal(home).matches('/').count() == 2 && !create {
        errors.add(attribute, format!("The specified path is a ZFS pool mountpoint \"({home})\"."));
    }
    node.is_some() && errors.is_empty()
}

fn is_within(path: &str, directory: &str) -> bool {
    path.strip_prefix(directory).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn is_readonly(system: &System, path: &str) -> bool {
    let dataset = system.datasets.of_path(&normal(path));
    dataset.is_some_and(|dataset| system.datasets.raw(dataset, "readonly") == "on")
}

fn is_locked(system: &System, path: &str) -> bool {
    let mut locked = system.datasets.names().filter(|name| system.datasets.is_locked(name));
    locked.any(|name| is_within(path, &system.datasets.mountpoint_property(name)))
}

/// Whether the path is on a dataset of a pool (`plugins/filesystem.py`, `is_dataset_path`).
pub(super) fn is_on_dataset(system: &System, path: &str) -> Result<bool, Fault> {
    if !path.starts_with("/mnt/") {
        return Ok(false);
    }
    if system.files.get(path).is_none() {
        let text = format!("[Errno 2] No such file or directory: '{path}'");
        return Err(Fault::exception("FileNotFoundError", text));
    }
    Ok(system.datasets.of_path(&normal(path)).is_some())
}

/// Why a mode is not one for a home.
pub(super) fn validate_mode(attribute: &str, mode: &str, errors: &mut Errors) {
    match texts::octal(mode) {
        Some(mode @ 0..=0o777) => {
            if mode & 0o400 == 0 {
                errors.add(attribute, "Home directory must be readable by User.");
            }
            if mode & 0o100 == 0 {
                errors.add(attribute, "Home directory must be executable by User.");
            }
        }
        _ => errors.add(attribute, "Please provide a valid value for home_mode attribute"),
    }
}

/// The bits of a mode that has been checked.
pub(super) fn bits(mode: &str) -> u32 {
    texts::octal(mode).and_then(|mode| u32::try_from(mode).ok()).unwrap_or(0o700)
}

/// Mode and owner of what stands there; its ACL goes.
fn set(system: &mut System, path: &str, mode: u32, uid: Option<u32>, gid: Option<u32>) {
    if let Some(node) = system.files.get_mut(path) {
        node.mode = mode;
        node.uid = uid.unwrap_or(node.uid);
        node.gid = gid.unwrap_or(node.gid);
        node.acl = None;
    }
}

/// Sets a home's mode and nothing else of it but its ACL.
pub(super) fn set_mode(system: &mut System, home: &str, mode: u32) {
    set(system, home, mode, None, None);
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
    match system.files.get(&target) {
        Some(node) if create && !node.is_directory() => {
            let text = "Path for home directory already exists and is not a directory";
            return Err(Fault::error(17, text));
        }
        Some(_) => {}
        None => make(system, &target, mode)?,
    }
    set(system, &target, mode, Some(uid), Some(gid));
    Ok(target)
}

/// A path as Python's `os.path.join` puts it together.
pub(super) fn joined(path: &str, name: &str) -> String {
    format!("{}/{name}", path.strip_suffix('/').unwrap_or(path))
}

fn make(system: &mut System, path: &str, mode: u32) -> Result<(), Fault> {
    if !PERMITTED.iter().any(|permitted| path.starts_with(permitted)) {
        return Err(Fault::error(1, format!("{path}: path not permitted")));
    }
    if is_readonly(system, path) {
        let text = format!("[Errno 30] Read-only file system: '{path}'");
        return Err(Fault::exception("OSError", text));
    }
    system.files.put(path, Node::directory(mode));
    Ok(())
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
            let shown = super::super::super::repr::python_repr(home);
            let text = format!("{shown} already exists and is not a directory");
            return Err(Fault::error(14, text));
        }
        None if is_readonly(system, home) => {
            return Err(Fault::error(14, format!("Failed recreating \"{home}\"")));
        }
        None => system.files.ensure_directory(home, mode),
    }
    set(system, home, mode, Some(uid), Some(gid));
    Ok(())
}

/// Writes the keys of a home (`update_sshpubkey`): none removes the file, the same ones leave
/// everything as it is, others put `.ssh` in order too.
pub(super) fn write_keys(
    system: &mut System,
    home: &str,
    keys: Option<&str>,
    (uid, gid): (u32, u32),
) -> Result<(), Fault> {
    if !system.files.get(home).is_some_and(Node::is_directory) {
        return Ok(());
    }
    let (directory, file) = (ssh_directory(home), keys_file(home));
    let keys = keys.unwrap_or_default().trim();
    if keys.is_empty() {
        if !is_readonly(system, home) && system.files.get(&file).is_some_and(|n| !n.is_directory())
        {
            system.files.remove(&file);
        }
        return Ok(());
    }
    if authorized_keys(system, home).as_deref() == Some(keys) {
        return Ok(());
    }
    match system.files.get(&directory) {
        None => make(system, &directory, 0o700)?,
        Some(node) if !node.is_directory() => {
            // `filesystem.mkdir` is asked to make it and finds the file.
            return Err(Fault::error(17, format!("{directory}: path already exists.")));
        }
        Some(_) if is_readonly(system, home) => {
            let text = format!("[Errno 30] Read-only file system: '{directory}'");
            return Err(Fault::exception("OSError", text));
        }
        Some(_) => {}
    }
    for path in system.files.tree(&directory) {
        set(system, &path, 0o700, Some(uid), Some(gid));
    }
    let node = Node::file(format!("{keys}\n"), 0o600).owned_by(uid, gid);
    system.files.put(&file, node);
    Ok(())
}

/// Copies a home to its new place (`do_home_copy`), all at once: the real one does it in a job.
pub(super) fn copy(system: &mut System, from: &str, to: &str, mode: Option<u32>, uid: u32) {
    let Some(old) = system.files.get(from) else { return };
    let mode = mode.unwrap_or(old.mode);
    set(system, to, mode, Some(uid), None);
    let (from, to) = (normal(from), normal(to));
    let below: Vec<String> =
        system.files.tree(&from).into_iter().filter(|path| *path != from).collect();
    for path in below {
        // A home that moves into itself is not copied into its copy.
        if path == to || path.starts_with(&format!("{to}/")) {
            continue;
        }
        if let Some(node) = system.files.get(&path).cloned() {
            system.files.put(&format!("{to}{}", &path[from.len()..]), node);
        }
    }
}

/// Removes the keys of an account that goes.
pub(super) fn forget_keys(system: &mut System, home: &str) {
    if !is_none(system.generation(), home) && !is_readonly(system, home) {
        system.files.remove(&ssh_directory(home));
    }
}
