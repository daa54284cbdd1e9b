//! What was read of the systems at one moment.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::address::Address;
use super::live::Live;
use super::release::Release;

/// Everything that one round of reading gave.
#[derive(Clone, Debug, Default)]
pub struct Observed {
    /// The systems that were asked, by name.
    pub systems: BTreeMap<String, Seen>,
    /// The resources that could be read; one of a system that could not is missing.
    pub live: BTreeMap<Address, Live>,
    /// When they were asked.
    pub at: Timestamp,
}

impl Observed {
    /// The account that asked, by system.
    pub fn logins(&self) -> BTreeMap<String, String> {
        self.systems.iter().map(|(name, seen)| (name.clone(), seen.username.clone())).collect()
    }
}

/// What was seen of one system.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Its URL.
    pub url: String,
    /// The account that asked.
    pub username: String,
    /// Its release, if it could be reached.
    pub release: Option<Release>,
    /// Its stable identity; `None` if it has none or it may not be read.
    pub host_id: Option<String>,
    /// What it calls itself; `None` if it may not be read.
    pub hostname: Option<String>,
    /// The roles of the account that asked.
    pub roles: Roles,
    /// Why it could not be read, as a sentence.
    pub failure: Option<String>,
    /// What to do about that, in sentences.
    pub remedy: Option<String>,
}

/// What a login may do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roles(pub BTreeSet<String>);

impl Roles {
    /// Whether the login holds the role, or may do everything.
    pub fn has(&self, role: &str) -> bool {
        self.0.contains(role) || self.0.contains("FULL_ADMIN")
    }
}

/// The role that a call needs; any account with it or `FULL_ADMIN` may send it.
///
/// Source: the `roles` of `api-schemas`, and `truenas-api.md` §2 for those that look wider than
/// they are (the SHARING roles pass `service.update`'s first gate and are then refused for ssh).
pub fn role_for(method: &str) -> Option<&'static str> {
    Some(match method {
        "pool.dataset.create" | "pool.dataset.update" => "DATASET_WRITE",
        "ssh.update" => "SSH_WRITE",
        "user.create" | "user.update" => "ACCOUNT_WRITE",
        "filesystem.setperm" => "FILESYSTEM_ATTRS_WRITE",
        "filesystem.mkdir" => "FILESYSTEM_DATA_WRITE",
        "keychaincredential.create" | "keychaincredential.update" => "KEYCHAIN_CREDENTIAL_WRITE",
        "service.update" | "service.control" | "service.start" | "service.stop" => "SERVICE_WRITE",
        _ => return None,
    })
}
