//! Where the demo plays: the simulated pair, a folder with the manifest, and what is shown.

use std::cell::Cell;
use std::num::NonZeroU32;
use std::process::{Command, Stdio};

use secrecy::SecretString;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::cli::{Exit, Failure, output};
use crate::manifest;
use crate::render::diagnostic;
use crate::render::plan::call_line;
use crate::render::style::{FAINT, HEADING, Painted, paragraphs};
use crate::truenas_client::{Options, Session};
use crate::truenas_wire::Call;
use trueup_sim::{self as sim, Running};

/// The pair, and what should be: the examples of the repository.
const FLEET: &str = include_str!("../../../examples/fleet.yaml");
const MANIFEST_NAME: &str = "quickstart.yaml";
const MANIFEST: &str = include_str!("../../../examples/quickstart.yaml");

/// The simulated pair and a folder to type commands in.
pub(super) struct Stage {
    pair: Running,
    folder: TempDir,
    scenes: Cell<u32>,
}

impl Stage {
    /// Starts the pair and writes the manifest.
    pub(super) async fn set() -> Result<Self, Failure> {
        let failed = |what: &str, error: &dyn std::fmt::Display| {
            Failure::new(Exit::Failed, format!("{what}: {error}"))
        };
        let mut fleet = sim::Fleet::parse(FLEET).map_err(|error| failed("the pair", &error))?;
        // As few rounds as a client puts up with: nobody waits for a demonstration to log in.
        for system in fleet.systems.values_mut() {
            system.limits.scram_iterations =
                NonZeroU32::new(*sim::scram::ALLOWED_ITERATIONS.start());
        }
        let pair = sim::start(fleet).await.map_err(|error| failed("the pair", &error))?;
        let folder = TempDir::with_prefix("trueup-demo-")
            .and_then(|folder| {
                std::fs::write(folder.path().join(MANIFEST_NAME), MANIFEST).map(|()| folder)
            })
            .map_err(|error| failed("a folder for the manifest could not be made", &error))?;
        Ok(Self { pair, folder, scenes: Cell::new(0) })
    }

    /// Stops the pair and removes the folder.
    pub(super) async fn clear(self) {
        self.pair.stop().await;
        // What cannot be removed is in the system's folder for temporary files.
        let _ = self.folder.close();
    }

    /// Says something.
    pub(super) fn tell(&self, text: &str) {
        output::result(format_args!("{}\n", paragraphs(text, "", output::width())));
    }

    /// Begins the next part.
    pub(super) fn scene(&self, title: &str) {
        let number = self.scenes.get() + 1;
        self.scenes.set(number);
        output::result(format_args!("\n{}\n", Painted(HEADING, format!("{number}. {title}"))));
    }

    fn show(&self, prompt: &str, command: &str) {
        output::result(format_args!("   {}\n\n", Painted(FAINT, format!("{prompt}$ {command}"))));
    }

    /// Runs trueup as somebody would type it, who has the pair's variables set.
    pub(super) async fn type_in(&self, words: &[&str], expected: Exit) -> Result<(), Failure> {
        self.show("", &format!("trueup {}", words.join(" ")));
        let failed =
            |why: String| Failure::new(Exit::Failed, format!("`trueup {}` {why}", words.join(" ")));
        let program = std::env::current_exe().map_err(|error| failed(error.to_string()))?;
        let mut command = Command::new(program);
        command.args(words).current_dir(self.folder.path()).stdin(Stdio::null());
        command.envs(sim::ready::variables(self.pair.systems()));
        let ended = tokio::task::spawn_blocking(move || command.status()).await;
        let ended = ended.map_err(|error| failed(error.to_string()))?;
        let ended = ended.map_err(|error| failed(format!("did not start: {error}")))?;
        if ended.code() == Some(i32::from(expected.code())) {
            return Ok(());
        }
        Err(failed(format!("ended with {ended}, not with {}", expected.code())))
    }

    /// Logs in from one system to another through the connection that is named after the latter.
    pub(super) async fn log_in(&self, from: &str, to: &str, words: &[&str]) -> Result<(), Failure> {
        let address = self.pair.address(to);
        let (host, port) =
            address.map(|it| (it.ssh_host.as_str(), it.ssh_port)).unwrap_or_default();
        self.show(from, &format!("ssh -p {port} replicator@{host} {}", words.join(" ")));
        let written = self.pair.run_through(from, to, words).await.map_err(|fault| {
            Failure::new(Exit::Failed, format!("{from} could not log in to {to}: {fault:?}"))
        })?;
        let lines: String = written.lines().map(|line| format!("   {line}\n")).collect();
        output::result(lines);
        Ok(())
    }

    /// The number of an account, as `user.update` wants it.
    pub(super) fn account(&self, system: &str, name: &str) -> Value {
        let found = self.pair.with_system(system, |it| it.accounts.user(name).map(|user| user.id));
        json!(found.flatten())
    }

    /// Changes something as the web interface would: through the API, past trueup.
    pub(super) async fn change(&self, system: &str, call: Call) -> Result<(), Failure> {
        let shown = format!("{system}: {}", call_line(&call));
        output::result(format_args!("   {}\n", Painted(FAINT, shown)));
        let failed = |why: String| Failure::new(Exit::Failed, format!("{}: {why}", call.method));
        let variables = sim::ready::variables(self.pair.systems());
        let written = manifest::load(&[self.folder.path().join(MANIFEST_NAME)]);
        let manifest = written
            .and_then(|document| document.lower(&|name| variables.get(name).cloned()))
            .map_err(|diagnostics| {
                failed(diagnostic::render(&diagnostics, false, output::width()))
            })?;
        let (Some(it), Some(address)) = (manifest.systems.get(system), self.pair.address(system))
        else {
            return Err(failed(format!("there is no `{system}`")));
        };
        let key = SecretString::from(address.api_key.clone());
        let session = Session::open(&it.endpoint, key, &Options::default()).await;
        let session = session.map_err(|error| failed(error.to_string()))?;
        let sent = session.writer().send(&call, call.params.clone()).await;
        sent.map(|_| ()).map_err(|error| failed(error.to_string()))
    }
}
