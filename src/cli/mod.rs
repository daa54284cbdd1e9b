//! The command line: one file per command.

mod apply;
mod argument;
mod completions;
mod context;
mod core_dumps;
#[cfg(feature = "sim")]
mod demo;
mod drift;
mod exit;
mod fail_on;
mod file;
mod guard;
pub(crate) mod init;
mod man;
mod open_files;
mod output;
mod plan;
mod progress;
mod reached;
mod schema;
mod shell;
mod show;
#[cfg(feature = "sim")]
mod sim;
mod trust;
mod usage_error;
mod validate;
mod work;
mod workflow;

use std::num::{NonZeroU16, NonZeroUsize};
use std::path::{Path, PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::model::Address;

pub use exit::{Exit, Failure};

/// Brings TrueNAS systems to the state that remote replication needs, and keeps them there.
#[derive(Debug, Parser)]
#[command(name = "trueup", version, about, disable_help_subcommand = true, after_help = EXIT_CODES)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Settings that every command takes.
    #[command(flatten)]
    pub global: Global,
}

/// What the exit codes mean, for `--help`.
const EXIT_CODES: &str = "\
Exit codes:
   0  nothing differs, a plan was printed, or everything was applied and read back equal
   1  failed before anything was sent; no system could be read
   2  drift, plan --detailed-exitcode: a step, a blocked item, or what breaks a replication;
      plan --fail-on changes
   3  incomplete: not everything could be read, or not all that was sent was verified;
      plan --fail-on incomplete
   4  refused before the first write: a person must decide; the message names the flag;
      plan --fail-on blocked,risk
  64  command line or manifest; nothing was contacted";

/// The place among the options of what every command takes.
const LAST: usize = 900;

/// Settings that every command takes.
#[derive(Args, Debug)]
pub struct Global {
    /// When to use colour
    #[arg(
        long,
        value_enum,
        default_value_t,
        global = true,
        display_order = LAST,
        value_name = "auto|always|never",
        hide_possible_values = true
    )]
    pub color: Color,
    /// Say nothing while all is well: no progress, no text where nothing differs or fails
    #[arg(short, long, global = true, display_order = LAST + 1)]
    pub quiet: bool,
    /// What to log to stderr, as in RUST_LOG: `info`, `trueup=debug`
    #[arg(long, global = true, display_order = LAST + 2, value_name = "FILTER")]
    pub log: Option<String>,
}

/// When to use colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Which manifest, and how much of it.
#[derive(Args, Clone, Debug)]
pub struct ManifestArgs {
    /// The manifest: files and directories, together one manifest
    #[arg(short, long = "file", value_name = "PATH", default_value = "trueup.yaml")]
    pub files: Vec<PathBuf>,
    /// The only file that may say how systems are reached (url, username, api_key, tls) and refer
    /// to the environment; elsewhere both are errors, and so are links that lead to other files
    #[arg(long, value_name = "FILE")]
    pub inventory: Option<PathBuf>,
}

impl ManifestArgs {
    /// The flags that name the manifest, each with its file.
    fn flags(&self) -> impl Iterator<Item = (&'static str, &Path)> {
        let files = self.files.iter().map(|file| ("-f", file.as_path()));
        files.chain(self.inventory.iter().map(|file| ("--inventory", file.as_path())))
    }

    /// The words that name the manifest.
    fn words(&self) -> Vec<String> {
        self.flags()
            .flat_map(|(flag, file)| [flag.to_owned(), file.display().to_string()])
            .collect()
    }

    /// The command that applies a saved plan with the same manifest, as a shell takes it.
    fn applying(&self, plan: &Path) -> String {
        let is_default = self.files == [Path::new("trueup.yaml")];
        let flags = self.flags().filter(|(flag, _)| !(is_default && *flag == "-f"));
        let all = flags.chain([("--plan", plan)]);
        all.fold("trueup apply".to_string(), |command, (flag, path)| {
            format!("{command} {flag} {}", shell::path(path))
        })
    }
}

/// How much of the manifest a run is about.
#[derive(Args, Clone, Debug, Default)]
pub struct Narrow {
    /// Only resources of this system, though what they need elsewhere is read; may be given several
    /// times
    #[arg(long = "system", value_name = "NAME")]
    pub systems: Vec<String>,
    /// Only what this replication relies on; may be given several times
    #[arg(long = "replication", value_name = "NAME")]
    pub replications: Vec<String>,
    /// Only this resource, by its address in plans: SYSTEM/KIND/NAME; may be given several times
    #[arg(long, value_name = "ADDRESS")]
    pub only: Vec<Address>,
}

/// How systems are talked to.
#[derive(Args, Clone, Copy, Debug)]
pub struct Network {
    /// Read at most so many systems at once, and carry out at most so many steps
    #[arg(long, value_name = "N", default_value = "128")]
    pub parallel: NonZeroUsize,
    /// Wait so many seconds for the answer to a call
    #[arg(long, value_name = "SECONDS", default_value = "90")]
    pub call_timeout: NonZeroU16,
    /// Wait so many seconds for a system whose connection was lost
    #[arg(long, value_name = "SECONDS", default_value_t = 90)]
    pub reconnect_timeout: u16,
}

/// What the result is printed as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// The versioned contract; see `trueup schema`.
    Json,
    /// For a comment on GitHub or GitLab.
    Markdown,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write a first manifest from two systems as they are
    Init(init::Init),
    /// Check the manifest; nothing is contacted
    Validate(validate::Validate),
    /// Show what is different and what would be done
    Plan(plan::PlanArgs),
    /// Bring the systems to the state that the manifest describes
    Apply(apply::Apply),
    /// Say whether anybody changed what the manifest describes; never writes
    Drift(drift::DriftArgs),
    /// Print a saved plan
    Show(show::Show),
    /// Print the JSON Schema of what is read or written
    Schema(schema::SchemaArgs),
    /// Print a system's certificate fingerprint, to be pinned after comparing
    Trust(trust::Trust),
    /// Run simulated TrueNAS systems
    #[cfg(feature = "sim")]
    Sim(sim::Sim),
    /// Watch it work on two simulated systems; nothing is left behind
    #[cfg(feature = "sim")]
    Demo(demo::Demo),
    /// Print a completion script for a shell
    Completions(completions::Completions),
    /// Print the manual page, or write one for every command
    Man(man::Man),
}

/// Parses the command line and runs the command; returns the process' exit code.
pub fn main() -> u8 {
    // What clap prints comes before the command line is known.
    output::set_color(Color::Auto);
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage_error::report(error).code(),
    };
    output::set_color(cli.global.color);
    output::set_quiet(cli.global.quiet);
    let log = output::start_log(cli.global.log.as_deref());
    core_dumps::forbid();
    open_files::raise_limit();
    match log.and_then(|()| run(cli.command)) {
        Ok(Exit::Success | Exit::Differs) if output::is_lost() => Exit::Failed.code(),
        Ok(exit) => exit.code(),
        Err(failure) => {
            output::failure(&failure);
            failure.exit.code()
        }
    }
}

fn run(command: Command) -> Result<Exit, Failure> {
    match command {
        Command::Validate(command) => command.run(),
        Command::Schema(command) => command.run(),
        Command::Show(command) => command.run(),
        Command::Completions(command) => command.run(),
        Command::Man(command) => command.run(),
        Command::Init(command) => block_on(command.run())?,
        Command::Plan(command) => block_on(command.run())?,
        Command::Apply(command) => block_on(command.run())?,
        Command::Drift(command) => block_on(command.run())?,
        Command::Trust(command) => block_on(command.run())?,
        #[cfg(feature = "sim")]
        Command::Sim(command) => block_on(command.run())?,
        #[cfg(feature = "sim")]
        Command::Demo(command) => block_on(command.run())?,
    }
}

fn block_on<F: Future>(future: F) -> Result<F::Output, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| {
        Failure::new(Exit::Failed, format!("the runtime could not be started: {error}"))
    })?;
    Ok(runtime.block_on(future))
}
