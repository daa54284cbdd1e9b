//! Who is logged in on a connection, and what the login allows.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::scram::Verifier;

/// The account behind a logged-in connection.
#[derive(Clone, Debug, Default)]
pub struct Caller {
    /// The account's name.
    pub username: String,
    /// Its uid.
    pub uid: u32,
    /// Every role it holds, with those that they include; `FULL_ADMIN` allows everything.
    pub roles: BTreeSet<String>,
    /// The API key it logged in with: number and name; `None` for a password.
    pub api_key: Option<(i64, String)>,
    /// When it logged in, milliseconds since the epoch.
    pub login_at_ms: i64,
    /// The session's id, as `auth.sessions` shows it.
    pub session: String,
    /// The peer's address.
    pub address: String,
}

impl Caller {
    /// Whether it may do everything.
    pub fn is_full_admin(&self) -> bool {
        self.roles.contains("FULL_ADMIN")
    }

    /// Whether it holds the role, or may do everything.
    pub fn has(&self, role: &str) -> bool {
        self.is_full_admin() || self.roles.contains(role)
    }
}

/// What a login looks at: an account as the system knows it.
#[derive(Clone, Debug, Default)]
pub struct Account {
    /// Its name.
    pub username: String,
    /// Its uid.
    pub uid: u32,
    /// Its primary group's gid.
    pub gid: u32,
    /// Its full name.
    pub full_name: String,
    /// Its home.
    pub home: String,
    /// Its shell.
    pub shell: String,
    /// The password in clear; `None` if it has none or passwords are disabled.
    pub password: Option<String>,
    /// Whether it is locked.
    pub locked: bool,
    /// The token its second factor accepts, if it has one.
    pub otp_token: Option<String>,
    /// The roles of its privileges, without those that they include.
    pub roles: Vec<String>,
    /// Whether a privilege of its opens the web shell.
    pub web_shell: bool,
}

/// What a login looks at: an API key.
#[derive(Clone, Debug)]
pub struct Key {
    /// Its number.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// The account that it belongs to.
    pub username: String,
    /// What stands behind the `-`.
    pub secret: String,
    /// When it ends, milliseconds since the epoch; -1 for a revoked one.
    pub expires_at: Option<i64>,
    /// What SCRAM checks it with (26.0).
    pub scram: Arc<Verifier>,
}
