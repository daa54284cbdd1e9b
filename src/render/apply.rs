//! What applying did, as text: a summary, and for what was not done the reason.

use std::fmt;

use crate::apply::{Report, StepReport, StepResult};

use super::style::{CREATE, HEADING, Painted, REMOVE, count, paragraph};

/// A report on its way to a terminal.
pub struct ReportText<'a> {
    /// The report.
    pub report: &'a Report,
    /// How wide the terminal is, in columns.
    pub width: usize,
}

impl fmt::Display for ReportText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let report = self.report;
        if report.steps.is_empty() {
            return Ok(());
        }
        let all = count(report.steps.len(), "step");
        let applied = report.count(StepResult::Applied);
        let style = if report.is_complete() { CREATE } else { REMOVE };
        let heading = if report.interrupted { "Stopped:" } else { "Applied:" };
        writeln!(
            f,
            "\n{} {}",
            Painted(HEADING, heading),
            Painted(style, format!("{applied} of {all}, read back and as desired"))
        )?;
        for step in report.steps.iter().filter(|step| step.result != StepResult::Applied) {
            self.step(f, step)?;
        }
        if !report.is_complete() {
            writeln!(f, "Run `trueup plan` to see where it stands.")?;
        }
        Ok(())
    }
}

impl ReportText<'_> {
    fn step(&self, f: &mut fmt::Formatter<'_>, step: &StepReport) -> fmt::Result {
        let what = match step.result {
            StepResult::Applied => "applied",
            StepResult::Failed => "failed",
            StepResult::Interrupted => "stopped in the middle",
            StepResult::NotStarted => "not started",
        };
        let sent = match step.result {
            StepResult::NotStarted => String::new(),
            _ => format!(" ({} of {} sent)", step.calls_sent, count(step.calls, "call")),
        };
        writeln!(f, "  {} {what}{sent}", step.address)?;
        let error = step.error.as_deref().unwrap_or_default();
        writeln!(f, "{}", paragraph(error, "    ", self.width))
    }
}
