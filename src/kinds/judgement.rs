//! What a kind makes of a resource: its findings, with what holds for every kind put over them.

use serde_json::Value;

use crate::model::placeholder::refs;
use crate::model::{Change, Desired, Finding, KeptReason, Live, Reading, State};

use super::{Around, Kind, Obstacle};

/// What a kind makes of a resource: the state of every managed field.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Judgement {
    /// Every managed field, in the order of their names.
    pub findings: Vec<Finding>,
    /// Why the whole resource cannot be made or changed, if anything would have to be.
    pub obstacle: Option<Obstacle>,
    /// The resource is not there and will be made.
    pub create: bool,
}

impl Judgement {
    /// The fields that will be changed.
    pub fn changes(&self) -> Vec<Change> {
        self.findings
            .iter()
            .filter(|finding| finding.state == State::Changes)
            .map(|finding| {
                Change::new(&finding.field, finding.before.clone(), finding.after.clone())
            })
            .collect()
    }

    /// Whether everything that the manifest asks for and that may be read is so.
    pub fn holds(&self) -> bool {
        !self.create
            && self
                .findings
                .iter()
                .all(|finding| matches!(finding.state, State::Kept(_) | State::Unverifiable { .. }))
    }
}

/// A field that is compared by its value alone.
pub(crate) fn compared(want: &Desired, live: &Live, field: &str) -> Finding {
    let after = want.get(field).cloned().unwrap_or_default();
    let (before, state) = match live.fields.get(field) {
        Some(Reading::Hidden { role }) => {
            let system = want.address.system.clone();
            (Value::Null, State::Unverifiable { role, system })
        }
        Some(Reading::Value(value)) if *value == after => {
            (value.clone(), State::Kept(KeptReason::Equal))
        }
        Some(Reading::Value(value)) => (value.clone(), State::Changes),
        None => (Value::Null, State::Changes),
    };
    Finding { field: field.into(), before, after, state }
}

/// Judges every managed field of a resource.
pub fn judge(kind: &dyn Kind, want: &Desired, live: &Live, around: &Around<'_>) -> Judgement {
    let mut findings = kind.findings(want, live, around);
    findings.extend(hidden_existence(want, live));
    let findings: Vec<Finding> =
        findings.into_iter().map(|finding| unverifiable_target(finding, around)).collect();
    let create = !live.exists;
    let findings: Vec<Finding> = match create {
        true => findings,
        false => findings.into_iter().map(|finding| accepted(finding, want)).collect(),
    };
    let pending = create || findings.iter().any(|finding| finding.state == State::Changes);
    let obstacle = if pending { kind.obstacle(want, live, around) } else { None };
    let findings = match &obstacle {
        Some(obstacle) => findings.into_iter().map(|it| obstructed(it, obstacle)).collect(),
        None => findings,
    };
    Judgement { findings, obstacle, create }
}

/// What stands for all that is wanted of a resource without fields: that it is there.
pub(crate) const EXISTENCE: &str = "existence";

/// What is wanted to be there, and of which nothing may be read, may be there or not.
fn hidden_existence(want: &Desired, live: &Live) -> Option<Finding> {
    match live.fields.get(EXISTENCE)? {
        Reading::Hidden { role } if want.fields.is_empty() => Some(Finding {
            field: EXISTENCE.into(),
            before: Value::Null,
            after: Value::Null,
            state: State::Unverifiable { role, system: want.address.system.clone() },
        }),
        _ => None,
    }
}

/// A finding that stays as it is, since the manifest accepts its drift. What is not there yet
/// cannot have drifted: it is made as the manifest wants it.
fn accepted(finding: Finding, want: &Desired) -> Finding {
    match finding.state {
        State::Changes | State::Blocked { .. } if want.accepts(&finding.field) => {
            Finding { state: State::Kept(KeptReason::AcceptedDrift), ..finding }
        }
        _ => finding,
    }
}

/// A finding whose desired value refers to what may not be read: nobody can tell whether it
/// differs.
fn unverifiable_target(finding: Finding, around: &Around<'_>) -> Finding {
    if finding.state != State::Changes {
        return finding;
    }
    let hidden = refs(&finding.after).into_iter().find_map(|field| {
        match around.live.get(&field.address)?.fields.get(&field.field)? {
            Reading::Hidden { role } => Some((*role, field.address.system)),
            Reading::Value(_) => None,
        }
    });
    match hidden {
        Some((role, system)) => Finding { state: State::Unverifiable { role, system }, ..finding },
        None => finding,
    }
}

/// A finding that would change, but for the obstacle.
fn obstructed(finding: Finding, obstacle: &Obstacle) -> Finding {
    match finding.state {
        State::Changes => Finding {
            state: State::Blocked { reason: obstacle.reason, remedy: obstacle.remedy.clone() },
            ..finding
        },
        _ => finding,
    }
}
