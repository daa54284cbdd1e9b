//! One simulated TrueNAS: its state, and nothing of how it is reached.

pub(crate) mod access;
pub mod accounts;
pub mod datasets;
pub mod files;
pub mod keychain;
pub(crate) mod mounts;
mod new;
pub mod property;
pub mod services;
pub mod ssh;
pub mod tasks;

pub(crate) use new::bytes_of;

use serde_json::Value;

use super::audit::AuditEntry;
use super::caller::{Account, Key};
use super::event::Event;
use super::release::Release;
use super::ssh_client::names::Names;

/// The state of one system.
#[derive(Clone, Debug)]
pub struct System {
    version: String,
    generation: Release,
    /// Its name.
    pub hostname: String,
    /// Its identity: 64 hexadecimal digits.
    pub host_id: String,
    /// The identity of its installation: a random UUID (`migration/0009_system_global_id.py`).
    pub global_id: String,
    /// When it was started, milliseconds since the epoch.
    pub boot_ms: i64,
    /// Users, groups, privileges, API keys.
    pub accounts: accounts::Accounts,
    /// Pools and datasets.
    pub datasets: datasets::Datasets,
    /// Directories and files.
    pub files: files::Files,
    /// Keychain credentials.
    pub keychain: keychain::Keychain,
    /// Snapshot tasks and replication tasks.
    pub tasks: tasks::Tasks,
    /// The SSH service.
    pub ssh: ssh::Ssh,
    /// The names that it can resolve.
    pub names: Names,
    /// The services.
    pub services: services::Services,
    /// The audit log, oldest entry first.
    pub audit: Vec<AuditEntry>,
    /// What subscribers are to be told.
    pub events: Vec<Event>,
}

impl System {
    /// Its version: `25.10.6`.
    pub fn release(&self) -> &str {
        &self.version
    }

    /// The release whose API it speaks.
    pub fn generation(&self) -> Release {
        self.generation
    }

    /// What a login looks at: the account of that name.
    pub fn account(&self, username: &str) -> Option<Account> {
        let user = self.accounts.user(username)?;
        let privileges = self.accounts.privileges_of_user(user);
        let gid = self.accounts.groups.get(&user.group).map_or(user.uid, |group| group.gid);
        Some(Account {
            username: user.username.clone(),
            uid: user.uid,
            gid,
            full_name: user.full_name.clone(),
            home: user.home.clone(),
            shell: user.shell.clone(),
            password: user.password.clone().filter(|_| !user.password_disabled),
            locked: user.locked,
            otp_token: user.otp_token.clone(),
            web_shell: privileges.iter().any(|privilege| privilege.web_shell),
            roles: privileges.iter().flat_map(|privilege| privilege.roles.clone()).collect(),
        })
    }

    /// What a login looks at: the API key of that number.
    pub fn api_key(&self, id: i64) -> Option<Key> {
        self.accounts.keys.get(&id).map(|key| key.key.clone())
    }

    /// Gives an API key another end; -1 revokes it.
    pub fn set_key_expiry(&mut self, id: i64, expires_at: i64) {
        if let Some(key) = self.accounts.keys.get_mut(&id) {
            key.key.expires_at = Some(expires_at);
        }
    }

    /// sshd reads its settings, and the accounts that may use passwords, anew.
    pub fn reload_ssh(&mut self) {
        self.ssh.reload(self.generation, &self.accounts);
    }

    /// Starts sshd unless it runs; gives whether it runs afterwards.
    pub fn start_ssh(&mut self) -> bool {
        self.ssh.start(&self.accounts)
    }

    /// The port that sshd listens on while it runs.
    pub fn ssh_listens_on(&self) -> Option<u16> {
        self.ssh.listens_on()
    }

    /// Whether a service runs; `None` if there is none of that name.
    pub fn runs(&self, service: &str) -> Option<bool> {
        let known = self.services.get(service)?;
        Some(if known.name == "ssh" { self.ssh.listens_on().is_some() } else { known.running })
    }

    /// Tells subscribers of a collection which entry changed, and how where the release does.
    pub fn tell_entry(&mut self, msg: &'static str, collection: &str, id: Value, entry: Value) {
        let fields = self.generation.tells_entries_in_events().then_some(entry);
        self.tell(msg, collection, id, fields);
    }

    /// Tells subscribers of a collection what changed.
    pub fn tell(&mut self, msg: &'static str, collection: &str, id: Value, fields: Option<Value>) {
        self.events.push(Event { msg, collection: collection.to_owned(), id, fields });
    }
}
