//! Command lines that are not taken: what was meant, and exit 64.

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
fn the_nearest_name_or_the_flag_that_was_left_out_is_told() {
    for (words, tip) in [
        ("plna", "a similar subcommand exists: 'plan'"),
        ("plan --sytem x", "a similar argument exists: '--system'"),
        ("plan site.yaml", "`-f site.yaml` names the manifest"),
        ("drift --quiet my-site.yml", "`-f my-site.yml` names the manifest"),
        ("apply plan.json", "`--plan plan.json` names a saved plan"),
        ("drift --json", "write `--format json`"),
        ("apply --allow remove-key", "a similar value exists: 'removes-key'"),
    ] {
        let said = refused(words);
        assert!(said.contains(&format!("\n  tip: {tip}\n")), "{words}: {said}");
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
