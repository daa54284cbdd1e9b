//! `trueup validate`: checks the manifest; nothing is contacted and no environment is needed.

use clap::Args;

use crate::render::style::count;

use super::context::document;
use super::{Exit, Failure, ManifestArgs, output};

/// Check the manifest; nothing is contacted
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Validate {
    #[command(flatten)]
    manifest: ManifestArgs,
}

/// For `--help`.
const EXAMPLES: &str = "\
Examples:
  trueup validate
  trueup validate -f site.yaml -f systems.d     # several files and folders: one manifest";

impl Validate {
    /// Checks.
    pub fn run(self) -> Result<Exit, Failure> {
        let (systems, replications) = document(&self.manifest)?.counts();
        if output::is_quiet() {
            return Ok(Exit::Success);
        }
        output::result(format_args!(
            "The manifest is valid: {}, {}.\n",
            count(systems, "system"),
            count(replications, "replication")
        ));
        Ok(Exit::Success)
    }
}
