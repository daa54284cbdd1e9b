//! Applies a plan: the scheduler over its graph.
//!
//! Steps run as soon as everything that they need is done, several at once on every system; within
//! a step the calls are sent one after the other. A failed step stops only what needs it. The
//! interpreter knows no kind: calls are data, and whether a step succeeded is read back.

mod confirm;
mod entries;
pub mod event;
pub mod interrupt;
pub mod proof;
pub mod report;
mod schedule;
mod secret;
mod step;
mod step_error;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use futures_util::StreamExt;
use futures_util::stream::{self, FuturesUnordered};
use jiff::Timestamp;
use tokio::sync::Semaphore;

use crate::kinds;
use crate::model::{Address, Desired, Link, Live};
use crate::observe::Systems;
use crate::plan::document::{REPORT_FORMAT, whole_seconds};
use crate::plan::shared::sends_shared_list;
use crate::plan::{Plan, Step};
use crate::truenas_wire::{Observed, Seen};

pub use event::Event;
pub use interrupt::Interrupt;
pub use proof::{Cause, Proof, ProofResult};
pub use report::{Report, StepReport, StepResult};
pub use schedule::Limits;

use entries::Entries;
use schedule::Schedule;

/// A plan about to be applied.
pub struct Run<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// Everything that the manifest asks for; of a saved plan, what that says of it.
    pub desired: &'a BTreeMap<Address, Desired>,
    /// The same, but of lists that others change too the entries that a step writes.
    pub wants: BTreeMap<Address, Desired>,
    /// What becomes of entries in lists that others change too.
    pub entries: Entries,
    /// The steps that hold already.
    pub done: BTreeSet<Address>,
    /// The steps that were not applied, once the plan was: what they change is as it was.
    pub failed: BTreeSet<Address>,
    /// The systems, logged in.
    pub systems: &'a Systems,
    /// The live values that references in calls stand for; read back after each step.
    pub live: Mutex<BTreeMap<Address, Live>>,
    /// The systems as they were seen before it.
    pub seen: BTreeMap<String, Seen>,
    /// How much is carried out at once.
    pub limits: Limits,
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
        limits: Limits,
        interrupt: Interrupt,
        on_event: &'a (dyn Fn(&Event<'_>) + Sync),
    ) -> Self {
        let live = Mutex::new(observed.live.clone());
        let mut wants = desired.clone();
        for step in &plan.steps {
            let want = plan.desired_of(step);
            let lists = want.fields.clone().into_iter().filter(|(field, _)| {
                let kind = kinds::find(&step.address.kind);
                kind.is_some_and(|kind| kinds::shared_list(kind, field).is_some())
            });
            let lists: Vec<_> = lists.collect();
            wants.entry(step.address.clone()).or_insert(want).fields.extend(lists);
        }
        Self {
            plan,
            desired,
            wants,
            entries: Entries::default(),
            done: BTreeSet::new(),
            failed: BTreeSet::new(),
            systems,
            live,
            seen: observed.systems.clone(),
            limits,
            interrupt,
            on_event,
        }
    }

    /// What was observed, each resource as it was last read.
    pub fn observed_last(&self, observed: &Observed) -> Observed {
        let live = self.live.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).clone();
        Observed { live, ..observed.clone() }
    }

    /// Proves the links, as many at once as steps are carried out.
    pub async fn prove(&self, links: &[Link]) -> Vec<Proof> {
        let sources = links.iter().map(|link| link.connection.system.as_str());
        let room = |source| (source, Semaphore::new(self.limits.per_system.get()));
        let rooms: BTreeMap<&str, Semaphore> = sources.map(room).collect();
        let proofs = links.iter().map(async |link| {
            let room = rooms.get(link.connection.system.as_str());
            let _place = match room {
                Some(room) => room.acquire().await.ok(),
                None => None,
            };
            proof::prove(self, link).await
        });
        stream::iter(proofs).buffered(self.limits.parallel.get()).collect().await
    }

    /// Applies the plan.
    pub async fn apply(&self) -> Report {
        let (held, left): (Vec<&Step>, Vec<&Step>) =
            self.plan.steps.iter().partition(|step| self.done.contains(&step.address));
        let mut applied: BTreeSet<&Address> = held.iter().map(|step| &step.address).collect();
        let mut reports: BTreeMap<&Address, StepReport> =
            held.iter().map(|step| (&step.address, held_already(step))).collect();
        let mut schedule = Schedule::new(left, &applied, self.limits);
        let mut running = FuturesUnordered::new();
        loop {
            if self.interrupt.is_requested() {
                for step in schedule.take_ready() {
                    reports.insert(&step.address, not_started(step, "stopped before it began"));
                }
            }
            while let Some(step) = schedule.start_next() {
                running.push(self.run(step));
            }
            let Some((step, report)) = running.next().await else { break };
            let is_applied = report.result == StepResult::Applied;
            if is_applied {
                applied.insert(&step.address);
            }
            schedule.ended(step, is_applied);
            reports.insert(&step.address, report);
        }
        for step in schedule.unstarted() {
            let need = step.needs.iter().find(|need| !applied.contains(need));
            let why = need.map(|it| format!("it needs `{it}`, which was not applied"));
            reports.insert(&step.address, not_started(step, &why.unwrap_or_default()));
        }
        self.report(reports)
    }

    /// Looks once more, at the end of the run, whether what the steps wrote into lists that others
    /// change too is there.
    pub async fn confirm(&self, report: &mut Report) {
        let written = report.steps.iter_mut().filter(|it| it.result == StepResult::Applied);
        let steps = written.filter_map(|report| {
            let step = self.plan.steps.iter().find(|step| step.address == report.address)?;
            sends_shared_list(step).then_some((step, report))
        });
        let looks = steps.map(async |(step, report)| confirm::confirm(self, step, report).await);
        stream::iter(looks).buffer_unordered(self.limits.parallel.get()).collect::<Vec<()>>().await;
    }

    async fn run(&self, step: &'a Step) -> (&'a Step, StepReport) {
        (self.on_event)(&Event::Started(&step.address));
        let report = step::run(self, step).await;
        (self.on_event)(&Event::Ended(&report));
        (step, report)
    }

    fn report(&self, mut reports: BTreeMap<&Address, StepReport>) -> Report {
        Report {
            format_version: REPORT_FORMAT.into(),
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
        warnings: Vec::new(),
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
        warnings: Vec::new(),
    }
}
