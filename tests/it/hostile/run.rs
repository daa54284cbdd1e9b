//! Runs the built binary against a hostile system, and sees what it took.

use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::server::Hostile;
use crate::api::server::KEY;

/// A run that has ended.
#[derive(Debug)]
pub struct Run {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
    pub took: Duration,
    /// The most memory that it used, in MiB; zero where that is not known.
    pub peak: usize,
}

/// Runs `trueup plan` for the SSH service and one dataset.
pub fn plan(system: &Hostile) -> Run {
    trueup(&["plan"], system, "ssh: { running: true }, datasets: { tank/mirror: {} }")
}

/// Runs trueup with a manifest that has this part of the system.
pub fn trueup(args: &[&str], system: &Hostile, part: &str) -> Run {
    let folder = TempDir::new().expect("a folder");
    fs::write(folder.path().join("trueup.yaml"), system.manifest(part)).expect("written");
    let mut command = Command::new(env!("CARGO_BIN_EXE_trueup"));
    command.args(args).current_dir(folder.path()).env("KEY", KEY).env("TERM", "dumb");
    command.env_remove("RUST_LOG").stdin(Stdio::null());
    let output = |name| fs::File::create(folder.path().join(name)).expect("a file");
    command.stdout(output("stdout")).stderr(output("stderr"));
    let began = Instant::now();
    let mut child = command.spawn().expect("trueup runs");
    let mut peak = 0;
    let status = loop {
        peak = peak.max(peak_memory(child.id()));
        if let Some(status) = child.try_wait().expect("a child") {
            break status;
        }
        if began.elapsed() > Duration::from_secs(60) {
            child.kill().expect("it runs");
            panic!("it does not end; {peak} MiB");
        }
        // The kernel keeps the peak, so it does not matter when it is asked.
        std::thread::sleep(Duration::from_millis(2));
    };
    let text = |name| fs::read_to_string(folder.path().join(name)).expect("text");
    let (stdout, stderr) = (text("stdout"), text("stderr"));
    Run { code: status.code(), stdout, stderr, took: began.elapsed(), peak }
}

impl Run {
    /// Fails the test unless trueup refused what it was sent, with this text, in time and without
    /// more memory than it takes to start.
    #[track_caller]
    pub fn refuses(&self, text: &str) -> &Self {
        assert_eq!(self.code, Some(1), "{self:?}");
        assert!(self.stderr.contains(text), "no {text:?} in {self:?}");
        assert!(self.stdout.is_empty(), "{self:?}");
        self.takes(Duration::from_secs(15), 160)
    }

    /// Fails the test unless it took less than that, in time and in MiB of memory.
    #[track_caller]
    pub fn takes(&self, time: Duration, memory: usize) -> &Self {
        assert!(self.took < time, "{self:?}");
        assert!(self.peak < memory, "{self:?}");
        self
    }
}

/// The most memory that a process has used so far, in MiB (proc_pid_status(5)).
fn peak_memory(process: u32) -> usize {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    if !status.starts_with("Name:\ttrueup\n") {
        // It still has the memory of the process that made it.
        return 0;
    }
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<usize>().ok());
    kibibytes.unwrap_or_default() >> 10
}
