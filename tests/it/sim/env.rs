//! `trueup sim` as a user runs it: where it listens, and the file that its keys are written to.

use std::io::{BufRead, BufReader};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use tempfile::TempDir;

const FLEET: &str = "systems: { chicago: { release: \"25.10.6\" } }";

fn sim(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_trueup"));
    command.args(["sim", "fleet.yaml", "--env", "sim.env"]).current_dir(folder);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn folder(fleet: &str) -> TempDir {
    let folder = TempDir::new().expect("a folder");
    std::fs::write(folder.path().join("fleet.yaml"), fleet).expect("written");
    folder
}

/// Runs it until it prints that a system is ready.
fn ready(folder: &Path) -> Child {
    let mut child = sim(folder).spawn().expect("it runs");
    let stdout = child.stdout.take().expect("stdout");
    let mut line = String::new();
    BufReader::new(stdout).read_line(&mut line).expect("a line");
    assert!(line.contains("\"chicago\""), "{line}");
    child
}

fn refused(folder: &Path, says: &str) {
    let Output { status, stderr, .. } = sim(folder).output().expect("it runs");
    let stderr = String::from_utf8_lossy(&stderr);
    assert!(status.code() == Some(64) && stderr.contains(says), "{status} {stderr}");
}

#[test]
fn keys_are_written_to_a_file_that_only_its_owner_can_read() {
    let folder = folder(FLEET);
    let env = folder.path().join("sim.env");
    for _ in 0..2 {
        let mut child = ready(folder.path());
        let mode = std::fs::metadata(&env).expect("the file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        child.kill().expect("it runs");
        child.wait().expect("it ends");
        // The second run finds a file that everybody can read.
        std::fs::set_permissions(&env, PermissionsExt::from_mode(0o644)).expect("set");
    }
}

#[test]
fn keys_follow_no_link() {
    let folder = folder(FLEET);
    let victim = folder.path().join("victim");
    std::fs::write(&victim, "").expect("written");
    for target in ["victim", "nowhere", "/dev/null"] {
        let env = folder.path().join("sim.env");
        symlink(target, &env).expect("a link");
        refused(folder.path(), "`sim.env` is not a regular file");
        assert!(env.is_symlink(), "it stays");
        std::fs::remove_file(env).expect("removed");
    }
    assert_eq!(std::fs::read_to_string(victim).expect("the file"), "");
    assert!(!folder.path().join("nowhere").exists());
}

#[test]
fn only_loopback_is_listened_on() {
    for listen in ["0.0.0.0:0", "192.0.2.1:443", "[::]:0"] {
        let fleet = FLEET.replace("release", &format!("listen: \"{listen}\", release"));
        refused(folder(&fleet).path(), "is not a loopback address: write `127.0.0.1:PORT`");
    }
}
