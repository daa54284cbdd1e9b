//! A first-time user's mistakes get answers before anything is contacted or sent.

use super::{named, system};

#[test]
fn homes_that_cannot_be() {
    let fleet = system("");
    for (path, says) in [
        ("/mnt/tank", "pool"),
        ("/home/repl", "/mnt"),
        ("/mnt/tank/a:b", ":"),
        ("home/repl", "/mnt"),
    ] {
        named(&fleet, "repl", &format!("home: {{ path: \"{path}\" }}"));
        let ran = fleet.trueup(&["plan"]).exits(64);
        assert!(ran.stderr.contains(says), "{path}: {}", ran.stderr);
    }
    assert_eq!(fleet.calls("box").requests, 0);
}

#[test]
fn a_name_that_a_builtin_account_has() {
    let fleet = system("");
    named(&fleet, "daemon", "home: { path: /mnt/tank/home/daemon }\nssh_access: true");
    let plan = fleet.trueup(&["plan", "--detailed-exitcode"]).exits(2);
    assert!(plan.stdout.contains("builtin"), "{}", plan.stdout);
}
