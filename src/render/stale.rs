//! Why a step of a saved plan cannot be carried out, in the plan's own words.

use crate::plan::stale::Stale;
use crate::truenas_wire::Call;

use super::plan::call_line;
use super::value::inline;

/// One reason as a sentence.
pub fn sentence(stale: &Stale) -> String {
    match stale {
        Stale::Existence { address, exists: true } => {
            format!("`{address}` was to be created, and exists now, not as the plan wants it")
        }
        Stale::Existence { address, exists: false } => format!("`{address}` is gone"),
        Stale::Field { address, field, before, now, as_planned } => {
            let before = before.as_ref().map_or("(as the plan found it)".into(), inline);
            let more = if *as_planned {
                "; that is what the plan wants, but not everything that the step wants is so"
            } else {
                ""
            };
            format!("`{address}#{field}` changed: {before} → {}{more}", inline(now))
        }
        Stale::Hidden { address, field, role } => format!(
            "`{address}#{field}` cannot be read with this key, so nobody can tell whether it is \
             as the plan expects; the role {role} shows it"
        ),
        Stale::Unread { address } => format!("`{address}` could not be read"),
        Stale::Blocked { address, remedy } => format!("`{address}` is blocked now: {remedy}"),
        Stale::Risk { address, risk } => {
            format!("`{address}`: the plan does not say that its change is a risk, {}", risk.name())
        }
        Stale::Calls { address, planned, now } => format!(
            "`{address}`: the plan has {}, and for the changes that it shows trueup would now send \
             {}",
            shown(planned.as_ref()),
            shown(now.as_ref())
        ),
    }
}

fn shown(call: Option<&Call>) -> String {
    call.map_or("no further call".into(), |call| format!("`{}`", call_line(call)))
}
