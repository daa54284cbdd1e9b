//! `trueup init --sim`: what is printed works as it is printed.

use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Command, Stdio};

use crate::support::interrupt;

/// Stops the simulator when the test is over, however it ends.
struct Stopped(Child);

impl Drop for Stopped {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A shell in a folder.
fn shell(folder: &std::path::Path, script: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", script]).current_dir(folder).stdin(Stdio::null());
    command.env("TERM", "dumb").env_remove("RUST_LOG");
    command
}

#[test]
fn the_commands_work_as_printed() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_trueup"));
        command.args(args).current_dir(folder.path()).output().expect("trueup runs")
    };
    let made = run(&["init", "--sim"]);
    assert!(made.status.success(), "{made:?}");
    let said = String::from_utf8(made.stdout).expect("text");
    insta::assert_snapshot!(said.replace(env!("CARGO_BIN_EXE_trueup"), "trueup"));
    let commands: Vec<&str> = said.lines().filter_map(|line| line.strip_prefix("  ")).collect();
    let [simulator, load, plan] = commands[..] else { panic!("three commands in:\n{said}") };

    let mut child = shell(folder.path(), &format!("exec {simulator}"));
    let mut child = Stopped(child.stdout(Stdio::piped()).spawn().expect("a simulator"));
    let mut ready = BufReader::new(child.0.stdout.take().expect("its output")).lines();
    for _ in ["boston", "chicago"] {
        ready.next().expect("a line").expect("text");
    }
    let planned = shell(folder.path(), &format!("{load}\n{plan}")).output().expect("a shell");
    let text = String::from_utf8_lossy(&planned.stdout);
    assert!(planned.status.success(), "{planned:?}");
    assert!(text.starts_with("Plan: 5 to create, 1 to update · 1 unchanged"), "{text}");

    let env = std::fs::metadata(folder.path().join("sim.env")).expect("the variables");
    assert_eq!(env.permissions().mode() & 0o777, 0o600, "it holds keys");
    interrupt(&child.0);
    assert_eq!(child.0.wait().expect("an end").code(), Some(0));
    assert_eq!(ready.count(), 0, "a line for each system, and nothing else");

    let again = run(&["init", "--sim"]);
    assert_eq!(again.status.code(), Some(64), "{again:?}");
    assert_eq!(run(&["init", "--sim", "--force"]).status.code(), Some(0));
    assert_eq!(run(&["init", "--sim", "--out", "-"]).status.code(), Some(64));
    let over = run(&["sim", "fleet.yaml", "--env", "fleet.yaml"]);
    assert_eq!(over.status.code(), Some(64), "{over:?}");
}

#[test]
fn another_folder_and_a_name_with_blanks() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("my pair")).expect("a folder");
    let mut command = Command::new(env!("CARGO_BIN_EXE_trueup"));
    let made = command.args(["init", "--sim", "--out", "my pair/a.yaml"]);
    let made = made.current_dir(folder.path()).output().expect("trueup runs");
    assert!(made.status.success(), "{made:?}");
    let said = String::from_utf8_lossy(&made.stdout);
    assert!(said.contains("sim 'my pair/fleet.yaml' --env 'my pair/sim.env'\n"), "{said}");
    assert!(said.contains("set -a; . 'my pair/sim.env'; set +a\n"), "{said}");
    assert!(said.contains("plan -f 'my pair/a.yaml'\n"), "{said}");
    assert!(folder.path().join("my pair/fleet.yaml").exists());
}

#[test]
fn a_manifest_that_cannot_be_written_leaves_no_fleet_behind() {
    let folder = tempfile::tempdir().expect("a folder");
    // What is written beside it first would have too long a name.
    let name = "m".repeat(250);
    let mut command = Command::new(env!("CARGO_BIN_EXE_trueup"));
    command.args(["init", "--sim", "--out", &name]).current_dir(folder.path());
    let ended = command.output().expect("trueup runs");
    assert_eq!(ended.status.code(), Some(1), "{ended:?}");
    let left: Vec<_> = std::fs::read_dir(folder.path()).expect("the folder").collect();
    assert!(left.is_empty(), "{left:?}");
}
