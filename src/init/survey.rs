//! What a system has of the five steps already, whatever it is called there.
//!
//! One round of reads. Keys, connections and the SSH service are decoded by their own kinds, so
//! that what is found here is what a plan will find. What the login may not see is kept as that:
//! unseen is not absent.

pub(crate) mod decode;
pub(crate) mod reads;

use std::collections::BTreeSet;

use crate::truenas_client::Reader;
use crate::truenas_wire::ReadError;

/// The role that shows pools.
pub const POOLS_ROLE: &str = "POOL_READ";
/// The role that shows replication tasks.
pub const TASKS_ROLE: &str = "REPLICATION_TASK_READ";
/// The role that shows which keys and connections there are.
pub const KEYCHAIN_ROLE: &str = "KEYCHAIN_CREDENTIAL_READ";
/// The role that shows what is in them.
pub const CONTENT_ROLE: &str = "KEYCHAIN_CREDENTIAL_WRITE";

/// What a system has.
#[derive(Clone, Debug, Default)]
pub struct Survey {
    /// Its release, as it says it.
    pub version: Option<String>,
    /// Its own host name.
    pub hostname: Option<String>,
    /// Its pools, the one with the most free space first.
    pub pools: Vec<String>,
    /// Its filesystems, without TrueNAS' own, by name.
    pub filesystems: Vec<Filesystem>,
    /// The names of its volumes.
    pub volumes: Vec<String>,
    /// The key pairs in its keychain.
    pub pairs: Vec<Pair>,
    /// The SSH connections in its keychain.
    pub connections: Vec<Connection>,
    /// Its replication tasks.
    pub tasks: Vec<Task>,
    /// Its local accounts; `None` if they may not be seen.
    pub accounts: Option<Vec<Account>>,
    /// Its SSH service; `None` if it may not be seen.
    pub ssh: Option<Ssh>,
    /// What the login may not see.
    pub unseen: Vec<Unseen>,
}

/// A filesystem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filesystem {
    /// `POOL/NAME`, or the pool's own.
    pub name: String,
    /// Nothing can be made in it: it is read-only or locked.
    pub closed: bool,
}

/// A key pair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// Its name.
    pub name: String,
    /// `type base64`; `None` if it may not be seen.
    pub public_key: Option<String>,
    /// It has a private half that can be decrypted, as far as that may be seen.
    pub usable: bool,
}

/// An SSH connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// Its name.
    pub name: String,
    /// Where it leads; `None` if that may not be seen.
    pub target: Option<Target>,
}

/// Where an SSH connection leads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Target {
    /// The host.
    pub host: String,
    /// The port.
    pub port: u64,
    /// The account there.
    pub account: String,
    /// The name of its key pair, if there is such a pair.
    pub pair: Option<String>,
    /// How long connecting may take, in seconds.
    pub timeout: u64,
    /// The host keys that it trusts, `type base64` each.
    pub host_keys: BTreeSet<String>,
}

/// A replication task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// Its name.
    pub name: String,
    /// It fetches from the other system instead of sending to it.
    pub pulls: bool,
    /// The name of its SSH connection; `None` if it stays on the system.
    pub connection: Option<String>,
    /// It uses sudo on the other system.
    pub sudo: bool,
    /// It is enabled.
    pub enabled: bool,
    /// What it sends.
    pub sources: Vec<String>,
    /// Where it sends it.
    pub target: String,
}

impl Task {
    /// The dataset of its own system that it writes into, if it does.
    pub fn target_here(&self) -> Option<&str> {
        (self.pulls || self.connection.is_none()).then_some(&*self.target)
    }
}

/// A local account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its name.
    pub name: String,
    /// Its home.
    pub home: String,
    /// Its shell.
    pub shell: String,
    /// It is locked.
    pub locked: bool,
    /// It is part of the system.
    pub builtin: bool,
    /// Its home and name cannot be changed: builtin, or the installation's administrator.
    pub immutable: bool,
    /// The keys that log in to it, `type base64` each.
    pub keys: BTreeSet<String>,
    /// What it may run with sudo and no password.
    pub sudo: Vec<String>,
}

/// The SSH service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ssh {
    /// Whether it runs.
    pub running: Option<bool>,
    /// Whether it starts with the system.
    pub starts: Option<bool>,
    /// Whether it takes passwords.
    pub password_login: Option<bool>,
    /// The port that it listens on.
    pub port: Option<u64>,
    /// Its host keys, `type base64` each.
    pub host_keys: BTreeSet<String>,
}

impl Survey {
    /// Whether the login may see what this role shows.
    pub fn sees(&self, role: &str) -> bool {
        self.unseen.iter().all(|it| it.role != role)
    }
}

/// What the login may not see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unseen {
    /// What, as a noun.
    pub what: &'static str,
    /// The role that shows it.
    pub role: &'static str,
}

/// Surveys a system.
///
/// # Errors
/// A read that failed for another reason than a missing role.
pub async fn survey(reader: &Reader) -> Result<Survey, ReadError> {
    decode::decode(&reader.read_all(reads::all()).await)
}
