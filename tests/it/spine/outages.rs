//! A system whose middleware dies during apply, as it does when it is updated or restarted.

use std::time::{Duration, Instant};

use super::{PAIR, pair};
use crate::support::{Fleet, Ran};

/// How many lines of stderr say so.
fn count(ran: &Ran, text: &str) -> usize {
    ran.stderr.lines().filter(|line| line.contains(text)).count()
}

/// The pair, whose chicago dies at its first dataset and is back after a while.
fn dying(back_after_ms: u64) -> Fleet {
    let fleet = pair();
    let fault = format!(
        r#"{{ "method": "pool.dataset.create", "nth": 1, "do": {{ "restart_ms": {back_after_ms} }} }}"#
    );
    fleet.fault("chicago", &fault);
    fleet
}

#[test]
fn a_restart_is_waited_for_and_said_once() {
    let fleet = dying(2500);
    let ran = fleet.trueup(&["apply", "--yes", "--per-system", "1"]).exits(3);
    assert_eq!(count(&ran, "chicago: connection lost ("), 1, "{}", ran.stderr);
    assert_eq!(count(&ran, "chicago: connected again after "), 1, "{}", ran.stderr);
    assert!(ran.stdout.contains("the connection was lost during `pool.dataset.create`"), "{ran:?}");
    let log = fleet.calls("chicago");
    assert_eq!(log.count("pool.dataset.create"), 1, "what may have been carried out is not resent");
    assert_eq!(log.count("ssh.update"), 1, "what does not need it goes on");
    // Two requests for the first connection, one for every try to reconnect.
    assert!(log.requests <= 12, "{} requests", log.requests);
    assert!(log.connections <= 3, "{} connections", log.connections);
    fleet.trueup(&["apply", "--yes"]).exits(0);
    fleet.trueup(&["drift"]).exits(0);
}

#[test]
fn an_outage_is_given_up_after_the_time_that_the_command_line_says() {
    let fleet = dying(600_000);
    let began = Instant::now();
    let ran = fleet.trueup(&["apply", "--yes", "--reconnect-timeout", "1"]).exits(3);
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    assert_eq!(count(&ran, "chicago: connection lost ("), 1, "{}", ran.stderr);
    assert_eq!(count(&ran, "connected again"), 0, "{}", ran.stderr);
    assert!(fleet.calls("chicago").requests <= 12, "{}", fleet.calls("chicago").requests);
    assert_eq!(fleet.mutations("boston"), 1, "the other system goes on");
}

#[test]
fn quiet_runs_say_nothing_of_an_outage_that_passed() {
    let fleet = Fleet::start(PAIR);
    fleet.manifest(&[("chicago", "ssh: { running: true }")]);
    fleet.fault("chicago", r#"{ "method": "ssh.config", "nth": 1, "do": { "restart_ms": 400 } }"#);
    let ran = fleet.trueup(&["plan", "--quiet"]).exits(0);
    assert_eq!(ran.stderr, "");
    assert!(ran.stdout.contains("chicago"), "the reads were sent again: {}", ran.stdout);
}
