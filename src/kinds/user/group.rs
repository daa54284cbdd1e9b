//! A system's local groups.

use serde_json::Value;

use crate::kinds::DecodeError;
use crate::kinds::object::Object;

/// A group.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Group {
    /// What calls name it by; not the gid.
    pub id: u64,
    /// Its gid.
    pub gid: u64,
    /// Its name.
    pub name: String,
    /// Part of the system.
    pub builtin: bool,
    /// The ids of its members.
    pub users: Vec<u64>,
    /// Commands with a password.
    pub sudo: Vec<String>,
    /// Commands without a password.
    pub sudo_no_password: Vec<String>,
}

/// The builtin groups that an account may be in (`plugins/account_/constants.py`,
/// `ALLOWED_BUILTIN_GIDS`).
const OPEN_BUILTIN_GIDS: [u64; 7] = [14, 445, 544, 545, 568, 951, 952];

impl Group {
    /// Whether TrueNAS lets nobody into it.
    pub(crate) fn is_closed(&self) -> bool {
        self.builtin && !OPEN_BUILTIN_GIDS.contains(&self.gid)
    }

    fn decode(entry: &Value) -> Result<Self, DecodeError> {
        let entry = Object::new("group.query", entry);
        Ok(Self {
            id: entry.number("id")?,
            gid: entry.number("gid")?,
            name: entry.text("group")?,
            builtin: entry.flag("builtin")?,
            users: entry.numbers("users")?,
            sudo: entry.texts("sudo_commands")?,
            sudo_no_password: entry.texts("sudo_commands_nopasswd")?,
        })
    }
}

/// The groups of a system.
pub(super) fn groups(reply: &Value) -> Result<Vec<Group>, DecodeError> {
    reply.as_array().into_iter().flatten().map(Group::decode).collect()
}
