//! What a system answers instead of a result.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::Value;

use super::journal::without_journal;
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

/// One thing that is wrong with the arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Which argument, by the server's own name: `pool_dataset_create.name`.
    pub attribute: Option<String>,
    /// What is wrong with it.
    pub message: String,
    /// Its errno.
    pub errno: Option<i64>,
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

/// The violations in `extra`: `[[attribute, message, errno], …]`, or something else's extra.
fn violations(extra: &Value) -> Vec<Violation> {
    let entries = extra.as_array().map(Vec::as_slice).unwrap_or_default();
    let violation = |entry: &Value| match entry.as_array()?.as_slice() {
        [attribute, Value::String(message), errno] => Some(Violation {
            attribute: attribute.as_str().map(|it| masked(it).into_owned()),
            message: masked(message).into_owned(),
            errno: errno.as_i64(),
        }),
        _ => None,
    };
    entries.iter().map(violation).collect::<Option<_>>().unwrap_or_default()
}

/// The violations of the one branch that was meant, where an argument is one of several models:
/// the server complains about every model that it might have been. The models' own names
/// (`data.PoolDatasetCreateFilesystem.name`) are left out: nobody wrote them.
fn fitting(violations: &[Violation]) -> Vec<Violation> {
    // Per argument and model: how badly it fits. One whose `type` is wrong was not meant.
    let mut misfits: BTreeMap<&str, BTreeMap<&str, (bool, usize)>> = BTreeMap::new();
    for violation in violations {
        if let Some((before, model, after)) = model_in(violation) {
            let (wrong_type, count) =
                misfits.entry(before).or_default().entry(model).or_insert((false, 0));
            *wrong_type |= after == "type";
            *count += 1;
        }
    }
    let meant: BTreeSet<(&str, &str)> = misfits
        .iter()
        .filter_map(|(before, models)| {
            let (model, _) = models.iter().min_by_key(|(_, misfit)| **misfit)?;
            Some((*before, *model))
        })
        .collect();
    let mut seen = BTreeSet::new();
    violations
        .iter()
        // How the server tells an argument that was left out; nobody can write one.
        .filter(|violation| {
            !violation.attribute.as_deref().is_some_and(|a| a.contains("_NotRequired"))
        })
        .filter_map(|violation| match model_in(violation) {
            None => Some(violation.clone()),
            Some((before, model, after)) => meant.contains(&(before, model)).then(|| Violation {
                attribute: Some(format!("{before}.{after}")),
                ..violation.clone()
            }),
        })
        .map(without_alternative)
        .filter(|violation| seen.insert((violation.attribute.clone(), violation.message.clone())))
        .collect()
}

/// `atime.literal['ON','OFF']` is `atime`: the alternatives stand in the message.
fn without_alternative(violation: Violation) -> Violation {
    let attribute = violation.attribute.map(|path| match path.split_once(".literal[") {
        Some((path, _)) => path.to_owned(),
        None => path,
    });
    Violation { attribute, ..violation }
}

/// An attribute's path before, at and behind the name of a model within it. Models are classes,
/// named in camel case; no argument is.
fn model_in(violation: &Violation) -> Option<(&str, &str, &str)> {
    let path = violation.attribute.as_deref()?;
    let mut start = 0;
    for part in path.split('.') {
        let class = part.starts_with(|c: char| c.is_ascii_uppercase())
            && part.contains(|c: char| c.is_ascii_lowercase())
            && part.chars().all(|c| c.is_ascii_alphanumeric());
        let end = start + part.len();
        if class && start > 0 {
            return Some((path.get(..start - 1)?, part, path.get(end + 1..)?));
        }
        start = end + 1;
    }
    None
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
