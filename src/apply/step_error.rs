//! What keeps a step from being applied.

use crate::kinds;
use crate::model::placeholder::FillError;
use crate::plan::stale::Stale;
use crate::truenas_client::{CallError, Closed};

use super::secret;

/// What keeps a step from being applied.
#[derive(Debug, thiserror::Error)]
pub(super) enum StepError {
    #[error(transparent)]
    Call(CallError),
    #[error("{what}, and {found}; plan again to see where it stands")]
    Lost { what: String, found: &'static str },
    #[error("sent, but it does not read back as desired: {0}")]
    NotAsDesired(String),
    #[error("sent, but somebody else takes it away again: {0}")]
    EntriesMissing(String),
    #[error("{0}; plan again")]
    Stale(String),
    #[error("{0}")]
    Unknown(#[from] FillError),
    #[error(transparent)]
    Secret(#[from] secret::SecretError),
    #[error("it could not be read back: {0}")]
    Unreadable(#[from] kinds::DecodeError),
    #[error("`{0}` is not connected")]
    NotConnected(String),
    #[error("stopped before `{0}`")]
    Stopped(String),
}

/// What happened to the answer to a call of that system.
pub(super) fn lost_answer(system: &str, method: &str, why: &Closed) -> String {
    if why.is_excess() {
        format!("the answer to `{method}` was not accepted ({})", why.of_system(system))
    } else {
        format!("the connection was lost during `{method}`")
    }
}

impl From<Box<Stale>> for StepError {
    fn from(stale: Box<Stale>) -> Self {
        Self::Stale(match *stale {
            Stale::Blocked { remedy, .. } => format!("it is blocked now: {remedy}"),
            Stale::Field { field, .. } => format!(
                "others changed `{field}` meanwhile, and the plan does not say what would be \
                 added or removed now"
            ),
            _ => "it changed meanwhile, and the plan does not say what would be sent now".into(),
        })
    }
}
