//! `trueup schema`: prints the JSON Schemas that the program's inputs and outputs keep.

use clap::{Args, ValueEnum};

use crate::manifest;
use crate::plan::{Drift, Plan};

use super::{Exit, Failure, output};

/// Print the JSON Schema of the manifest, the plan or the drift report
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
}

/// For `--help`.
const EXAMPLES: &str = "\
Example:
  trueup schema manifest > manifest.schema.json";

impl SchemaArgs {
    /// Prints it.
    pub fn run(self) -> Result<Exit, Failure> {
        match self.of {
            Document::Manifest => output::json(&manifest::schema())?,
            Document::Plan => output::json(&Plan::schema())?,
            Document::Drift => output::json(&Drift::schema())?,
        }
        Ok(Exit::Success)
    }
}
