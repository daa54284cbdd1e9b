//! `trueup sim`: runs simulated TrueNAS systems until it is told to stop.

use std::path::PathBuf;

use clap::Args;

use crate::sim;

use super::{Exit, Failure, file, output};

/// Run simulated TrueNAS systems
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Sim {
    /// The fleet file: which systems, and how they start
    fleet: PathBuf,
    /// Write url, username, key and fingerprint of each system to this file, as shell assignments
    #[arg(long, value_name = "FILE")]
    env: Option<PathBuf>,
}

/// For `--help`.
const EXAMPLES: &str = "\
Example:
  trueup sim examples/fleet.yaml --env sim.env &
  set -a; . ./sim.env; set +a
  trueup plan -f examples/quickstart.yaml";

/// What a fleet file looks like.
const AN_EXAMPLE: &str = "a fleet file describes simulated systems, `examples/fleet.yaml` for one; \
                          a manifest describes what should be";

impl Sim {
    /// Runs them.
    pub async fn run(self) -> Result<Exit, Failure> {
        let shown = self.fleet.display();
        let text = file::text(&self.fleet, AN_EXAMPLE)?;
        let fleet = sim::Fleet::parse(&text).map_err(|error| {
            Failure::new(Exit::Usage, format!("`{shown}`: {error}")).remedy(AN_EXAMPLE)
        })?;
        let running = sim::start(fleet).await.map_err(|error| {
            Failure::new(Exit::Failed, format!("the simulator could not be started: {error}"))
        })?;
        if let Some(path) = &self.env {
            std::fs::write(path, sim::ready::shell_assignments(running.systems()))
                .map_err(|error| file::failed(path, &error))?;
        }
        for system in running.systems() {
            output::result(format_args!("{}\n", system.line()));
        }
        stopped().await;
        running.stop().await;
        Ok(Exit::Success)
    }
}

/// Waits for SIGINT or SIGTERM.
async fn stopped() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
        }
        Err(_) => {
            let _ = tokio::signal::ctrl_c().await;
        }
    }
}
