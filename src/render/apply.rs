//! What applying did, as text: a summary, and for what was not done the reason.

use std::collections::BTreeMap;
use std::fmt;

use crate::apply::proof::Covered;
use crate::apply::{Cause, Proof, ProofResult, Report, StepReport, StepResult};
use crate::model::Address;
use crate::model::visible::{visible, visible_name};
use crate::plan::Action;

use super::style::{CHANGE, CREATE, FAINT, HEADING, Painted, REMOVE, count, item, paragraph};

/// A report on its way to a terminal.
pub struct ReportText<'a> {
    /// The report.
    pub report: &'a Report,
    /// How wide the terminal is, in columns.
    pub width: usize,
}

impl fmt::Display for ReportText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.report.steps.is_empty() {
            self.steps(f)?;
        }
        if !self.report.proofs.is_empty() {
            writeln!(f, "\n{}", Painted(HEADING, "Links"))?;
        }
        self.report.proofs.iter().try_for_each(|proof| self.proof(f, proof))?;
        self.what_is_left(f)
    }
}

impl ReportText<'_> {
    fn steps(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let report = self.report;
        let held = report.count(StepResult::HeldAlready);
        if held == report.steps.len() {
            let all = Painted(HEADING, "Nothing to do:");
            return writeln!(f, "\n{all} every step of the plan holds already");
        }
        let all = count(report.steps.len() - held, "step");
        let applied = report.count(StepResult::Applied);
        let heading = if report.interrupted { "Stopped:" } else { "Applied:" };
        if applied + held == report.steps.len() {
            let told = Painted(CREATE, format!("{applied} of {all}, read back and as desired"));
            writeln!(f, "\n{} {told}", Painted(HEADING, heading))?;
        } else {
            let failed = report.count(StepResult::Failed);
            let others = [
                (report.count(StepResult::Interrupted), "stopped in the middle"),
                (report.count(StepResult::NotStarted), "not started"),
                (applied, "applied"),
            ];
            let others = others.iter().filter(|(count, _)| *count > 0);
            let others: Vec<String> =
                others.map(|(count, word)| format!("{count} {word}")).collect();
            let told = match failed {
                0 => format!("{all}: {}", others.join(", ")),
                _ => format!("{failed} of {all}; {}", others.join(", ")),
            };
            let heading = if report.interrupted { heading } else { "Failed:" };
            let told = told.trim_end_matches("; ");
            writeln!(f, "\n{} {}", Painted(HEADING, heading), Painted(REMOVE, told))?;
        }
        if held > 0 {
            writeln!(f, "Of the plan's steps, {held} held already.")?;
        }
        for step in report.steps.iter().filter(|step| !step.result.is_so()) {
            self.step(f, step)?;
        }
        for step in report.steps.iter().filter(|step| !step.warnings.is_empty()) {
            writeln!(f, "  {} {}", step.address, Painted(CHANGE, "look at this"))?;
            for warning in &step.warnings {
                writeln!(f, "{}", paragraph(warning, "    ", self.width))?;
            }
        }
        if applied + held < report.steps.len() {
            writeln!(f, "Run `trueup plan` to see where it stands.")?;
        }
        Ok(())
    }

    fn proof(&self, f: &mut fmt::Formatter<'_>, proof: &Proof) -> fmt::Result {
        let (style, what) = match proof.result {
            ProofResult::Proven if proof.covers.contains(&Covered::Sudo) => {
                (CREATE, "proven: login, listing and sudo")
            }
            ProofResult::Proven => (CREATE, "proven: login and listing"),
            ProofResult::Failed => (REMOVE, "does not work"),
            ProofResult::NotProven => (CHANGE, "not proven"),
        };
        let link = format!("  {} ({})", proof.connection, proof.replications.join(", "));
        let link = visible(&link);
        let beside = link.chars().count() + 2 + what.chars().count() <= self.width;
        let gap = if beside { "  " } else { "\n    " };
        writeln!(f, "{link}{gap}{}", Painted(style, what))?;
        if let Some(text) = &proof.text {
            let text = match proof.result {
                ProofResult::NotProven | ProofResult::Proven => text.clone(),
                ProofResult::Failed => format!("{} says: {text}", proof.connection.system),
            };
            writeln!(f, "{}", paragraph(&text, "    ", self.width))?;
        }
        proof.causes.iter().try_for_each(|cause| self.cause(f, cause))
    }

    /// What a person does next over the connections that no replication task can use yet, said
    /// once for all of them.
    fn what_is_left(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let created = |proof: &&Proof| {
            let creates = |step: &&StepReport| {
                step.action == Action::Create && step.result == StepResult::Applied
            };
            let mut steps = self.report.steps.iter().filter(creates);
            proof.result == ProofResult::Proven
                && steps.any(|step| step.address == proof.connection)
        };
        let connections: Vec<&Address> =
            self.report.proofs.iter().filter(created).map(|proof| &proof.connection).collect();
        match connections.as_slice() {
            [] => return Ok(()),
            [connection] => {
                let text = format!(
                    "The replication task is yours to create: in {}'s web interface, under Data \
                     Protection > Replication Tasks, over the SSH connection `{}`.",
                    connection.system,
                    connection.key()
                );
                return writeln!(f, "\n{}", paragraph(&text, "", self.width));
            }
            _ => {}
        }
        let text = "The replication tasks are yours to create: in each system's web interface, \
                    under Data Protection > Replication Tasks, over its SSH connections:";
        writeln!(f, "\n{}", paragraph(text, "", self.width))?;
        let mut by_system: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for connection in connections {
            let names = by_system.entry(&connection.system).or_default();
            names.push(format!("`{}`", connection.key()));
        }
        by_system.iter().try_for_each(|(system, names)| {
            writeln!(
                f,
                "{}",
                item("-", &format!("{system}: {}", names.join(", ")), "  ", self.width)
            )
        })
    }

    fn cause(&self, f: &mut fmt::Formatter<'_>, cause: &Cause) -> fmt::Result {
        let Cause { cause, how_to_tell, remedy } = cause;
        writeln!(f)?;
        for (word, text) in
            [("likely cause", cause), ("how to tell", how_to_tell), ("what to do", remedy)]
        {
            let lines = paragraph(text, &" ".repeat(18), self.width);
            let label = Painted(FAINT, format!("{word:<12}"));
            writeln!(f, "    {label}  {}", lines.trim_start())?;
        }
        Ok(())
    }

    fn step(&self, f: &mut fmt::Formatter<'_>, step: &StepReport) -> fmt::Result {
        let what = match step.result {
            StepResult::Applied => "applied",
            StepResult::HeldAlready => "held already",
            StepResult::Failed => "failed",
            StepResult::Interrupted => "stopped in the middle",
            StepResult::NotStarted => "not started",
        };
        let sent = match step.result {
            StepResult::NotStarted => String::new(),
            _ => format!(" ({} of {} sent)", step.calls_sent, count(step.calls, "call")),
        };
        let address = step.address.to_string();
        writeln!(f, "  {} {what}{sent}", visible_name(&address))?;
        let error = step.error.as_deref().unwrap_or_default();
        writeln!(f, "{}", paragraph(error, "    ", self.width))
    }
}
