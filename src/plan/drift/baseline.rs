//! What a drift report is compared with, since trueup keeps no state: a saved plan (taken as
//! applied), the report of an apply, or an earlier drift report.
//!
//! It is read leniently: a later minor version may have more, and what is needed here is little.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::Address;
use crate::model::placeholder::refs;
use crate::plan::document::{PLAN_FORMAT, REPORT_FORMAT};

use super::LastProof;

/// What the baseline is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Which document.
    pub kind: Kind,
    /// The digest of the manifest that it was made from.
    pub manifest_digest: Option<String>,
    /// When it was made, if it says so.
    pub made_at: Option<String>,
}

/// Which document a baseline is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A saved plan (`plan --out`): taken as applied.
    Plan,
    /// What `apply --format json` printed.
    ApplyReport,
    /// What `drift --report` wrote or `drift --format json` printed.
    DriftReport,
}

/// Whether a resource was there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Existed {
    Yes,
    No,
    /// The plan makes it.
    IfApplied,
}

/// What the baseline has of a field.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Before {
    /// It could not be read.
    Unreadable,
    /// It was as the manifest wanted it; the value is not said.
    Equal,
    /// The plan changes it to what only apply knew.
    AfterApply,
    /// The plan changes it.
    Planned { from: Value, to: Value },
    /// It was found so, and the manifest wanted that.
    Found { live: Value, wanted: Value },
}

/// What was so at another time.
#[derive(Clone, Debug)]
pub struct Baseline {
    /// What it is.
    pub source: Source,
    existed: BTreeMap<Address, Existed>,
    fields: BTreeMap<(Address, String), Before>,
    proofs: BTreeMap<String, LastProof>,
}

/// Why a file is no baseline.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum NoBaseline {
    /// It is not JSON.
    #[error("it is not JSON: {0}")]
    Json(String),
    /// It is another document.
    #[error("it is no saved plan, no report of an apply and no drift report")]
    Document,
    /// It is of a version that this trueup cannot read.
    #[error("it has the format version {0}, which this trueup does not read")]
    Version(String),
    /// It is the report of a run that compared nothing.
    #[error("it is the report of a run that could read nothing")]
    Failed,
}

/// Whether a document of that version can be compared with. Plans had the versions of reports once,
/// and tell their changes in the same members.
fn is_readable(kind: Kind, version: &str) -> bool {
    let major = |version: &str| version.split('.').next().map(String::from);
    let is_of = |format: &str| major(version) == major(format);
    is_of(REPORT_FORMAT) || (kind == Kind::Plan && is_of(PLAN_FORMAT))
}

impl Baseline {
    /// The baseline that a document is.
    ///
    /// # Errors
    /// Why it is none.
    pub fn parse(text: &str) -> Result<Self, NoBaseline> {
        let document: Value =
            serde_json::from_str(text).map_err(|error| NoBaseline::Json(error.to_string()))?;
        let has = |name: &str| document.get(name).is_some_and(|it| !it.is_null());
        let kind = match () {
            () if has("items") && has("found") => Kind::DriftReport,
            () if has("steps") && has("found") => Kind::ApplyReport,
            () if has("steps") && has("blocked") => Kind::Plan,
            () => return Err(NoBaseline::Document),
        };
        let text = |name: &str| document.get(name).and_then(Value::as_str).map(String::from);
        let version = text("format_version").unwrap_or_default();
        if !is_readable(kind, &version) {
            return Err(NoBaseline::Version(version));
        }
        if has("failure") {
            return Err(NoBaseline::Failed);
        }
        let (manifest_digest, made_at) = (text("manifest_digest"), text("made_at"));
        let source = Source { kind, manifest_digest, made_at };
        let mut baseline = Self {
            source,
            existed: BTreeMap::new(),
            fields: BTreeMap::new(),
            proofs: BTreeMap::new(),
        };
        baseline.take_unverifiable(&document);
        match kind {
            Kind::Plan => baseline.take_plan(&document),
            Kind::ApplyReport => {
                baseline.take_found(&document);
                baseline.take_proofs(&document);
            }
            Kind::DriftReport => {
                baseline.take_found(&document);
                baseline.take_last_proofs(&document);
            }
        }
        Ok(baseline)
    }

    pub(super) fn existed(&self, address: &Address) -> Option<Existed> {
        self.existed.get(address).copied()
    }

    pub(super) fn field(&self, address: &Address, field: &str) -> Option<&Before> {
        self.fields.get(&(address.clone(), field.into()))
    }

    pub(super) fn proof(&self, replication: &str) -> Option<&LastProof> {
        self.proofs.get(replication)
    }

    /// What an apply proved. A link that it did not try is not known to work or to fail.
    fn take_proofs(&mut self, document: &Value) {
        let Some(at) = &self.source.made_at else { return };
        for proof in document.get("proofs").and_then(Value::as_array).into_iter().flatten() {
            let proven = match proof.get("result").and_then(Value::as_str) {
                Some("proven") => true,
                Some("failed") => false,
                _ => continue,
            };
            let names = proof.get("replications").and_then(Value::as_array).into_iter().flatten();
            for name in names.filter_map(Value::as_str) {
                self.proofs.insert(name.into(), LastProof { proven, at: at.clone() });
            }
        }
    }

    /// What an earlier drift report knew of proofs: they are handed on.
    fn take_last_proofs(&mut self, document: &Value) {
        let all = document.get("replications").and_then(Value::as_object).into_iter().flatten();
        for (name, effect) in all {
            let proof = effect.get("last_proof").cloned().unwrap_or_default();
            if let Ok(proof) = serde_json::from_value(proof) {
                self.proofs.insert(name.clone(), proof);
            }
        }
    }

    fn take_unverifiable(&mut self, document: &Value) {
        for (address, item) in addressed(document, "unverifiable") {
            self.existed.insert(address.clone(), Existed::Yes);
            if let Some(field) = item.get("field").and_then(Value::as_str) {
                self.fields.insert((address, field.into()), Before::Unreadable);
            }
        }
    }

    fn take_found(&mut self, document: &Value) {
        for (address, _) in addressed(document, "items")
            .filter(|(_, item)| item.get("state") == Some(&"missing".into()))
        {
            self.existed.insert(address, Existed::No);
        }
        let found = document.get("found").and_then(Value::as_object).into_iter().flatten();
        for (address, fields) in found {
            let Ok(address) = address.parse::<Address>() else { continue };
            self.existed.insert(address.clone(), Existed::Yes);
            for (field, found) in fields.as_object().into_iter().flatten() {
                let live = found.get("live").cloned().unwrap_or_default();
                let wanted = found.get("wanted").cloned().unwrap_or_else(|| live.clone());
                self.fields
                    .insert((address.clone(), field.clone()), Before::Found { live, wanted });
            }
        }
    }

    fn take_plan(&mut self, document: &Value) {
        for (address, kept) in addressed(document, "kept") {
            self.existed.insert(address.clone(), Existed::Yes);
            // Anything else than equal does not say what the manifest wanted.
            let equal = kept.get("reason") == Some(&"equal".into());
            for field in kept.get("fields").and_then(Value::as_array).into_iter().flatten() {
                if let (Some(field), true) = (field.as_str(), equal) {
                    self.fields.insert((address.clone(), field.into()), Before::Equal);
                }
            }
        }
        for (address, blocked) in addressed(document, "blocked") {
            let value = |name: &str| blocked.get(name).cloned().unwrap_or_default();
            match blocked.get("field").and_then(Value::as_str) {
                Some(field) => {
                    self.existed.insert(address.clone(), Existed::Yes);
                    let before = Before::Found { live: value("before"), wanted: value("after") };
                    self.fields.insert((address, field.into()), before);
                }
                None => drop(self.existed.insert(address, Existed::No)),
            }
        }
        for (address, step) in addressed(document, "steps") {
            let create = step.get("action") == Some(&"create".into());
            let existed = if create { Existed::IfApplied } else { Existed::Yes };
            self.existed.insert(address.clone(), existed);
            for change in step.get("changes").and_then(Value::as_array).into_iter().flatten() {
                let Some(field) = change.get("field").and_then(Value::as_str) else { continue };
                let value = |name: &str| change.get(name).cloned().unwrap_or_default();
                let (from, to) = (value("before"), value("after"));
                let before = match refs(&to).is_empty() {
                    true => Before::Planned { from, to },
                    false => Before::AfterApply,
                };
                self.fields.insert((address.clone(), field.into()), before);
            }
        }
    }
}

/// The members of a list, by their address.
fn addressed<'a>(document: &'a Value, list: &str) -> impl Iterator<Item = (Address, &'a Value)> {
    let members = document.get(list).and_then(Value::as_array).into_iter().flatten();
    members.filter_map(|member| {
        let address = member.get("address")?.as_str()?.parse().ok()?;
        Some((address, member))
    })
}
