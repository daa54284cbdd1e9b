//! The manifest that is going to be written, with a note wherever something was chosen or is not
//! there yet.

use crate::model::KeySource;

/// A manifest.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// What a reader should know first, a paragraph each.
    pub about: Vec<String>,
    /// What makes parts of it guesses, a paragraph each.
    pub warnings: Vec<String>,
    /// Both systems, the source first.
    pub systems: Vec<System>,
    /// The replications.
    pub replications: Vec<Replication>,
    /// What replicates on or between these systems, or leads from the one to the other, and is not
    /// in the manifest, a line each.
    pub left_out: Vec<String>,
}

/// A system.
#[derive(Clone, Debug)]
pub struct System {
    /// Its name.
    pub name: String,
    /// Its part in it.
    pub note: &'static str,
    /// How it is reached, unless another file says that.
    pub access: Option<Access>,
    /// Its SSH service, if the manifest names it.
    pub ssh: Option<Ssh>,
    /// Its datasets, by name.
    pub datasets: Vec<Dataset>,
    /// Its accounts, by name.
    pub admins: Vec<Admin>,
}

impl System {
    /// Whether the manifest says nothing of it.
    pub fn is_empty(&self) -> bool {
        let has_none = self.datasets.is_empty() && self.admins.is_empty();
        self.access.is_none() && self.ssh.is_none() && has_none
    }
}

/// How a system is reached.
#[derive(Clone, Debug)]
pub struct Access {
    /// Its URL.
    pub url: String,
    /// The owner of the API key.
    pub username: String,
    /// Where the API key is.
    pub api_key: KeySource,
    /// The certificate's pin; `None`: public roots.
    pub sha256: Option<String>,
}

/// A text and what is said of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Noted<T> {
    /// What is written.
    pub value: T,
    /// What is said of it; empty: nothing.
    pub note: String,
}

impl<T> Noted<T> {
    /// A text with a note.
    pub fn new(value: T, note: impl Into<String>) -> Self {
        Self { value, note: note.into() }
    }
}

/// The SSH service: it runs and starts with the system.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ssh {
    /// Of `running`, if it is written.
    pub running: Option<String>,
    /// Of `start_automatically`, if it is written.
    pub starts: Option<String>,
    /// `password_login`, if it is written.
    pub password_login: Option<Noted<bool>>,
}

/// A dataset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dataset {
    /// Its name.
    pub name: String,
    /// It is there already.
    pub exists: bool,
    /// It will hold copies; a new one is then compressed.
    pub holds_copies: bool,
    /// Datasets above it are missing too.
    pub create_ancestors: bool,
    /// What is said of it.
    pub note: String,
}

/// An account.
#[derive(Clone, Debug)]
pub struct Admin {
    /// Its name, and what is said of it.
    pub name: Noted<String>,
    /// Its home, if it is written.
    pub home: Option<Noted<String>>,
    /// Of `ssh_access`.
    pub ssh_access: String,
    /// What it may run without a password, if that is written.
    pub sudo: Option<Noted<Sudo>>,
}

/// What an account may run without a password.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sudo {
    /// What replication needs.
    #[default]
    Zfs,
    /// Everything.
    All,
}

/// A replication.
#[derive(Clone, Debug)]
pub struct Replication {
    /// Its name, and what is said of it.
    pub name: Noted<String>,
    /// What is replicated.
    pub datasets: Noted<Vec<String>>,
    /// The account on the source that the key logs in to as well.
    pub source_admin: Option<String>,
    /// The dataset that is replicated into.
    pub dataset: Option<Noted<String>>,
    /// The account on the destination.
    pub admin: String,
    /// The key pair.
    pub key: Noted<String>,
    /// The connection.
    pub connection: Connection,
}

/// A connection: what differs from what is derived.
#[derive(Clone, Debug, Default)]
pub struct Connection {
    /// Its name, and what is said of it.
    pub name: Noted<String>,
    /// Its host.
    pub host: Option<String>,
    /// Its port.
    pub port: Option<u64>,
    /// Its timeout in seconds.
    pub timeout: Option<u64>,
}
