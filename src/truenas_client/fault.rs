//! What a system answers instead of a result.

use std::fmt;

use serde_json::Value;

use super::journal::without_journal;
use super::violation::{Violation, fitting, violations};
use crate::model::secret::masked;
use crate::model::visible::visible;
use crate::truenas_wire::ReadError;

/// The longest reason that is kept, in characters; what is longer is no reason but a log.
const LONGEST_REASON: usize = 4000;

const ENOENT: i64 = 2;
const EACCES: i64 = 13;
const EBUSY: i64 = 16;

/// An error that the system answered with. Displays as what a person should read of it, on one
/// line.
///
/// `error.data.trace` may hold anything, arguments included, and is never kept. In what is kept,
/// secrets that the system repeats are masked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fault {
    /// The JSON-RPC code: -32602 for every validation error, -32001 for every other refusal
    /// (api/base/server/ws_handler/rpc.py).
    pub code: i64,
    /// The errno in `data`, TrueNAS' own ones above 200 included.
    pub errno: Option<i64>,
    /// Its name: `EINVAL`.
    pub errname: Option<String>,
    /// What the system says, without the `[ERRNAME]` in front.
    pub reason: String,
    /// What is wrong with the arguments, if that is it.
    pub violations: Vec<Violation>,
    /// A service does not start because of a line in its configuration.
    pub is_configuration_error: bool,
}

impl Fault {
    /// The fault of a `method` from the parts of an error object or of a failed job: `reason` with
    /// or without its `[ERRNAME]`, `extra` as the system sent it.
    pub fn new(
        method: &str,
        code: i64,
        errno: Option<i64>,
        errname: Option<String>,
        reason: &str,
        extra: &Value,
    ) -> Self {
        let violations = violations(extra);
        let (prefix, reason) = match violations.is_empty() {
            true => split_errname(reason),
            false => (None, reason),
        };
        let reason = without_journal(method, code, errno, reason);
        Self {
            code,
            errno,
            errname: errname.or_else(|| prefix.map(ToOwned::to_owned)),
            reason: masked(&reason.text).chars().take(LONGEST_REASON).collect(),
            violations,
            is_configuration_error: reason.is_configuration_error,
        }
    }

    /// The login lacks the role. The same errno stands for an SSH connection that failed, so the
    /// text decides.
    pub fn is_not_authorized(&self) -> bool {
        self.errno == Some(EACCES) && self.reason == "Not authorized"
    }

    /// There is no such thing.
    pub fn is_missing(&self) -> bool {
        self.errno == Some(ENOENT)
            || (!self.violations.is_empty()
                && self.violations.iter().all(|violation| violation.errno == Some(ENOENT)))
    }

    /// Too many logins from this address within a minute.
    pub fn is_rate_limited(&self) -> bool {
        self.errno == Some(EBUSY) && self.reason == "Rate Limit Exceeded"
    }

    /// Too many calls at once on this connection; the call was not carried out.
    pub fn is_too_many_calls(&self) -> bool {
        self.code == -32000
    }

    /// The release has no such method.
    pub fn is_unknown_method(&self) -> bool {
        self.code == -32601
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.violations.is_empty() {
            return f.write_str(&visible(&self.reason));
        }
        for (index, Violation { attribute, message, errno: _ }) in
            fitting(&self.violations).iter().enumerate()
        {
            let separator = if index == 0 { "" } else { "; " };
            match attribute.as_deref().filter(|attribute| !attribute.is_empty()) {
                Some(attribute) => {
                    write!(f, "{separator}`{}`: {}", visible(attribute), visible(message))?;
                }
                None => write!(f, "{separator}{}", visible(message))?,
            }
        }
        Ok(())
    }
}

impl std::error::Error for Fault {}

impl From<Fault> for ReadError {
    fn from(fault: Fault) -> Self {
        if fault.is_not_authorized() {
            Self::Denied
        } else if fault.is_missing() {
            Self::Missing(fault.to_string())
        } else {
            Self::Failed(fault.to_string())
        }
    }
}

/// `[ENOENT] Path not found` in its two parts.
fn split_errname(reason: &str) -> (Option<&str>, &str) {
    let parts = reason.strip_prefix('[').and_then(|rest| rest.split_once("] "));
    match parts {
        Some((name, rest)) if name.starts_with('E') && !name.contains(' ') => (Some(name), rest),
        _ => (None, reason),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn invalid(extra: Value) -> String {
        Fault::new("x.create", -32602, Some(22), Some("EINVAL".into()), "[EINVAL] a: b", &extra)
            .to_string()
    }

    #[test]
    fn the_errname_is_apart_from_the_reason() {
        let fault =
            Fault::new("x", -32001, Some(2), None, "[ENOENT] Path /x not found", &json!(null));
        assert_eq!(fault.reason, "Path /x not found");
        assert_eq!(fault.errname.as_deref(), Some("ENOENT"));
        assert!(fault.is_missing());
        assert_eq!(split_errname("[a b] c"), (None, "[a b] c"));
    }

    #[test]
    fn a_missing_role_is_not_a_refused_ssh_login() {
        let denied = |reason: &str| {
            Fault::new("x", -32001, Some(13), Some("EACCES".into()), reason, &json!(null))
        };
        assert!(denied("[EACCES] Not authorized").is_not_authorized());
        assert!(!denied("[EACCES] AuthenticationException('…')").is_not_authorized());
        assert_eq!(ReadError::from(denied("[EACCES] Not authorized")), ReadError::Denied);
    }

    #[test]
    fn what_does_not_exist_is_told_from_what_is_invalid() {
        let gone = json!([[null, "Thing 1 does not exist", 2]]);
        let fault = Fault::new("x", -32602, Some(22), None, "[ENOENT] None: Thing", &gone);
        assert_eq!(ReadError::from(fault), ReadError::Missing("Thing 1 does not exist".into()));
    }

    #[test]
    fn violations_are_shown_one_by_one() {
        let extra = json!([["ssh_update.tcpport", "in use", 22], ["", "Too many arguments", 22]]);
        assert_eq!(invalid(extra), "`ssh_update.tcpport`: in use; Too many arguments");
        assert_eq!(invalid(json!({ "not": "violations" })), "a: b");
        assert_eq!(invalid(json!([["a", 1, 2]])), "a: b");
    }

    // Recorded on 25.10.6.
    #[test]
    fn of_several_models_the_one_that_was_meant_is_shown() {
        let volume = json!([
            ["data.PoolDatasetCreateFilesystem.type", "Input should be 'FILESYSTEM'", 22],
            ["data.PoolDatasetCreateVolume.volsize", "Field required", 22],
        ]);
        assert_eq!(invalid(volume), "`data.volsize`: Field required");
        let nonsense = json!([
            ["data.PoolDatasetCreateFilesystem.nonsense", "Extra inputs are not permitted", 22],
            ["data.PoolDatasetCreateVolume.volsize", "Field required", 22],
            ["data.PoolDatasetCreateVolume.nonsense", "Extra inputs are not permitted", 22],
        ]);
        assert_eq!(invalid(nonsense), "`data.nonsense`: Extra inputs are not permitted");
        let atime = json!([
            [
                "data.PoolDatasetCreateFilesystem.atime.literal['ON','OFF']",
                "Input should be 'ON' or 'OFF'",
                22
            ],
            [
                "data.PoolDatasetCreateFilesystem.atime.is-instance[_NotRequired]",
                "Input should be an instance of _NotRequired",
                22
            ],
            ["data.PoolDatasetCreateVolume.volsize", "Field required", 22],
            ["data.PoolDatasetCreateVolume.atime", "Extra inputs are not permitted", 22],
        ]);
        assert_eq!(invalid(atime), "`data.atime`: Input should be 'ON' or 'OFF'");
    }

    #[test]
    fn a_reason_has_an_end() {
        let long = "ä".repeat(100_000);
        let fault = Fault::new("x", -32001, None, None, &long, &json!(null));
        assert_eq!(fault.reason.chars().count(), LONGEST_REASON);
    }
}
