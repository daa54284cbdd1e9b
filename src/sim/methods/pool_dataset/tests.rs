use serde_json::{Value, json};

use super::super::super::system::System;
use super::super::ask::{ask, system};

const SPEC: &str = "pools: {tank: {}}, \
    directories: {/mnt/tank/plain: {}}, \
    datasets: { \
        tank/ro: {readonly: true}, \
        tank/locked: {locked: true}, \
        tank/safe: {encrypted: true}, \
        tank/vol: {type: VOLUME, volsize: 1048576}, \
        tank/nowhere: {mountpoint: none}, \
        tank/a: {}, \
        tank/a/b: {compression: ZSTD}, \
        tank/a-b: {} \
    }";

fn box_25() -> System {
    system("25.10.6", SPEC)
}

fn refused(system: &mut System, data: Value) -> String {
    match ask(system, "pool.dataset.create", json!([data])) {
        Ok(made) => format!("made {}", made["id"]),
        Err(reason) => reason,
    }
}

#[test]
fn what_cannot_be_made_is_refused() {
    let mut system = box_25();
    for (data, told) in [
        (
            json!({"name": "tank/ro/x"}),
            "pool_dataset_create.readonly: Turn off readonly mode on tank/ro to create tank",
        ),
        (
            json!({"name": "tank/locked/x"}),
            "pool_dataset_create.name: tank/locked must be unlocked to create tank/locked/x.",
        ),
        (
            json!({"name": "tank/plain"}),
            "pool_dataset_create.name: Path /mnt/tank/plain already exists",
        ),
        (
            json!({"name": "tank/vol"}),
            "[EFAULT] Failed to create dataset: cannot create 'tank/vol': dataset already exists",
        ),
        (json!({"name": "tank/vol/x"}), "'acltype'"),
        (
            json!({"name": "tank/vol/x", "type": "VOLUME", "volsize": 16384}),
            "pool_dataset_create.name: tank/vol: parent may not be a ZFS volume",
        ),
        (json!({"name": "tank/nowhere/x"}), "[EINVAL] none: path must be absolute"),
        (
            json!({"name": "nopool/x/y", "create_ancestors": true}),
            "pool_dataset_create.name: Please specify a pool which exists for the dataset/volume \
             to be created",
        ),
        (
            json!({"name": "tank/ix-apps/x"}),
            "pool_dataset_create.name: 'tank/ix-apps/x' is using system internal managed dataset. \
             Please specify a different parent.\n\
             pool_dataset_create.name: Parent dataset (tank/ix-apps) does not exist.",
        ),
        (
            json!({"name": "tank/x", "recordsize": "3K"}),
            "pool_dataset_create.recordsize: '3K' is an invalid recordsize.",
        ),
        (
            json!({"name": "tank/x", "acltype": "NFSV4"}),
            "pool_dataset_create.aclmode: DISCARD aclmode may not be set for NFSv4 acl type",
        ),
        (
            json!({"name": "tank/x", "type": "VOLUME", "volsize": 1000}),
            "pool_dataset_create.volsize: Volume size should be a multiple of volume block size",
        ),
        (
            json!({"name": "tank/safe/x", "inherit_encryption": false}),
            "pool_dataset_create.encryption: Cannot create an unencrypted dataset within an \
             encrypted dataset (tank/safe).",
        ),
        (
            json!({"name": "tank/x", "encryption": true, "inherit_encryption": false}),
            "pool_dataset_create.encryption_options.key: Please provide a key or select \
             generate_key to automatically generate a key when passphrase is not provided.",
        ),
    ] {
        assert_eq!(refused(&mut system, data.clone()), told, "{data}");
    }
}

#[test]
fn what_is_made_has_what_was_asked_for() {
    let mut system = box_25();
    let data = json!({
        "name": "tank/deep/er",
        "create_ancestors": true,
        "compression": "ZSTD",
        "recordsize": "1M",
        "quota": 2_147_483_648_u64,
        "refquota": null,
        "readonly": "ON",
        "user_properties": [{"key": "org.example:tag", "value": "x"}],
    });
    let made = ask(&mut system, "pool.dataset.create", json!([data])).expect("made");
    let shown = |field: &str| json!([made[field]["value"], made[field]["source"]]);
    assert_eq!(shown("compression"), json!(["ZSTD", "LOCAL"]));
    assert_eq!(shown("recordsize"), json!(["1M", "LOCAL"]));
    assert_eq!(shown("quota"), json!(["2 GiB", "LOCAL"]));
    assert_eq!(shown("refquota"), json!([null, "LOCAL"]));
    assert_eq!(shown("readonly"), json!(["ON", "LOCAL"]));
    assert_eq!(shown("xattr"), json!(["SA", "LOCAL"]));
    assert_eq!(shown("atime"), json!(["OFF", "INHERITED"]));
    assert_eq!(made["user_properties"]["org.example:tag"]["value"], "x");
    assert_eq!(made["user_properties"].get("comments"), None);
    assert_eq!(made["mountpoint"], "/mnt/tank/deep/er");
    assert!(system.files.get("/mnt/tank/deep/er").is_some());
    let told: Vec<&str> = system.events.iter().map(|event| event.msg).collect();
    assert_eq!(told, ["added"]);
}

#[test]
fn a_comment_left_out_is_a_text_in_26_0() {
    let mut system = system("26.0.0", SPEC);
    for (data, told) in [
        (json!({"name": "tank/x"}), json!("INHERIT")),
        (json!({"name": "tank/y", "comments": ""}), json!("")),
    ] {
        let made = ask(&mut system, "pool.dataset.create", json!([data])).expect("made");
        assert_eq!(made["user_properties"]["comments"]["value"], told);
    }
}

#[test]
fn an_update_changes_only_what_it_names() {
    let mut system = box_25();
    let mut update =
        |data: Value| ask(&mut system, "pool.dataset.update", json!(["tank/a/b", data]));
    let changed = update(json!({"readonly": "ON", "comments": "INHERIT"})).expect("changed");
    assert_eq!(changed["readonly"]["source"], "LOCAL");
    assert_eq!(changed["compression"]["value"], "ZSTD");
    assert_eq!(changed["user_properties"]["comments"]["value"], "INHERIT");
    let changed = update(json!({"compression": "INHERIT"})).expect("changed");
    assert_eq!(changed["compression"]["source_info"], "tank");
    let tag = json!([{"key": "a:b", "value": "c"}]);
    let changed = update(json!({"user_properties_update": tag})).expect("changed");
    assert_eq!(changed["user_properties"]["a:b"]["value"], "c");
    // The comment is among what is taken away, and under the API's name of it nobody finds it.
    let all = json!({"user_properties": [{"key": "d:e", "value": "f"}]});
    assert_eq!(
        update(all.clone()),
        Err("properties.comments: Property does not exist and cannot be inherited".to_owned())
    );
    let mut system = box_25();
    let mut update =
        |data: Value| ask(&mut system, "pool.dataset.update", json!(["tank/a/b", data]));
    let tag = json!([{"key": "a:b", "value": "c"}]);
    update(json!({"user_properties_update": tag})).expect("changed");
    let changed = update(all).expect("changed");
    let left = changed["user_properties"].as_object().into_iter().flat_map(|left| left.keys());
    assert_eq!(left.collect::<Vec<_>>(), ["d:e"]);
    assert_eq!(
        update(json!({"managedby": "INHERIT"})),
        Err("properties.org.truenas:managedby: Property does not exist and cannot be inherited"
            .to_owned())
    );
    assert_eq!(update(json!({"volsize": 1})), Err("'volsize'".to_owned()));
}

#[test]
fn queries_nest_children_and_count_regardless_of_filters() {
    let mut system = box_25();
    let mut query = |filters: Value, options: Value| {
        ask(&mut system, "pool.dataset.query", json!([filters, options])).expect("an answer")
    };
    let only = json!({"extra": {"properties": []}, "select": ["id", ["children.*.id", "below"]]});
    let found = query(json!([["id", "=", "tank/a"]]), json!({"extra": {"properties": []}}));
    assert_eq!(found[0]["children"][0]["id"], "tank/a/b");
    assert_eq!(found[0].get("compression"), None);
    assert_eq!(query(json!([["id", "=", "tank/x"]]), only), json!([]));
    assert_eq!(query(json!([["id", "=", "tank/a"]]), json!({"count": true})), json!(9));
    let roots = json!({"extra": {"retrieve_children": false}, "select": ["id"]});
    assert_eq!(query(json!([]), roots), json!([{"id": "tank"}]));
    let sorted = json!({
        "extra": {"retrieve_children": false, "properties": ["used"]},
        "order_by": ["-id"],
        "select": ["mountpoint"],
        "limit": 2,
    });
    assert_eq!(
        query(json!([["id", "in", ["tank/vol", "tank/a", "tank/safe"]]]), sorted),
        json!([{"mountpoint": null}, {"mountpoint": "/mnt/tank/safe"}])
    );
}

#[test]
fn a_destroyed_dataset_leaves_no_directory() {
    let mut system = box_25();
    let mut delete = |name: &str, recursive: bool| {
        let params = json!([name, {"recursive": recursive}]);
        ask(&mut system, "pool.dataset.delete", params)
    };
    let told = "[ENOTEMPTY] Failed to delete dataset: cannot destroy 'tank/a': filesystem has \
                children";
    assert_eq!(delete("tank/a", false), Err(told.to_owned()));
    assert_eq!(delete("tank/a", true), Ok(json!(true)));
    assert_eq!(delete("tank/a", true), Err("None: PoolDataset tank/a does not exist".to_owned()));
    assert!(system.files.get("/mnt/tank/a").is_none());
    assert!(system.files.get("/mnt/tank/a-b").is_some());
    let told: Vec<&Value> = system.events.iter().map(|event| &event.id).collect();
    assert_eq!(told, ["tank/a/b", "tank/a"]);
}
