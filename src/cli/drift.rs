//! `trueup drift`: compares only. Nothing here can write: no writer is ever made.

use clap::Args;

use crate::plan::drift;
use crate::render::drift::DriftText;

use super::context::Context;
use super::{Exit, Failure, Format, ManifestArgs, Narrow, output};

/// Say whether anybody changed what the manifest describes; never writes
#[derive(Args, Debug)]
pub struct DriftArgs {
    #[command(flatten)]
    manifest: ManifestArgs,
    #[command(flatten)]
    narrow: Narrow,
    /// Print the report as
    #[arg(
        long,
        value_enum,
        default_value_t,
        value_name = "text|json",
        hide_possible_values = true
    )]
    format: Format,
}

impl DriftArgs {
    /// Compares.
    pub async fn run(self) -> Result<Exit, Failure> {
        let context = Context::read(&self.manifest, &self.narrow).await?;
        let report = drift(&context.inputs());
        match self.format {
            Format::Json => output::json(&report)?,
            Format::Markdown => {
                return Err(Failure::new(Exit::Usage, "drift prints text or JSON"));
            }
            Format::Text => {
                output::result(DriftText { drift: &report, width: output::width() });
            }
        }
        Ok(match () {
            () if !report.all_read() => Exit::Incomplete,
            () if !report.is_empty() => Exit::Differs,
            () => Exit::Success,
        })
    }
}
