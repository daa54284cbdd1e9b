//! What keeps `apply` from its first write: a person must decide, or a role is missing.

use crate::plan::missing_roles;
use crate::render::missing::missing;
use crate::render::style::count;

use super::exit::Problem;
use super::work::Work;
use super::{Exit, Failure};

/// What a person must decide first, unless `--allow` names it.
///
/// # Errors
/// Everything that is not allowed, each with its flag.
pub(super) fn decided(work: &Work, allow: &[String]) -> Result<(), Failure> {
    let plan = &work.plan;
    let allowed = |reason: &str| allow.iter().any(|it| it == reason);
    let mut failure = Failure::told(Exit::Refused);
    let mut problem = |message: String, flag: &str, consequence: &str| {
        if !allowed(flag) {
            let remedy = format!("--allow {flag} {consequence}");
            failure.problems.push(Problem { message, remedy: Some(remedy) });
        }
    };
    if !plan.complete && work.left().next().is_some() {
        let reasons = missing(&plan.systems, &plan.unverifiable).join("; ");
        problem(
            format!("the plan is incomplete, changes may be missing; nothing was sent: {reasons}"),
            "incomplete",
            "leaves that out, and applies what could be planned",
        );
    }
    let blocked = plan.blocked_items().count();
    if blocked > 0 {
        problem(
            format!("the plan has {}; nothing was sent", count(blocked, "blocked item")),
            "blocked",
            "does the rest, and then exits with 3",
        );
    }
    for risk in work.risks.iter().filter(|risk| risk.may_lock_out()) {
        problem(
            format!("the plan has the lock-out risk {}; nothing was sent", risk.name()),
            risk.name(),
            "carries it out",
        );
    }
    if failure.problems.is_empty() { Ok(()) } else { Err(failure) }
}

/// Whether the logins have the roles that the calls need.
///
/// # Errors
/// What each lacks, before the first write.
pub(super) fn may_be_sent(work: &Work) -> Result<(), Failure> {
    let mut failure = Failure::told(Exit::Failed);
    for (system, roles) in missing_roles(work.left(), &work.reached.observed) {
        let roles: Vec<&str> = roles.into_iter().collect();
        let user = work.reached.observed.systems.get(&system).map(|seen| seen.username.as_str());
        failure.problems.push(Problem {
            message: format!(
                "`{}` on `{system}` lacks what the plan needs: {}; nothing was sent",
                user.unwrap_or_default(),
                roles.join(", ")
            ),
            remedy: Some(format!(
                "in the web interface of {system}, under Credentials > Groups > Privileges, give \
                 a privilege of that account's groups: {}",
                roles.join(", ")
            )),
        });
    }
    if failure.problems.is_empty() { Ok(()) } else { Err(failure) }
}
