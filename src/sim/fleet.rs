//! The fleet file: how each simulated system starts.
//!
//! The names inside a system are the API's own (`passwordauth`, `sudo_commands_nopasswd`), since a
//! fleet describes systems as they are, not wishes. What is left out is as on a fresh system.

mod accounts;
mod faults;
mod storage;

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::num::NonZeroU32;
use std::sync::Arc;

use super::release::Release;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

pub use accounts::{ApiKeySpec, GroupSpec, PrivilegeSpec, UserSpec};
pub(crate) use accounts::{labelled_keys, number_of};
pub use faults::{FaultAction, FaultSpec};
pub use storage::{DatasetSpec, DirectorySpec, Mode, PoolSpec};

use super::scram::ALLOWED_ITERATIONS;

/// Why a fleet file cannot be simulated.
#[derive(Debug, thiserror::Error)]
pub enum FleetError {
    /// The text is no fleet: the reason carries line and column.
    #[error("not right as a fleet file: {0}")]
    Syntax(String),
    /// A system that contradicts itself, or names what is not there.
    #[error("system `{system}`: {reason}")]
    System {
        /// The system's name in the fleet.
        system: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl FleetError {
    /// An error in one system; who does not know its name leaves it empty.
    pub fn in_system(system: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::System { system: system.into(), reason: reason.into() }
    }

    /// The same error, of that system if it did not know which one it was about.
    pub fn of_system(self, name: &str) -> Self {
        match self {
            Self::System { system, reason } if system.is_empty() => Self::in_system(name, reason),
            other => other,
        }
    }
}

/// All systems of a fleet, by name.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fleet {
    /// The systems, in the order of their names.
    pub systems: BTreeMap<String, SystemSpec>,
}

/// How one system starts.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SystemSpec {
    /// The TrueNAS release that is spoken: `25.10.6`, `26.0.0`.
    pub release: String,
    /// Where HTTPS listens, on loopback; a free port when left out.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub listen: Option<SocketAddr>,
    /// The key of `truenas_admin`, `NUMBER-SECRET`; generated when left out.
    #[serde(default)]
    pub api_key: Option<String>,
    /// Further host names that resolve to this system inside the fleet.
    #[serde(default)]
    pub names: Vec<String>,
    /// What `system.info` calls it; the fleet's name of it when left out.
    #[serde(default)]
    pub hostname: Option<String>,
    /// The pools.
    #[serde(default)]
    pub pools: BTreeMap<String, PoolSpec>,
    /// The datasets below the pools, by full name; ancestors that are not named are made too.
    #[serde(default)]
    pub datasets: BTreeMap<String, DatasetSpec>,
    /// Local users besides the built-in ones; a built-in name (`root`, `truenas_admin`) changes it.
    #[serde(default)]
    pub users: BTreeMap<String, UserSpec>,
    /// Local groups besides the built-in ones and the users' own.
    #[serde(default)]
    pub groups: BTreeMap<String, GroupSpec>,
    /// Privileges: which groups hold which roles.
    #[serde(default)]
    pub privileges: BTreeMap<String, PrivilegeSpec>,
    /// Directories and files outside what datasets bring along, by absolute path.
    #[serde(default)]
    pub directories: BTreeMap<String, DirectorySpec>,
    /// Keychain credentials by name.
    #[serde(default)]
    pub keychain: BTreeMap<String, KeychainSpec>,
    /// Periodic snapshot tasks, with the fields of `pool.snapshottask.create`; they are numbered
    /// from 1 in this order.
    #[serde(default)]
    pub snapshot_tasks: Vec<Map<String, Value>>,
    /// Replication tasks by name, with the fields of `replication.create`; `ssh_credentials` may be
    /// the name of the connection, `periodic_snapshot_tasks` are numbers.
    #[serde(default)]
    pub replications: BTreeMap<String, Map<String, Value>>,
    /// API keys besides `truenas_admin`'s, by name.
    #[serde(default)]
    pub api_keys: BTreeMap<String, ApiKeySpec>,
    /// The SSH service.
    #[serde(default)]
    pub ssh: SshSpec,
    /// The other services, by their name in `service.query`.
    #[serde(default)]
    pub services: BTreeMap<String, ServiceSpec>,
    /// High availability: this node's part in it.
    #[serde(default)]
    pub failover: FailoverSpec,
    /// Milliseconds added to every reply.
    #[serde(default)]
    pub latency_ms: u64,
    /// Limits that differ from the real ones.
    #[serde(default)]
    pub limits: LimitsSpec,
    /// What breaks, on purpose.
    #[serde(default)]
    pub faults: Vec<FaultSpec>,
    /// The names of all systems of the fleet, and where they lead; [`Fleet::parse`] fills it in.
    #[serde(skip)]
    pub hosts: BTreeMap<String, IpAddr>,
}

/// A keychain credential, as `keychaincredential.create` takes it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeychainSpec {
    /// `SSH_KEY_PAIR` or `SSH_CREDENTIALS`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The attributes; `private_key` of `SSH_CREDENTIALS` may be the name of the pair.
    #[serde(default)]
    pub attributes: BTreeMap<String, Value>,
}

/// The SSH service: its settings (`ssh.config`), its start at boot, and whether it runs.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SshSpec {
    /// Interfaces to listen on.
    pub bindiface: Vec<String>,
    /// The port; a free one is reserved when left out (22 needs root).
    pub tcpport: Option<u16>,
    /// Groups whose members may log in with a password.
    pub password_login_groups: Vec<String>,
    /// Whether passwords are accepted; a fresh system has `true`.
    pub passwordauth: Option<bool>,
    /// Kerberos.
    pub kerberosauth: bool,
    /// TCP forwarding.
    pub tcpfwd: bool,
    /// Compression.
    pub compression: bool,
    /// SFTP log level, empty for sshd's own.
    pub sftp_log_level: String,
    /// SFTP log facility, empty for sshd's own.
    pub sftp_log_facility: String,
    /// Weak ciphers that stay allowed; a fresh system has `[AES128-CBC, NONE]`.
    pub weak_ciphers: Option<Vec<String>>,
    /// Free text for sshd_config.
    pub options: String,
    /// Whether it runs.
    pub running: bool,
    /// Whether it starts at boot.
    pub enable: bool,
    /// Whether host keys are stored; the release's own rule when left out.
    pub host_keys: Option<bool>,
    /// How many of the next starts fail.
    pub failing_starts: u32,
    /// How long systemd refuses every start after one that failed, milliseconds. A real system
    /// takes about 11,000: its own restarts use up the five that it allows in ten seconds. None
    /// when left out, since the conformance scenarios are played without pauses.
    pub start_limit_ms: u64,
    /// Which of the process's RSA host keys it has: its number in the fleet;
    /// [`Fleet::parse`] fills it in.
    #[serde(skip)]
    pub rsa_key: usize,
}

/// Another service.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ServiceSpec {
    /// Whether it starts at boot.
    pub enable: bool,
    /// Whether it runs.
    pub running: bool,
}

/// This node's part in a high-availability pair.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FailoverSpec {
    /// `SINGLE` when left out; `BACKUP` answers every login with `REDIRECT`.
    pub status: Option<String>,
    /// The addresses of the other node, told by `REDIRECT`.
    pub urls: Vec<String>,
}

/// Limits that differ from the real ones.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LimitsSpec {
    /// Calls a minute of one method from one address before login; the real limit is 20.
    pub logins_per_minute: Option<u32>,
    /// How many rounds SCRAM takes to derive a key, 50,000 to 5,000,000; really 500,000.
    pub scram_iterations: Option<NonZeroU32>,
}

impl Fleet {
    /// Reads a fleet file and fills in what it leaves to the simulator: the API keys.
    ///
    /// # Errors
    /// [`FleetError::Syntax`] for text that is no fleet, [`FleetError::System`] for a system that
    /// contradicts itself.
    pub fn parse(text: &str) -> Result<Self, FleetError> {
        // A snippet of the file could show a key.
        let options = serde_yaml::options! { with_snippet: false };
        let mut fleet: Self = serde_yaml::from_str_with_options(text, options)
            .map_err(|error| FleetError::Syntax(error.to_string()))?;
        let hosts = fleet.hosts();
        for (number, (name, system)) in fleet.systems.iter_mut().enumerate() {
            check_name(name)?;
            check_listen(name, system.listen)?;
            check_release(name, &system.release)?;
            check_limits(name, system.limits)?;
            accounts::complete_keys(name, system)?;
            system.ssh.rsa_key = number;
            system.hosts.clone_from(&hosts);
        }
        Ok(fleet)
    }

    /// Every name of a system, in lower case.
    pub(crate) fn names(&self) -> Arc<BTreeSet<String>> {
        let systems = self.systems.iter().flat_map(|(name, system)| {
            let names = system.names.iter().chain([name]).chain(&system.hostname);
            names.map(|name| name.to_ascii_lowercase())
        });
        Arc::new(systems.collect())
    }

    /// What every system of the fleet finds under the others' names, its own included.
    fn hosts(&self) -> BTreeMap<String, IpAddr> {
        let systems = self.systems.iter().flat_map(|(name, system)| {
            let address = system.listen.map_or(Ipv4Addr::LOCALHOST.into(), |listen| listen.ip());
            system.names.iter().chain([name]).map(move |name| (name.clone(), address))
        });
        systems.collect()
    }
}

fn check_name(name: &str) -> Result<(), FleetError> {
    let mut letters = name.chars();
    let starts_well =
        letters.next().is_some_and(|first| first.is_ascii_lowercase() || first.is_ascii_digit());
    if starts_well && letters.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-') {
        return Ok(());
    }
    Err(FleetError::in_system(name, "names are made of a-z, 0-9 and `-`"))
}

/// The keys of a simulated system are printed, and what it lets run is a simulation: nobody else
/// on the network is to reach it.
fn check_listen(name: &str, listen: Option<SocketAddr>) -> Result<(), FleetError> {
    match listen {
        Some(address) if !address.ip().is_loopback() => Err(FleetError::in_system(
            name,
            format!("`listen: {address}` is not a loopback address: write `127.0.0.1:PORT`"),
        )),
        _ => Ok(()),
    }
}

fn check_release(name: &str, release: &str) -> Result<(), FleetError> {
    if Release::is_simulated(release) {
        return Ok(());
    }
    Err(FleetError::in_system(
        name,
        format!(
            "release `{release}` is not simulated: write `25.04.2.6`, `25.10.6`, `26.0.0` or `27.0.0`"
        ),
    ))
}

fn check_limits(name: &str, limits: LimitsSpec) -> Result<(), FleetError> {
    let Some(rounds) = limits.scram_iterations else { return Ok(()) };
    if ALLOWED_ITERATIONS.contains(&rounds.get()) {
        return Ok(());
    }
    let (least, most) = ALLOWED_ITERATIONS.into_inner();
    Err(FleetError::in_system(name, format!("`scram_iterations` lies between {least} and {most}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAIR: &str = r#"
systems:
  boston:
    release: "25.10.6"
    pools: { tank: {} }
    datasets: { tank/data: {} }
  chicago:
    release: "26.0.0"
    listen: 127.0.0.1:18443
    api_key: 1-test
    names: [chicago.example.net]
    pools: { backup: {} }
    users:
      replicator: { uid: 3001, home: /var/empty, shell: /usr/sbin/nologin }
    directories: { /mnt/backup/home: { mode: 750, uid: 3001, gid: 3001 } }
    api_keys:
      viewer: { username: viewer, roles: [READONLY_ADMIN] }
    ssh: { passwordauth: false, running: true, enable: false }
    latency_ms: 20
    limits: { logins_per_minute: 1000 }
    faults:
      - { method: pool.dataset.create, nth: 1, do: drop-before }
      - { mutation: 3, do: drop-after }
      - { method: ssh.update, do: { error: { errno: 5, reason: "disk on fire" } } }
      - { method: core.ping, do: { delay_ms: 50 } }
      - { method: auth.login_ex, nth: 1, do: { result: { response_type: AUTH_ERR } } }
"#;

    #[test]
    fn the_design_example_parses_and_gets_its_keys() {
        let fleet = Fleet::parse(PAIR).expect("a fleet");
        let chicago = &fleet.systems["chicago"];
        assert_eq!(chicago.api_key.as_deref(), Some("1-test"));
        let viewer = chicago.api_keys["viewer"].key.as_deref().expect("a generated key");
        assert!(viewer.starts_with("2-") && viewer.len() == 66, "{viewer}");
        assert_eq!(chicago.directories["/mnt/backup/home"].mode, Some(Mode(0o750)));
        assert!(fleet.systems["boston"].api_key.as_deref().is_some_and(|k| k.starts_with("1-")));
        assert_eq!(chicago.faults.len(), 5);
        assert_eq!(fleet.systems["boston"].hosts["chicago.example.net"], Ipv4Addr::LOCALHOST);
    }

    #[test]
    fn unknown_fields_and_releases_are_refused() {
        for (text, told) in [
            ("systems: { a: { release: '25.10.6', pool: {} } }", "unknown field `pool`"),
            ("systems: { a: { release: '24.10.1' } }", "release `24.10.1` is not simulated"),
            (
                "systems: { a: { release: '25.10.6', listen: '0.0.0.0:443' } }",
                "`listen: 0.0.0.0:443` is not a loopback address",
            ),
            ("systems: { A: { release: '25.10.6' } }", "names are made of"),
            ("systems: { a: { release: '25.10.6' }, a: { release: '25.10.6' } }", "duplicate"),
            (
                "systems: { a: { release: '25.10.6', api_keys: { x: { username: u, key: 1-x } } } }",
                "two API keys",
            ),
        ] {
            let error = Fleet::parse(text).expect_err(text).to_string();
            assert!(error.contains(told), "{text}: {error}");
        }
    }
}
