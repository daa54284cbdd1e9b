//! What packagers ask for: manual pages and completions, of every command there is.

use std::process::Command;

use tempfile::TempDir;

fn trueup(args: &[&str]) -> String {
    let ended = Command::new(env!("CARGO_BIN_EXE_trueup")).args(args).output().expect("it starts");
    assert!(ended.status.success(), "{args:?}: {}", String::from_utf8_lossy(&ended.stderr));
    String::from_utf8(ended.stdout).expect("text")
}

/// The commands that `--help` lists.
fn commands() -> Vec<String> {
    let help = trueup(&["--help"]);
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let names = listed.take_while(|line| !line.is_empty());
    names.filter_map(|line| line.split_whitespace().next()).map(Into::into).collect()
}

#[test]
fn every_command_has_a_page() {
    let place = TempDir::new().expect("a folder");
    let folder = place.path().join("man1");
    trueup(&["man", "--dir", folder.to_str().expect("text")]);
    let page = |name: &str| std::fs::read_to_string(folder.join(name)).expect(name);
    assert!(page("trueup.1").starts_with(".ie"), "roff");
    for command in commands() {
        assert!(page(&format!("trueup-{command}.1")).contains(&format!("trueup-{command}")));
    }
    assert!(trueup(&["man"]).contains("trueup\\-plan(1)"));
}

#[test]
fn every_shell_completes_every_command() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = trueup(&["completions", shell]);
        for command in commands() {
            assert!(script.contains(&command), "{shell}: {command}");
        }
    }
}
