//! Which paths can be homes, and which homes can hold keys.

use super::super::super::super::check::{Errors, texts};
use super::super::super::super::fault::Fault;
use super::super::super::super::release::Release;
use super::super::super::super::system::System;
use super::super::super::super::system::access::{EXECUTE, Identity};
use super::super::super::super::system::files::{Node, parent, plain as pure};
use super::super::super::filesystem::statfs_place;
use super::{EEXIST, NONE, is_none};

/// What is known of another account where a home is checked.
pub(in crate::methods::user) struct Neighbour<'a> {
    /// Its name.
    pub(in crate::methods::user) username: &'a str,
    /// Its home.
    pub(in crate::methods::user) home: &'a str,
}

/// Whether the home can be one (`validate_homedir_path`); `false` without a complaint for the
/// home of an account that has none.
///
/// # Errors
/// What asking for its filesystem is refused with: up to 25.10 a home outside of `/mnt` that
/// exists is not complained about, the call fails.
pub(in crate::methods::user) fn validate(
    system: &System,
    attribute: &str,
    home: &str,
    create: bool,
    others: &[Neighbour<'_>],
    errors: &mut Errors,
) -> Result<bool, Fault> {
    if !home.starts_with('/') {
        errors.add(attribute, "\"Home Directory\" must be an absolute path.");
        return Ok(false);
    }
    let path = pure(home);
    let node = system.files.get(&path);
    if node.is_some_and(Node::is_file) {
        errors.add(attribute, "\"Home Directory\" cannot be a file.");
        return Ok(false);
    }
    if home.contains(':') {
        errors.add(attribute, "\"Home Directory\" cannot contain colons (:).");
        return Ok(false);
    }
    if is_none(system.generation(), home) {
        return Ok(false);
    }
    if node.is_some() {
        validate_mount(system, attribute, home, &path, errors)?;
    } else {
        errors.add(attribute, if create {
            format!(
                "{home}: path specified to use for home directory creation does not exist. TrueNAS \
                 uses the provided path as the parent directory of the newly-created home \
                 directory."
            )
        } else {
            format!("{home}: path specified to use as home directory does not exist.")
        });
        let above = parent(&path);
        if system.files.get(above).is_none() {
            let message =
                format!("{above}: parent path of specified home directory does not exist.");
            errors.add(attribute, message);
        }
    }
    if let Some(other) = others.iter().find(|other| other.home == home) {
        let message = format!("{home}: homedir already used by {}.", other.username);
        errors.add_errno(attribute, message, EEXIST);
    }
    if !home.starts_with("/mnt") {
        let message = format!("\"Home Directory\" must begin with /mnt or set to {NONE}.");
        errors.add(attribute, message);
    } else if matches!(home, "/mnt" | "/mnt/") {
        errors.add(attribute, "\"Home Directory\" cannot be at root of \"/mnt\"");
    }
    if !errors.is_empty() {
        return Ok(false);
    }
    let in_pool = |pool: &String| is_within(home, &format!("/mnt/{pool}"));
    if !system.datasets.pools.keys().any(in_pool) {
        let message = format!(
            "The path for the home directory \"({home})\" must include a volume or dataset."
        );
        errors.add(attribute, message);
    } else if system.is_locked(home) {
        let message = "Path component for \"Home Directory\" is currently encrypted and locked";
        errors.add(attribute, message);
    } else if system.files.real(home).matches('/').count() == 2 && !create {
        errors.add(attribute, format!("The specified path is a ZFS pool mountpoint \"({home})\"."));
    }
    Ok(node.is_some() && errors.is_empty())
}

/// Whether the filesystem of a home that exists can hold it, and the home itself can be changed.
fn validate_mount(
    system: &System,
    attribute: &str,
    home: &str,
    path: &str,
    errors: &mut Errors,
) -> Result<(), Fault> {
    let place = statfs_place(system, path)?;
    let mount = system.mount_of(&place);
    if mount.is_readonly() {
        errors.add(attribute, "Path has the ZFS readonly property set.");
    } else if mount.kind != "zfs" {
        errors.add(attribute, "Path is not on a ZFS filesystem");
    } else if system.is_immutable(path) {
        errors.add(attribute, format!("{home}: home directory path is immutable."));
    }
    Ok(())
}

/// Complains about a home that lies outside of the pools whatever it is called
/// (`check_path_resides_within_volume`); the complaint is about the whole account.
pub(in crate::methods::user) fn validate_volume(
    system: &System,
    schema: &str,
    home: &str,
    errors: &mut Errors,
) {
    let real = system.files.real(home);
    let in_pool = |pool: &String| is_within(&real, &format!("/mnt/{pool}"));
    if !home.starts_with("/mnt/") || !system.datasets.pools.keys().any(in_pool) {
        errors.add(schema, "The path must reside within a pool mount point");
    }
}

fn is_within(path: &str, directory: &str) -> bool {
    path.strip_prefix(directory).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether the path is on a dataset of a pool (`plugins/filesystem.py`, `is_dataset_path`).
pub(in crate::methods::user) fn is_on_dataset(system: &System, path: &str) -> Result<bool, Fault> {
    if !path.starts_with("/mnt/") {
        return Ok(false);
    }
    if system.files.get(path).is_none() {
        let text = format!("[Errno 2] No such file or directory: '{path}'");
        return Err(Fault::exception("FileNotFoundError", text));
    }
    Ok(system.datasets.of_path(&system.files.real(path)).is_some())
}

/// Why a mode is not one for a home.
pub(in crate::methods::user) fn validate_mode(attribute: &str, mode: &str, errors: &mut Errors) {
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

/// A home that is to hold keys, as it is going to be.
pub(in crate::methods::user) struct KeyedHome<'a> {
    /// Where it is.
    pub(in crate::methods::user) path: &'a str,
    /// Its mode, if the call sets it or makes it.
    pub(in crate::methods::user) mode: Option<u32>,
    /// Whether the call gives it to the account.
    pub(in crate::methods::user) given: bool,
    /// Whose it is.
    pub(in crate::methods::user) identity: Identity,
}

impl KeyedHome<'_> {
    /// Complains where sshd would not use the keys: a directory above the home that the account
    /// cannot enter, a home that everybody may write to, or one that is neither the account's nor
    /// root's. 26.0.0 refuses them; no release before does, its previews included.
    ///
    /// Source: pull request 19652 of truenas/middleware, whose text says what is refused. Its code
    /// is not at hand: the sentences are not those of TrueNAS.
    pub(in crate::methods::user) fn validate(
        &self,
        system: &System,
        attribute: &str,
        errors: &mut Errors,
    ) {
        if !system.checks_homes_of_keys() {
            return;
        }
        let path = self.path;
        let shut = system.files.lookup(path).searched.into_iter().find(|above| {
            let node = system.files.get(above);
            node.is_some_and(|node| !self.identity.may(node, EXECUTE))
        });
        if let Some(above) = shut {
            errors.add(attribute, format!("{above}: the user cannot enter this directory, so that no SSH public key below it is found."));
        }
        let node = system.files.get(path);
        let mode = self.mode.or(node.map(|node| node.mode)).unwrap_or_default();
        if mode & 0o002 != 0 {
            errors.add(attribute, format!("{path}: the home directory is world-writable, so that no SSH public key in it is used."));
        }
        let strange = node.is_some_and(|node| node.uid != 0 && node.uid != self.identity.uid);
        if strange && !self.given {
            errors.add(attribute, format!("{path}: the home directory is owned neither by the user nor by root, so that no SSH public key in it is used."));
        }
    }
}

impl System {
    /// Whether a key is refused that sshd would not use (26.0.0, not its previews).
    fn checks_homes_of_keys(&self) -> bool {
        self.generation() >= Release::V26_0 && !self.release().contains('-')
    }
}
