//! Systems as they come out of the box.

use super::{init, pair, story};
use crate::support::Fleet;

#[test]
fn a_pair_with_a_pool_each_gets_the_recommended_way_and_is_ready_after_apply() {
    let fleet = pair("", "");
    insta::assert_snapshot!(story(&fleet));
    fleet.trueup(&["validate"]).exits(0);
    fleet.trueup(&["apply", "--yes"]).exits(0);
    insta::assert_snapshot!(story(&fleet));
}

#[test]
fn a_pair_without_pools() {
    let fleet = Fleet::start(
        "systems:\n  boston: { release: \"26.0.0\" }\n  chicago: { release: \"25.10.6\" }\n",
    );
    insta::assert_snapshot!(story(&fleet));
}

#[test]
fn names_files_and_stdout_as_asked() {
    let fleet = pair("", "");
    let names = ["--source-name", "left", "--destination-name", "right", "--out", "-"];
    let printed = init(&fleet, &names).exits(0);
    assert!(printed.stdout.contains("\n  left: #"), "{}", printed.stdout);
    assert!(printed.stdout.contains("\n  right: #"), "{}", printed.stdout);
    assert!(printed.stderr.contains("Plan: 5 to create, 1 to update"), "{}", printed.stderr);
    assert!(printed.stderr.ends_with("trueup plan -f FILE\n"), "{}", printed.stderr);
    assert!(!fleet.path("trueup.yaml").exists());
    let url = &fleet.env()["BOSTON_URL"];
    let pin = &fleet.env()["BOSTON_TLS_SHA256"];
    let text = printed.stdout.replace("$BOSTON_URL", url).replace("$CHICAGO_URL", "https://right");
    let text = text.replace("$BOSTON_TLS_SHA256", pin).replace("$CHICAGO_TLS_SHA256", pin);
    fleet.write("printed.yaml", &text);
    fleet.trueup(&["validate", "-f", "printed.yaml"]).exits(0);

    let env = fleet.env();
    fleet.write("key", &env["BOSTON_API_KEY"]);
    std::fs::create_dir(fleet.path("below")).expect("a folder");
    let from_file = fleet
        .trueup(&[
            "init",
            &env["BOSTON_URL"],
            &env["CHICAGO_URL"],
            "--source-key-file=key",
            "--destination-key-env=CHICAGO_API_KEY",
            "--source-sha256",
            &env["BOSTON_TLS_SHA256"],
            "--destination-sha256",
            &env["CHICAGO_TLS_SHA256"],
            "--out=below/pair.yaml",
        ])
        .exits(0);
    assert!(from_file.stdout.contains("plan -f below/pair.yaml"), "{}", from_file.stdout);
    fleet.trueup(&["plan", "-f", "below/pair.yaml"]).exits(0);
}
