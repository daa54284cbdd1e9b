//! The audit log of the middleware: logins and audited calls.

use serde_json::Value;

/// What stands for nobody (`utils/audit.py`).
pub const UNAUTHENTICATED: &str = ".UNAUTHENTICATED";

/// One entry, as `audit.query` shows it but for its ids.
#[derive(Clone, Debug, PartialEq)]
pub struct AuditEntry {
    /// When, milliseconds since the epoch.
    pub at_ms: i64,
    /// The peer's address.
    pub address: String,
    /// Who; [`UNAUTHENTICATED`] where nobody is logged in.
    pub username: String,
    /// The session's id.
    pub session: String,
    /// `AUTHENTICATION`, `METHOD_CALL` or `LOGOUT`.
    pub event: &'static str,
    /// What was done: `event_data`.
    pub data: Value,
    /// `service_data`: origin, protocol, and with which credentials.
    pub service_data: Value,
    /// Whether it was allowed and worked.
    pub success: bool,
}
