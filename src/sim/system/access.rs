//! What the mode of a file or directory allows an account.

use super::System;
use super::accounts::User;
use super::files::Node;

/// Reading a file.
pub(crate) const READ: u32 = 4;
/// Entering a directory.
pub(crate) const EXECUTE: u32 = 1;

/// An account by its numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    /// Its uid.
    pub(crate) uid: u32,
    /// The gids of its groups.
    pub(crate) gids: Vec<u32>,
}

impl Identity {
    /// The numbers of an account.
    pub(crate) fn of(system: &System, user: &User) -> Self {
        let groups = std::iter::once(&user.group).chain(&user.groups);
        let groups = groups.filter_map(|id| system.accounts.groups.get(id));
        Self { uid: user.uid, gids: groups.map(|group| group.gid).collect() }
    }

    /// Whether the mode allows the account that: the first class that it belongs to decides.
    pub(crate) fn may(&self, node: &Node, wanted: u32) -> bool {
        let shift = if self.uid == node.uid {
            6
        } else if self.gids.contains(&node.gid) {
            3
        } else {
            0
        };
        self.uid == 0 || node.mode >> shift & wanted != 0
    }
}
