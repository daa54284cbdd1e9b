//! Few round trips: the number of requests does not grow with the number of resources.

use crate::support::Fleet;

use super::{PAIR, pair};

#[test]
fn a_plan_opens_one_connection_and_logs_in_once_per_system() {
    let fleet = pair();
    fleet.trueup(&["plan"]).exits(0);
    for system in ["boston", "chicago"] {
        let log = fleet.calls(system);
        assert_eq!((log.connections, log.logins), (1, 1), "{system}");
        // The versions and the upgrade.
        assert_eq!(log.requests, 2, "{system}");
    }
}

#[test]
fn an_apply_needs_no_further_connection() {
    let fleet = pair();
    fleet.trueup(&["apply", "--yes"]).exits(0);
    for system in ["boston", "chicago"] {
        let log = fleet.calls(system);
        assert_eq!((log.connections, log.logins), (1, 1), "{system}");
    }
}

#[test]
fn two_hundred_datasets_are_read_with_as_many_requests_as_two() {
    let counted = |number: usize| {
        let fleet = Fleet::start(PAIR);
        let datasets: String = (0..number).map(|n| format!("  backup/d{n}: {{}}\n")).collect();
        fleet.manifest(&[("chicago", &format!("datasets:\n{datasets}"))]);
        let plan = fleet.trueup(&["plan", "--format", "json"]).exits(0).json();
        assert_eq!(plan["summary"]["create"], number);
        fleet.calls("chicago").calls.len()
    };
    assert_eq!(counted(2), counted(200));
}
