//! `trueup drift`: compares only. Nothing here can write: no writer is ever made.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use jiff::Timestamp;

use crate::blame;
use crate::plan::{Baseline, Drift, Occasion, drift};
use crate::render::drift::DriftText;
use crate::render::markdown;
use crate::render::prometheus::Metrics;

use super::context::Context;
use super::{Exit, Failure, ManifestArgs, Narrow, Network, file, output, plan};

/// Say whether anybody changed what the manifest describes; never writes
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES, after_long_help = format!("{EXAMPLES}\n\n{METRICS}"))]
pub struct DriftArgs {
    #[command(flatten)]
    manifest: ManifestArgs,
    #[command(flatten)]
    narrow: Narrow,
    #[command(flatten)]
    network: Network,
    /// Print the report as; prometheus: metrics for the node exporter's textfile collector
    #[arg(
        long,
        value_enum,
        default_value_t,
        value_name = "text|json|markdown|prometheus",
        hide_possible_values = true
    )]
    format: Format,
    /// Tell what was changed on a system from what in the manifest is not applied yet, by a saved
    /// plan that was applied, what `apply --format json` printed, or an earlier report
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Save the report as JSON; also of a run that could not read everything, or anything
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Ask the systems' own audit logs who changed it, when, and through what
    #[arg(long)]
    blame: bool,
}

/// For `-h` and `--help`.
const EXAMPLES: &str = "\
Examples:
  trueup drift --quiet                          # says nothing and exits with 0 while all is well
  trueup drift --blame                          # and who changed it
  trueup drift --baseline plan.json             # what changed since that plan was applied
  trueup drift --format prometheus --report drift.json";

/// For `--help`.
const METRICS: &str = "\
Metrics of --format prometheus (all gauges):
  trueup_build_info{version}
  trueup_last_run_timestamp_seconds            when the systems were read
  trueup_last_run_complete                     0: not everything could be read
  trueup_system_reachable{system}
  trueup_replication_in_sync{replication}      1: all that it relies on is as the manifest wants it
  trueup_replication_unknown{replication}      1: not all of that could be read
  trueup_replication_breaks{replication,breaks}    breaks: yes|unknown|no, one of them 1
  trueup_replication_proven{replication}       1: the source reached the destination when an apply
                                               last asked it to; there with --baseline only
  trueup_replication_proven_timestamp_seconds{replication}    when that apply ended
  trueup_resources{system,kind,state}          state: unchanged|accepted|unverifiable|differs|missing
  trueup_fields_accepted{system,kind}
  trueup_fields_unverifiable{system,kind}
  trueup_acceptance_end_timestamp_seconds{address,field}
Write them to a file beside the collector's and rename it:
  trueup drift --format prometheus > DIR/trueup.prom.new; mv DIR/trueup.prom.new DIR/trueup.prom
Alert on drift with `trueup_replication_breaks{breaks=\"yes\"} == 1`, on a timer that stopped with
`time() - trueup_last_run_timestamp_seconds > 86400`. That a link works, only `apply` proves: give
the report of the last apply, or an earlier drift report that was given it, as --baseline.";

/// What the report is printed as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    #[default]
    Text,
    Json,
    Markdown,
    Prometheus,
}

impl DriftArgs {
    /// Compares.
    pub async fn run(self) -> Result<Exit, Failure> {
        if let Some(path) = &self.report {
            plan::may_save("report", "\"made_at\"", path)?;
        }
        let baseline = self.baseline.as_deref().map(read_baseline).transpose()?;
        let at = Timestamp::now();
        let context = match Context::look(&self.manifest, &self.narrow, self.network, at).await {
            Ok(context) => context,
            Err(failure) => {
                self.tell(&Drift::failed(at, summed_up(&failure)))?;
                return Err(failure);
            }
        };
        let manifest = self.manifest.words();
        let occasion = Occasion { made_at: at, manifest: &manifest, baseline: baseline.as_ref() };
        let mut report = drift(&context.inputs(), &occasion);
        if self.blame {
            blame::blame(&mut report, &context.inputs(), &context.reached.systems).await;
        }
        let told = self.tell(&report);
        if let Some(failure) = context.reached.nothing_read() {
            return Err(failure);
        }
        let exit = match () {
            () if !report.complete => Exit::Incomplete,
            () if !report.is_empty() => Exit::Differs,
            () => Exit::Success,
        };
        // What could not be read is the graver failure; what differs must not hide this one.
        told.map(|()| exit).map_err(|failure| match exit {
            Exit::Incomplete => Failure { exit, ..failure },
            _ => failure,
        })
    }

    /// Prints the report and saves it.
    fn tell(&self, report: &Drift) -> Result<(), Failure> {
        let saved = self.report.as_deref().map_or(Ok(()), |file| plan::save(report, file));
        match self.format {
            Format::Json => output::json(report)?,
            Format::Markdown => output::result(markdown::drift::drift(report)),
            Format::Prometheus => output::verbatim(Metrics(report)),
            // What stands in the way of all is told on stderr.
            Format::Text if report.nothing_read() => {}
            Format::Text if output::is_quiet() && report.is_settled() => {}
            Format::Text => output::result(DriftText { drift: report, width: output::width() }),
        }
        saved
    }
}

/// How a person comes by a baseline.
const HOW_A_BASELINE_IS_MADE: &str = "Best give it what `trueup apply --format json` printed, or what `trueup drift --report FILE` \
     wrote; a plan that `trueup plan --out FILE` saved and that was applied is good too.";

/// The baseline that a file holds.
fn read_baseline(path: &Path) -> Result<Baseline, Failure> {
    let shown = path.display();
    let text = file::text(path, HOW_A_BASELINE_IS_MADE)?;
    Baseline::parse(&text).map_err(|error| {
        Failure::new(Exit::Usage, format!("`{shown}` is no baseline: {error}"))
            .remedy(HOW_A_BASELINE_IS_MADE)
    })
}

/// What a failure says, as one sentence.
fn summed_up(failure: &Failure) -> String {
    let messages: Vec<&str> = failure.problems.iter().map(|it| it.message.as_str()).collect();
    match messages[..] {
        [] => "the manifest has mistakes; they were printed on stderr".into(),
        _ => messages.join("; "),
    }
}
