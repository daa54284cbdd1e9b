//! A saved plan. It is input like any other: what it holds is believed only as far as it fits
//! together, and its calls are never sent because they stand there (see [`super::rehearsal`]).
//!
//! The fingerprint finds damage and careless edits. It does not authenticate: whoever can write
//! the file can write another fingerprint. Who may hand a plan to `apply` is for the pipeline
//! around it to say.

use serde_json::Value;

use crate::model::{Address, Change};

use super::Plan;
use super::check::check;
use super::digest::digest_without;
use super::document::PLAN_FORMAT;

/// Why no manifest could ask for changes of a resource.
pub type Refusals = dyn Fn(&Address, &[Change]) -> Vec<String>;

/// Why a file is no plan that can be shown or applied.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoPlan {
    /// It is not JSON, or JSON of something else.
    #[error("it is no saved plan: {0}")]
    Other(String),
    /// It was made for another version of the format.
    #[error(
        "trueup {made_by} made it in format {found}, and this trueup {} reads {}",
        env!("CARGO_PKG_VERSION"),
        readable()
    )]
    Version {
        /// The file's format.
        found: String,
        /// The trueup that made it.
        made_by: String,
    },
    /// Its content is not what the fingerprint was made over.
    #[error("it was altered after it was saved: its content has the fingerprint {content}")]
    Altered {
        /// The fingerprint of what it holds.
        content: String,
    },
    /// It does not fit together.
    #[error("it does not fit together, so trueup did not make it: {}", .0.join("; "))]
    Inconsistent(Vec<String>),
}

fn readable() -> String {
    let (major, minor) = numbers(PLAN_FORMAT).unwrap_or_default();
    if minor == 0 { format!("{major}.0") } else { format!("{major}.0 to {major}.{minor}") }
}

fn numbers(version: &str) -> Option<(u32, u32)> {
    let (major, minor) = version.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

/// Reads a saved plan. `refusals` says why no manifest could ask for a step.
///
/// # Errors
/// Why it is none.
pub fn parse(text: &str, refusals: &Refusals) -> Result<Plan, NoPlan> {
    let value: Value = serde_json::from_str(text).map_err(|error| {
        let begins = text.trim_start().starts_with('{');
        NoPlan::Other(if begins { error.to_string() } else { "it is not JSON".into() })
    })?;
    let text = |member: &str| value.get(member).and_then(Value::as_str);
    let Some(found) = text("format_version") else {
        return Err(NoPlan::Other("it has no `format_version`".into()));
    };
    let (ours, theirs) = (numbers(PLAN_FORMAT).unwrap_or_default(), numbers(found));
    if !theirs.is_some_and(|theirs| theirs.0 == ours.0 && theirs.1 <= ours.1) {
        let made_by = text("tool_version").unwrap_or("(of an unknown version)");
        return Err(NoPlan::Version { found: found.into(), made_by: made_by.into() });
    }
    let content = digest_without(&value, &["fingerprint", "tool_version"]);
    match text("fingerprint") {
        Some(fingerprint) if fingerprint == content => {}
        Some(_) => return Err(NoPlan::Altered { content }),
        None => return Err(NoPlan::Other("it has no `fingerprint`".into())),
    }
    let plan: Plan = serde_json::from_value(value)
        .map_err(|error| NoPlan::Inconsistent(vec![error.to_string()]))?;
    let mut wrong = check(&plan);
    wrong.extend(plan.steps.iter().flat_map(|step| refusals(&step.address, &step.changes)));
    if wrong.is_empty() { Ok(plan) } else { Err(NoPlan::Inconsistent(wrong)) }
}
