//! The one command that restores a resource, and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::shell_words::quoted;
use crate::model::{Address, State};
use crate::plan::Inputs;
use crate::plan::judged::Judged;

/// What restores a resource.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Restore {
    /// The command, as it is typed; `null`: trueup cannot restore it.
    pub command: Option<String>,
    /// What a person must agree to first, with `--allow REASON` for each: `blocked`, or the name of
    /// a lock-out risk.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allow: Vec<String>,
    /// Why trueup cannot restore it, or not all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why_not: Option<String>,
}

/// Finds what restores each resource.
pub(super) struct Restorer<'a> {
    judged: &'a BTreeMap<Address, Judged<'a>>,
    inputs: &'a Inputs<'a>,
    manifest: &'a [String],
}

impl<'a> Restorer<'a> {
    pub(super) fn new(
        judged: &'a BTreeMap<Address, Judged<'a>>,
        inputs: &'a Inputs<'a>,
        manifest: &'a [String],
    ) -> Self {
        Self { judged, inputs, manifest }
    }

    /// What restores this resource: it, and whatever it needs that differs too.
    pub(super) fn restore(&self, item: &Judged<'_>) -> Restore {
        let needed = self.needed(item);
        let mut allow = BTreeSet::new();
        for address in &needed {
            let Some(needed) = self.judged.get(address) else {
                let why = format!("it needs `{address}`, which could not be read");
                return Restore { why_not: Some(why), ..Restore::default() };
            };
            if let Some(remedy) = cannot(needed) {
                let why = match *address == item.want.address {
                    true => remedy,
                    false => format!("it needs `{address}`, which is blocked: {remedy}"),
                };
                return Restore { why_not: Some(why), ..Restore::default() };
            }
            allow.extend(self.allowances(needed));
        }
        let manifest = self.manifest.iter().map(|word| quoted(word));
        let only = needed.iter().flat_map(|it| ["--only".to_string(), quoted(&it.to_string())]);
        let words = ["trueup".to_string(), "apply".to_string()].into_iter();
        let command: Vec<String> = words.chain(manifest).chain(only).collect();
        let partly = blocked(item).next();
        Restore {
            command: Some(command.join(" ")),
            allow: allow.into_iter().collect(),
            why_not: partly.map(|(field, remedy)| format!("{field} is blocked: {remedy}")),
        }
    }

    /// The resource and everything that it needs and that is not as the manifest wants it.
    fn needed(&self, item: &Judged<'_>) -> BTreeSet<Address> {
        let mut needed = BTreeSet::from([item.want.address.clone()]);
        let mut open: Vec<&Address> = item.needs.iter().collect();
        while let Some(address) = open.pop() {
            let holds = |it: &Judged<'_>| it.judgement.holds();
            let read = self.judged.get(address);
            if read.is_some_and(holds) || !needed.insert(address.clone()) {
                continue;
            }
            open.extend(read.into_iter().flat_map(|it| &it.needs));
        }
        needed
    }

    /// What a person must agree to before the resource is changed.
    fn allowances(&self, item: &Judged<'_>) -> Vec<String> {
        let around = self.inputs.around();
        let changes = item.judgement.changes();
        let risks = item.kind.risks(&item.want, item.live, &changes, &around);
        let lock_out = risks.into_iter().map(|(risk, _)| risk).filter(|it| it.may_lock_out());
        let partly = blocked(item).next().map(|_| "blocked".to_string());
        lock_out.map(|risk| risk.name().to_string()).chain(partly).collect()
    }
}

/// Why nothing of the resource can be restored.
fn cannot(item: &Judged<'_>) -> Option<String> {
    let judgement = &item.judgement;
    if let Some(obstacle) = &judgement.obstacle {
        return Some(obstacle.remedy.clone());
    }
    if judgement.create || !judgement.changes().is_empty() {
        return None;
    }
    blocked(item).next().map(|(_, remedy)| remedy.to_string())
}

/// The fields that are blocked, with what is in the way.
fn blocked<'a>(item: &'a Judged<'_>) -> impl Iterator<Item = (&'a str, &'a str)> {
    item.judgement.findings.iter().filter_map(|finding| match &finding.state {
        State::Blocked { remedy, .. } => Some((finding.field.as_str(), remedy.as_str())),
        _ => None,
    })
}
