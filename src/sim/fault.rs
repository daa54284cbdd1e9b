//! What a method answers when it refuses: the two error bodies of the real middleware.
//!
//! Source: `api/base/server/ws_handler/rpc.py` (`send_truenas_validation_error`,
//! `send_truenas_error`) of TS-25.10.6.

use super::repr::python_repr;

/// One entry of a validation error's `extra`: `[attribute, message, errno]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// `user_create.home`; `None` where the middleware raises without an attribute.
    pub attribute: Option<String>,
    /// The sentence that users read; clients match on it word for word.
    pub message: String,
    /// The errno as a number, 22 (EINVAL) for nearly everything.
    pub errno: i32,
}

/// Why a call failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// `-32602 Invalid params`: the arguments or a business rule.
    Invalid {
        /// Everything that was wrong, in the order of the real checks.
        complaints: Vec<Complaint>,
        /// Whether the reason ends in a line feed: `ValidationErrors` does, a single
        /// `ValidationError` (`InstanceNotFound`) does not.
        many: bool,
    },
    /// `-32001 Method call error`: a `CallError` or an exception that nobody caught.
    Call {
        /// The errno as a number; unexpected exceptions report 22.
        errno: i32,
        /// The whole reason, with its `[ERRNAME] ` prefix where the real one has it.
        reason: String,
        /// The Python exception's class, shown in a failed job's `exc_info.type`.
        class: &'static str,
        /// The exception's `repr`, shown in a failed job's `exc_info.repr`.
        repr: String,
    },
}

/// What `CallError` reports when nothing else is said.
const EFAULT: i32 = 14;

impl Fault {
    /// A `CallError`: its reason gets the errno's name in front (`service_exception.py`).
    pub fn error(errno: i32, message: impl AsRef<str>) -> Self {
        let message = message.as_ref();
        Self::Call {
            errno,
            reason: format!("[{}] {message}", errno_name(errno)),
            class: "CallError",
            repr: match errno {
                EFAULT => format!("CallError({})", python_repr(message)),
                _ => format!("CallError({}, {errno})", python_repr(message)),
            },
        }
    }

    /// An exception that nobody caught; the middleware reports it as EINVAL with its text.
    pub fn exception(class: &'static str, text: impl AsRef<str>) -> Self {
        let text = text.as_ref();
        Self::Call {
            errno: 22,
            reason: text.to_owned(),
            class,
            repr: format!(
                "{class}({})",
                if text.is_empty() { String::new() } else { python_repr(text) }
            ),
        }
    }

    /// A `KeyError`, whose text is the `repr` of what was looked for.
    pub fn key_error(key: &str) -> Self {
        let reason = python_repr(key);
        let repr = format!("KeyError({reason})");
        Self::Call { errno: 22, reason, class: "KeyError", repr }
    }

    /// `InstanceNotFound`: there is no such object.
    pub fn not_found(message: impl Into<String>) -> Self {
        let complaint = Complaint { attribute: None, message: message.into(), errno: 2 };
        Self::Invalid { complaints: vec![complaint], many: false }
    }
}

/// The name of an errno as the middleware writes it (`service_exception.py`, `get_errname`).
pub fn errno_name(errno: i32) -> &'static str {
    match errno {
        1 => "EPERM",
        2 => "ENOENT",
        5 => "EIO",
        11 => "EAGAIN",
        12 => "ENOMEM",
        13 => "EACCES",
        14 => "EFAULT",
        16 => "EBUSY",
        17 => "EEXIST",
        18 => "EXDEV",
        19 => "ENODEV",
        20 => "ENOTDIR",
        21 => "EISDIR",
        22 => "EINVAL",
        28 => "ENOSPC",
        30 => "EROFS",
        32 => "EPIPE",
        39 => "ENOTEMPTY",
        40 => "ELOOP",
        61 => "ENODATA",
        95 => "EOPNOTSUPP",
        98 => "EADDRINUSE",
        104 => "ECONNRESET",
        110 => "ETIMEDOUT",
        111 => "ECONNREFUSED",
        113 => "EHOSTUNREACH",
        201 => "ENOMETHOD",
        202 => "ESERVICESTARTFAILURE",
        203 => "EALERTCHECKERUNAVAILABLE",
        204 => "EREMOTENODEERROR",
        205 => "EDATASETISLOCKED",
        206 => "EINVALIDRRDTIMESTAMP",
        207 => "ENOTAUTHENTICATED",
        208 => "ESSLCERTVERIFICATIONERROR",
        209 => "EREBOOTREQUIRED",
        210 => "EHAUNAVAILABLE",
        _ => "EUNKNOWN",
    }
}
