//! What a kind says of one managed field, and the closed lists of reasons and risks.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Why a step needs a person's attention. A closed list; published in the plan's schema.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Risk {
    /// The account may run more commands as root.
    WidensSudo,
    /// SSH accepts passwords.
    OpensPasswordLogin,
    /// Another key logs in to the account.
    AddsKey,
    /// The account's login shell changes.
    ChangesShell,
    /// A connection trusts another host key than before.
    ReplacesHostKey,
    /// A key no longer logs in: lock-out risk.
    RemovesKey,
    /// The SSH service stops: lock-out risk.
    StopsSsh,
    /// The SSH service listens elsewhere: lock-out risk.
    MovesSshPort,
    /// The account is locked: lock-out risk.
    LocksAccount,
    /// The account that trueup itself logs in with changes: lock-out risk.
    ChangesOwnAccount,
}

impl Risk {
    /// Every risk there is.
    pub const ALL: [Self; 10] = [
        Self::WidensSudo,
        Self::OpensPasswordLogin,
        Self::AddsKey,
        Self::ChangesShell,
        Self::ReplacesHostKey,
        Self::RemovesKey,
        Self::StopsSsh,
        Self::MovesSshPort,
        Self::LocksAccount,
        Self::ChangesOwnAccount,
    ];

    /// Its name in plans and after `--allow`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::WidensSudo => "widens-sudo",
            Self::OpensPasswordLogin => "opens-password-login",
            Self::AddsKey => "adds-key",
            Self::ChangesShell => "changes-shell",
            Self::ReplacesHostKey => "replaces-host-key",
            Self::RemovesKey => "removes-key",
            Self::StopsSsh => "stops-ssh",
            Self::MovesSshPort => "moves-ssh-port",
            Self::LocksAccount => "locks-account",
            Self::ChangesOwnAccount => "changes-own-account",
        }
    }

    /// Whether somebody could be locked out: then `--yes` alone does not carry it out.
    pub const fn may_lock_out(self) -> bool {
        matches!(
            self,
            Self::RemovesKey
                | Self::StopsSsh
                | Self::MovesSshPort
                | Self::LocksAccount
                | Self::ChangesOwnAccount
        )
    }
}

/// Why trueup will not send a call although live differs. A closed list; published in the plan's
/// schema.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum BlockedReason {
    /// What it needs is blocked.
    NeedsBlocked,
    /// What it needs is on a system that could not be read.
    NeedsUnread,
    /// What it needs would have to change first, and the command line leaves that out.
    NeedsUnselected,
    /// There is no such dataset, and the manifest does not declare it.
    NoSuchDataset,
    /// The system has no pool of that name.
    NoSuchPool,
    /// The dataset is a pool's root, which only the pool's creation makes.
    PoolRoot,
    /// The dataset's parent does not exist.
    NoParent,
    /// The dataset's parent is read-only.
    ParentReadonly,
    /// The dataset's parent is locked.
    ParentLocked,
    /// The dataset's parent is not mounted.
    ParentNotMounted,
    /// The dataset's parent is a volume.
    ParentIsVolume,
    /// The dataset is locked.
    Locked,
    /// The dataset is a volume; only filesystems are managed.
    IsVolume,
    /// A plain directory stands where the dataset would be mounted.
    PathInTheWay,
    /// The system has no such network interface.
    NoSuchInterface,
    /// The request would exceed the 64 KiB that TrueNAS accepts.
    RequestTooLarge,
    /// No account has that name, and the manifest does not declare one.
    NoSuchUser,
    /// The account has another home that exists; moving it would copy everything.
    HomeExists,
    /// The new home holds somebody's keys already, which TrueNAS would delete.
    HomeHasKeys,
    /// The home belongs to another account.
    HomeTaken,
    /// The directory that the home should be in does not exist.
    NoHomeParent,
    /// The dataset of the home is locked.
    HomeLocked,
    /// The account cannot enter a directory above its home, and the release stores no keys there.
    HomeNotReachable,
    /// A link stands in the place of `.ssh` or of the key file.
    LinkInHome,
    /// The dataset of the home is read-only.
    HomeReadonly,
    /// The home is inside a dataset that a replication overwrites.
    HomeInDestination,
    /// The dataset of the home is mounted elsewhere than its name says, or not at all.
    HomeNotMounted,
    /// What is asked for needs a home, and the account has none.
    NoHome,
    /// Something that is no directory stands where the home should be.
    HomeNotDirectory,
    /// TrueNAS does not let anybody change this of a builtin account or the administrator's.
    Immutable,
    /// The account's keys cannot be read, so any change would delete them.
    AuthorizedKeysUnreadable,
    /// trueup does not change this of the account that it logs in with.
    OwnAccount,
    /// The system has no such shell.
    NoSuchShell,
    /// The system has no such group.
    NoSuchGroup,
    /// TrueNAS lets nobody into the group.
    ClosedGroup,
    /// The account would be in more groups than TrueNAS allows.
    TooManyGroups,
    /// The system has no such command.
    NoSuchCommand,
    /// The account has no password, and trueup sets none.
    NoPassword,
    /// A group's rule comes later and asks for a password.
    SudoOverriddenByGroup,
    /// The other type of keychain credential has that name.
    NameTaken,
    /// The pair has only its public half.
    NoPrivateKey,
    /// TrueNAS cannot decrypt the pair.
    KeyUndecryptable,
    /// The system reports something else than one public key for the pair.
    InvalidPublicKey,
    /// The remote reports something else than public host keys.
    InvalidHostKeys,
    /// The remote has no host keys, and nothing in the plan makes it generate them.
    NoHostKeys,
}

impl BlockedReason {
    /// Whether a resource that exists is of no use to those that need it while it is blocked so.
    pub const fn leaves_unusable(self) -> bool {
        matches!(self, Self::NoPrivateKey | Self::KeyUndecryptable | Self::InvalidPublicKey)
    }

    /// Its name in plans.
    pub fn name(self) -> String {
        let name = serde_json::to_value(self).unwrap_or_default();
        name.as_str().unwrap_or_default().to_string()
    }
}

/// Why a managed field stays as it is.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum KeptReason {
    /// Live equals desired.
    Equal,
    /// Live ALL satisfies any list of commands.
    LiveAllSatisfies,
    /// It differs, and the manifest accepts that for now.
    AcceptedDrift,
}

/// The one state that a managed field is in.
#[derive(Clone, Debug, PartialEq)]
pub enum State {
    /// It differs and will be changed.
    Changes,
    /// It stays.
    Kept(KeptReason),
    /// The login may not read it; this role shows it.
    Unverifiable {
        /// The smallest role that would do.
        role: &'static str,
        /// The system whose login lacks it.
        system: String,
    },
    /// It differs and trueup will not change it.
    Blocked {
        /// Which of the closed list.
        reason: BlockedReason,
        /// What a person can do about it, as a sentence.
        remedy: String,
    },
}

/// What a kind found of one managed field.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The field's manifest path.
    pub field: String,
    /// The live value; `null` where there is none or it may not be read.
    pub before: Value,
    /// The desired value.
    pub after: Value,
    /// What becomes of it.
    pub state: State,
}
