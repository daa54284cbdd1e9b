//! The kinds: each a pure codec between a manifest's fields and TrueNAS' API.
//!
//! A kind knows its fields, which reads show them and how to decode the replies, what it needs
//! first, and which calls bring it about, as data. It is never async, does no I/O, and knows no
//! other kind. Adding one is a file (or folder), a line in [`ALL`], and the manifest's surface.

mod dataset;
mod judgement;
mod keychain;
mod object;
mod ssh_connection;
mod ssh_keypair;
mod ssh_service;
pub mod trace;
pub(crate) mod user;

use std::collections::BTreeMap;

use serde_json::Value;

pub(crate) use judgement::{EXISTENCE, compared};
pub use judgement::{Judgement, judge};
pub(crate) use user::{Account, normalized_home};

use trace::{Logged, Touched};

use crate::model::{Address, BlockedReason, Change, Desired, Finding, Hint, Live, Risk};
use crate::truenas_wire::{Call, Read, ReadError, Release, Replies, Seen};

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

/// The role that a kind's method needs; any account with it or `FULL_ADMIN` may send it. `None`: no
/// such kind, or it never sends that. Source: the `roles` of the API schemas.
pub fn role_for(kind: &str, method: &str) -> Option<&'static str> {
    let writes = find(kind)?.writes();
    writes.iter().find(|(name, _)| *name == method).map(|(_, role)| *role)
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

    /// The methods that change the resource, each with the role that a login needs for it.
    fn writes(&self) -> &'static [(&'static str, &'static str)];

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
    /// The systems as they were seen.
    pub systems: &'a BTreeMap<String, Seen>,
    /// Everything that the manifest asks for.
    pub desired: &'a BTreeMap<Address, Desired>,
    /// Everything that was read.
    pub live: &'a BTreeMap<Address, Live>,
}

impl Around<'_> {
    /// The account that trueup logs in with.
    pub fn login(&self, system: &str) -> Option<&str> {
        self.systems.get(system).map(|seen| seen.username.as_str())
    }

    /// The release that a system runs.
    pub fn release(&self, system: &str) -> Option<&Release> {
        self.systems.get(system)?.release.as_ref()
    }

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
