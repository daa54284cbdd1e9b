//! `trueup apply`: plans or takes a saved plan, asks, applies, and says what it did.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;
use clap::builder::PossibleValuesParser;

use crate::apply::{Interrupt, Limits, Report, Run};
use crate::model::{Link, Risk};
use crate::plan::stale::stale;
use crate::plan::{Plan, found};
use crate::render::apply::ReportText;
use crate::render::markdown;

use super::progress::Progress;
use super::reached::Reached;
use super::work::{Work, refuse_stale};
use super::{Exit, Failure, Format, ManifestArgs, Narrow, Network, guard, output, plan};

/// Bring the systems to the state that the manifest describes
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Apply {
    #[command(flatten)]
    manifest: ManifestArgs,
    #[command(flatten)]
    narrow: Narrow,
    #[command(flatten)]
    network: Network,
    /// Carry out at most so many steps at once on one system
    #[arg(long, value_name = "N", default_value = "8")]
    per_system: NonZeroUsize,
    /// Apply exactly this saved plan; of the manifest only how its systems are reached is read
    ///
    /// Refused, before anything is sent, where a system is another one or runs another release,
    /// where something that a step relies on has changed, and where the plan holds a call that
    /// trueup would not send now for the changes that it shows. The plan's fingerprint finds
    /// damage; it does not prove who made the plan: take plans only from where you trust.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["systems", "replications", "only"])]
    plan: Option<PathBuf>,
    /// Print the result as
    #[arg(
        long,
        value_enum,
        default_value_t,
        value_name = "text|json|markdown",
        hide_possible_values = true
    )]
    format: Format,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    /// Go ahead although something is `blocked` (the rest is done), the plan is `incomplete`
    /// (systems that could not be read, and what needs them, are left out; other changes may be
    /// missing), or it has this lock-out risk; may be given several times
    #[arg(long, value_name = "REASON", value_parser = PossibleValuesParser::new(allowed()))]
    allow: Vec<String>,
    /// Show the exact API calls
    #[arg(long)]
    calls: bool,
    /// Do not prove the links
    #[arg(long)]
    no_probe: bool,
}

/// What `--allow` takes.
fn allowed() -> impl Iterator<Item = &'static str> {
    let lock_out = Risk::ALL.into_iter().filter(|risk| risk.may_lock_out()).map(Risk::name);
    ["blocked", "incomplete"].into_iter().chain(lock_out)
}

/// For `--help`.
const EXAMPLES: &str = "\
Examples:
  trueup apply                                  # shows the plan, asks, applies, proves the links
  trueup apply --plan plan.json                 # exactly what was reviewed
  trueup apply --yes --allow moves-ssh-port     # nobody is asked; this lock-out risk is known";

impl Apply {
    /// Applies.
    pub async fn run(self) -> Result<Exit, Failure> {
        let work = match &self.plan {
            Some(file) => Work::saved(file, &self.manifest, self.network).await?,
            None => {
                let incomplete = self.allow.iter().any(|reason| reason == "incomplete");
                Work::planned(&self.manifest, &self.narrow, self.network, incomplete).await?
            }
        };
        // Whoever agrees beforehand to a saved plan, or wants no word of it, has seen it.
        let seen = self.yes && (self.plan.is_some() || output::is_quiet()) && work.plan.complete;
        if self.format == Format::Text && !seen {
            plan::show(&work.plan, self.format, self.calls)?;
        }
        guard::decided(&work, &self.allow)?;
        if self.format != Format::Text {
            warn_of_systems_left_out(&work.plan);
        }
        if work.left().next().is_some() {
            guard::may_be_sent(&work)?;
            if !self.yes {
                self.ask(&work).await?;
            } else if !seen && !output::is_quiet() {
                // Between the plan and what becomes of it.
                output::note("");
            }
        }
        let links: Vec<Link> = match self.no_probe {
            true => Vec::new(),
            false => work.plan.provable_links().cloned().collect(),
        };
        let limits = Limits { per_system: self.per_system, parallel: self.network.parallel };
        let report = carry_out(&work, &links, limits).await;
        self.show(&report)?;
        // A report that nobody got is no proof of anything.
        let told = !output::is_lost() || !report.sent_anything();
        let plan = &work.plan;
        let complete = told && report.is_complete() && plan.complete && plan.blocked.is_empty();
        Ok(if complete { Exit::Success } else { Exit::Incomplete })
    }

    /// Asks, and makes sure that what was agreed to is still so.
    async fn ask(&self, work: &Work) -> Result<(), Failure> {
        if !output::can_ask() {
            return Err(Failure::new(
                Exit::Refused,
                "there is no terminal to ask at; nothing was sent",
            )
            .remedy("--yes applies without asking"));
        }
        if self.format != Format::Text {
            output::note(crate::render::plan::PlanText {
                plan: &work.plan,
                calls: self.calls,
                width: output::width(),
            });
        }
        if !output::ask("Apply this plan?") {
            return Err(Failure::new(Exit::Refused, "not agreed to; nothing was sent"));
        }
        refuse_stale(&stale(&work.plan, &work.reached.observe_again().await, &work.done))
    }

    fn show(&self, report: &Report) -> Result<(), Failure> {
        match self.format {
            Format::Json => output::json(report),
            Format::Text if output::is_quiet() && report.is_complete() => Ok(()),
            Format::Text => {
                output::result(ReportText { report, width: output::width() });
                Ok(())
            }
            Format::Markdown => {
                output::result(markdown::report::report(report));
                Ok(())
            }
        }
    }
}

/// Names the systems that are left out; where the plan is shown, that does.
fn warn_of_systems_left_out(plan: &Plan) {
    for (name, system) in plan.systems.iter().filter(|(_, system)| !system.is_read()) {
        output::warn(&format!(
            "`{name}` ({}) is left out, with what needs it: {}",
            system.url, system.read
        ));
    }
}

/// Applies the plan; Ctrl-C lets what is under way end, a second one stops at once.
async fn carry_out(work: &Work, links: &[Link], limits: Limits) -> Report {
    let interrupt = Interrupt::default();
    let listener = tokio::spawn(listen(interrupt.clone()));
    let progress = Progress::applying();
    let on_event = |event: &crate::apply::Event<'_>| progress.event(event);
    let Reached { desired, systems, observed } = &work.reached;
    let run = Run::new(&work.plan, desired, systems, observed, limits, interrupt, &on_event);
    let mut run = Run { done: work.done.clone(), ..run };
    let mut report = run.apply().await;
    if !report.interrupted {
        progress.proving(links);
        run.failed = report.failed_steps();
        report.proofs = run.prove(links).await;
        run.confirm(&mut report).await;
    }
    report.found = found(&work.inputs(&run.observed_last(observed)));
    progress.done();
    listener.abort();
    report
}

async fn listen(interrupt: Interrupt) {
    while tokio::signal::ctrl_c().await.is_ok() {
        if interrupt.is_requested() {
            std::process::exit(i32::from(Exit::Incomplete.code()));
        }
        interrupt.request();
        output::note("stopping: what is under way ends, nothing new begins (again: stop at once)");
    }
}
