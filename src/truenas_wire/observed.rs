//! What was read of the systems at one moment.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::release::Release;
use super::roles::Roles;
use crate::model::{Address, Live};

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
