//! Users, groups, privileges and API keys of a fleet.

use std::collections::{BTreeMap, BTreeSet};

use rand::Rng;
use rand::distr::Alphanumeric;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{FleetError, SystemSpec};

/// How long the secret part of a key is (`plugins/api_key.py`, `_generate`).
const SECRET_LENGTH: usize = 64;

/// A local user, with the fields of `user.create`; what is left out is what it defaults to.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct UserSpec {
    /// The next free one from 3000 when left out.
    pub uid: Option<u32>,
    /// The name when left out.
    pub full_name: Option<String>,
    /// The primary group's name; one of the user's own name is made when left out.
    pub group: Option<String>,
    /// Further groups, by name.
    pub groups: Vec<String>,
    /// `/var/empty` when left out.
    pub home: Option<String>,
    /// `/usr/bin/zsh` when left out.
    pub shell: Option<String>,
    /// The password in clear; none when left out.
    pub password: Option<String>,
    /// Whether passwords are disabled; true when left out and no password is given.
    pub password_disabled: Option<bool>,
    /// Whether SSH accepts the password.
    pub ssh_password_enabled: bool,
    /// The authorised keys; written into the home when that exists.
    pub sshpubkey: Option<String>,
    /// Whether the account is locked.
    pub locked: bool,
    /// Whether SMB may use it.
    pub smb: bool,
    /// An address for mail.
    pub email: Option<String>,
    /// Commands with sudo and a password.
    pub sudo_commands: Option<Vec<String>>,
    /// Commands with sudo and no password.
    pub sudo_commands_nopasswd: Option<Vec<String>>,
    /// The one-time password that this user's second factor accepts; none: no second factor.
    pub otp_token: Option<String>,
}

/// A local group, with the fields of `group.create`.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct GroupSpec {
    /// The next free one from 3000 when left out.
    pub gid: Option<u32>,
    /// Whether SMB may use it.
    pub smb: bool,
    /// Commands with sudo and a password.
    pub sudo_commands: Vec<String>,
    /// Commands with sudo and no password.
    pub sudo_commands_nopasswd: Vec<String>,
    /// Members by name, besides the users that name this group.
    pub users: Vec<String>,
}

/// A privilege, with the fields of `privilege.create`.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PrivilegeSpec {
    /// The groups that hold it, by name.
    pub local_groups: Vec<String>,
    /// The roles that it gives.
    pub roles: Vec<String>,
    /// Whether it opens the web shell.
    pub web_shell: bool,
}

/// An API key.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ApiKeySpec {
    /// The user whose key it is; made as an ordinary user if the fleet does not name it.
    pub username: String,
    /// Roles that this user gets, through a group and a privilege of its own.
    pub roles: Vec<String>,
    /// The key itself, `NUMBER-SECRET`; generated when left out.
    pub key: Option<String>,
    /// When it expires, milliseconds since the epoch; -1 is a revoked key.
    pub expires_at: Option<i64>,
}

/// Gives every API key of a system its number and secret.
pub(super) fn complete_keys(name: &str, system: &mut SystemSpec) -> Result<(), FleetError> {
    let mut taken = BTreeSet::new();
    let admin = system.api_key.get_or_insert_with(|| generate(1));
    for key in
        std::iter::once(&*admin).chain(system.api_keys.values().filter_map(|k| k.key.as_ref()))
    {
        let number = number_of(key).ok_or_else(|| {
            FleetError::in_system(name, "an API key is written `NUMBER-SECRET`, such as `1-test`")
        })?;
        if !taken.insert(number) {
            let reason = format!("two API keys have the number {number}");
            return Err(FleetError::in_system(name, reason));
        }
    }
    let mut next = 1;
    for (label, key) in &mut system.api_keys {
        if key.username.is_empty() {
            let reason = format!("API key `{label}` needs a `username`");
            return Err(FleetError::in_system(name, reason));
        }
        if key.key.is_none() {
            while !taken.insert(next) {
                next += 1;
            }
            key.key = Some(generate(next));
        }
    }
    Ok(())
}

/// The number in front of a key's secret.
pub fn number_of(key: &str) -> Option<i64> {
    let (number, secret) = key.split_once('-')?;
    (!secret.is_empty()).then(|| number.parse().ok()).flatten().filter(|n| *n > 0)
}

fn generate(number: i64) -> String {
    let secret: String =
        rand::rng().sample_iter(Alphanumeric).take(SECRET_LENGTH).map(char::from).collect();
    format!("{number}-{secret}")
}

/// The keys of a system by label, as the ready line shows them.
pub(crate) fn labelled_keys(system: &SystemSpec) -> BTreeMap<String, String> {
    system
        .api_keys
        .iter()
        .filter_map(|(label, key)| Some((label.clone(), key.key.clone()?)))
        .collect()
}
