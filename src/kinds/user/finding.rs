//! Findings of kinds of their own.

use serde_json::Value;

use crate::model::{BlockedReason, Finding, Live, State};

/// A finding that trueup will not act on.
pub(super) fn blocked(
    finding: Finding,
    reason: BlockedReason,
    remedy: impl Into<String>,
) -> Finding {
    Finding { state: State::Blocked { reason, remedy: remedy.into() }, ..finding }
}

/// A field that changes although the manifest leaves it out, since another one implies it.
pub(super) fn implied(field: &str, live: &Live, after: Value) -> Finding {
    let before = live.get(field).cloned().unwrap_or_default();
    Finding { field: field.into(), before, after, state: State::Changes }
}
