//! The simulator as a server: what the recordings cannot show.

mod browser;
pub mod client;
mod env;
mod faults;
mod jobs;
mod logins;
mod one_time;
mod scram;
mod ssh;
mod tasks;
mod wire;

use trueup_sim::{Fleet, Running, start};

/// One system called `box`, with these lines more.
pub async fn one(release: &str, more: &str) -> Running {
    let text = format!("systems:\n  box:\n    release: \"{release}\"\n{more}");
    start(Fleet::parse(&text).expect("a fleet")).await.expect("it starts")
}
