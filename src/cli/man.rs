//! `trueup man`: the manual pages, for packagers.

use std::path::PathBuf;

use clap::{Args, CommandFactory};

use super::{Cli, Exit, Failure, file, output};

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
        let mut command = Cli::command();
        let Some(dir) = self.dir else {
            output::verbatim(page(command)?.1);
            return Ok(Exit::Success);
        };
        // Gives the commands their full names: `trueup-plan`.
        command.build();
        let all = command.get_subcommands().filter(|it| !it.is_hide_set()).cloned();
        let all: Vec<clap::Command> = all.chain([command.clone()]).collect();
        let pages = all.into_iter().map(page).collect::<Result<Vec<_>, _>>()?;
        std::fs::create_dir_all(&dir).map_err(|error| file::failed(&dir, &error))?;
        let files: Vec<(PathBuf, String)> =
            pages.into_iter().map(|(name, text)| (dir.join(name), text)).collect();
        file::replace_all(&files)?;
        Ok(Exit::Success)
    }
}

/// The manual page of a command: the name of its file, and its text.
fn page(command: clap::Command) -> Result<(String, String), Failure> {
    let man = clap_mangen::Man::new(command);
    let mut page = Vec::new();
    man.render(&mut page).map_err(|error| {
        Failure::new(Exit::Failed, format!("the manual page could not be rendered: {error}"))
    })?;
    Ok((man.get_filename(), with_sections(&String::from_utf8_lossy(&page))))
}

/// The page with what `--help` prints last as sections of their own, whose lines stay as they are:
/// it would be one paragraph, in a section `EXTRA`.
fn with_sections(page: &str) -> String {
    let mut text = String::new();
    let mut in_extra = false;
    let mut is_open = false;
    for line in page.lines() {
        if line.starts_with(".SH ") {
            in_extra = line == ".SH EXTRA";
            if std::mem::take(&mut is_open) {
                text += ".fi\n";
            }
            if in_extra {
                continue;
            }
        }
        if in_extra && let Some(name) = section(line) {
            let end = if is_open { ".fi\n" } else { "" };
            text += &format!("{end}.SH {name}\n.nf\n");
            is_open = true;
            continue;
        }
        text += line;
        text.push('\n');
    }
    text + if is_open { ".fi\n" } else { "" }
}

/// The section that a line of `--help` begins.
fn section(line: &str) -> Option<&'static str> {
    match line {
        "Exit codes:" => Some("\"EXIT STATUS\""),
        "Example:" | "Examples:" => Some("EXAMPLES"),
        line if line.starts_with("Metrics of ") => Some("METRICS"),
        _ => None,
    }
}
