//! A saved plan. It is input like any other: what it holds is believed only as far as it fits
//! together, and its calls are never sent because they stand there (see [`super::rehearsal`]).
//!
//! The fingerprint finds damage and careless edits. It does not authenticate: whoever can write
//! the file can write another fingerprint. Who may hand a plan to `apply` is for the pipeline
//! around it to say.

use serde::Deserialize;
use serde_json::Value;

use crate::model::digest::digest_without;
use crate::model::{Address, Change};

use super::Plan;
use super::check::check;
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

/// What is wrong with a plan, as sentences; none for every plan that the planner makes.
pub fn refusals(plan: &Plan, of_step: &Refusals) -> Vec<String> {
    let mut wrong = check(plan);
    wrong.extend(plan.steps.iter().flat_map(|step| of_step(&step.address, &step.changes)));
    wrong
}

/// What is looked at before the rest of a file is.
#[derive(Deserialize)]
struct Head {
    format_version: Option<String>,
    tool_version: Option<String>,
    fingerprint: Option<String>,
}

/// Reads a saved plan. `of_step` says why no manifest could ask for a step.
///
/// What costs least is looked at first: the version, the members and their types, and only of what
/// has those the fingerprint.
///
/// # Errors
/// Why it is none.
pub fn parse(text: &str, of_step: &Refusals) -> Result<Plan, NoPlan> {
    let head: Head = serde_json::from_str(text).map_err(|error| {
        let begins = text.trim_start().starts_with('{');
        NoPlan::Other(if begins { error.to_string() } else { "it is not JSON".into() })
    })?;
    let Some(found) = head.format_version else {
        return Err(NoPlan::Other("it has no `format_version`".into()));
    };
    let (ours, theirs) = (numbers(PLAN_FORMAT).unwrap_or_default(), numbers(&found));
    if !theirs.is_some_and(|theirs| theirs.0 == ours.0 && theirs.1 <= ours.1) {
        let made_by = head.tool_version.unwrap_or_else(|| "(of an unknown version)".into());
        return Err(NoPlan::Version { found, made_by });
    }
    let Some(fingerprint) = head.fingerprint else {
        return Err(NoPlan::Other("it has no `fingerprint`".into()));
    };
    let inconsistent = |error: serde_json::Error| NoPlan::Inconsistent(vec![error.to_string()]);
    let plan: Plan = serde_json::from_str(text).map_err(inconsistent)?;
    let whole: Value = serde_json::from_str(text).map_err(inconsistent)?;
    let content = digest_without(&whole, &["fingerprint", "tool_version"]);
    if fingerprint != content {
        return Err(NoPlan::Altered { content });
    }
    let wrong = refusals(&plan, of_step);
    if wrong.is_empty() { Ok(plan) } else { Err(NoPlan::Inconsistent(wrong)) }
}
