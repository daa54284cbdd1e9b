//! Progress on stderr: a spinner on a terminal, plain lines where there is none.

use std::collections::BTreeSet;
use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::apply::{Event, StepResult};
use crate::model::Link;
use crate::model::visible::visible_lines;
use crate::plan::Action;
use crate::render::plan::named;
use crate::render::style::{CHANGE, CREATE, FAINT, Painted, REMOVE, paragraph};
use crate::truenas_client::options::{Notice, OnNotice};

use super::output;

/// What is shown while something takes time.
pub(super) struct Progress {
    spinner: ProgressBar,
}

impl Progress {
    /// Systems are being read.
    pub(super) fn reading(systems: &BTreeSet<&str>) -> Self {
        let names: Vec<&str> = systems.iter().copied().collect();
        Self::spinning(format!("reading {}", names.join(", ")))
    }

    /// A plan is being applied.
    pub(super) fn applying() -> Self {
        Self::spinning("applying".into())
    }

    fn spinning(text: String) -> Self {
        let can_be_drawn = std::io::stderr().is_terminal() && !output::is_dumb_terminal();
        let spinner = if can_be_drawn && !output::is_quiet() {
            ProgressBar::new_spinner()
        } else {
            ProgressBar::hidden()
        };
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
            spinner.set_style(style);
        }
        spinner.set_message(text);
        spinner.enable_steady_tick(Duration::from_millis(100));
        Self { spinner }
    }

    /// Links are being proven.
    pub(super) fn proving(&self, links: &[Link]) {
        let names: Vec<String> = links.iter().map(|link| link.connection.to_string()).collect();
        self.spinner.set_message(format!("proving {}", names.join(", ")));
    }

    /// Ends it and leaves no trace.
    pub(super) fn done(&self) {
        self.spinner.finish_and_clear();
    }

    /// Shows what a session may have to say while it is opened or used.
    pub(super) fn notices(&self) -> OnNotice {
        let spinner = self.spinner.clone();
        OnNotice::new(move |notice| {
            spinner.suspend(|| match notice {
                Notice::ConnectionLost { .. } | Notice::ConnectionRestored { .. } => {
                    if !output::is_quiet() {
                        output::note(visible_lines(&notice.to_string()));
                    }
                }
                other => output::warn(&other.to_string()),
            });
        })
    }

    /// Shows what happens while a plan is applied: a line for every step that ends.
    pub(super) fn event(&self, event: &Event<'_>) {
        match event {
            Event::Started(address) => self.spinner.set_message(address.to_string()),
            Event::Sending(address, call) => {
                self.spinner.set_message(format!("{address}: {}", call.method));
            }
            Event::Verifying(address) => {
                self.spinner.set_message(format!("{address}: reading back"));
            }
            Event::Retrying(address, call) => {
                self.line(&format!(
                    "  {} {address}: {} was refused, trying again",
                    Painted(CHANGE, "…"),
                    call.method
                ));
            }
            Event::Lost(address, call) => {
                self.line(&format!(
                    "  {} {address}: the connection was lost during {}, looking what came of it",
                    Painted(CHANGE, "…"),
                    call.method
                ));
            }
            Event::Ended(report) => {
                let what = named(&report.address);
                let system = Painted(FAINT, &report.address.system);
                let line = match report.result {
                    StepResult::Applied => {
                        let done = match report.action {
                            Action::Create => "created",
                            Action::Update => "updated",
                            Action::Delete => "deleted",
                        };
                        format!("  {} {system} {what} {done}", Painted(CREATE, "✓"))
                    }
                    _ => {
                        let error = report.error.as_deref().unwrap_or_default();
                        let error = paragraph(error, "      ", output::width());
                        format!("  {} {system} {what}:\n{error}", Painted(REMOVE, "✗"))
                    }
                };
                self.line(&line);
            }
        }
    }

    fn line(&self, line: &str) {
        if output::is_quiet() {
            return;
        }
        self.spinner.suspend(|| output::note(line));
    }
}
