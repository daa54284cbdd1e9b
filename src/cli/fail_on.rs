//! `trueup plan --fail-on`: which plans are not fit to be merged.

use clap::ValueEnum;

use crate::plan::Plan;
use crate::render::style::count;

use super::exit::Problem;
use super::{Exit, Failure};

/// What a plan must not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum FailOn {
    /// Blocked items: a person must decide.
    Blocked,
    /// Lock-out risks, which `apply --yes` alone does not carry out: a person must decide.
    Risk,
    /// Systems or fields that could not be read: changes may be missing.
    Incomplete,
    /// Steps.
    Changes,
}

impl FailOn {
    /// What the plan has of this; `None`: nothing.
    fn found(self, plan: &Plan) -> Option<String> {
        match self {
            Self::Blocked => {
                let blocked = plan.blocked_items().count();
                (blocked > 0).then(|| format!("the plan has {}", count(blocked, "blocked item")))
            }
            Self::Risk => {
                let risks = plan.steps.iter().flat_map(|step| &step.risks);
                let mut names: Vec<&str> =
                    risks.filter(|risk| risk.may_lock_out()).map(|risk| risk.name()).collect();
                names.sort_unstable();
                names.dedup();
                let noun = if names.len() == 1 { "risk" } else { "risks" };
                (!names.is_empty())
                    .then(|| format!("the plan has the lock-out {noun} {}", names.join(", ")))
            }
            Self::Incomplete => {
                (!plan.complete).then(|| "the plan is incomplete: changes may be missing".into())
            }
            Self::Changes => (!plan.is_empty())
                .then(|| format!("the plan has {}", count(plan.steps.len(), "step"))),
        }
    }

    const fn exit(self) -> Exit {
        match self {
            Self::Blocked | Self::Risk => Exit::Refused,
            Self::Incomplete => Exit::Incomplete,
            Self::Changes => Exit::Differs,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Blocked => "blocked",
            Self::Risk => "risk",
            Self::Incomplete => "incomplete",
            Self::Changes => "changes",
        }
    }
}

/// Fails if the plan has any of these. The exit code is the highest that fits, no lower than
/// `least`.
///
/// # Errors
/// Everything that the plan has of these.
pub(super) fn check(conditions: &[FailOn], plan: &Plan, least: Exit) -> Result<Exit, Failure> {
    let mut failure = Failure::told(least);
    for condition in [FailOn::Blocked, FailOn::Risk, FailOn::Incomplete, FailOn::Changes] {
        let found = condition.found(plan).filter(|_| conditions.contains(&condition));
        if let Some(found) = found {
            if condition.exit().code() > failure.exit.code() {
                failure.exit = condition.exit();
            }
            let message = format!("{found} (--fail-on {})", condition.name());
            failure.problems.push(Problem { message, remedy: None });
        }
    }
    if failure.problems.is_empty() { Ok(least) } else { Err(failure) }
}
