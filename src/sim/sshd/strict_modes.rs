//! `StrictModes`: whether a key file is out of others' reach, as Debian's sshd decides it.
//!
//! Source: OpenSSH `misc.c` (`safe_path`), Debian `user-group-modes.patch`
//! (`secure_permissions`); the scenario `links` shows it.

use super::super::system::System;
use super::super::system::accounts::User;
use super::super::system::files::{self, Node};

/// Why a key file is not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// It is not there.
    #[error("Could not open user authorized keys '{0}': No such file or directory")]
    Missing(String),
    /// The user itself may not get to it: sshd opens it as the user.
    #[error("Could not open user authorized keys '{0}': Permission denied")]
    Forbidden(String),
    /// It is a directory.
    #[error("authorized keys '{0}' is not a regular file")]
    NoFile(String),
    /// The file is in others' reach.
    #[error("Authentication refused: bad ownership or modes for file {0}")]
    File(String),
    /// A directory above it is.
    #[error("Authentication refused: bad ownership or modes for directory {0}")]
    Directory(String),
}

/// The content of a key file, read as sshd does it for a user.
///
/// # Errors
/// [`Unreadable`]
pub fn read<'a>(
    system: &'a System,
    path: &str,
    user: &User,
    strict: bool,
) -> Result<&'a str, Unreadable> {
    let path = files::normal(path);
    let node = open(system, &path, user)?;
    if node.is_directory() {
        return Err(Unreadable::NoFile(path));
    }
    if strict {
        if !is_safe(system, node, user) {
            return Err(Unreadable::File(path));
        }
        let home = files::normal(&user.home);
        let home = system.files.get(&home).map(|_| home);
        let mut directory = path.as_str();
        while directory != "/" {
            directory = files::parent(directory);
            let safe = system.files.get(directory).is_some_and(|node| is_safe(system, node, user));
            if !safe {
                return Err(Unreadable::Directory(directory.to_owned()));
            }
            if home.as_deref() == Some(directory) {
                break;
            }
        }
    }
    // A key is found in what is text; sshd reads no other line as one either.
    Ok(node.text().unwrap_or_default())
}

/// Opens a file as that user.
fn open<'a>(system: &'a System, path: &str, user: &User) -> Result<&'a Node, Unreadable> {
    let mut above: Vec<&str> = Vec::new();
    let mut directory = path;
    while directory != "/" {
        directory = files::parent(directory);
        above.push(directory);
    }
    for directory in above.into_iter().rev() {
        let node = system.files.get(directory);
        let node = node.ok_or_else(|| Unreadable::Missing(path.to_owned()))?;
        if !may(system, node, user, EXECUTE) {
            return Err(Unreadable::Forbidden(path.to_owned()));
        }
    }
    let node = system.files.get(path).ok_or_else(|| Unreadable::Missing(path.to_owned()))?;
    if may(system, node, user, READ) {
        Ok(node)
    } else {
        Err(Unreadable::Forbidden(path.to_owned()))
    }
}

const READ: u32 = 4;
const EXECUTE: u32 = 1;

/// Whether the mode allows a user something: the first class that it belongs to decides.
fn may(system: &System, node: &Node, user: &User, wanted: u32) -> bool {
    let shift = if user.uid == node.uid {
        6
    } else if gids(system, user).any(|gid| gid == node.gid) {
        3
    } else {
        0
    };
    user.uid == 0 || node.mode >> shift & wanted != 0
}

/// The gids of a user's groups.
fn gids<'a>(system: &'a System, user: &'a User) -> impl Iterator<Item = u32> + 'a {
    let groups = std::iter::once(&user.group).chain(&user.groups);
    groups.filter_map(|id| system.accounts.groups.get(id)).map(|group| group.gid)
}

/// Whether only the user and root can change it. Debian accepts a file that its group may write
/// if nobody but the user is in that group.
fn is_safe(system: &System, node: &Node, user: &User) -> bool {
    let owned = node.uid == 0 || node.uid == user.uid;
    let for_all = node.mode & 0o002 != 0;
    let for_group = node.mode & 0o020 != 0;
    owned && !for_all && (!for_group || is_own_group(system, node, user))
}

fn is_own_group(system: &System, node: &Node, user: &User) -> bool {
    let groups: Vec<i64> = system
        .accounts
        .groups
        .values()
        .filter(|group| group.gid == node.gid)
        .map(|g| g.id)
        .collect();
    let users = || system.accounts.users.values();
    let primary: Vec<u32> =
        users().filter(|user| groups.contains(&user.group)).map(|user| user.uid).collect();
    let further: Vec<u32> = users()
        .filter(|user| user.groups.iter().any(|group| groups.contains(group)))
        .map(|user| user.uid)
        .collect();
    let nobody_else = primary.iter().all(|uid| *uid == user.uid);
    // The further members are compared with the file's owner, not with the one who logs in.
    let only_owner = further.is_empty() || further == [node.uid];
    nobody_else && only_owner && !(primary.is_empty() && further.is_empty())
}
