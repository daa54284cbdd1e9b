//! A system as the fleet describes it; what that leaves out is as on a fresh system.

mod accounts;
mod storage;

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use serde_json::{Map, Value};

use super::super::clock::now_ms;
use super::super::fleet::{DirectorySpec, FleetError, KeychainSpec, SystemSpec};
use super::super::methods::add_tasks;
use super::super::release::Release;
use super::super::ssh_client::names::Names;
use super::System;
use super::datasets::Datasets;
use super::files::{self, Files, Node};
use super::keychain::Keychain;
use super::services::Services;
use super::ssh::Ssh;
use super::tasks::Tasks;
use accounts::{add_accounts, fresh_accounts};
use storage::add_storage;

pub use storage::bytes_of;

impl System {
    /// A system as the fleet describes it.
    ///
    /// # Errors
    /// [`FleetError::System`] where the fleet contradicts itself or names what is not there.
    pub fn new(spec: &SystemSpec) -> Result<Self, FleetError> {
        let generation = Release::of(&spec.release);
        let mut datasets = Datasets::default();
        let mut files = Files::default();
        add_storage(spec, generation, &mut datasets, &mut files)?;
        let mut accounts = fresh_accounts();
        add_accounts(spec, &mut accounts, &mut files)?;
        for (path, directory) in &spec.directories {
            add_directory(path, directory, &mut files)?;
        }
        // Up to 25.10 making a user reloads SSH, which stores the host keys; a start always does.
        let made_users = !spec.users.is_empty() || !spec.api_keys.is_empty();
        let stored = spec.ssh.running || (generation < Release::V26_0 && made_users);
        let mut services = Services::new(&spec.services, generation)?;
        if let Some(ssh) = services.get_mut("ssh") {
            ssh.enable = spec.ssh.enable;
        }
        let mut ssh = Ssh::new(&spec.ssh, spec.ssh.host_keys.unwrap_or(stored));
        if spec.ssh.running {
            ssh.assume_running(&accounts);
        }
        let mut system = Self {
            version: spec.release.clone(),
            generation,
            hostname: spec.hostname.clone().unwrap_or_else(|| "truenas".to_owned()),
            host_id: host_id(),
            global_id: global_id(),
            boot_ms: now_ms(),
            accounts,
            datasets,
            files,
            keychain: keychain(&spec.keychain)?,
            tasks: Tasks::default(),
            ssh,
            names: Names::new(&spec.hosts),
            services,
            audit: Vec::new(),
            events: Vec::new(),
        };
        add_tasks(spec, &mut system)?;
        Ok(system)
    }
}

fn host_id() -> String {
    format!("{:032x}{:032x}", rand::random::<u128>(), rand::random::<u128>())
}

fn global_id() -> String {
    let mut hex = format!("{:032x}", rand::random::<u128>());
    // The fourth version, and the variant of RFC 9562.
    hex.replace_range(12..13, "4");
    hex.replace_range(16..17, "8");
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

fn wrong(reason: impl Into<String>) -> FleetError {
    FleetError::in_system("", reason)
}

fn add_directory(path: &str, spec: &DirectorySpec, files: &mut Files) -> Result<(), FleetError> {
    if !path.starts_with('/') {
        return Err(wrong(format!("directory `{path}` must be an absolute path")));
    }
    let decoded = match &spec.content_base64 {
        Some(encoded) => Some(STANDARD.decode(encoded).map_err(|error| {
            wrong(format!("file `{path}`: its content is not base64: {error}"))
        })?),
        None => None,
    };
    let content = decoded.or_else(|| spec.content.clone().map(String::into_bytes));
    let mode = |default| spec.mode.map_or(default, |mode| mode.0);
    let node = match (content, &spec.link) {
        (Some(_), Some(_)) => {
            return Err(wrong(format!("`{path}` is either a file or a link: it has both")));
        }
        (None, Some(target)) => {
            if spec.mode.is_some() || spec.acl.is_some() {
                return Err(wrong(format!("link `{path}` can have neither a mode nor an ACL")));
            }
            Node::link(target.as_str())
        }
        (Some(content), None) => Node::file(content, mode(0o644)),
        (None, None) => Node::directory(mode(0o755)),
    };
    files.ensure_directory(files::parent(path), 0o755);
    let node = node.owned_by(spec.uid.unwrap_or(0), spec.gid.unwrap_or(0));
    files.put(path, Node { acl: spec.acl.clone(), ..node });
    Ok(())
}

fn keychain(specs: &BTreeMap<String, KeychainSpec>) -> Result<Keychain, FleetError> {
    let mut keychain = Keychain::default();
    let mut pairs: BTreeMap<&str, i64> = BTreeMap::new();
    let (first, then): (Vec<_>, Vec<_>) =
        specs.iter().partition(|(_, spec)| spec.kind == "SSH_KEY_PAIR");
    for (name, spec) in first.into_iter().chain(then) {
        let mut attributes: Map<String, Value> =
            spec.attributes.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        if spec.kind == "SSH_CREDENTIALS" {
            if let Some(pair) = attributes.get("private_key").and_then(Value::as_str) {
                let id = pairs.get(pair).copied();
                let id = id.ok_or_else(|| {
                    wrong(format!("keychain `{name}`: there is no key pair `{pair}`"))
                })?;
                attributes.insert("private_key".into(), id.into());
            }
            for (field, value) in [
                ("port", Value::from(22)),
                ("username", "root".into()),
                ("connect_timeout", 10.into()),
            ] {
                attributes.entry(field).or_insert(value);
            }
        } else {
            for field in ["private_key", "public_key"] {
                attributes.entry(field).or_insert(Value::Null);
            }
        }
        let id = keychain.add(name, &spec.kind, attributes);
        pairs.insert(name, id);
    }
    Ok(keychain)
}
