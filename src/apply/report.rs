//! What applying a plan did, as a document.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::proof::{Proof, ProofResult};
use crate::model::Address;
use crate::plan::{Action, Found};

/// What applying a plan did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// The version of this format.
    pub format_version: String,
    /// The trueup that applied.
    pub tool_version: String,
    /// The plan's fingerprint.
    pub fingerprint: String,
    /// The digest of the plan's manifest.
    pub manifest_digest: String,
    /// When it ended (UTC), `2030-12-31T23:59:59Z`.
    pub made_at: String,
    /// Somebody stopped it before everything was done.
    pub interrupted: bool,
    /// Every step of the plan, in its order.
    pub steps: Vec<StepReport>,
    /// Every link that was to be proven.
    pub proofs: Vec<Proof>,
    /// Every managed field of every resource that is there, as it was last read: what a drift
    /// report is compared with (`drift --baseline`).
    pub found: BTreeMap<Address, BTreeMap<String, Found>>,
}

/// What became of a step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StepReport {
    /// Which resource.
    pub address: Address,
    /// What was to happen to it.
    pub action: Action,
    /// What did.
    pub result: StepResult,
    /// How many of its calls were sent.
    pub calls_sent: usize,
    /// How many it has.
    pub calls: usize,
    /// What went wrong, and what to do now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// What a person should look at although the step was applied: entries of others that
    /// disappeared from a list meanwhile.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// How a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StepResult {
    /// Done, and read back equal.
    Applied,
    /// Nothing was to be done: what a saved plan wants of it was so.
    HeldAlready,
    /// Something went wrong.
    Failed,
    /// The run was stopped in the middle of it.
    Interrupted,
    /// Not begun, since the run was stopped or what it needs failed.
    NotStarted,
}

impl StepResult {
    /// Whether the resource is as the step wants it.
    pub fn is_so(self) -> bool {
        matches!(self, Self::Applied | Self::HeldAlready)
    }
}

impl Report {
    /// Whether every step was done and read back equal without a warning, and every link is proven.
    pub fn is_complete(&self) -> bool {
        self.steps.iter().all(|step| step.result.is_so() && step.warnings.is_empty())
            && self.proofs.iter().all(|proof| proof.result == ProofResult::Proven)
    }

    /// Whether any call was sent.
    pub fn sent_anything(&self) -> bool {
        self.steps.iter().any(|step| step.calls_sent > 0)
    }

    /// The resources that are not as their steps want them.
    pub fn failed_steps(&self) -> BTreeSet<Address> {
        let failed = self.steps.iter().filter(|step| !step.result.is_so());
        failed.map(|step| step.address.clone()).collect()
    }

    /// How many steps ended so.
    pub fn count(&self, result: StepResult) -> usize {
        self.steps.iter().filter(|step| step.result == result).count()
    }
}
