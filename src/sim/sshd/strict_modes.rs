//! `StrictModes`: whether a key file is out of others' reach, as Debian's sshd decides it.
//!
//! Source: OpenSSH `auth2-pubkeyfile.c` (`auth_openkeyfile`), `misc.c` (`safe_path`), Debian `user-group-modes.patch`
//! (`secure_permissions`); the scenario `links` shows it.

use super::super::system::System;
use super::super::system::access::{EXECUTE, Identity, READ};
use super::super::system::accounts::User;
use super::super::system::files::{self, Content, LookupError, Node};

/// Why a key file is not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// It is not there.
    #[error("Could not open user authorized keys '{0}': No such file or directory")]
    Missing(String),
    /// A file is in the place of a directory above it.
    #[error("Could not open user authorized keys '{0}': Not a directory")]
    NoDirectory(String),
    /// Symbolic links lead to each other.
    #[error("Could not open user authorized keys '{0}': Too many levels of symbolic links")]
    Loop(String),
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

/// The content of a key file, read as sshd does it for a user. Links are followed; what they lead
/// to is looked at, and the directories above that, up to the home or the root.
///
/// # Errors
/// [`Unreadable`]
pub fn read<'a>(
    system: &'a System,
    path: &str,
    user: &User,
    strict: bool,
) -> Result<&'a [u8], Unreadable> {
    let (real, node) = open(system, path, user)?;
    let Content::File(content) = &node.content else {
        return Err(Unreadable::NoFile(path.to_owned()));
    };
    if strict {
        if !is_safe(system, node, user) {
            return Err(Unreadable::File(real));
        }
        let home = system.files.lookup(&user.home).found.ok();
        let mut directory = real.as_str();
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
    Ok(content)
}

/// Opens a file as that user; gives its name without links, too.
fn open<'a>(system: &'a System, path: &str, user: &User) -> Result<(String, &'a Node), Unreadable> {
    let identity = Identity::of(system, user);
    let may =
        |path: &str, wanted| system.files.get(path).is_some_and(|node| identity.may(node, wanted));
    let walked = system.files.lookup(path);
    if !walked.searched.iter().all(|directory| may(directory, EXECUTE)) {
        return Err(Unreadable::Forbidden(path.to_owned()));
    }
    let real = walked.found.map_err(|error| match error {
        LookupError::NotFound => Unreadable::Missing(path.to_owned()),
        LookupError::NotADirectory => Unreadable::NoDirectory(path.to_owned()),
        LookupError::Loop => Unreadable::Loop(path.to_owned()),
    })?;
    match system.files.get(&real) {
        Some(node) if may(&real, READ) => Ok((real, node)),
        _ => Err(Unreadable::Forbidden(path.to_owned())),
    }
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

#[cfg(test)]
mod tests {
    use super::super::super::fleet::Fleet;
    use super::*;

    /// What sshd reads of a home whose `authorized_keys` is a link.
    fn read_link(target: &str, files: &str) -> Result<String, Unreadable> {
        const KEYS: &str = "/mnt/tank/home/repl/.ssh/authorized_keys";
        let text = format!(
            "systems: {{box: {{release: 25.10.6, pools: {{tank: {{}}}}, datasets: {{tank/home: {{}}}}, \
             users: {{repl: {{uid: 3001, home: /mnt/tank/home/repl, sshpubkey: old}}}}, \
             directories: {{{KEYS}: {{link: \"{target}\"}}, {files}}}}}}}"
        );
        let fleet = Fleet::parse(&text).expect("a fleet");
        let system = System::new(&fleet.systems["box"]).expect("a system");
        let user = system.accounts.user("repl").expect("an account");
        read(&system, KEYS, user, true).map(|text| String::from_utf8_lossy(text).into_owned())
    }

    #[test]
    fn a_link_is_followed_to_what_is_out_of_reach() {
        assert_eq!(
            read_link("/mnt/tank/keys/repl", "/mnt/tank/keys/repl: {content: key}").as_deref(),
            Ok("key")
        );
        let above = "/mnt/tank/home/repl/kept: {content: key, uid: 3001}";
        assert_eq!(read_link("../kept", above).as_deref(), Ok("key"));
    }

    #[test]
    fn a_link_is_judged_by_what_it_leads_to() {
        use Unreadable::{Directory, File, Forbidden, Loop, Missing, NoDirectory, NoFile};
        let keys = "/mnt/tank/home/repl/.ssh/authorized_keys".to_owned();
        for (target, files, refusal) in [
            ("/root/keys", "/root/keys: {content: key}", Forbidden(keys.clone())),
            (
                "/mnt/tank/keys",
                "/mnt/tank/keys: {content: key, mode: 600}",
                Forbidden(keys.clone()),
            ),
            (
                "/mnt/tank/keys",
                "/mnt/tank/keys: {content: key, mode: 666}",
                File("/mnt/tank/keys".into()),
            ),
            (
                "/mnt/tank/open/keys",
                "/mnt/tank/open: {mode: 777}, /mnt/tank/open/keys: {content: key}",
                Directory("/mnt/tank/open".into()),
            ),
            (
                "/mnt/tank/other/keys",
                "/mnt/tank/other: {uid: 77}, /mnt/tank/other/keys: {content: key}",
                Directory("/mnt/tank/other".into()),
            ),
            ("/mnt/tank/nothing", "", Missing(keys.clone())),
            ("authorized_keys", "", Loop(keys.clone())),
            ("/mnt/tank/file/keys", "/mnt/tank/file: {content: x}", NoDirectory(keys.clone())),
            ("/mnt/tank", "", NoFile(keys.clone())),
        ] {
            assert_eq!(read_link(target, files), Err(refusal), "{target}, {files}");
        }
    }

    #[test]
    fn a_home_that_is_a_link_ends_the_way_up() {
        let text = "systems: {box: {release: 25.10.6, pools: {tank: {}}, \
             users: {repl: {uid: 3001, home: /mnt/tank/link}}, directories: { \
             /mnt/tank/open: {mode: 777}, \
             /mnt/tank/open/repl: {mode: 700, uid: 3001}, \
             /mnt/tank/open/repl/keys: {content: key, mode: 600, uid: 3001}, \
             /mnt/tank/link: {link: open/repl}}}}";
        let fleet = Fleet::parse(text).expect("a fleet");
        let system = System::new(&fleet.systems["box"]).expect("a system");
        let user = system.accounts.user("repl").expect("an account");
        assert_eq!(read(&system, "/mnt/tank/link/keys", user, true), Ok(b"key".as_slice()));
    }
}
