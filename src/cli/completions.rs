//! `trueup completions`: prints a completion script.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::{Cli, Exit, Failure, output};

/// Print a completion script for a shell
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Completions {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// For `--help`.
const EXAMPLES: &str = "\
Example:
  trueup completions bash > ~/.local/share/bash-completion/completions/trueup";

impl Completions {
    /// Prints it.
    pub fn run(self) -> Result<Exit, Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "trueup", &mut script);
        output::verbatim(String::from_utf8_lossy(&script));
        Ok(Exit::Success)
    }
}
