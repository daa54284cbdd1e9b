//! What a method answers when it refuses: the two error bodies of the real middleware.
//!
//! Source: `api/base/server/ws_handler/rpc.py` (`send_truenas_validation_error`,
//! `send_truenas_error`) of TS-25.10.6.

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
