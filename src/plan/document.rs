//! The plan as a document: the versioned JSON contract that text and Markdown are rendered from.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::link::Check;
use crate::model::digest::digest_without;
use crate::model::{Address, BlockedReason, Change, KeptReason, Link, Risk};
use crate::truenas_wire::{Call, Observed};

use super::accepted::Accepted;

/// The version of the plan's JSON. The first number changes when a reader of the old one would be
/// wrong, the second when something is added.
pub const PLAN_FORMAT: &str = "2.0";

/// The version of the JSON of drift reports and of reports of `apply`, likewise.
pub const REPORT_FORMAT: &str = "1.3";

/// A moment as the documents write it (UTC): `2030-12-31T23:59:59Z`.
pub fn whole_seconds(at: Timestamp) -> String {
    Timestamp::from_second(at.as_second()).unwrap_or(at).to_string()
}

/// What would be done, and for everything else the reason why not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// The version of this format.
    pub format_version: String,
    /// The trueup that made it.
    pub tool_version: String,
    /// SHA-256 over the canonical JSON (RFC 8785) without this and `tool_version`. It
    /// identifies the plan; it does not authenticate it.
    pub fingerprint: String,
    /// SHA-256 over the manifest's content.
    pub manifest_digest: String,
    /// False when something that the manifest names could not be read: steps may be missing.
    pub complete: bool,
    /// Every system that was read.
    pub systems: BTreeMap<String, System>,
    /// How many of what.
    pub summary: Summary,
    /// What would be done, in order: each step after those that it needs.
    pub steps: Vec<Step>,
    /// What the manifest asks for and trueup will not do.
    pub blocked: Vec<Blocked>,
    /// What differs and is accepted for now: no step changes it.
    #[serde(default)]
    pub accepted: Vec<Accepted>,
    /// What could not be read.
    pub unverifiable: Vec<Unverifiable>,
    /// What stays as it is.
    pub kept: Vec<Kept>,
    /// What a person should know although it is no change.
    pub hints: Vec<String>,
    /// What keeps a replication from running although everything above is applied.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<Check>,
    /// The links that are proven after the plan was applied.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Link>,
}

/// A system that was read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct System {
    /// Its release, `25.10.6`; `null` if it could not be reached.
    pub release: Option<String>,
    /// Its stable identity; `null`: identity not checked.
    pub host_id: Option<String>,
    /// What it calls itself; left out if it may not be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hostname: Option<String>,
    /// The URL of its API.
    pub url: String,
    /// `ok`, or why it could not be read.
    pub read: String,
    /// What to do about that, in sentences.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

impl System {
    /// Whether it could be read.
    pub fn is_read(&self) -> bool {
        self.read == "ok"
    }
}

/// The systems as the documents show them.
pub fn systems(observed: &Observed) -> BTreeMap<String, System> {
    let system = |seen: &crate::truenas_wire::Seen| System {
        release: seen.release.as_ref().map(|release| release.version.clone()),
        host_id: seen.host_id.clone(),
        hostname: seen.hostname.clone(),
        url: seen.url.clone(),
        read: seen.failure.clone().unwrap_or_else(|| "ok".into()),
        remedy: seen.remedy.clone(),
    };
    observed.systems.iter().map(|(name, seen)| (name.clone(), system(seen))).collect()
}

/// How many resources are created, updated, deleted and unchanged, and how many fields could not
/// be verified, are blocked or accepted as they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    /// Resources that are created.
    pub create: usize,
    /// Resources that are updated.
    pub update: usize,
    /// Resources that are deleted.
    pub delete: usize,
    /// Resources that are as the manifest wants them.
    pub unchanged: usize,
    /// Fields that could not be read.
    pub unverifiable: usize,
    /// Items that are blocked.
    pub blocked: usize,
    /// Fields that differ, which is accepted.
    #[serde(default)]
    pub accepted: usize,
}

/// What a step does to its resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// It is made.
    Create,
    /// Fields of it change.
    Update,
    /// It goes.
    Delete,
}

/// What a step does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StepType {
    /// It changes a resource.
    Change,
}

/// One resource brought from live to desired.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// What others name it by: the address of its resource.
    pub id: String,
    /// What it does.
    #[serde(rename = "type")]
    pub step_type: StepType,
    /// Which resource.
    pub address: Address,
    /// What happens to it.
    pub action: Action,
    /// Where the manifest asks for it: `trueup.yaml:31`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manifest: Option<String>,
    /// The steps that come before it.
    pub needs: Vec<Address>,
    /// The fields that change.
    pub changes: Vec<Change>,
    /// What the manifest says of how they change: `exclusive`, `create_ancestors`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub switches: BTreeMap<String, Value>,
    /// What needs a person's attention.
    pub risks: Vec<Risk>,
    /// Each risk's consequence, as a sentence.
    pub consequences: BTreeMap<Risk, String>,
    /// Digests of the live values that the step changes or refers to: if one of them is another
    /// when the plan is applied, the plan is stale. Of a list that others change too: whether the
    /// entries that the step adds and removes are there.
    pub expects: BTreeMap<Address, BTreeMap<String, String>>,
    /// The API calls, in order.
    pub calls: Vec<Call>,
}

/// Something that the manifest asks for and trueup will not do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Blocked {
    /// Which resource.
    pub address: Address,
    /// Which field; `null`: the whole resource.
    pub field: Option<String>,
    /// The live value.
    pub before: Value,
    /// The desired value.
    pub after: Value,
    /// Which of the closed list.
    pub reason: BlockedReason,
    /// What is in the way and what to do about it.
    pub remedy: String,
    /// The system that could not be read and that it waits for, itself or through what it needs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unread_system: Option<String>,
    /// Where the manifest asks for it: `trueup.yaml:31`.
    pub manifest: Option<String>,
}

/// A field that could not be read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Unverifiable {
    /// Which resource.
    pub address: Address,
    /// Which field.
    pub field: String,
    /// The role that shows it.
    pub role: String,
    /// The system whose login lacks that role: the value may come from another one than the
    /// resource's. Older documents leave it out.
    #[serde(default)]
    pub system: String,
}

/// Fields of a resource that stay as they are, for one reason.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    /// Which resource.
    pub address: Address,
    /// Which fields; empty for a resource that only has to exist.
    pub fields: Vec<String>,
    /// Why.
    pub reason: KeptReason,
}

impl Plan {
    /// Whether nothing is to be done.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// Whether nothing is to be done, nothing is blocked, and no check fails.
    pub fn finds_nothing(&self) -> bool {
        self.steps.is_empty() && self.blocked.is_empty() && self.checks.is_empty()
    }

    /// Whether everything is as the manifest wants it, and could be read.
    pub fn is_settled(&self) -> bool {
        self.complete && self.finds_nothing() && self.accepted.is_empty()
    }

    /// Whether every system could be read.
    pub fn all_read(&self) -> bool {
        self.systems.values().all(System::is_read)
    }

    /// The blocked items that a person must decide about: they do not merely wait for a system that
    /// could not be read.
    pub fn blocked_items(&self) -> impl Iterator<Item = &Blocked> {
        self.blocked.iter().filter(|item| item.unread_system.is_none())
    }

    /// The resources that wait for a system that could not be read, by that system.
    pub fn waiting(&self) -> BTreeMap<&str, BTreeSet<&Address>> {
        let mut waiting: BTreeMap<&str, BTreeSet<&Address>> = BTreeMap::new();
        for item in &self.blocked {
            if let Some(system) = &item.unread_system {
                waiting.entry(system).or_default().insert(&item.address);
            }
        }
        waiting
    }

    /// The plan with the links that are proven once it was applied.
    pub fn proving(self, links: Vec<Link>) -> Self {
        Self { links, ..self }.fingerprinted()
    }

    /// The plan with its fingerprint filled in.
    pub fn fingerprinted(mut self) -> Self {
        self.fingerprint = digest_without(&self, &["fingerprint", "tool_version"]);
        self
    }

    /// The JSON Schema of the plan.
    pub fn schema() -> schemars::Schema {
        schemars::schema_for!(Self)
    }
}
