//! `trueup man`: the manual pages, for packagers.

use std::path::PathBuf;

use clap::{Args, CommandFactory};

use super::{Cli, Exit, Failure, output};

/// Print the manual page, or write one for every command
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Man {
    /// Write trueup.1 and a page for every command to this directory
    #[arg(long, value_name = "DIRECTORY")]
    dir: Option<PathBuf>,
}

/// For `--help`.
const EXAMPLES: &str = "\
Examples:
  trueup man | man -l -
  trueup man --dir /usr/local/share/man/man1";

impl Man {
    /// Prints the page or writes them all.
    pub fn run(self) -> Result<Exit, Failure> {
        let Some(dir) = self.dir else {
            let mut page = Vec::new();
            let rendered = clap_mangen::Man::new(Cli::command()).render(&mut page);
            rendered.map_err(|error| {
                Failure::new(Exit::Failed, format!("the page could not be made: {error}"))
            })?;
            output::result(String::from_utf8_lossy(&page));
            return Ok(Exit::Success);
        };
        let written = std::fs::create_dir_all(&dir)
            .and_then(|()| clap_mangen::generate_to(Cli::command(), &dir));
        written.map_err(|error| {
            let shown = dir.display();
            Failure::new(Exit::Failed, format!("`{shown}` could not be written to: {error}"))
        })?;
        Ok(Exit::Success)
    }
}
