//! How much is sent, and what waits for what: told by what the systems were asked. How long it
//! takes is measured by `tests/scale/measure.py`.

use serde_json::json;

use super::PAIR;
use crate::support::{Fleet, Ran};

/// So many datasets side by side.
fn datasets(pool: &str, count: usize) -> String {
    let entries = (1..=count).map(|number| format!("  {pool}/d{number}: {{}}\n"));
    format!("datasets:\n{}", entries.collect::<String>())
}

#[test]
fn a_busy_system_does_not_hold_up_another_one() {
    let fleet = Fleet::start(PAIR);
    fleet.manifest(&[("boston", &datasets("tank", 12)), ("chicago", &datasets("backup", 1))]);
    fleet.fault("boston", r#"{ "method": "pool.dataset.create", "do": { "delay_ms": 4000 } }"#);
    let child = fleet.spawn(&["apply", "--yes"]);
    fleet.wait_until("chicago has its dataset", || fleet.mutations("chicago") == 1);
    let made = fleet.call("boston", "pool.dataset.query", json!([[["id", "^", "tank/d"]], {}]));
    assert_eq!(made[1], json!(null), "only tank/data is there: {made}");
    fleet.wait_until("boston is busy", || fleet.mutations("boston") >= 8);
    assert_eq!(fleet.mutations("boston"), 8, "no more at once on one system");
    Ran::of(child.wait_with_output().expect("it ends"), &fleet).exits(0);
    assert_eq!(fleet.mutations("boston"), 12);
}

#[test]
fn one_step_at_a_time_follows_the_plan() {
    let fleet = Fleet::start(PAIR);
    fleet.manifest(&[("chicago", &datasets("backup", 9))]);
    let plan = fleet.trueup(&["plan", "--format", "json"]).exits(0).json();
    let planned = plan["steps"].as_array().expect("steps").iter();
    let planned: Vec<_> =
        planned.map(|step| step["calls"][0]["params"][0]["name"].clone()).collect();
    fleet.trueup(&["apply", "--yes", "--per-system", "1", "--parallel", "1"]).exits(0);
    let log = fleet.calls("chicago");
    let sent = log.calls.iter().filter(|call| call.method == "pool.dataset.create");
    let sent: Vec<_> = sent.map(|call| call.params[0]["name"].clone()).collect();
    assert_eq!(sent, planned);
}

#[test]
fn limits_of_zero_are_refused() {
    let fleet = Fleet::start(PAIR);
    for flag in ["--parallel", "--per-system"] {
        fleet.trueup(&["apply", flag, "0"]).exits(64).says("0");
    }
}

#[test]
fn what_all_accounts_need_is_asked_once_per_plan() {
    let fleet = Fleet::start(PAIR);
    let account = |number| {
        let home = format!("/mnt/backup/home/a{number}");
        format!("  a{number}: {{ home: {{ path: {home} }}, ssh_access: true }}\n")
    };
    let accounts: String = (1..=30).map(account).collect();
    let part = format!("datasets: {{ backup/home: {{}} }}\nadmins:\n{accounts}");
    fleet.manifest(&[("chicago", &part)]);
    fleet.trueup(&["plan"]).exits(0);
    let log = fleet.calls("chicago");
    for (method, most) in [("group.query", 1), ("user.shell_choices", 1), ("user.query", 2)] {
        assert_eq!(log.count(method), most, "{method}");
    }
    fleet.trueup(&["apply", "--yes"]).exits(0);
    let applied = fleet.calls("chicago").count("group.query") - log.count("group.query");
    assert!(applied <= 1 + 31, "once for the plan and once for every step, not {applied} times");
}
