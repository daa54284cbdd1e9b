//! `trueup demo`: two simulated systems, and what a person would type for them.
//!
//! Every command that it shows is run as it is shown, by this very program, in a folder of its
//! own; nothing is left behind.

mod stage;

use clap::Args;
use serde_json::json;

use crate::truenas_wire::Call;

use super::{Exit, Failure};

use stage::Stage;

/// Watch it work on two simulated systems; nothing is left behind
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Demo {}

/// For `--help`.
const EXAMPLES: &str = "\
Example:
  trueup demo                                   # takes a second; needs no TrueNAS and no network";

impl Demo {
    /// Plays it; Ctrl-C ends it at once.
    pub async fn run(self) -> Result<Exit, Failure> {
        let stage = Stage::set().await?;
        let ended = tokio::select! {
            played = play(&stage) => played,
            _ = tokio::signal::ctrl_c() => Err(Failure::new(Exit::Failed, "stopped")),
        };
        stage.clear().await;
        ended.map(|()| Exit::Success)
    }
}

async fn play(stage: &Stage) -> Result<(), Failure> {
    stage.tell(
        "Two simulated TrueNAS systems run on this machine for as long as this takes, fresh from \
         the installer: boston and chicago. boston is to replicate tank/data to chicago, and \
         nothing is prepared for it. quickstart.yaml, which is in examples/, says what should be; \
         its lines are named beside what they ask for.",
    );

    stage.scene("What is missing, on both ends?");
    stage.type_in(&["plan", "-f", "quickstart.yaml", "--out", "plan.json"], Exit::Success).await?;

    stage.scene("Do exactly that, read it back, and prove the link");
    stage
        .type_in(&["apply", "-f", "quickstart.yaml", "--plan", "plan.json", "--yes"], Exit::Success)
        .await?;

    stage.scene("boston logs in to chicago with the key that was just made, and may run zfs");
    stage.log_in("boston", "chicago", &["sudo", "-n", "zfs", "list", "-o", "name"]).await?;

    stage.scene("Plan again");
    stage.type_in(&["plan", "-f", "quickstart.yaml"], Exit::Success).await?;

    stage.scene("Somebody changes chicago by hand. Tonight's replication would fail");
    let account = stage.account("chicago", "replicator");
    let no_sudo = vec![account, json!({ "sudo_commands_nopasswd": [] })];
    stage.change("chicago", Call::new("user.update", no_sudo)).await?;
    let stop = vec![json!("STOP"), json!("ssh"), json!({ "silent": false })];
    stage.change("chicago", Call::new("service.control", stop).job()).await?;

    stage.scene("What a timer would find (exit code 2)");
    stage.type_in(&["drift", "-f", "quickstart.yaml"], Exit::Differs).await?;

    stage.scene("Put it right");
    stage.type_in(&["apply", "-f", "quickstart.yaml", "--yes"], Exit::Success).await?;

    stage.scene("Your own two systems");
    stage.tell(
        "Make an API key on each (Credentials > Users > API Keys), then\n\n   \
         $ trueup init https://SOURCE https://DESTINATION\n\n\
         reads both and writes the manifest of what is there. `trueup init --sim` writes a pair like \
         this one, to play with. Nothing of this demo is left.",
    );
    Ok(())
}
