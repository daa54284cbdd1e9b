//! The last look at what a run wrote into lists that others change too.

use std::time::Duration;

use crate::plan::Step;
use crate::truenas_client::Session;

use super::entries::{Part, lists, only_entries_missing};
use super::step::{difference, judge, last_read, read, wanted, write};
use super::step_error::StepError;
use super::{Run, StepReport, StepResult};

/// How long nobody may change a list that others were changing during the run, until it is believed
/// to stay as it is.
const QUIET: Duration = Duration::from_secs(1);
/// How often a list that others keep changing is looked at.
const MOST_LOOKS: usize = 5;

/// Looks once more whether the entries that a step wrote are there, and writes again those that
/// somebody took away.
pub(super) async fn confirm(run: &Run<'_>, step: &Step, report: &mut StepReport) {
    let Some(Ok(session)) = run.systems.get(&step.address.system).map(|it| &it.session) else {
        return;
    };
    if let Err(error) = confirmed(run, step, session, &mut report.calls_sent).await {
        report.result = StepResult::Failed;
        report.error = Some(error.to_string());
    }
    report.calls = report.calls.max(report.calls_sent);
    report.warnings = run.entries.disappeared(&step.address);
}

async fn confirmed(
    run: &Run<'_>,
    step: &Step,
    session: &Session,
    sent: &mut usize,
) -> Result<(), StepError> {
    let want = wanted(run, step);
    let mut seen = last_read(run, step);
    for _ in 0..MOST_LOOKS {
        // Whoever read the list before this step wrote it may write it any moment.
        if run.entries.others_write(&step.address) {
            tokio::time::sleep(QUIET).await;
        }
        let live = read(run, session, &want).await?;
        let judgement = judge(run, &want, &live);
        let now = lists(step, &live);
        if judgement.holds() && now == seen {
            return Ok(());
        }
        run.entries.note_others(&step.address);
        seen = now;
        if judgement.holds() {
            continue;
        }
        if !only_entries_missing(&step.address, &judgement)
            || !run.entries.may_repeat(&step.address)
        {
            return Err(StepError::EntriesMissing(difference(&judgement)));
        }
        write(run, step, session, Part::MissingEntries, sent).await?;
        seen = last_read(run, step);
    }
    Ok(())
}
