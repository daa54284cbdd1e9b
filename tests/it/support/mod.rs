//! What the end-to-end tests share: a simulated fleet in this process, and the built binary as a
//! user would run it.

pub mod python;
pub mod skip;
pub mod terminal;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use trueup_sim::call_log::CallLog;
use trueup_sim::fleet::FaultSpec;
use trueup_sim::system::System;
use trueup_sim::{self as sim, Running};

use crate::contract;
use crate::sim::client::Client;

/// A fleet that runs in this process, and a directory to run trueup in.
pub struct Fleet {
    runtime: Runtime,
    running: Running,
    dir: TempDir,
}

/// What a run of trueup printed, and its exit code.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
    /// stdout as it was, for programs.
    raw: String,
}

impl Fleet {
    /// Starts the systems of a fleet file.
    pub fn start(yaml: &str) -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let fleet = sim::Fleet::parse(yaml).expect("a fleet file");
        let running = runtime.block_on(sim::start(fleet)).expect("a running fleet");
        Self { runtime, running, dir: TempDir::new().expect("a directory") }
    }

    /// A file beside the manifest.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Writes a file beside the manifest.
    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).expect("a file");
    }

    /// Writes the manifest: the systems' connections, and below each its own part.
    pub fn manifest(&self, parts: &[(&str, &str)]) {
        let mut text = String::from("version: 1\nsystems:\n");
        for (system, part) in parts {
            text += &self.connection(system);
            text += &part.lines().map(|line| format!("    {line}\n")).collect::<String>();
        }
        self.write("trueup.yaml", &text);
    }

    /// How a manifest says where a system is.
    pub fn connection(&self, system: &str) -> String {
        let env = system.to_uppercase();
        format!(
            "  {system}:\n    url: {{ env: {env}_URL }}\n    username: {{ env: {env}_USERNAME }}\n    \
             api_key: {{ env: {env}_API_KEY }}\n    tls: {{ sha256: {{ env: {env}_TLS_SHA256 }} }}\n"
        )
    }

    /// The environment that `trueup sim --env` would write.
    pub fn env(&self) -> BTreeMap<String, String> {
        let text = sim::ready::shell_assignments(self.running.systems());
        let pair = |line: &str| {
            let (name, value) = line.split_once('=').expect("an assignment");
            (name.to_string(), value.trim_matches('\'').to_string())
        };
        text.lines().map(pair).collect()
    }

    /// The API key with that label.
    pub fn api_key(&self, system: &str, label: &str) -> String {
        let address = self.running.address(system).expect("a system");
        address.api_keys.get(label).expect("a key").clone()
    }

    /// trueup, not run yet.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_trueup"));
        command.args(args).current_dir(self.dir.path()).stdin(Stdio::null());
        command.env_remove("RUST_LOG").env_remove("NO_COLOR").env("TERM", "dumb");
        command.envs(self.env());
        command
    }

    /// Runs trueup to its end.
    pub fn trueup(&self, args: &[&str]) -> Ran {
        Ran::of(self.command(args).output().expect("trueup runs"), self)
    }

    /// Starts trueup and does not wait.
    pub fn spawn(&self, args: &[&str]) -> Child {
        let mut command = self.command(args);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().expect("trueup runs")
    }

    /// What a system was asked so far.
    pub fn calls(&self, system: &str) -> CallLog {
        self.running.calls(system)
    }

    /// The mutating calls that a system was sent since so many of them.
    pub fn mutations_since(&self, system: &str, before: usize) -> Vec<String> {
        self.calls(system).mutations()[before..].iter().map(|it| (*it).to_string()).collect()
    }

    /// How many mutating calls a system was sent.
    pub fn mutations(&self, system: &str) -> usize {
        self.calls(system).mutations().len()
    }

    /// Reaches into a system, for what no API call brings about.
    pub fn with_system<T>(&self, system: &str, act: impl FnOnce(&mut System) -> T) -> T {
        self.running.with_system(system, act).expect("a system")
    }

    /// Breaks something.
    pub fn fault(&self, system: &str, fault: &str) {
        let fault: FaultSpec = serde_json::from_str(fault).expect("a fault");
        self.running.add_fault(system, fault);
    }

    /// Calls a method as the administrator, over a connection of somebody else's making.
    pub fn call(&self, system: &str, method: &str, params: Value) -> Value {
        let address = self.running.address(system).expect("a system").clone();
        self.runtime.block_on(async {
            let mut client = Client::admin(&address).await;
            client.result(method, params).await
        })
    }

    /// Calls a job method as the administrator and waits for its result.
    pub fn job(&self, system: &str, method: &str, params: Value) -> Value {
        let address = self.running.address(system).expect("a system").clone();
        self.runtime.block_on(async {
            let mut client = Client::admin(&address).await;
            client.result("core.set_options", json!([{ "legacy_jobs": false }])).await;
            client.result(method, params).await
        })
    }

    /// Everything of a system that anybody could care for, as its administrator sees it.
    pub fn snapshot(&self, system: &str) -> BTreeMap<String, Value> {
        let all = [
            ("pool.dataset.query", json!([[], { "extra": { "flat": true }, "order_by": ["id"] }])),
            ("ssh.config", json!([])),
            ("service.query", json!([])),
            ("user.query", json!([[["local", "=", true]]])),
            ("group.query", json!([[["local", "=", true]]])),
            ("keychaincredential.query", json!([])),
        ];
        all.into_iter()
            .map(|(method, params)| {
                let mut value = self.call(system, method, params);
                forget_volatile(&mut value);
                (method.to_string(), value)
            })
            .collect()
    }

    /// Waits until a condition holds; fails the test if it does not within 20 s.
    pub fn wait_until(&self, what: &str, holds: impl Fn() -> bool) {
        let until = Instant::now() + Duration::from_secs(20);
        while !holds() {
            assert!(Instant::now() < until, "waited in vain until {what}");
            std::thread::yield_now();
        }
    }

    /// The text with what differs from run to run replaced by its name.
    pub fn normal(&self, text: &str) -> String {
        let mut text = text.replace(env!("CARGO_BIN_EXE_trueup"), "trueup");
        for system in self.running.systems() {
            let name = system.name.to_uppercase();
            text = text.replace(&system.url, &format!("${name}_URL"));
            text = text.replace(&system.tls_sha256, &format!("${name}_TLS_SHA256"));
            text = text.replace(&system.ssh_port.to_string(), &format!("${name}_SSH_PORT"));
        }
        text
    }
}

/// Whatever a test was about: what trueup sent is what the system's release takes.
impl Drop for Fleet {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        for system in self.running.systems() {
            let wrong = contract::violations(&system.release, &self.running.calls(&system.name));
            assert!(wrong.is_empty(), "sent to `{}`:\n{}", system.name, wrong.join("\n"));
        }
    }
}

/// Takes out what changes by itself: sizes, times, process numbers.
fn forget_volatile(value: &mut Value) {
    const VOLATILE: [&str; 8] = [
        "available",
        "compressratio",
        "creation",
        "pids",
        "used",
        "usedbychildren",
        "usedbydataset",
        "password_age",
    ];
    match value {
        Value::Array(members) => members.iter_mut().for_each(forget_volatile),
        Value::Object(members) => {
            members.retain(|name, _| !VOLATILE.contains(&name.as_str()));
            members.values_mut().for_each(forget_volatile);
        }
        _ => {}
    }
}

impl Ran {
    /// What a child printed, once it has ended.
    pub fn of(output: Output, fleet: &Fleet) -> Self {
        let raw = String::from_utf8_lossy(&output.stdout).into_owned();
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: fleet.normal(&raw),
            stderr: fleet.normal(&String::from_utf8_lossy(&output.stderr)),
            raw,
        }
    }

    /// Fails the test unless trueup exited so.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// Fails the test unless stderr has this text.
    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        assert!(self.stderr.contains(text), "no {text:?} in stderr:\n{}", self.stderr);
        self
    }

    /// The result as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.raw).unwrap_or_else(|error| {
            panic!("{error} in stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr)
        })
    }
}

/// Tells a program to stop, as Ctrl-C does.
pub fn interrupt(child: &Child) {
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(sent.is_ok_and(|status| status.success()));
}

/// A repository file.
pub fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Checks many cases that mostly wait, several at a time.
pub fn each<T: Send>(cases: impl IntoIterator<Item = T>, check: impl Fn(T) + Sync) {
    const AT_A_TIME: usize = 6;
    let left = std::sync::Mutex::new(cases.into_iter().collect::<Vec<_>>());
    std::thread::scope(|scope| {
        for _ in 0..AT_A_TIME {
            scope.spawn(|| {
                loop {
                    let Some(case) = left.lock().expect("no case panics here").pop() else { break };
                    check(case);
                }
            });
        }
    });
}
