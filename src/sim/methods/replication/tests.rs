use serde_json::{Value, json};

use super::super::super::caller::Caller;
use super::super::super::method::Call;
use super::super::ask::{ask, system};
use crate::fleet::Fleet;
use crate::system::System;

const FLEET: &str = r#"
    pools: {tank: {}}, datasets: {tank/data/a: {}, tank/other: {}},
    keychain: {
      pair: {type: SSH_KEY_PAIR, attributes: {public_key: x}},
      far: {type: SSH_CREDENTIALS, attributes: {
        host: far, port: 22, username: u, private_key: pair, remote_host_key: x, connect_timeout: 1}}
    },
    snapshot_tasks: [
      {dataset: tank/data, recursive: true, exclude: [tank/data/a]},
      {dataset: tank/data, enabled: false},
      {dataset: tank/data}
    ]
"#;

/// The number of the connection `far`.
fn far(system: &System) -> i64 {
    let named = |name: &str| system.keychain.iter().find(|credential| credential.name == name);
    named("far").expect("the connection").id
}

/// A push of one dataset over SSH that nothing is wrong with, and other fields.
fn task(system: &System, other: Value) -> Value {
    let mut task = json!({
        "name": "r", "direction": "PUSH", "transport": "SSH", "ssh_credentials": far(system),
        "source_datasets": ["tank/data"], "target_dataset": "backup/data", "recursive": true,
        "exclude": ["tank/data/a"], "auto": true, "retention_policy": "SOURCE",
        "periodic_snapshot_tasks": [1],
    });
    for (name, value) in other.as_object().cloned().unwrap_or_default() {
        task[name] = value;
    }
    task
}

fn create(system: &mut System, other: Value) -> Result<Value, String> {
    let task = task(system, other);
    ask(system, "replication.create", json!([task]))
}

#[test]
fn every_rule_has_its_words() {
    let daily = json!(["%Y-%m-%d_%H-%M"]);
    let netcat_only = "This field only has sense for SSH+netcat replication";
    let no_sense = "This field has no sense for specified retention policy";
    let bound = json!({"direction": "PULL", "periodic_snapshot_tasks": [], "naming_schema": daily, "schedule": {}});
    let pull = |other: Value| {
        let mut pull = bound.clone();
        pull.as_object_mut().expect("fields").extend(other.as_object().cloned().expect("fields"));
        pull
    };
    for release in ["25.10.6", "26.0.0"] {
        let mut system = system(release, FLEET);
        for (other, told) in [
            (
                json!({"periodic_snapshot_tasks": [1, 9]}),
                vec![("periodic_snapshot_tasks.1", "This snapshot task does not exist")],
            ),
            (
                json!({"periodic_snapshot_tasks": [2]}),
                vec![(
                    "periodic_snapshot_tasks.0",
                    "You can't bind disabled periodic snapshot task to enabled replication task",
                )],
            ),
            (
                json!({"naming_schema": daily}),
                vec![("naming_schema", "This field has no sense for push replication")],
            ),
            (
                pull(json!({"also_include_naming_schema": daily})),
                vec![(
                    "also_include_naming_schema",
                    "This field has no sense for pull replication",
                )],
            ),
            (
                pull(json!({"hold_pending_snapshots": true})),
                vec![(
                    "hold_pending_snapshots",
                    "Pull replication tasks can't hold pending snapshots because they don't do source retention",
                )],
            ),
            (
                json!({"netcat_active_side": "LOCAL", "netcat_active_side_port_min": 1}),
                vec![
                    ("netcat_active_side", netcat_only),
                    ("netcat_active_side_port_min", netcat_only),
                ],
            ),
            (
                json!({"transport": "SSH+NETCAT", "compression": "LZ4", "speed_limit": 1, "netcat_active_side_port_min": 9, "netcat_active_side_port_max": 8}),
                vec![
                    (
                        "netcat_active_side",
                        "You must choose active side for SSH+netcat replication",
                    ),
                    (
                        "netcat_active_side_port_max",
                        "Please specify value greater than or equal to netcat_active_side_port_min",
                    ),
                    ("compression", "Compression is not supported for SSH+netcat replication"),
                    ("speed_limit", "Speed limit is not supported for SSH+netcat replication"),
                ],
            ),
            (
                json!({"transport": "LOCAL", "ssh_credentials": null, "compression": "LZ4", "speed_limit": 1}),
                vec![
                    ("compression", "Compression has no sense for local replication"),
                    ("speed_limit", "Speed limit has no sense for local replication"),
                ],
            ),
            (
                json!({"ssh_credentials": 99}),
                vec![("ssh_credentials", "[ENOENT] Credential does not exist")],
            ),
            (
                json!({"exclude": []}),
                vec![(
                    "exclude",
                    "You should exclude 'tank/data/a' as bound periodic snapshot task dataset 'tank/data' does",
                )],
            ),
            (
                json!({"recursive": false, "exclude": ["tank/x"]}),
                vec![
                    (
                        "exclude",
                        "Excluding child datasets is only supported for recursive replication",
                    ),
                    ("exclude.0", "This dataset is not a child of any of source datasets"),
                ],
            ),
            (
                json!({"recursive": false, "exclude": [], "source_datasets": ["tank/data/a"]}),
                vec![(
                    "source_datasets.0",
                    "Dataset 'tank/data/a' is excluded by bound periodic snapshot task for dataset 'tank/data'",
                )],
            ),
            (
                json!({"replicate": true, "recursive": false, "properties": false, "retention_policy": "NONE", "periodic_snapshot_tasks": [3], "source_datasets": ["tank/data", "tank/data/a"]}),
                vec![
                    (
                        "exclude",
                        "Excluding child datasets is only supported for recursive replication",
                    ),
                    ("recursive", "This option is required for full filesystem replication"),
                    ("exclude", "This option is not supported for full filesystem replication"),
                    ("properties", "This option is required for full filesystem replication"),
                    (
                        "retention_policy",
                        "Only `Same as Source` retention policy can be used for full filesystem replication",
                    ),
                    (
                        "source_datasets.1",
                        "Replication task that replicates the entire filesystem can't replicate both 'tank/data' and its child 'tank/data/a'",
                    ),
                    (
                        "periodic_snapshot_tasks.0",
                        "Replication tasks that replicate the entire filesystem can only use periodic snapshot tasks that take recursive snapshots of the dataset being replicated (or its ancestor)",
                    ),
                ],
            ),
            (
                json!({"encryption": true, "encryption_key": "k"}),
                vec![
                    (
                        "encryption_key_format",
                        "This property is required when remote dataset encryption is enabled",
                    ),
                    (
                        "encryption_key_location",
                        "This property is required when remote dataset encryption is enabled",
                    ),
                ],
            ),
            (
                json!({"only_matching_schedule": true}),
                vec![(
                    "only_matching_schedule",
                    "You can't have only-matching-schedule without schedule",
                )],
            ),
            (
                json!({"name_regex": "(", "also_include_naming_schema": daily, "retention_policy": "CUSTOM", "lifetime_value": 1, "lifetime_unit": "DAY"}),
                vec![
                    (
                        "name_regex",
                        "Invalid regex: missing ), unterminated subpattern at position 0",
                    ),
                    ("name_regex", "Naming regex can't be used with periodic snapshot tasks"),
                    ("name_regex", "Naming regex can't be used with Naming schema"),
                    (
                        "retention_policy",
                        "Only `Same as Source` and `None` retention policies can be used with Naming regex",
                    ),
                ],
            ),
            (
                json!({"lifetime_value": 1, "lifetime_unit": "DAY", "lifetimes": [{"schedule": {}, "lifetime_value": 1, "lifetime_unit": "DAY"}]}),
                vec![
                    ("lifetime_value", no_sense),
                    ("lifetime_unit", no_sense),
                    ("lifetimes", no_sense),
                ],
            ),
        ] {
            let lines: Vec<String> = told
                .iter()
                .map(|(field, text)| format!("replication_create.{field}: {text}"))
                .collect();
            let refused = create(&mut system, other.clone()).expect_err("it is refused");
            assert_eq!(refused, lines.join("\n"), "{release} {other}");
        }
        create(&mut system, json!({})).expect("nothing is wrong with the rest");
        create(&mut system, pull(json!({"name": "p", "exclude": []}))).expect("nor with the pull");
    }
}

#[test]
fn every_field_has_its_shape() {
    let mut system = system("25.10.6", FLEET);
    for (other, told) in [
        (
            json!({"source_datasets": []}),
            "source_datasets: List should have at least 1 item after validation, not 0",
        ),
        (
            json!({"periodic_snapshot_tasks": [1, 1]}),
            "periodic_snapshot_tasks: List must be unique",
        ),
        (json!({"retries": 0}), "retries: Input should be greater than or equal to 1"),
        (json!({"readonly": "set"}), "readonly: Input should be 'SET', 'REQUIRE' or 'IGNORE'"),
        (json!({"id": 1}), "id: Extra inputs are not permitted"),
        (json!({"state": {}}), "state: Extra inputs are not permitted"),
        (json!({"name": ""}), "name: String should have at least 1 character"),
        (
            json!({"schedule": {"begin": "10:00", "end": "09:00"}}),
            "schedule: Assertion failed, Begin time should be less than or equal to end time",
        ),
        (
            json!({"schedule": {"hour": "3", "begin": "10:00"}}),
            "schedule: Assertion failed, Specified schedule does not match specified time interval",
        ),
    ] {
        let refused = create(&mut system, other).expect_err("it is refused");
        assert_eq!(refused, format!("replication_create.{told}"));
    }
}

#[test]
fn an_update_changes_what_it_names_and_checks_the_whole() {
    let mut system = system("26.0.0", FLEET);
    create(&mut system, json!({})).expect("made");
    create(&mut system, json!({"name": "s"})).expect("made");
    let mut update = |other: Value| ask(&mut system, "replication.update", json!([1, other]));
    assert_eq!(update(json!({"recursive": true, "retries": 3})).expect("changed")["retries"], 3);
    assert_eq!(
        update(json!({"name": "s"})),
        Err("replication_update.name: Object with this name already exists".to_owned())
    );
    assert_eq!(
        update(json!({"retention_policy": "CUSTOM"})),
        Err("replication_update.lifetime_value: This field is required for custom retention policy\n\
             replication_update.lifetime_unit: This field is required for custom retention policy"
            .to_owned())
    );
    let shown = ask(&mut system, "replication.get_instance", json!([1])).expect("an answer");
    assert_eq!((&shown["retries"], &shown["retention_policy"]), (&json!(3), &json!("SOURCE")));
    assert_eq!(
        ask(&mut system, "replication.delete", json!([9])),
        Err("None: Replication 9 does not exist".to_owned())
    );
}

#[test]
fn pulling_needs_a_role_of_its_own_and_readers_do_not_see_connections() {
    let mut system = system("25.10.6", FLEET);
    create(&mut system, json!({})).expect("made");
    let pull = json!({"direction": "PULL", "name": "p", "auto": false, "exclude": [], "periodic_snapshot_tasks": [], "name_regex": "x"});
    let params = [task(&system, pull)];
    let mut told_of = |method, params: &[Value], roles: &[&str]| {
        let roles = roles.iter().map(|role| (*role).to_owned()).collect();
        let caller = Caller { roles, ..Caller::default() };
        let known = super::super::find(method, "25.10.6").expect("a method");
        match (known.run)(&mut Call::new(&mut system, &caller, params)) {
            Ok(super::Reply::Now(value)) => Ok(value),
            other => Err(format!("{:?}", other.err())),
        }
    };
    let writer = ["REPLICATION_TASK_WRITE", "REPLICATION_TASK_READ"];
    let refused = told_of("replication.create", &params, &writer).expect_err("refused");
    assert!(refused.contains("You don't have permissions to use PULL replication"), "{refused}");
    let may_pull = ["REPLICATION_TASK_WRITE_PULL", "REPLICATION_TASK_WRITE"];
    told_of("replication.create", &params, &may_pull).expect("made");
    let shown = told_of("replication.query", &[], &["REPLICATION_TASK_READ"]).expect("shown");
    assert_eq!(shown[0]["ssh_credentials"]["attributes"], "********");
    assert_eq!(shown[0]["ssh_credentials"]["name"], "far");
}

#[test]
fn a_connection_that_goes_leaves_its_tasks_behind_disabled() {
    let mut system = system("25.10.6", FLEET);
    create(&mut system, json!({})).expect("made");
    let (far, pair) = (far(&system), system.keychain.iter().next().expect("one").id);
    let pair = if pair == far { far + 1 } else { pair };
    assert_eq!(
        ask(&mut system, "keychaincredential.used_by", json!([pair])),
        Ok(json!([
            {"title": "SSH credentials far", "unbind_method": "delete"},
            {"title": "Replication task r", "unbind_method": "disable"},
        ]))
    );
    for id in [pair, far] {
        assert_eq!(
            ask(&mut system, "keychaincredential.delete", json!([id])),
            Err("options.cascade: This credential is used and no cascade option is specified"
                .to_owned())
        );
    }
    ask(&mut system, "keychaincredential.delete", json!([pair, {"cascade": true}])).expect("gone");
    let shown = ask(&mut system, "replication.get_instance", json!([1])).expect("it stays");
    assert_eq!((&shown["enabled"], &shown["ssh_credentials"]), (&json!(false), &Value::Null));
    assert_eq!(shown["state"], json!({"state": "PENDING"}));
    assert_eq!(ask(&mut system, "keychaincredential.query", json!([])), Ok(json!([])));
}

#[test]
fn destroying_a_dataset_takes_enabled_tasks_from_and_to_it_along() {
    for (other, left) in [
        (json!({}), 0),
        (json!({"enabled": false}), 1),
        (
            json!({"source_datasets": ["tank/other"], "exclude": [], "periodic_snapshot_tasks": [], "name_regex": "x", "auto": false}),
            1,
        ),
    ] {
        let mut system = system("26.0.0", FLEET);
        create(&mut system, other).expect("made");
        ask(&mut system, "pool.dataset.delete", json!(["tank/data", {"recursive": true}]))
            .expect("gone");
        let count = ask(&mut system, "replication.query", json!([[], {"count": true}]));
        assert_eq!(count, Ok(json!(left)));
    }
}

#[test]
fn a_fleet_names_tasks_by_their_own_names() {
    let tasks = r#", replications: {offsite: {direction: PUSH, transport: SSH, ssh_credentials: far,
        source_datasets: [tank/data], target_dataset: backup, recursive: true, auto: true,
        retention_policy: SOURCE, periodic_snapshot_tasks: [1]}}"#;
    let mut system = system("25.10.6", &format!("{FLEET}{tasks}"));
    let filter = json!([[["ssh_credentials.name", "=", "far"]], {"get": true}]);
    let shown = ask(&mut system, "replication.query", filter).expect("it is there");
    assert_eq!((&shown["name"], &shown["retries"]), (&json!("offsite"), &json!(5)));
    assert_eq!(shown["periodic_snapshot_tasks"][0]["dataset"], "tank/data");
    // Neither half of the pair nor the host's key can be read.
    assert_eq!(shown["state"]["state"], "ERROR");
    for (wrong, told) in [
        (tasks.replace("far", "near"), "replication `offsite`: there is no connection `near`"),
        (tasks.replace("[1]", "[7]"), "replication `offsite`: there is no snapshot task 7"),
        (tasks.replace("auto: true,", ""), "replication `offsite`: auto: Field required"),
    ] {
        let text = format!("systems: {{box: {{release: '25.10.6', {FLEET}{wrong}}}}}");
        let fleet = Fleet::parse(&text).expect("a fleet");
        let error = System::new(&fleet.systems["box"]).expect_err("it is refused").to_string();
        assert!(error.contains(told), "{error}");
    }
}

#[test]
fn the_oldest_release_checks_shapes_in_its_own_words_and_rules_as_the_others() {
    let mut system = system("25.04.2.6", FLEET);
    for (other, told) in [
        (json!({"source_datasets": []}), "source_datasets: Empty value not allowed"),
        (json!({"nonsense": 1}), "nonsense: Field was not expected"),
        (json!({"retries": 0}), "retries: Should be greater than or equal to 1"),
        (json!({"readonly": "set"}), "readonly: Invalid choice: set"),
        (
            json!({"periodic_snapshot_tasks": [1, 1]}),
            "periodic_snapshot_tasks: Duplicate values are not allowed: 1",
        ),
        (
            json!({"schedule": {"minute": "99"}}),
            "schedule: Please ensure fields match cron syntax - [99 * * * * ] is not acceptable, out \
             of range",
        ),
        (
            json!({"schedule": {"begin": "10:00", "end": "09:00"}}),
            "schedule: Begin time should be less than or equal to end time",
        ),
        (json!({"ssh_credentials": 99}), "ssh_credentials: [ENOENT] Credential does not exist"),
    ] {
        let refused = create(&mut system, other).expect_err("it is refused");
        assert_eq!(refused, format!("replication_create.{told}"));
    }
    let made = create(&mut system, json!({"retries": "3"})).expect("a text is a number, too");
    assert_eq!(made["retries"], 3);
    assert_eq!(made.get("has_encrypted_dataset_keys"), None);
}

#[test]
fn what_changed_with_26_0_stays_so() {
    let mut system = system("27.0.0", FLEET);
    let refused = create(&mut system, json!({"retention_policy": "CUSTOM", "lifetime_value": 1}));
    assert_eq!(
        refused,
        Err("replication_create.lifetime_unit: This field is required for custom retention policy"
            .to_owned())
    );
}
