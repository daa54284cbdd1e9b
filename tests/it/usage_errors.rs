//! Command lines that are refused: what was meant, and exit 64.

use std::process::Command;

/// What stderr says of these words.
fn refused(words: &str) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_trueup"));
    let ended = command.args(words.split(' ')).output().expect("it starts");
    assert_eq!(ended.status.code(), Some(64), "{words}");
    assert!(ended.stdout.is_empty(), "{words}");
    String::from_utf8(ended.stderr).expect("text")
}

#[test]
fn refused_words_get_the_right_suggestion() {
    for (words, tip) in [
        ("plna", "a similar subcommand exists: 'plan'"),
        ("plan --sytem x", "a similar argument exists: '--system'"),
        ("plan site.yaml", "`-f site.yaml` names the manifest"),
        ("drift --quiet my-site.yml", "`-f my-site.yml` names the manifest"),
        ("plan SITE.YAML", "`-f SITE.YAML` names the manifest"),
        ("apply plan.json", "`--plan plan.json` names a saved plan"),
        ("drift --json", "write `--format json`"),
        ("apply --allow remove-key", "a similar value exists: 'removes-key'"),
        ("apply -y", "`--yes` applies without asking"),
        ("apply --auto-approve", "`--yes` applies without asking"),
        ("plan -y", "the command never asks; leave `-y` out"),
        ("apply --dry-run", "`trueup plan` shows what would be done, and changes nothing"),
        ("plan --dry-run", "the command changes nothing anyway; leave `--dry-run` out"),
        ("plan --verbose", "`--log info` or `--log debug` shows more"),
        ("destroy", "trueup deletes nothing; `trueup plan` shows what it would create and change"),
        (
            "import",
            "`trueup init SOURCE_URL DESTINATION_URL` writes a manifest of what two systems have",
        ),
        ("status", "`trueup drift` shows what differs from the manifest"),
        ("check", "`trueup validate` checks the manifest"),
        ("help", "`trueup --help` lists the commands, `trueup COMMAND --help` explains one"),
        ("version", "`trueup --version` prints the version"),
    ] {
        let said = refused(words);
        let tips: Vec<&str> = said.lines().filter_map(|it| it.strip_prefix("  tip: ")).collect();
        assert_eq!(tips, [tip], "{words}: {said}");
    }
    for words in ["plan plan.json", "validate --json", "schema", "show a.json b.yaml"] {
        assert!(!refused(words).contains("tip: "), "{words}");
    }
}

#[test]
fn what_init_lacks_may_be_a_simulated_pair() {
    insta::assert_snapshot!(refused("init"), @"
    error: the following required arguments were not provided:
      <SOURCE_URL>
      <DESTINATION_URL>

    Usage: trueup init [OPTIONS] <SOURCE_URL> <DESTINATION_URL>
           trueup init [OPTIONS] --sim

    For more information, try '--help'.
    ");
}
