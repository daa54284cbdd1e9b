//! `trueup show`: prints a saved plan in any format; nothing is contacted.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::plan::{Plan, saved};

use super::{Exit, Failure, Format, plan};

/// Print a saved plan
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Show {
    /// The plan, as `trueup plan --out FILE` saved it
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Print the plan as
    #[arg(
        long,
        value_enum,
        default_value_t,
        value_name = "text|json|markdown",
        hide_possible_values = true
    )]
    format: Format,
    /// Show the exact API calls
    #[arg(long)]
    calls: bool,
}

/// For `--help`.
const EXAMPLES: &str = "\
Examples:
  trueup show plan.json
  trueup show plan.json --format markdown";

impl Show {
    /// Prints it.
    pub fn run(self) -> Result<Exit, Failure> {
        plan::show(&read(&self.file)?, self.format, self.calls)?;
        Ok(Exit::Success)
    }
}

/// More than the plan of any fleet; a file that is larger is something else.
const LARGEST: u64 = 64 << 20;

/// Reads a saved plan.
///
/// # Errors
/// A file that cannot be read, or that is no plan of this version as it was saved.
pub fn read(file: &Path) -> Result<Plan, Failure> {
    let shown = file.display();
    let mut text = String::new();
    let read = File::open(file).and_then(|it| it.take(LARGEST).read_to_string(&mut text));
    read.map_err(|error| Failure::new(Exit::Usage, format!("`{shown}` cannot be read: {error}")))?;
    saved::parse(&text).map_err(|why| {
        Failure::new(Exit::Failed, format!("`{shown}`: {why}"))
            .remedy("make a plan anew with `trueup plan --out FILE`, and have it reviewed")
    })
}
