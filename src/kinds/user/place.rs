//! A directory or file of a home, and whether sshd would accept it.

use serde_json::Value;

use crate::kinds::DecodeError;
use crate::kinds::object::Object;

/// What `filesystem.stat` tells of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stat {
    /// The owner.
    pub uid: u64,
    /// The owner's name, if any account has that uid.
    pub user: Option<String>,
    /// The group.
    pub gid: u64,
    /// The group's name, if any has that gid.
    pub group: Option<String>,
    /// The permissions, without the file's type.
    pub mode: u64,
    /// Whether there is an ACL beyond the mode.
    pub acl: bool,
    /// `DIRECTORY`, `FILE`, ...
    pub kind: String,
    /// In bytes.
    pub size: u64,
    /// Where a link leads to; of anything else its own path.
    pub realpath: String,
}

impl Stat {
    /// Decodes a reply of `filesystem.stat`.
    ///
    /// # Errors
    /// A member that is missing or has another type.
    pub(crate) fn decode(reply: &Value) -> Result<Self, DecodeError> {
        let reply = Object::new("filesystem.stat", reply);
        Ok(Self {
            uid: reply.number("uid")?,
            user: reply.text_if_any("user")?,
            gid: reply.number("gid")?,
            group: reply.text_if_any("group")?,
            mode: reply.number("mode")? & 0o7777,
            acl: reply.flag("acl")?,
            kind: reply.text("type")?,
            size: reply.number("size")?,
            realpath: reply.text("realpath")?,
        })
    }

    /// The mode as the manifest writes it: `700`.
    pub(crate) fn mode_text(&self) -> String {
        format!("{:03o}", self.mode)
    }

    /// Mode and owner, as a person names them.
    pub(crate) fn described(&self) -> String {
        format!("{} {}", self.mode_text(), self.owner())
    }

    /// Where it leads to, if it is a link.
    pub(crate) fn link_target(&self) -> Option<&str> {
        (self.kind == "SYMLINK").then_some(self.realpath.as_str())
    }

    /// The owner as a person names it.
    pub(crate) fn owner(&self) -> String {
        self.user.clone().unwrap_or_else(|| format!("uid {}", self.uid))
    }
}

/// Whose home it is, as far as permissions go.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Inhabitant {
    /// The account's uid.
    pub uid: u64,
    /// Its own group's gid.
    pub gid: u64,
    /// Nobody else is in that group.
    pub alone_in_group: bool,
}

/// Why sshd's StrictModes refuses a path, or lets the account not use it.
///
/// Debian's sshd (recorded: scenario `links`): owned by the account or by root and then still
/// enterable; not writable for others, nor for a group that others are in. Of an ACL it sees what
/// shows in the mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// It belongs to somebody else, or to root so that the account cannot use it.
    pub owner: bool,
    /// Its mode lets others write.
    pub mode: bool,
}

impl Refusal {
    /// What sshd has against a home, a `.ssh` or an `authorized_keys` of the account.
    pub(crate) fn of(stat: &Stat, who: Inhabitant) -> Self {
        let own_group = stat.gid == who.gid && who.alone_in_group;
        let others_write = stat.mode & 0o002 != 0 || (stat.mode & 0o020 != 0 && !own_group);
        // A directory must be entered, a file read.
        let needed = if stat.kind == "DIRECTORY" { 0o1 } else { 0o4 };
        let usable = match stat.uid {
            uid if uid == who.uid => stat.mode & (needed << 6) != 0,
            0 if stat.gid == who.gid => stat.mode & (needed << 3) != 0,
            0 => stat.mode & needed != 0,
            _ => false,
        };
        let owned = stat.uid == who.uid || (stat.uid == 0 && usable);
        Self { owner: !owned, mode: others_write || (stat.uid == who.uid && !usable) }
    }

    /// Whether sshd refuses at all.
    pub(crate) fn any(self) -> bool {
        self.owner || self.mode
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHO: Inhabitant = Inhabitant { uid: 5101, gid: 3001, alone_in_group: true };

    fn home(uid: u64, gid: u64, mode: u64) -> Stat {
        Stat {
            uid,
            user: None,
            gid,
            group: None,
            mode,
            acl: false,
            kind: "DIRECTORY".into(),
            size: 0,
            realpath: "/mnt/tank/home/u".into(),
        }
    }

    #[test]
    fn what_debians_sshd_accepts_and_refuses() {
        let refused = |stat: &Stat| Refusal::of(stat, WHO).any();
        assert!(!refused(&home(5101, 3001, 0o700)));
        assert!(!refused(&home(5101, 3001, 0o775)), "its own group alone may write");
        assert!(refused(&home(5101, 950, 0o775)), "another group may write");
        assert!(refused(&home(5101, 3001, 0o777)), "everybody may write");
        assert!(!refused(&home(0, 0, 0o755)), "root's, enterable");
        assert!(refused(&home(0, 0, 0o700)), "root's, not enterable");
        assert!(refused(&home(5102, 3001, 0o700)), "somebody else's");
        let with_acl = Stat { acl: true, ..home(5101, 3001, 0o700) };
        assert!(!refused(&with_acl), "sshd sees the mode alone");
        let shared = Inhabitant { alone_in_group: false, ..WHO };
        assert!(Refusal::of(&home(5101, 3001, 0o775), shared).mode, "others are in the group");
    }
}
