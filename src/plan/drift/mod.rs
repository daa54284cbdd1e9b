//! The drift report: where live differs from desired, since when, what it means for replications,
//! and the command that restores it. It holds no call that changes anything.

pub mod baseline;
mod broken;
mod compare;
mod origin;
mod restore;

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::Address;

use super::Unverifiable;
use super::accepted::Accepted;
use super::document::{Kept, System};
use super::found::Found;

pub use baseline::Baseline;
pub use compare::{Occasion, drift};
pub use restore::Restore;

/// What differs between the manifest and the systems.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Drift {
    /// The version of this format.
    pub format_version: String,
    /// The trueup that made it.
    pub tool_version: String,
    /// When the systems were read (UTC), `2030-12-31T23:59:59Z`.
    pub made_at: String,
    /// SHA-256 over the manifest's content; `null` if it could not be read.
    pub manifest_digest: Option<String>,
    /// False when something that the manifest names could not be read: items may be missing.
    pub complete: bool,
    /// Why nothing could be compared at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// What the origins were told by; `null`: nothing was given.
    pub baseline: Option<baseline::Source>,
    /// Every system that was read.
    pub systems: BTreeMap<String, System>,
    /// Every replication, with what the drift does to it.
    pub replications: BTreeMap<String, Effect>,
    /// How many of what.
    pub summary: DriftSummary,
    /// What differs, what breaks a replication first.
    pub items: Vec<Item>,
    /// What differs and is accepted for now: no drift.
    pub accepted: Vec<Accepted>,
    /// What could not be read.
    pub unverifiable: Vec<Unverifiable>,
    /// What is as the manifest wants it.
    pub kept: Vec<Kept>,
    /// What a person should know although it is no drift.
    pub hints: Vec<String>,
    /// Every managed field that could be read, of every resource that is there: what a later
    /// `--baseline` is compared with.
    pub found: BTreeMap<Address, BTreeMap<String, Found>>,
}

/// How many resources are missing, differ and are unchanged, and how many fields are accepted or
/// could not be verified.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DriftSummary {
    /// Resources that are not there.
    pub missing: usize,
    /// Resources of which a field differs.
    pub differs: usize,
    /// Resources that are as the manifest wants them.
    pub unchanged: usize,
    /// Fields that differ, which is accepted.
    pub accepted: usize,
    /// Fields that could not be read.
    pub unverifiable: usize,
}

/// A resource that differs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// Which resource.
    pub address: Address,
    /// How it differs.
    pub state: Differs,
    /// Where a difference of the whole resource, which is missing, comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    /// The fields that differ.
    pub fields: Vec<Difference>,
    /// The replications that rely on it.
    pub replications: BTreeSet<String>,
    /// Whether they fail because of it.
    pub breaks: Breaking,
    /// Why they fail, as a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// What restores exactly this.
    pub restore: Restore,
    /// Who changed it, as far as the system's audit log says; only with `--blame`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blame: Vec<Blame>,
    /// Where the manifest asks for it: `trueup.yaml:31`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manifest: Option<String>,
}

/// How a resource differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Differs {
    /// It is not there.
    Missing,
    /// It is there with another value.
    Differs,
}

/// A field that differs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Difference {
    /// Its manifest path below the resource.
    pub field: String,
    /// The value that the system reports; `null` where there is none.
    pub live: Value,
    /// The value that the manifest asks for.
    pub desired: Value,
    /// Where the difference comes from.
    pub origin: Origin,
    /// Why the origin is unknown, if there is a baseline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin_unknown: Option<String>,
    /// The last day on which the difference was accepted, if that is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted_until: Option<String>,
    /// Why `apply` would not restore it, if so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocked: Option<crate::model::BlockedReason>,
    /// What is in the way and what to do about it, if it is blocked or `apply` leaves it
    /// as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
    /// The manifest says nothing of it: it is here since it keeps a replication from running.
    #[serde(default, skip_serializing_if = "is_false")]
    pub unmanaged: bool,
    /// The value is the one that the manifest asks for: it is here since it keeps a replication
    /// from running.
    #[serde(default, skip_serializing_if = "is_false")]
    pub matches_manifest: bool,
}

fn is_false(value: &bool) -> bool {
    !value
}

/// Where a difference comes from, told by the baseline. A closed list.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// It was changed on the system; the manifest asks for what it asked for then.
    System,
    /// The manifest asks for something else than then, and that is not applied yet.
    Manifest,
    /// Both: it was changed on the system, and the manifest asks for something else than then.
    Both,
    /// What the manifest's value refers to was changed, on another system as a rule.
    Reference,
    /// It differed in the same way then.
    Earlier,
    /// The baseline cannot tell, or there is none.
    Unknown,
}

/// Whether replications fail because of drift.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Breaking {
    /// They do.
    Yes,
    /// trueup cannot tell.
    Unknown,
    /// They do not.
    No,
}

impl Breaking {
    /// Every value, the worst first.
    pub const ALL: [Self; 3] = [Self::Yes, Self::Unknown, Self::No];

    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::Unknown => "unknown",
            Self::No => "no",
        }
    }
}

/// What drift does to a replication.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Effect {
    /// Whether everything that it relies on is as the manifest wants it; `null`: not everything
    /// could be read, and what could be is in sync.
    pub in_sync: Option<bool>,
    /// Whether it fails because of what differs.
    pub breaks: Breaking,
    /// What the last proof of its link said, as far as the baseline knows: only apply proves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_proof: Option<LastProof>,
}

/// The last time that a replication's source was asked to reach its destination.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LastProof {
    /// Whether it did.
    pub proven: bool,
    /// When the apply ended that asked it (UTC), `2030-12-31T23:59:59Z`.
    pub at: String,
}

/// Who changed something, as the system's own audit log has it. Nothing of what was sent is here.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Blame {
    /// The fields that this is about; empty: the resource as a whole.
    pub fields: Vec<String>,
    /// The account; `null` if the log does not tell.
    pub username: Option<String>,
    /// When (UTC), `2030-12-31T23:59:59Z`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// The API method.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// The address that the call came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// How the account was logged in: `API key NAME`, `password`, `token`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub through: Option<String>,
    /// Whether the log shows that this call set the field. False: it changed the resource, and the
    /// log does not show which of its fields.
    pub certain: bool,
    /// Why nobody is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unknown: Option<String>,
}

impl Drift {
    /// The replications that fail as long as it is so.
    pub fn failing(&self) -> BTreeSet<&str> {
        let fails = |(_, effect): &(&String, &Effect)| effect.breaks == Breaking::Yes;
        self.replications.iter().filter(fails).map(|(name, _)| name.as_str()).collect()
    }

    /// Whether live is as desired, as far as it could be read.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Whether there is nothing that anybody should know.
    pub fn is_settled(&self) -> bool {
        self.is_empty() && self.complete && self.accepted.is_empty()
    }

    /// Whether every system could be read.
    pub fn all_read(&self) -> bool {
        self.systems.values().all(System::is_read)
    }

    /// Whether nothing at all could be compared.
    pub fn nothing_read(&self) -> bool {
        self.failure.is_some() || !self.systems.values().any(System::is_read)
    }

    /// The JSON Schema of the report.
    pub fn schema() -> schemars::Schema {
        schemars::schema_for!(Self)
    }
}
