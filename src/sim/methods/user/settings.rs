//! What a call sets of an account.

use serde_json::{Map, Value};

use super::super::super::clock::now_ms;
use super::super::super::system::accounts::User;

/// The accepted fields of `user.create` or `user.update`; an update has only those that were sent.
pub(super) struct Settings(Map<String, Value>);

impl Settings {
    /// The settings of an accepted parameter.
    pub(super) fn new(data: &Value) -> Self {
        Self(data.as_object().cloned().unwrap_or_default())
    }

    /// A field, if it was sent.
    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// A text that was sent; null is none.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_str()
    }

    /// Whether a field was sent as true.
    pub(super) fn flag(&self, name: &str) -> bool {
        self.get(name).and_then(Value::as_bool).unwrap_or_default()
    }

    /// The texts of a list that was sent.
    pub(super) fn texts(&self, name: &str) -> Option<Vec<&str>> {
        Some(self.get(name)?.as_array()?.iter().filter_map(Value::as_str).collect())
    }

    /// The numbers of a list that was sent.
    pub(super) fn numbers(&self, name: &str) -> Option<Vec<i64>> {
        Some(self.get(name)?.as_array()?.iter().filter_map(Value::as_i64).collect())
    }

    /// Sets a field as if it had been sent.
    pub(super) fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.0.insert(name.to_owned(), value.into());
    }

    /// Changes the account accordingly; its home is the caller's business, and so are its keys.
    pub(super) fn apply(&self, user: &mut User) {
        for (name, field) in [
            ("username", &mut user.username),
            ("full_name", &mut user.full_name),
            ("home", &mut user.home),
            ("shell", &mut user.shell),
        ] {
            if let Some(text) = self.text(name) {
                text.clone_into(field);
            }
        }
        for (name, field) in [
            ("smb", &mut user.smb),
            ("webshare", &mut user.webshare),
            ("password_disabled", &mut user.password_disabled),
            ("ssh_password_enabled", &mut user.ssh_password_enabled),
            ("locked", &mut user.locked),
        ] {
            if let Some(flag) = self.get(name).and_then(Value::as_bool) {
                *field = flag;
            }
        }
        for (name, field) in [
            ("sudo_commands", &mut user.sudo_commands),
            ("sudo_commands_nopasswd", &mut user.sudo_commands_nopasswd),
        ] {
            if let Some(commands) = self.texts(name) {
                *field = commands.into_iter().map(str::to_owned).collect();
            }
        }
        if let Some(group) = self.get("group").and_then(Value::as_i64) {
            user.group = group;
        }
        if let Some(groups) = self.numbers("groups") {
            user.groups = groups;
        }
        if let Some(idmap) = self.get("userns_idmap") {
            user.userns_idmap = idmap.clone();
        }
        if let Some(email) = self.get("email") {
            user.email = email.as_str().map(str::to_owned);
        }
        if let Some(password) = self.get("password") {
            user.password = password.as_str().map(str::to_owned);
            if user.password.is_some() {
                user.password_set_ms = Some(now_ms());
            }
        }
    }
}
