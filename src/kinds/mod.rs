//! The kinds: each a pure codec between a manifest's fields and TrueNAS' API.
//!
//! A kind knows its fields, which reads show them and how to decode the replies, what it needs
//! first, and which calls bring it about, as data. It is never async, does no I/O, and knows no
//! other kind. Adding one is a file (or folder), a line in [`ALL`], and the manifest's surface.

mod dataset;
mod keychain;
mod object;
mod ssh_connection;
mod ssh_keypair;
mod ssh_service;
pub mod trace;
pub(crate) mod user;

use std::collections::BTreeMap;

use serde_json::Value;

pub(crate) use user::{Account, normalized_home};

use trace::{Logged, Touched};

use crate::model::call::refs;
use crate::model::{
    Address, BlockedReason, Call, Change, Desired, Finding, Hint, KeptReason, Live, Read,
    ReadError, Reading, Release, Replies, Risk, State,
};

/// Every kind, in the order in which a person would set them up.
pub static ALL: [&dyn Kind; 5] = [
    &dataset::Dataset,
    &ssh_service::SshService,
    &user::User,
    &ssh_keypair::SshKeypair,
    &ssh_connection::SshConnection,
];

/// The kind of that name.
pub fn find(name: &str) -> Option<&'static dyn Kind> {
    ALL.into_iter().find(|kind| kind.name() == name)
}

/// One type of resource.
pub trait Kind: Sync {
    /// Its name in addresses: `ssh_service`.
    fn name(&self) -> &'static str;

    /// The manifest paths of the fields that it can manage.
    fn fields(&self) -> &'static [&'static str];

    /// Further fields that a step of its may change, since one of those implies them.
    fn implied(&self) -> &'static [&'static str] {
        &[]
    }

    /// Those of its fields that are lists which others change too. TrueNAS takes such a list only as
    /// a whole, so it is read again directly before it is written.
    fn shared_lists(&self) -> &'static [SharedList] {
        &[]
    }

    /// The reads that show the resource.
    fn reads(&self, want: &Desired) -> Vec<Read>;

    /// Reads that are only known once the first have been answered.
    fn more_reads(&self, want: &Desired, first: &Replies) -> Vec<Read> {
        let _ = (want, first);
        Vec::new()
    }

    /// The resource as the replies show it.
    ///
    /// # Errors
    /// A reply that is missing, or has not the shape that it should.
    fn decode(&self, want: &Desired, replies: &Replies) -> Result<Live, DecodeError>;

    /// What must be there first.
    fn needs(&self, want: &Desired, live: &Live) -> Vec<Need> {
        let _ = (want, live);
        Vec::new()
    }

    /// What stands in the way of any change to the resource.
    fn obstacle(&self, want: &Desired, live: &Live, around: &Around<'_>) -> Option<Obstacle> {
        let _ = (want, live, around);
        None
    }

    /// What becomes of every managed field. A field that the manifest leaves out may be among
    /// them where another one implies it.
    fn findings(&self, want: &Desired, live: &Live, around: &Around<'_>) -> Vec<Finding> {
        let _ = around;
        want.fields.keys().map(|field| compared(want, live, field)).collect()
    }

    /// The calls that make exactly these changes, in order.
    fn calls(
        &self,
        want: &Desired,
        live: &Live,
        changes: &[Change],
        on: &Release,
        around: &Around<'_>,
    ) -> Vec<Call>;

    /// What the changes widen or could break, each with its consequence as a sentence.
    fn risks(
        &self,
        want: &Desired,
        live: &Live,
        changes: &[Change],
        around: &Around<'_>,
    ) -> Vec<(Risk, String)> {
        let _ = (want, live, changes, around);
        Vec::new()
    }

    /// What a person should know of the resource, beyond what reading it showed: it takes what is
    /// wanted, and what else was read, to see it.
    fn hints(&self, want: &Desired, live: &Live, around: &Around<'_>) -> Vec<Hint> {
        let _ = (want, live, around);
        Vec::new()
    }

    /// Whether its step must come after every other one on its system.
    fn comes_last(&self, want: &Desired, around: &Around<'_>) -> bool {
        let _ = (want, around);
        false
    }

    /// What a call of the audit log did to the resource; `None`: nothing.
    fn touched(&self, want: &Desired, live: &Live, logged: &Logged<'_>) -> Option<Touched> {
        let _ = (want, live, logged);
        None
    }
}

/// A field that is a list which others change too.
pub struct SharedList {
    /// The field.
    pub field: &'static str,
    /// The parameter in which its kind's calls send the list.
    pub parameter: &'static str,
    /// When the manifest's entries are to be the only ones.
    pub exclusive: Exclusive,
}

/// When a list is to hold the manifest's entries and no others.
pub enum Exclusive {
    /// Always.
    Always,
    /// Where this switch is on.
    Switch(&'static str),
}

/// A kind's shared list of that name.
pub fn shared_list(kind: &dyn Kind, field: &str) -> Option<&'static SharedList> {
    kind.shared_lists().iter().find(|list| list.field == field)
}

/// What a resource needs before its own step: the first of some others that the manifest names,
/// if any. It has to be there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// The candidates; the longest path first.
    pub nearest: Vec<Address>,
    /// Which of its fields have to be as the manifest wants them.
    pub fields: &'static [&'static str],
    /// Whether the fields matter only while the resource is created.
    pub to_create: bool,
}

impl Need {
    /// The resource that is needed.
    pub fn found<'a>(&'a self, desired: &BTreeMap<Address, Desired>) -> Option<&'a Address> {
        self.nearest.iter().find(|it| desired.contains_key(it))
    }
}

/// What keeps trueup from changing a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obstacle {
    /// Which of the closed list.
    pub reason: BlockedReason,
    /// What is in the way and what a person can do about it.
    pub remedy: String,
}

/// What surrounds a resource while it is judged: the rest of the manifest.
pub struct Around<'a> {
    /// The account that trueup logs in with, by system.
    pub logins: &'a BTreeMap<String, String>,
    /// Everything that the manifest asks for.
    pub desired: &'a BTreeMap<Address, Desired>,
    /// Everything that was read.
    pub live: &'a BTreeMap<Address, Live>,
}

impl Around<'_> {
    /// The keys of the other resources of this one's kind on its system: what a name may have
    /// been meant to be.
    pub fn others<'b>(&'b self, address: &'b Address) -> impl Iterator<Item = &'b str> {
        let here = move |it: &&Address| it.system == address.system && it.kind == address.kind;
        self.desired.keys().filter(here).filter(move |it| *it != address).map(Address::key)
    }

    /// The value that a resource's field has once the manifest holds, if anything is known of it.
    pub fn eventually(&self, address: &Address, field: &str) -> Option<&Value> {
        self.brought_about(address, field).or_else(|| self.live.get(address)?.get(field))
    }

    /// The value that the manifest brings about in a resource's field. It does not where it
    /// accepts the drift of what is there.
    pub fn brought_about(&self, address: &Address, field: &str) -> Option<&Value> {
        let want = self.desired.get(address)?;
        let there = self.live.get(address).is_some_and(|live| live.exists);
        if there && want.accepts(field) { None } else { want.get(field) }
    }
}

/// A reply that a kind cannot make sense of.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The system did not answer a read.
    #[error("{0}")]
    Read(#[from] ReadError),
    /// A reply without a field that every release has, or with another type.
    #[error("the reply to `{method}` has no usable `{field}`")]
    Field {
        /// Whose reply.
        method: &'static str,
        /// The field that is missing or has another type.
        field: String,
    },
}

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
