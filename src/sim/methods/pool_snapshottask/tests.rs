use serde_json::{Value, json};

use super::super::ask::{ask, system};
use crate::system::System;

const FLEET: &str = "pools: {tank: {}, gone: {status: OFFLINE}}, datasets: {tank/data/a: {}}";

fn refusal(system: &mut System, fields: Value) -> String {
    ask(system, "pool.snapshottask.create", json!([fields])).expect_err("it is refused")
}

#[test]
fn every_field_is_checked_in_its_own_words() {
    for release in ["25.10.6", "26.0.0"] {
        let mut system = system(release, FLEET);
        let cron = "data.schedule: Value error, Please ensure fields match cron syntax - ";
        for (fields, told) in [
            (json!({}), "data.dataset: Field required".to_owned()),
            (json!({"dataset": 1}), "data.dataset: Input should be a valid string".to_owned()),
            (
                json!({"dataset": "tank", "lifetime_unit": "EON"}),
                "data.lifetime_unit: Input should be 'HOUR', 'DAY', 'WEEK', 'MONTH' or 'YEAR'"
                    .to_owned(),
            ),
            (
                json!({"dataset": "tank", "naming_schema": "%Y-%m-%d"}),
                "data.naming_schema: Value error, %H must be present in snapshot naming schema"
                    .to_owned(),
            ),
            (
                json!({"dataset": "tank", "schedule": {"dow": "8"}}),
                format!("{cron}[00 * * * 8 ] is not acceptable, out of range"),
            ),
            (
                json!({"dataset": "tank", "schedule": {"begin": "25:00"}}),
                "data.schedule.begin: Value error, hour must be in 0..23".to_owned(),
            ),
            (
                json!({"dataset": "tank", "schedule": {"end": "noon"}}),
                "data.schedule.end: Value error, Time should be in 24 hour format like \"18:00\""
                    .to_owned(),
            ),
            (
                json!({"dataset": "tank", "name": "daily"}),
                "data.name: Extra inputs are not permitted".to_owned(),
            ),
            (
                json!({"dataset": "tank/data", "recursive": true, "exclude": ["tank/data/a", "tank/b"]}),
                "periodic_snapshot_create.exclude.1: Excluded dataset should be a child or other \
                 descendant of the selected dataset"
                    .to_owned(),
            ),
        ] {
            assert_eq!(refusal(&mut system, fields), told, "{release}");
        }
    }
}

#[test]
fn a_schedule_is_stored_as_it_is_but_times_get_two_digits() {
    let mut system = system("25.10.6", FLEET);
    let schedule = json!({"minute": "0", "hour": "2,1", "dow": "mon-fri", "begin": "9:5"});
    let made = ask(
        &mut system,
        "pool.snapshottask.create",
        json!([{"dataset": "tank", "schedule": schedule}]),
    );
    let expected = json!({
        "minute": "0", "hour": "2,1", "dom": "*", "month": "*", "dow": "mon-fri",
        "begin": "09:05", "end": "23:59",
    });
    assert_eq!(made.expect("it is made")["schedule"], expected);
    let changed = ask(
        &mut system,
        "pool.snapshottask.update",
        json!([1, {"schedule": {}, "fixate_removal_date": true}]),
    );
    assert_eq!(changed.expect("it is changed")["schedule"]["hour"], "*");
}

#[test]
fn a_task_that_is_not_there_is_told_by_each_release_in_its_way() {
    let missing = Err("None: PeriodicSnapshotTask 9 does not exist".to_owned());
    for (release, deleted) in [("25.10.6", Ok(json!(true))), ("26.0.0", missing.clone())] {
        let mut system = system(release, FLEET);
        for (method, params) in [
            ("pool.snapshottask.get_instance", json!([9])),
            ("pool.snapshottask.update", json!([9, {}])),
            ("pool.snapshottask.run", json!([9])),
        ] {
            assert_eq!(ask(&mut system, method, params), missing, "{release} {method}");
        }
        assert_eq!(ask(&mut system, "pool.snapshottask.delete", json!([9])), deleted, "{release}");
    }
}

#[test]
fn a_task_runs_unless_it_is_disabled_and_is_held_without_its_pool() {
    let tasks =
        "snapshot_tasks: [{dataset: tank}, {dataset: tank, enabled: false}, {dataset: gone}]";
    let mut system = system("26.0.0", &format!("{FLEET}, {tasks}"));
    assert_eq!(ask(&mut system, "pool.snapshottask.run", json!([1])), Ok(Value::Null));
    let refused = ask(&mut system, "pool.snapshottask.run", json!([2]));
    assert_eq!(refused, Err("[EFAULT] Task is not enabled".to_owned()));
    let all = ask(&mut system, "pool.snapshottask.query", json!([])).expect("an answer");
    assert_eq!(all[0]["state"]["state"], "FINISHED");
    let snapshot = all[0]["state"]["last_snapshot"].as_str().expect("a snapshot");
    assert!(snapshot.starts_with("tank@auto-"), "{snapshot}");
    assert_eq!(all[1]["state"], json!({"state": "PENDING"}));
    assert_eq!(all[2]["state"]["reason"], "Pool gone is offline.");
}

#[test]
fn destroying_a_dataset_takes_its_enabled_tasks_along() {
    let tasks = "snapshot_tasks: [{dataset: tank/data}, {dataset: tank/data/a, enabled: false}, \
                 {dataset: tank}]";
    let mut system = system("25.10.6", &format!("{FLEET}, {tasks}"));
    ask(&mut system, "pool.dataset.delete", json!(["tank/data", {"recursive": true}]))
        .expect("gone");
    let left = ask(&mut system, "pool.snapshottask.query", json!([[], {"select": ["id"]}]));
    assert_eq!(left, Ok(json!([{"id": 2}, {"id": 3}])));
}
