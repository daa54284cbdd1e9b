//! One step: its calls in order, then reading back until live is as desired.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::kinds::{self, Around, DecodeError, Judgement};
use crate::model::{Address, Desired, FieldRef, Live, State};
use crate::observe::observe_one;
use crate::plan::judged::resolved;
use crate::plan::shared::sends_shared_list;
use crate::plan::{Action, Step};
use crate::truenas_client::{CallError, SecretParams, Session, Writer};
use crate::truenas_wire::{Call, ReadError};

use super::entries::{Lists, Part, calls_for, changed_since_planned, lists, only_entries_missing};
use super::step_error::{StepError, lost_answer};
use super::{Event, Run, StepReport, StepResult, secret};

/// How long a resource may take to read back as desired after its calls have ended.
const READ_BACK: Duration = Duration::from_secs(10);
/// The pause between two looks at it; the first look comes at once.
const LOOK_AGAIN: Duration = Duration::from_millis(250);
/// The pause before a refused call that may be tried again is.
const TRY_AGAIN: Duration = Duration::from_secs(1);

/// Runs a step to its end.
pub(super) async fn run(run: &Run<'_>, step: &Step) -> StepReport {
    let mut sent = 0;
    let outcome = carry_out(run, step, &mut sent).await;
    let (result, error) = match outcome {
        Ok(()) => (StepResult::Applied, None),
        Err(error @ StepError::Stopped(_)) if sent == 0 => {
            (StepResult::NotStarted, Some(error.to_string()))
        }
        Err(error @ StepError::Stopped(_)) => (StepResult::Interrupted, Some(error.to_string())),
        Err(error) => (StepResult::Failed, Some(error.to_string())),
    };
    StepReport {
        address: step.address.clone(),
        action: step.action,
        result,
        calls_sent: sent,
        calls: step.calls.len().max(sent),
        error,
        warnings: run.entries.disappeared(&step.address),
    }
}

async fn carry_out(run: &Run<'_>, step: &Step, sent: &mut usize) -> Result<(), StepError> {
    let system = &step.address.system;
    let Some(Ok(session)) = run.systems.get(system).map(|it| &it.session) else {
        return Err(StepError::NotConnected(system.clone()));
    };
    if !sends_shared_list(step) {
        return perform(run, step, session, &wanted(run, step), &step.calls, sent).await;
    }
    write(run, step, session, Part::Everything, sent).await
}

/// Carries out a step that sends lists which others change too: from what is read directly before,
/// and again where somebody takes its entries away.
pub(super) async fn write(
    run: &Run<'_>,
    step: &Step,
    session: &Session,
    mut part: Part,
    sent: &mut usize,
) -> Result<(), StepError> {
    let want = wanted(run, step);
    loop {
        let live = read(run, session, &want).await?;
        if changed_since_planned(step, &live) {
            run.entries.note_others(&step.address);
        }
        let calls = calls_for(run, step, &live, part)?;
        let outcome = perform(run, step, session, &want, &calls, sent).await;
        if matches!(outcome, Ok(()) | Err(StepError::EntriesMissing(_))) {
            run.entries.compare(step, &lists(step, &live), &last_read(run, step));
        }
        match outcome {
            Err(StepError::EntriesMissing(_)) if run.entries.may_repeat(&step.address) => {
                part = Part::MissingEntries;
            }
            outcome => return outcome,
        }
    }
}

/// Sends the calls in their order, and reads back.
async fn perform(
    run: &Run<'_>,
    step: &Step,
    session: &Session,
    want: &Desired,
    calls: &[Call],
    sent: &mut usize,
) -> Result<(), StepError> {
    let writer = session.writer();
    for (at, call) in calls.iter().enumerate() {
        if run.interrupt.is_requested() {
            return Err(StepError::Stopped(call.method.clone()));
        }
        (run.on_event)(&Event::Sending(&step.address, call));
        let params = secret::filled(call.filled(&|field| known(run, field))?)?;
        let outcome = send(run, step, &writer, call, &SecretParams(params)).await;
        let unsent = matches!(outcome, Err(CallError::NotSent { .. } | CallError::TooLarge { .. }));
        *sent += usize::from(!unsent);
        match outcome {
            Ok(_) => {}
            Err(CallError::Lost { method, why }) => {
                (run.on_event)(&Event::Lost(&step.address, call));
                let what = lost_answer(&step.address.system, &method, &why);
                return after_loss(run, step, session, want, what, &calls[at + 1..]).await;
            }
            Err(error) => return Err(StepError::Call(error)),
        }
    }
    (run.on_event)(&Event::Verifying(&step.address));
    read_back(run, session, want, Patience::None).await
}

/// Sends a call, again as long as it says so when it is refused and time alone may help.
async fn send(
    run: &Run<'_>,
    step: &Step,
    writer: &Writer,
    call: &Call,
    params: &[Value],
) -> Result<Value, CallError> {
    let until = Instant::now() + Duration::from_secs(call.retry_seconds);
    loop {
        let outcome = writer.send(call, params.to_vec()).await;
        if !outcome.as_ref().is_err_and(may_succeed_later)
            || Instant::now() + TRY_AGAIN > until
            || run.interrupt.is_requested()
        {
            return outcome;
        }
        (run.on_event)(&Event::Retrying(&step.address, call));
        tokio::time::sleep(TRY_AGAIN).await;
    }
}

/// Whether a call that was refused may succeed without anybody changing anything.
fn may_succeed_later(error: &CallError) -> bool {
    match error {
        CallError::Refused { fault, .. } => !fault.is_configuration_error,
        CallError::NotDone { .. } => true,
        _ => false,
    }
}

/// After a call whose answer was lost: never sent again, but looked up. If everything that the
/// step wants is there, it is done; else a person plans again.
async fn after_loss(
    run: &Run<'_>,
    step: &Step,
    session: &Session,
    want: &Desired,
    what: String,
    rest: &[Call],
) -> Result<(), StepError> {
    let lost = |found| StepError::Lost { what, found };
    match read_back(run, session, want, Patience::ForEntries).await {
        Ok(()) => Ok(()),
        Err(StepError::NotAsDesired(_)) if !rest.is_empty() => {
            Err(lost("the calls after it were not sent"))
        }
        Err(StepError::NotAsDesired(_)) if step.action == Action::Create => {
            Err(lost("it is not there"))
        }
        Err(StepError::NotAsDesired(_)) => Err(lost("it did not come about")),
        Err(_) => Err(lost("what came of it could not be read")),
    }
}

/// Whether entries of lists that others change too are waited for. Once a call has ended they are
/// there, or somebody else has written the list since.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Patience {
    None,
    ForEntries,
}

/// Reads the resource until it is as desired, and notes how it is. The time counts from the first
/// reply on: it may have taken an outage to get that.
async fn read_back(
    run: &Run<'_>,
    session: &Session,
    want: &Desired,
    patience: Patience,
) -> Result<(), StepError> {
    let reader = session.reader();
    let mut until = None;
    loop {
        let error = match observe_one(&reader, want).await {
            Ok(live) => {
                let judgement = judge(run, want, &live);
                note(run, &want.address, live);
                if judgement.holds() {
                    return Ok(());
                }
                if patience == Patience::None && only_entries_missing(&want.address, &judgement) {
                    return Err(StepError::EntriesMissing(difference(&judgement)));
                }
                StepError::NotAsDesired(difference(&judgement))
            }
            // It was waited for already.
            Err(error @ DecodeError::Read(ReadError::Unreachable(_))) => return Err(error.into()),
            Err(error) => error.into(),
        };
        let until = *until.get_or_insert_with(|| Instant::now() + READ_BACK);
        if Instant::now() + LOOK_AGAIN > until {
            return Err(error);
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

pub(super) fn judge(run: &Run<'_>, want: &Desired, live: &Live) -> Judgement {
    let Some(kind) = kinds::find(&want.address.kind) else { return Judgement::default() };
    // Nothing is awaited while it is held.
    let known_live = run.live.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let around = Around { systems: &run.seen, desired: &run.wants, live: &known_live };
    kinds::judge(kind, want, live, &around)
}

/// What the step wants: exactly the fields that it changes.
pub(super) fn wanted(run: &Run<'_>, step: &Step) -> Desired {
    resolved(&run.plan.desired_of(step), &|field| known(run, field)).into_owned()
}

/// A field's live value as it was last read.
fn known(run: &Run<'_>, field: &FieldRef) -> Option<Value> {
    let live = run.live.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    live.get(&field.address)?.get(&field.field).cloned()
}

/// Reads the resource as it is now, and notes that.
pub(super) async fn read(
    run: &Run<'_>,
    session: &Session,
    want: &Desired,
) -> Result<Live, StepError> {
    let live = observe_one(&session.reader(), want).await?;
    note(run, &want.address, live.clone());
    Ok(live)
}

/// The shared lists of a step's resource as they were last read.
pub(super) fn last_read(run: &Run<'_>, step: &Step) -> Lists {
    let live = run.live.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    live.get(&step.address).map(|live| lists(step, live)).unwrap_or_default()
}

fn note(run: &Run<'_>, address: &Address, live: Live) {
    let mut all = run.live.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    all.insert(address.clone(), live);
}

/// The first field that is not as desired.
pub(super) fn difference(judgement: &Judgement) -> String {
    if judgement.create {
        return "it is not there".into();
    }
    let remedies = judgement.findings.iter().filter_map(|finding| match &finding.state {
        State::Blocked { remedy, .. } => Some(remedy),
        _ => None,
    });
    let blocked = remedies.map(|remedy| format!("it is blocked now: {remedy}")).next();
    let changes = judgement.changes();
    changes.first().map_or_else(
        || blocked.unwrap_or_else(|| "it is blocked now".into()),
        |change| format!("`{}` is {}, not {}", change.field, change.before, change.after),
    )
}
