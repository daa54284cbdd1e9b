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
    assert_eq!(page("trueup.1"), trueup(&["man"]));
}

/// The lines of a page's section, as roff has them.
fn section(page: &str, name: &str) -> Vec<String> {
    let lines = page.lines().skip_while(|line| *line != format!(".SH {name}")).skip(1);
    lines.take_while(|line| !line.starts_with(".SH ")).map(Into::into).collect()
}

#[test]
fn manual_pages_keep_the_lines_of_exit_codes_and_examples() {
    let place = TempDir::new().expect("a folder");
    trueup(&["man", "--dir", place.path().to_str().expect("text")]);
    let page = |name: &str| std::fs::read_to_string(place.path().join(name)).expect(name);
    let help = trueup(&["--help"]);
    let codes = help.lines().skip_while(|line| *line != "Exit codes:").skip(1);
    let mut expected: Vec<String> = codes.map(|line| line.replace('-', "\\-")).collect();
    expected.insert(0, ".nf".into());
    expected.push(".fi".into());
    assert_eq!(section(&page("trueup.1"), "\"EXIT STATUS\""), expected);
    assert_eq!(
        section(&page("trueup-show.1"), "EXAMPLES"),
        [".nf", "  trueup show plan.json", "  trueup show plan.json \\-\\-format markdown", ".fi"]
    );
    let drift = page("trueup-drift.1");
    assert_eq!(section(&drift, "METRICS")[0], ".nf");
    for command in commands() {
        assert!(!page(&format!("trueup-{command}.1")).contains("EXTRA"), "{command}");
    }
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
