//! `trueup apply`: plans, asks, applies, and says what it did.

use std::collections::BTreeSet;

use clap::Args;

use crate::apply::{Interrupt, Report, Run};
use crate::model::{Link, Risk};
use crate::plan::stale::stale;
use crate::plan::{Inputs, Plan, found, missing_roles};
use crate::render::apply::ReportText;
use crate::render::markdown;

use super::context::Context;
use super::exit::Problem;
use super::progress::Progress;
use super::{Exit, Failure, Format, ManifestArgs, Narrow, output, plan};

/// Bring the systems to the state that the manifest describes
#[derive(Args, Debug)]
pub struct Apply {
    #[command(flatten)]
    manifest: ManifestArgs,
    #[command(flatten)]
    narrow: Narrow,
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
    /// Go ahead although: `blocked` (do the rest), or the name of a lock-out risk
    #[arg(long, value_name = "REASON", value_parser = allowance)]
    allow: Vec<String>,
    /// Show the exact API calls
    #[arg(long)]
    calls: bool,
    /// Do not prove the links
    #[arg(long)]
    no_probe: bool,
}

/// What `--allow` takes.
fn allowance(text: &str) -> Result<String, String> {
    let lock_out = Risk::ALL.into_iter().filter(|risk| risk.may_lock_out()).map(Risk::name);
    let known: Vec<&str> = ["blocked"].into_iter().chain(lock_out).collect();
    if known.contains(&text) {
        Ok(text.into())
    } else {
        Err(format!("expected one of: {}", known.join(", ")))
    }
}

impl Apply {
    /// Applies.
    pub async fn run(self) -> Result<Exit, Failure> {
        let context = Context::read(&self.manifest, &self.narrow).await?;
        if let Some(failure) = context.unread() {
            return Err(failure);
        }
        let plan = plan::make(&context)?;
        // Whoever asks for quiet and agrees beforehand has seen the plan.
        if self.format == Format::Text && !(self.yes && output::is_quiet()) {
            plan::show(&plan, self.format, self.calls)?;
        }
        self.refuse(&plan)?;
        if !plan.is_empty() {
            may_be_sent(&plan, &context)?;
            if !self.yes {
                self.ask(&plan, &context).await?;
            }
        }
        let links = if self.no_probe { Vec::new() } else { context.links() };
        let report = carry_out(&plan, &context, &links).await;
        self.show(&report)?;
        let complete = report.is_complete() && plan.blocked.is_empty();
        Ok(if complete { Exit::Success } else { Exit::Incomplete })
    }

    /// What a person must decide first.
    fn refuse(&self, plan: &Plan) -> Result<(), Failure> {
        let allowed = |reason: &str| self.allow.iter().any(|it| it == reason);
        let mut failure = Failure::told(Exit::Refused);
        let mut problem = |message: String, flag: &str, consequence: &str| {
            let remedy = format!("--allow {flag} {consequence}");
            failure.problems.push(Problem { message, remedy: Some(remedy) });
        };
        if !plan.blocked.is_empty() && !allowed("blocked") {
            problem(
                format!("the plan has {} blocked; nothing was sent", plan.blocked.len()),
                "blocked",
                "does the rest, and then exits with 3",
            );
        }
        let risks: BTreeSet<Risk> =
            plan.steps.iter().flat_map(|step| step.risks.iter().copied()).collect();
        for risk in risks.into_iter().filter(|risk| risk.may_lock_out()) {
            if !allowed(risk.name()) {
                problem(
                    format!("the plan has the lock-out risk {}; nothing was sent", risk.name()),
                    risk.name(),
                    "carries it out",
                );
            }
        }
        if failure.problems.is_empty() { Ok(()) } else { Err(failure) }
    }

    /// Asks, and makes sure that what was agreed to is still so.
    async fn ask(&self, plan: &Plan, context: &Context) -> Result<(), Failure> {
        if !output::can_ask() {
            return Err(Failure::new(
                Exit::Refused,
                "there is no terminal to ask at; nothing was sent",
            )
            .remedy("--yes applies without asking"));
        }
        if self.format != Format::Text {
            output::note(crate::render::plan::PlanText {
                plan,
                calls: self.calls,
                width: output::width(),
            });
        }
        if !output::ask("Apply this plan?") {
            return Err(Failure::new(Exit::Refused, "not agreed to; nothing was sent"));
        }
        let changed = stale(plan, &context.observe_again().await);
        if changed.is_empty() {
            return Ok(());
        }
        let changed: Vec<String> = changed.iter().map(ToString::to_string).collect();
        Err(Failure::new(
            Exit::Failed,
            format!(
                "something changed since the plan was made; nothing was sent: {}",
                changed.join("; ")
            ),
        )
        .remedy("run `trueup apply` again to see the plan as it is now"))
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

/// Refuses before the first write if a login lacks a role that a call needs.
fn may_be_sent(plan: &Plan, context: &Context) -> Result<(), Failure> {
    let missing = missing_roles(&plan.steps, &context.observed);
    if missing.is_empty() {
        return Ok(());
    }
    let mut failure = Failure::told(Exit::Failed);
    for (system, roles) in missing {
        let roles: Vec<&str> = roles.into_iter().collect();
        let user = context.observed.systems.get(&system).map(|seen| seen.username.as_str());
        failure.problems.push(Problem {
            message: format!(
                "`{}` on `{system}` lacks what the plan needs: {}; nothing was sent",
                user.unwrap_or_default(),
                roles.join(", ")
            ),
            remedy: Some(format!(
                "in the web interface of {system}, under Credentials > Groups > Privileges, give \
                 a privilege of that account's groups: {}",
                roles.join(", ")
            )),
        });
    }
    Err(failure)
}

/// Applies the plan; Ctrl-C lets what is under way end, a second one stops at once.
async fn carry_out(plan: &Plan, context: &Context, links: &[Link]) -> Report {
    let interrupt = Interrupt::default();
    let listener = tokio::spawn(listen(interrupt.clone()));
    let progress = Progress::applying();
    let on_event = |event: &crate::apply::Event<'_>| progress.event(event);
    let run =
        Run::new(plan, &context.desired, &context.systems, &context.observed, interrupt, &on_event);
    let mut report = run.apply().await;
    if !report.interrupted {
        progress.proving(links);
        report.proofs = run.prove(links).await;
    }
    let observed = run.observed_last(&context.observed);
    report.found = found(&Inputs { observed: &observed, ..context.inputs() });
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
