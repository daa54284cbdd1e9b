//! The keys in a home.

use super::super::super::super::fault::Fault;
use super::super::super::super::release::Release;
use super::super::super::super::repr::python_repr;
use super::super::super::super::system::System;
use super::super::super::super::system::files::{LookupError, Node};
use super::super::super::super::wire::reply;
use super::super::super::filesystem::{make_directory, set_permissions};
use super::{EFAULT, is_none};

/// The keys that may log in: whatever stands in the home's file, without blanks around it.
pub(in crate::methods::user) fn read(system: &System, home: &str) -> Option<String> {
    let file = system.files.get(&file_of(home))?;
    file.text().map(|content| content.trim().to_owned())
}

fn directory_of(home: &str) -> String {
    format!("{home}/.ssh")
}

fn file_of(home: &str) -> String {
    format!("{home}/.ssh/authorized_keys")
}

/// Writes the keys of a home (`update_sshpubkey`): none removes the file, the same ones leave
/// everything as it is, others put `.ssh` in order too.
pub(in crate::methods::user) fn write(
    system: &mut System,
    home: &str,
    keys: Option<&str>,
    owner: (u32, u32),
) -> Result<(), Fault> {
    update(system, home, keys, owner).map_err(|fault| match reply::class(&fault) {
        "PermissionError" => {
            let text = format!("Failed to update authorized keys: {}", reply::reason(&fault));
            Fault::error(EFAULT, text)
        }
        _ => fault,
    })
}

fn update(
    system: &mut System,
    home: &str,
    keys: Option<&str>,
    (uid, gid): (u32, u32),
) -> Result<(), Fault> {
    if !system.files.get(home).is_some_and(Node::is_directory) {
        return Ok(());
    }
    let (directory, file) = (directory_of(home), file_of(home));
    let keys = keys.unwrap_or_default().trim();
    if keys.is_empty() {
        // A link goes, and not what it leads to; what cannot go stays without a word.
        let removable = system.files.entry(&file).is_some_and(|node| !node.is_directory());
        if removable && !system.is_readonly(&directory) {
            system.files.remove(&file);
        }
        return Ok(());
    }
    if read(system, home).as_deref() == Some(keys) {
        return Ok(());
    }
    if !system.files.get(&directory).is_some_and(Node::is_directory) {
        make_directory(system, &directory, 0o700)?;
    }
    set_permissions(system, &directory, 0o700, Some(uid), Some(gid), true)?;
    let node = Node::file(format!("{keys}\n"), 0o600).owned_by(uid, gid);
    let place = place_of(system, &file)?;
    system.files.put(&place, node);
    Ok(())
}

/// Where the file is written: up to 25.10 it is opened, and a link is followed; since 26.0 another
/// file takes its place (`atomic_write`).
fn place_of(system: &System, file: &str) -> Result<String, Fault> {
    let raised = |class: &'static str, number: i32, text: &str| {
        let text = format!("[Errno {number}] {text}: {}", python_repr(file));
        Err(Fault::exception(class, text))
    };
    if system.files.entry(file).is_some_and(Node::is_directory) {
        return raised("IsADirectoryError", 21, "Is a directory");
    }
    if system.generation() >= Release::V26_0 {
        return Ok(file.to_owned());
    }
    match system.files.lookup(file).found {
        Ok(place) if system.files.get(&place).is_some_and(Node::is_directory) => {
            raised("IsADirectoryError", 21, "Is a directory")
        }
        Ok(place) if system.is_readonly(&place) => raised("OSError", 30, "Read-only file system"),
        Ok(place) => Ok(place),
        Err(LookupError::Loop) => raised("OSError", 40, "Too many levels of symbolic links"),
        Err(LookupError::NotADirectory) => raised("NotADirectoryError", 20, "Not a directory"),
        Err(LookupError::NotFound) => {
            let place = system.files.real(file);
            let above = super::parent(&place);
            if !system.files.get(above).is_some_and(Node::is_directory) {
                return raised("FileNotFoundError", 2, "No such file or directory");
            }
            match system.is_readonly(above) {
                true => raised("OSError", 30, "Read-only file system"),
                false => Ok(place),
            }
        }
    }
}

/// Removes the keys of an account that goes, unless that fails: nobody is told.
pub(in crate::methods::user) fn forget(system: &mut System, home: &str) {
    let directory = directory_of(home);
    let is_directory = system.files.entry(&directory).is_some_and(Node::is_directory);
    if !is_none(system.generation(), home) && is_directory && !system.is_readonly(&directory) {
        system.files.remove(&directory);
    }
}
