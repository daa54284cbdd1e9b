//! `trueup demo`: everything it shows, and that nothing is left of it.

use std::process::{Command, Stdio};

use regex::Regex;
use tempfile::TempDir;

#[test]
fn the_demo_shows_the_whole_way_and_leaves_nothing() {
    let place = TempDir::new().expect("a folder");
    let mut command = Command::new(env!("CARGO_BIN_EXE_trueup"));
    command.arg("demo").stdin(Stdio::null()).env("TERM", "dumb").env_remove("NO_COLOR");
    let ended = command.env("TMPDIR", place.path()).output().expect("it starts");
    let told = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(0), "{told}");
    insta::assert_snapshot!(without_ports(&String::from_utf8_lossy(&ended.stdout)));
    let left = std::fs::read_dir(place.path()).expect("the folder").count();
    assert_eq!(left, 0, "files are left");
}

/// The text without the ports, which differ from run to run.
fn without_ports(text: &str) -> String {
    let ports = Regex::new(r"(https://127\.0\.0\.1:|-p |port +)\d+").expect("a pattern");
    ports.replace_all(text, "${1}PORT").into_owned()
}
