//! Applies a plan: the scheduler over its graph.
//!
//! Steps run as soon as everything that they need is done, several at once; within a step the calls
//! are sent one after the other. A failed step stops only what needs it. The
//! interpreter knows no kind: calls are data, and whether a step succeeded is read back.

pub mod event;
pub mod interrupt;
pub mod proof;
pub mod report;
mod secret;
mod step;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use futures_util::StreamExt;
use futures_util::future::join_all;
use futures_util::stream::FuturesUnordered;
use jiff::Timestamp;

use crate::model::{Address, Desired, Link, Live, Observed};
use crate::observe::Systems;
use crate::plan::document::{FORMAT_VERSION, whole_seconds};
use crate::plan::{Plan, Step};

pub use event::Event;
pub use interrupt::Interrupt;
pub use proof::{Cause, Proof, ProofResult};
pub use report::{Report, StepReport, StepResult};

/// How many steps are under way at once: whoever stops a run waits for these, and no more of what
/// the plan holds. A system gains little from more: it takes its changes one by one.
const AT_ONCE: usize = 8;

/// A plan about to be applied.
pub struct Run<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// Everything that the manifest asks for; of a saved plan, what that says of it.
    pub desired: &'a BTreeMap<Address, Desired>,
    /// The steps that hold already.
    pub done: BTreeSet<Address>,
    /// The systems, logged in.
    pub systems: &'a Systems,
    /// The live values that references in calls stand for; read back after each step.
    pub live: Mutex<BTreeMap<Address, Live>>,
    /// The account that trueup logs in with, by system.
    pub logins: BTreeMap<String, String>,
    /// Set when somebody asks to stop.
    pub interrupt: Interrupt,
    /// Is told of everything that happens.
    pub on_event: &'a (dyn Fn(&Event<'_>) + Sync),
}

impl<'a> Run<'a> {
    /// A run that starts from what was observed.
    pub fn new(
        plan: &'a Plan,
        desired: &'a BTreeMap<Address, Desired>,
        systems: &'a Systems,
        observed: &Observed,
        interrupt: Interrupt,
        on_event: &'a (dyn Fn(&Event<'_>) + Sync),
    ) -> Self {
        let live = Mutex::new(observed.live.clone());
        let logins = observed.logins();
        let done = BTreeSet::new();
        Self { plan, desired, done, systems, live, logins, interrupt, on_event }
    }

    /// What was observed, each resource as it was last read.
    pub fn observed_last(&self, observed: &Observed) -> Observed {
        let live = self.live.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).clone();
        Observed { live, ..observed.clone() }
    }

    /// Proves the links, all at once.
    pub async fn prove(&self, links: &[Link]) -> Vec<Proof> {
        join_all(links.iter().map(|link| proof::prove(self, link))).await
    }

    /// Applies the plan.
    pub async fn apply(&self) -> Report {
        let (held, mut waiting): (Vec<&Step>, Vec<&Step>) =
            self.plan.steps.iter().partition(|step| self.done.contains(&step.address));
        let mut applied: BTreeSet<&Address> = held.iter().map(|step| &step.address).collect();
        let mut reports: BTreeMap<&Address, StepReport> =
            held.iter().map(|step| (&step.address, held_already(step))).collect();
        let mut running = FuturesUnordered::new();
        loop {
            let stopped = self.interrupt.is_requested();
            let mut rest = Vec::new();
            for step in waiting {
                let ready = step.needs.iter().all(|need| applied.contains(need));
                if ready && stopped {
                    reports.insert(&step.address, not_started(step, "stopped before it began"));
                } else if ready && running.len() < AT_ONCE {
                    running.push(self.run(step));
                } else {
                    rest.push(step);
                }
            }
            waiting = rest;
            let Some((step, report)) = running.next().await else { break };
            if report.result == StepResult::Applied {
                applied.insert(&step.address);
            }
            reports.insert(&step.address, report);
        }
        for step in waiting {
            let need = step.needs.iter().find(|need| !applied.contains(need));
            let why = need.map(|it| format!("it needs `{it}`, which was not applied"));
            reports.insert(&step.address, not_started(step, &why.unwrap_or_default()));
        }
        self.report(reports)
    }

    async fn run(&self, step: &'a Step) -> (&'a Step, StepReport) {
        (self.on_event)(&Event::Started(&step.address));
        let report = step::run(self, step).await;
        (self.on_event)(&Event::Ended(&report));
        (step, report)
    }

    fn report(&self, mut reports: BTreeMap<&Address, StepReport>) -> Report {
        Report {
            format_version: FORMAT_VERSION.into(),
            tool_version: env!("CARGO_PKG_VERSION").into(),
            fingerprint: self.plan.fingerprint.clone(),
            manifest_digest: self.plan.manifest_digest.clone(),
            made_at: whole_seconds(Timestamp::now()),
            interrupted: self.interrupt.is_requested(),
            steps: self
                .plan
                .steps
                .iter()
                .filter_map(|step| reports.remove(&step.address))
                .collect(),
            proofs: Vec::new(),
            found: BTreeMap::new(),
        }
    }
}

fn held_already(step: &Step) -> StepReport {
    StepReport {
        address: step.address.clone(),
        action: step.action,
        result: StepResult::HeldAlready,
        calls_sent: 0,
        calls: step.calls.len(),
        error: None,
    }
}

fn not_started(step: &Step, why: &str) -> StepReport {
    StepReport {
        address: step.address.clone(),
        action: step.action,
        result: StepResult::NotStarted,
        calls_sent: 0,
        calls: step.calls.len(),
        error: Some(why.into()),
    }
}
