//! `trueup plan`: shows what is different and what would be done.

use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use crate::manifest::planned;
use crate::plan::{Plan, plan, saved};
use crate::render::markdown;
use crate::render::plan::PlanText;

use super::context::Context;
use super::fail_on::{self, FailOn};
use super::{Exit, Failure, Format, ManifestArgs, Narrow, Network, file, output};

/// Show what is different and what would be done
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct PlanArgs {
    #[command(flatten)]
    manifest: ManifestArgs,
    #[command(flatten)]
    narrow: Narrow,
    #[command(flatten)]
    network: Network,
    /// Print the plan as
    #[arg(
        long,
        value_enum,
        default_value_t,
        value_name = "text|json|markdown",
        hide_possible_values = true
    )]
    format: Format,
    /// Save the plan as JSON; it holds no secret
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Exit with 2 if anything would be done or is blocked
    #[arg(long)]
    detailed_exitcode: bool,
    /// Print the plan and exit with 4 if anything is `blocked` or has a lock-out `risk` (a person
    /// must decide), with 3 if the plan is `incomplete`, with 2 if it has `changes`; several are
    /// separated by commas, and the highest code wins
    #[arg(
        long,
        value_enum,
        value_delimiter = ',',
        value_name = "CONDITION",
        hide_possible_values = true
    )]
    fail_on: Vec<FailOn>,
    /// Show the exact API calls
    #[arg(long)]
    calls: bool,
}

/// For `--help`.
const EXAMPLES: &str = "\
Examples:
  trueup plan                                   # of trueup.yaml, in this folder
  trueup plan -f site --system chicago          # a folder of files, and only what is on chicago
  trueup plan --out plan.json --format markdown # for a review; apply --plan does exactly that
  trueup plan --fail-on blocked,risk            # in CI: red if a person must decide";

impl PlanArgs {
    /// Plans.
    pub async fn run(self) -> Result<Exit, Failure> {
        if let Some(path) = &self.out {
            may_save("saved plan", "\"fingerprint\"", path)?;
        }
        let context = Context::read(&self.manifest, &self.narrow, self.network).await?;
        let plan = make(&context)?;
        if let Some(file) = &self.out {
            save(&plan, file)?;
        }
        show(&plan, self.format, self.calls)?;
        if let Some(file) = &self.out
            && self.format == Format::Text
            && !output::is_quiet()
        {
            let command = self.manifest.applying(file);
            let shown = file.display();
            output::note(match plan.is_empty() {
                true => format!("\nSaved as {shown}; there is nothing in it to do."),
                false => format!("\nSaved as {shown}. To do exactly this:\n\n  {command}"),
            });
        }
        let incomplete = !plan.all_read() || self.detailed_exitcode && !plan.complete;
        let exit = if incomplete {
            Exit::Incomplete
        } else if self.detailed_exitcode && !plan.finds_nothing() {
            Exit::Differs
        } else {
            Exit::Success
        };
        fail_on::check(&self.fail_on, &plan, exit)
    }
}

/// The plan of what was read, after a second opinion: none that `apply --plan` would refuse is
/// shown, saved or applied.
///
/// # Errors
/// Resources that need each other, or a plan that does not fit together, which is our mistake.
pub(super) fn make(context: &Context) -> Result<Plan, Failure> {
    let plan = plan(&context.inputs()).map_err(|cycle| {
        Failure::new(Exit::Usage, cycle.to_string())
            .remedy("take one of these references out of the manifest")
    })?;
    let plan = plan.proving(context.selected_links());
    match saved::refusals(&plan, &planned::refusals).as_slice() {
        [] => Ok(plan),
        wrong => Err(Failure::new(
            Exit::Failed,
            format!("trueup made a plan that does not fit together: {}", wrong.join("; ")),
        )
        .remedy("nothing was sent or saved; this is a fault of trueup: please report it")),
    }
}

/// Prints the plan.
pub(super) fn show(plan: &Plan, format: Format, calls: bool) -> Result<(), Failure> {
    match format {
        Format::Json => output::json(plan),
        Format::Text if output::is_quiet() && plan.is_settled() => Ok(()),
        Format::Text => {
            output::result(PlanText { plan, calls, width: output::width() });
            Ok(())
        }
        Format::Markdown => {
            output::result(markdown::plan::plan(plan));
            Ok(())
        }
    }
}

/// Refuses to save a document over what is no such document: those begin with this member too.
pub(super) fn may_save(what: &str, member: &str, path: &Path) -> Result<(), Failure> {
    let members = ["\"format_version\"", "\"tool_version\"", member];
    file::refuse_other(path, what, |text| members.iter().all(|member| text.contains(member)))
}

/// Saves a document.
pub(super) fn save(document: &impl Serialize, path: &Path) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(document)
        .map_err(|error| file::failed(path, &std::io::Error::other(error)))?;
    if text.len() as u64 >= file::LARGEST {
        let message =
            format!("`{}` was not written: it would be larger than 16 MiB", path.display());
        return Err(Failure::new(Exit::Failed, message)
            .remedy("narrow it down with `--system`, `--replication` or `--only`"));
    }
    file::replace(path, &(text + "\n"))
}
