//! `trueup show`: prints a saved plan in any format; nothing is contacted.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::manifest::planned;
use crate::plan::Plan;
use crate::plan::saved::{self, NoPlan};

use super::{Exit, Failure, Format, file, plan};

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

/// Reads a saved plan.
///
/// # Errors
/// A file that cannot be read, or that is no plan of this version as it was saved.
pub(super) fn read(path: &Path) -> Result<Plan, Failure> {
    let shown = path.display();
    let text = file::text(path, "`trueup plan --out FILE` saves a plan")?;
    saved::parse(&text, &planned::refusals).map_err(|why| {
        let exit = if matches!(why, NoPlan::Other(_)) { Exit::Usage } else { Exit::Failed };
        Failure::new(exit, format!("`{shown}`: {why}"))
            .remedy("make a plan anew with `trueup plan --out FILE`, and have it reviewed")
    })
}
