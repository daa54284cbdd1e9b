//! `trueup sim`: runs simulated TrueNAS systems until it is told to stop.

use std::io::IsTerminal;
use std::path::PathBuf;

use clap::Args;
use tokio::signal::unix::{SignalKind, signal};

use trueup_sim as sim;

use super::{Exit, Failure, file, output, shell};

/// Run simulated TrueNAS systems
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Sim {
    /// The fleet file: which systems, and how they start; `trueup schema fleet` has its fields
    fleet: PathBuf,
    /// Write url, username, key and fingerprint of each system to this file, as shell assignments
    #[arg(long, value_name = "FILE")]
    env: Option<PathBuf>,
}

/// For `--help`.
const EXAMPLES: &str = "\
Example:
  trueup init --sim                    # writes fleet.yaml, and trueup.yaml to go with it
  trueup sim fleet.yaml --env sim.env  # runs until Ctrl-C
  set -a; . ./sim.env; set +a          # in another terminal
  trueup plan";

/// What a fleet file looks like.
const AN_EXAMPLE: &str = "a fleet file describes simulated systems, a manifest what should be; \
                          `trueup init --sim` writes one of each, and `trueup schema fleet` has \
                          every field";

impl Sim {
    /// Runs them until SIGINT or SIGTERM.
    pub async fn run(self) -> Result<Exit, Failure> {
        let shown = self.fleet.display();
        if let Some(path) = &self.env {
            file::refuse_irregular(path)?;
            file::refuse_other(path, "file of shell assignments", sim::ready::is_assignments)?;
        }
        let text = file::text(&self.fleet, AN_EXAMPLE)?;
        let fleet = sim::Fleet::parse(&text).map_err(|error| {
            Failure::new(Exit::Usage, format!("`{shown}`: {error}")).remedy(AN_EXAMPLE)
        })?;
        // Before anybody is told that they run, since whoever is told may stop them.
        let mut interrupt = signal(SignalKind::interrupt()).map_err(|it| failed(&it))?;
        let mut terminate = signal(SignalKind::terminate()).map_err(|it| failed(&it))?;
        let running = sim::start(fleet).await.map_err(|it| failed(&it))?;
        if let Some(path) = &self.env {
            file::private(path, &sim::ready::shell_assignments(running.systems()))?;
        }
        for system in running.systems() {
            output::verbatim(format_args!("{}\n", system.line()));
        }
        if std::io::stdout().is_terminal() && !output::is_quiet() {
            self.say_how_to_go_on();
        }
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        running.stop().await;
        Ok(Exit::Success)
    }

    /// For whoever looks at it: a program reads the lines.
    fn say_how_to_go_on(&self) {
        let stop = "They run until Ctrl-C.";
        output::note(match &self.env {
            Some(env) => format!(
                "{stop} In another terminal, load their addresses and keys:\n\n  \
                 set -a; . {}; set +a\n",
                shell::sourced(env)
            ),
            None => format!("{stop} `--env FILE` writes their addresses and keys for a shell."),
        });
    }
}

fn failed(error: &dyn std::error::Error) -> Failure {
    Failure::new(Exit::Failed, format!("the simulator could not be started: {error}"))
}
