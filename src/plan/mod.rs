//! Desired and live become a plan: pure, synchronous, and the same bytes for the same inputs.

pub mod check;
pub mod digest;
pub mod document;
pub mod drift;
pub mod order;
pub mod select;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::kinds::{self, Around, Judgement, Kind, Need};
use crate::model::call::refs;
use crate::model::{
    Address, BlockedReason, Call, Change, Desired, Finding, KeptReason, Live, Observed, Place,
    Release, Risk, State,
};

pub use document::{Action, Blocked, Kept, Plan, Step, Summary, System, Unverifiable};
pub use drift::Drift;
pub use order::Cycle;
pub use select::Selection;

use digest::digest;

/// The largest request that TrueNAS accepts (`utils/limits.py`), less room for the envelope.
const MAX_REQUEST_BYTES: usize = 65_536 - 512;

/// What a plan is made of.
pub struct Inputs<'a> {
    /// Everything that the manifest asks for.
    pub desired: &'a BTreeMap<Address, Desired>,
    /// What was read.
    pub observed: &'a Observed,
    /// The digest of the manifest.
    pub manifest_digest: &'a str,
    /// What the command line narrows the plan to.
    pub selection: &'a Selection,
}

/// Plans.
///
/// # Errors
/// Resources that need each other.
pub fn plan(inputs: &Inputs<'_>) -> Result<Plan, Cycle> {
    let judged = judge_all(inputs);
    let needs: BTreeMap<Address, BTreeSet<Address>> = judged
        .iter()
        .map(|(address, item)| (address.clone(), item.needs.iter().cloned().collect()))
        .collect();
    let order = order::ordered(&needs)?;
    let mut draft = Draft::default();
    for address in order {
        if let Some(item) = judged.get(&address) {
            draft.add(item, inputs);
        }
    }
    draft.hint_at_missing_roles(inputs);
    let complete = draft.unverifiable.is_empty()
        && inputs.observed.systems.values().all(|seen| seen.failure.is_none());
    Ok(Plan {
        format_version: document::FORMAT_VERSION.into(),
        tool_version: env!("CARGO_PKG_VERSION").into(),
        fingerprint: String::new(),
        manifest_digest: inputs.manifest_digest.into(),
        complete,
        systems: document::systems(inputs.observed),
        summary: draft.summary(),
        steps: draft.steps,
        blocked: draft.blocked,
        unverifiable: draft.unverifiable,
        kept: draft.kept,
        hints: draft.hints,
    }
    .fingerprinted())
}

/// A resource with what its kind makes of it.
pub(crate) struct Judged<'a> {
    pub(crate) kind: &'static dyn Kind,
    pub(crate) want: &'a Desired,
    pub(crate) live: &'a Live,
    pub(crate) release: &'a Release,
    pub(crate) judgement: Judgement,
    /// The resources of the manifest that come first.
    pub(crate) needs: Vec<Address>,
}

/// Judges every resource of a system that could be read.
pub(crate) fn judge_all<'a>(inputs: &Inputs<'a>) -> BTreeMap<Address, Judged<'a>> {
    let around = Around { desired: inputs.desired, live: &inputs.observed.live };
    let judged = |want: &'a Desired| {
        let kind = kinds::find(&want.address.kind)?;
        let live = inputs.observed.live.get(&want.address)?;
        let release = inputs.observed.systems.get(&want.address.system)?.release.as_ref()?;
        let judgement = kinds::judge(kind, want, live, &around);
        let needs = needs(kind, want, inputs.desired);
        Some(Judged { kind, want, live, release, judgement, needs })
    };
    inputs.desired.values().filter_map(|want| Some((want.address.clone(), judged(want)?))).collect()
}

/// The resources of the manifest that one needs: those that its kind names, and those that its
/// desired values refer to.
pub(crate) fn needs(
    kind: &dyn Kind,
    want: &Desired,
    desired: &BTreeMap<Address, Desired>,
) -> Vec<Address> {
    let named = kind.needs(want).into_iter().filter_map(|need| match need {
        Need::Nearest(candidates) => candidates.into_iter().find(|it| desired.contains_key(it)),
        Need::Field(field) => desired.contains_key(&field.address).then_some(field.address),
    });
    let referred = want.fields.values().flat_map(|wanted| refs(&wanted.value));
    let all: BTreeSet<Address> = named.chain(referred.map(|field| field.address)).collect();
    all.into_iter().filter(|it| *it != want.address).collect()
}

/// A plan while it grows, resource by resource in the order of their needs.
#[derive(Default)]
struct Draft {
    steps: Vec<Step>,
    blocked: Vec<Blocked>,
    unverifiable: Vec<Unverifiable>,
    kept: Vec<Kept>,
    hints: Vec<String>,
    unchanged: usize,
    /// Resources that will not be as others need them: their creation is blocked, or the command
    /// line leaves their step out.
    lacking: BTreeSet<Address>,
}

impl Draft {
    fn add(&mut self, item: &Judged<'_>, inputs: &Inputs<'_>) {
        if !inputs.selection.selects(item.want) {
            if !item.judgement.holds() {
                self.lacking.insert(item.want.address.clone());
            }
            return;
        }
        let address = &item.want.address;
        let unchanged = self.blocked.len() + self.unverifiable.len() + self.steps.len();
        self.hints.extend(item.live.hints.iter().map(|hint| format!("{address}: {hint}")));
        self.kept.extend(kept(address, &item.judgement));
        self.unverifiable.extend(unverifiable(address, &item.judgement.findings));
        self.block_or_step(item, inputs);
        if unchanged == self.blocked.len() + self.unverifiable.len() + self.steps.len() {
            self.unchanged += 1;
        }
    }

    fn block_or_step(&mut self, item: &Judged<'_>, inputs: &Inputs<'_>) {
        let changes = item.judgement.changes();
        let create = item.judgement.create;
        if let Some(obstacle) = &item.judgement.obstacle
            && create
        {
            return self.block_whole(item, obstacle.reason, obstacle.remedy.clone());
        }
        for finding in &item.judgement.findings {
            if let State::Blocked { reason, remedy } = &finding.state {
                self.blocked.push(blocked(item.want, Some(finding), *reason, remedy.clone()));
            }
        }
        if !create && changes.is_empty() {
            return;
        }
        if let Some((reason, remedy)) = self.unmet_need(item, inputs) {
            return self.block_whole(item, reason, remedy);
        }
        let mut step = step(item, changes, inputs);
        step.needs.retain(|need| self.steps.iter().any(|before| before.address == *need));
        match step.calls.iter().find(|call| size_of(call) > MAX_REQUEST_BYTES) {
            Some(call) => {
                let remedy = format!(
                    "`{}` would be larger than the 64 KiB that TrueNAS accepts; ask for less at once",
                    call.method
                );
                self.block_whole(item, BlockedReason::RequestTooLarge, remedy);
            }
            None => self.steps.push(step),
        }
    }

    /// Why what the resource needs will not be there.
    fn unmet_need(
        &self,
        item: &Judged<'_>,
        inputs: &Inputs<'_>,
    ) -> Option<(BlockedReason, String)> {
        item.needs.iter().find_map(|need| {
            if self.lacking.contains(need) {
                let selected =
                    inputs.desired.get(need).is_some_and(|want| inputs.selection.selects(want));
                return Some(if selected {
                    (BlockedReason::NeedsBlocked, format!("it needs `{need}`, which is blocked"))
                } else {
                    (
                        BlockedReason::NeedsUnselected,
                        format!(
                            "it needs `{need}`, which the command line leaves out; select that too"
                        ),
                    )
                });
            }
            let unread = inputs.observed.systems.get(&need.system)?.failure.is_some();
            unread.then(|| {
                let remedy = format!("it needs `{need}`, and `{}` could not be read", need.system);
                (BlockedReason::NeedsUnread, remedy)
            })
        })
    }

    /// Blocks a resource's creation, or else every change of it.
    fn block_whole(&mut self, item: &Judged<'_>, reason: BlockedReason, remedy: String) {
        if item.judgement.create {
            self.lacking.insert(item.want.address.clone());
            self.blocked.push(blocked(item.want, None, reason, remedy));
            return;
        }
        for finding in item.judgement.findings.iter().filter(|it| it.state == State::Changes) {
            self.blocked.push(blocked(item.want, Some(finding), reason, remedy.clone()));
        }
    }

    /// Says which roles the login that planned lacks for the calls that were planned.
    fn hint_at_missing_roles(&mut self, inputs: &Inputs<'_>) {
        for (system, roles) in missing_roles(&self.steps, inputs.observed) {
            let roles: Vec<&str> = roles.into_iter().collect();
            self.hints.push(format!(
                "{system}: the login that made this plan cannot carry it out; apply needs one \
                 with {}",
                roles.join(", ")
            ));
        }
    }

    fn summary(&self) -> Summary {
        let count = |action| self.steps.iter().filter(|step| step.action == action).count();
        Summary {
            create: count(Action::Create),
            update: count(Action::Update),
            delete: count(Action::Delete),
            unchanged: self.unchanged,
            unverifiable: self.unverifiable.len(),
            blocked: self.blocked.len(),
        }
    }
}

/// The roles that the steps' calls need and that the logins lack, by system.
pub fn missing_roles(
    steps: &[Step],
    observed: &Observed,
) -> BTreeMap<String, BTreeSet<&'static str>> {
    let mut missing: BTreeMap<String, BTreeSet<&'static str>> = BTreeMap::new();
    for step in steps {
        let Some(seen) = observed.systems.get(&step.address.system) else { continue };
        for call in &step.calls {
            if let Some(role) = crate::model::observed::role_for(&call.method)
                && !seen.roles.has(role)
            {
                missing.entry(step.address.system.clone()).or_default().insert(role);
            }
        }
    }
    missing
}

/// The fields that stay, grouped by their reason; a resource that only has to exist and does is
/// kept without a field.
fn kept(address: &Address, judgement: &Judgement) -> Vec<Kept> {
    let mut by_reason: BTreeMap<KeptReason, Vec<String>> = BTreeMap::new();
    if judgement.findings.is_empty() && !judgement.create {
        by_reason.insert(KeptReason::Equal, Vec::new());
    }
    for finding in &judgement.findings {
        if let State::Kept(reason) = finding.state {
            by_reason.entry(reason).or_default().push(finding.field.clone());
        }
    }
    let kept = |(reason, fields)| Kept { address: address.clone(), fields, reason };
    by_reason.into_iter().map(kept).collect()
}

/// The fields that could not be read.
fn unverifiable(address: &Address, findings: &[Finding]) -> Vec<Unverifiable> {
    findings
        .iter()
        .filter_map(|finding| match finding.state {
            State::Unverifiable { role } => Some(Unverifiable {
                address: address.clone(),
                field: finding.field.clone(),
                role: role.into(),
            }),
            _ => None,
        })
        .collect()
}

fn step(item: &Judged<'_>, changes: Vec<Change>, inputs: &Inputs<'_>) -> Step {
    let calls = item.kind.calls(item.want, item.live, &changes, item.release);
    let consequences: BTreeMap<Risk, String> =
        item.kind.risks(item.want, item.live, &changes).into_iter().collect();
    Step {
        address: item.want.address.clone(),
        action: if item.judgement.create { Action::Create } else { Action::Update },
        manifest: item.want.place.as_ref().map(Place::to_string),
        needs: item.needs.clone(),
        risks: consequences.keys().copied().collect(),
        consequences,
        expects: expects(item, &changes, &calls, inputs),
        changes,
        calls,
    }
}

/// Digests of exactly the live fields that a step changes or refers to.
fn expects(
    item: &Judged<'_>,
    changes: &[Change],
    calls: &[Call],
    inputs: &Inputs<'_>,
) -> BTreeMap<Address, BTreeMap<String, String>> {
    let mut own: BTreeMap<String, String> =
        changes.iter().map(|change| (change.field.clone(), digest(&change.before))).collect();
    own.insert("exists".into(), digest(&json!(item.live.exists)));
    let mut all = BTreeMap::from([(item.want.address.clone(), own)]);
    for field in calls.iter().flat_map(Call::refs) {
        let known = inputs.observed.live.get(&field.address).and_then(|it| it.get(&field.field));
        if let Some(value) = known {
            all.entry(field.address).or_default().insert(field.field, digest(value));
        }
    }
    all
}

fn blocked(
    want: &Desired,
    finding: Option<&Finding>,
    reason: BlockedReason,
    remedy: String,
) -> Blocked {
    let place = match finding {
        Some(finding) => want.place_of(&finding.field),
        None => want.place.as_ref(),
    };
    let whole = || {
        let fields = want.fields.iter().map(|(name, it)| (name.clone(), it.value.clone()));
        Value::Object(fields.collect::<Map<_, _>>())
    };
    Blocked {
        address: want.address.clone(),
        field: finding.map(|finding| finding.field.clone()),
        before: finding.map(|finding| finding.before.clone()).unwrap_or_default(),
        after: finding.map_or_else(whole, |finding| finding.after.clone()),
        reason,
        remedy,
        manifest: place.map(Place::to_string),
    }
}

fn size_of(call: &Call) -> usize {
    json!(call.params).to_string().len() + call.method.len()
}
