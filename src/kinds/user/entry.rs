//! An account's entry of `user.query`.

use serde_json::Value;

use crate::kinds::DecodeError;
use crate::kinds::object::Object;

use super::reads;

/// An account's entry of `user.query`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    /// What calls name it by; not the uid.
    pub id: u64,
    /// The uid.
    pub uid: u64,
    /// The primary group's gid.
    pub gid: u64,
    /// The primary group's name.
    pub group: String,
    /// The ids of the other groups.
    pub groups: Vec<u64>,
    /// Its home, as a manifest writes it.
    pub home: String,
    /// Its full name.
    pub full_name: String,
    /// Its login shell.
    pub shell: String,
    /// The lines of its key file; `None` if there is none or it could not be read
    /// (`plugins/account.py`, `_read_authorized_keys`).
    pub keys: Option<Vec<String>>,
    /// Commands with a password.
    pub sudo: Vec<String>,
    /// Commands without a password.
    pub sudo_no_password: Vec<String>,
    /// Part of the system.
    pub builtin: bool,
    /// Its home, name and groups cannot be changed.
    pub immutable: bool,
    /// Locked.
    pub locked: bool,
    /// It has no password.
    pub password_disabled: bool,
    /// Its password logs in over SSH.
    pub password_login: bool,
}

impl Entry {
    /// Decodes an entry.
    ///
    /// # Errors
    /// A field that is missing or has another type.
    pub(crate) fn decode(entry: &Value) -> Result<Self, DecodeError> {
        let entry = Object::new("user.query", entry);
        let keys = entry.text_if_any("sshpubkey")?;
        Ok(Self {
            id: entry.number("id")?,
            uid: entry.number("uid")?,
            gid: entry.number("group.bsdgrp_gid")?,
            group: entry.text("group.bsdgrp_group")?,
            groups: entry.numbers("groups")?,
            home: reads::normalized(&entry.text("home")?),
            full_name: entry.text("full_name")?,
            shell: entry.text("shell")?,
            keys: keys.as_deref().map(lines),
            sudo: entry.texts("sudo_commands")?,
            sudo_no_password: entry.texts("sudo_commands_nopasswd")?,
            builtin: entry.flag("builtin")?,
            immutable: entry.flag("immutable")?,
            locked: entry.flag("locked")?,
            password_disabled: entry.flag("password_disabled")?,
            password_login: entry.flag("ssh_password_enabled")?,
        })
    }
}

fn lines(text: &str) -> Vec<String> {
    if text.is_empty() { Vec::new() } else { text.split('\n').map(Into::into).collect() }
}
