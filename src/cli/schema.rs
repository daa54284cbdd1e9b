//! `trueup schema`: prints the JSON Schemas that the program's inputs and outputs keep.

use clap::{Args, ValueEnum};

use crate::manifest;
use crate::plan::{Drift, Plan};
#[cfg(feature = "sim")]
use trueup_sim as sim;

use super::{Exit, Failure, output};

/// Print the JSON Schema of what is read or written
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct SchemaArgs {
    /// Of what
    #[arg(value_enum)]
    of: Document,
}

/// What has a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Document {
    Manifest,
    Plan,
    Drift,
    #[cfg(feature = "sim")]
    Fleet,
}

/// For `--help`.
const EXAMPLES: &str = "\
Example:
  trueup schema manifest > manifest.schema.json  # for an editor that completes from it";

impl SchemaArgs {
    /// Prints it.
    pub fn run(self) -> Result<Exit, Failure> {
        match self.of {
            Document::Manifest => output::json(&manifest::schema())?,
            Document::Plan => output::json(&Plan::schema())?,
            Document::Drift => output::json(&Drift::schema())?,
            #[cfg(feature = "sim")]
            Document::Fleet => output::json(&manifest::schema::of::<sim::Fleet>("trueup fleet"))?,
        }
        Ok(Exit::Success)
    }
}
