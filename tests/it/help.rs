//! What `--help` says of every command, whole: each with what it does, its flags and an example.

use std::process::Command;

fn help(words: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_trueup"));
    let ended = command.args(words).env_remove("COLUMNS").output().expect("it starts");
    assert!(ended.status.success(), "{words:?}");
    String::from_utf8(ended.stdout).expect("text")
}

#[test]
fn the_whole_help() {
    insta::assert_snapshot!(help(&["--help"]));
}

#[test]
fn every_commands_help() {
    let all = help(&["--help"]);
    let listed = all.lines().skip_while(|line| *line != "Commands:").skip(1);
    for line in listed.take_while(|line| !line.is_empty()) {
        let name = line.split_whitespace().next().expect("a name");
        let told = help(&[name, "--help"]);
        assert!(told.contains("Example"), "{name} has an example");
        insta::assert_snapshot!(format!("help_of_{name}"), told);
    }
}
