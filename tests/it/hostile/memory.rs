//! What other processes of the same user, and core files, see of a run: not the API key.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::sync::mpsc;

use tempfile::TempDir;

use super::server::{Hostile, Victim};
use crate::api::server::KEY;
use crate::support::skip::skip;

/// Somebody who is not root.
const NOBODY: u32 = 65_534;

#[test]
fn environment_of_a_run_is_hidden_from_its_user() {
    if !cfg!(target_os = "linux") {
        return skip("only Linux says whether a process can be dumped");
    }
    let (asked, is_asked) = mpsc::channel();
    let system = Hostile::start(move |mut victim: Victim| {
        let asked = asked.clone();
        async move {
            let call = victim.call().await;
            asked.send(call.map(|call| call.method)).expect("the test waits");
            std::future::pending().await
        }
    });
    let folder = TempDir::new().expect("a folder");
    let path = |name| folder.path().join(name);
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("set");
    fs::write(path("trueup.yaml"), system.manifest("datasets: { tank/mirror: {} }"))
        .expect("written");
    let binary = env!("CARGO_BIN_EXE_trueup");
    let mut command = Command::new(path("trueup"));
    command.arg("plan").current_dir(folder.path()).env("KEY", KEY);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    // What root runs is root's in any case.
    let is_root = folder.path().metadata().expect("a folder").uid() == 0;
    if is_root {
        command.uid(NOBODY);
    }
    // Nobody may not be let into the folder that it was built in.
    fs::hard_link(binary, path("trueup"))
        .or_else(|_| fs::copy(binary, path("trueup")).map(drop))
        .expect("a program");
    let mut child = command.spawn().expect("trueup runs");
    let connected = is_asked.recv();
    let process = format!("/proc/{}", child.id());
    let owner = fs::metadata(format!("{process}/environ")).expect("it runs").uid();
    let limits = fs::read_to_string(format!("{process}/limits")).expect("it runs");
    child.kill().expect("it runs");
    child.wait().expect("it ends");
    assert!(connected.expect("connected").is_some());
    assert_eq!(owner, 0);
    let core = limits.lines().find(|line| line.starts_with("Max core file size"));
    assert!(core.is_some_and(|core| core.split_whitespace().nth(4) == Some("0")), "{core:?}");
}
