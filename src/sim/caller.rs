//! Who is logged in on a connection, and what the login allows.

use std::collections::BTreeSet;

/// The account behind a logged-in connection.
#[derive(Clone, Debug)]
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
