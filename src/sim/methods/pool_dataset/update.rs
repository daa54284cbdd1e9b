//! `pool.dataset.update`.

use serde_json::{Map, Value, json};

use super::super::super::check::Errors;
use super::super::super::fault::Fault;
use super::super::super::method::{Call, Reply};
use super::super::super::release::Release;
use super::super::super::system::System;
use super::super::super::system::datasets::{Dataset, Kind, parent};
use super::rules::Checked;
use super::setting::SETTINGS;
use super::{accepted_by_schema, found, model, tell};

/// Changes what is given, and answers with the dataset.
pub(super) fn update(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let release = call.system.generation();
    let [id, data] = accepted_by_schema(call, model::update(release))?;
    let name = id.as_str().unwrap_or_default().to_owned();
    let mut data = data.as_object().cloned().unwrap_or_default();
    let mut errors = Errors::new();
    let Some(current) = found(call.system, &name) else {
        errors.add_errno("id", format!("{name} does not exist"), 2);
        return Err(errors.into());
    };
    call.audit_note = Some(name.clone());
    let system = &mut *call.system;
    let kind = if current["type"] == "VOLUME" { Kind::Volume } else { Kind::Filesystem };
    let above = found(system, parent(&name).unwrap_or(&name)).unwrap_or_default();
    let schema = "pool_dataset_update";
    let checked = Checked { schema, kind, data: &data, current: Some(&current), above: &above };
    checked.check(release, &mut errors)?;
    if let Some(size) = data.get("volsize").and_then(Value::as_i64) {
        let before =
            current["volsize"]["parsed"].as_i64().ok_or_else(|| Fault::key_error("volsize"))?;
        if size < before {
            let message = "You cannot shrink a zvol from GUI, this may lead to data loss.";
            errors.add("pool_dataset_update.volsize", message);
        }
    }
    errors.check()?;
    replace_user_properties(&current, &mut data);
    if release < Release::V26_0 {
        check_inherited(system, &name, &data)?;
    }
    if let Some(dataset) = system.datasets.get_mut(&name) {
        apply(dataset, &data, release);
    }
    tell(system, "changed", &name)
}

/// `user_properties` says all that there are to be: what it leaves out goes.
fn replace_user_properties(current: &Value, data: &mut Map<String, Value>) {
    let Some(Value::Array(mut all)) = data.remove("user_properties") else { return };
    if all.is_empty() {
        return;
    }
    let kept: Vec<Value> = all.iter().map(|property| property["key"].clone()).collect();
    let before = current["user_properties"].as_object().map(Map::keys).into_iter().flatten();
    let gone = before.filter(|name| !kept.iter().any(|kept| kept == *name));
    all.extend(gone.map(|name| json!({"key": name, "remove": true})));
    data.insert("user_properties_update".into(), all.into());
}

/// What 25.10 cannot inherit: user properties that are not there
/// (`plugins/zfs_/dataset.py`, `update_zfs_object_props`).
fn check_inherited(system: &System, name: &str, data: &Map<String, Value>) -> Result<(), Fault> {
    let there = system.datasets.user_properties(name);
    let named = SETTINGS.iter().filter(|setting| setting.is_user).filter_map(|setting| {
        let value = data.get(setting.field)?;
        setting.inherits(value, false).then_some(setting.property)
    });
    let removed = updates(data)
        .iter()
        .filter(|update| update.get("value").is_none() && update["remove"] == true)
        .filter_map(|update| update["key"].as_str());
    let mut errors = Errors::new();
    for property in named.chain(removed).filter(|property| !there.contains_key(*property)) {
        let message = "Property does not exist and cannot be inherited";
        errors.add(format!("properties.{property}"), message);
    }
    errors.check()
}

fn updates(data: &Map<String, Value>) -> &[Value] {
    let updates = data.get("user_properties_update").and_then(Value::as_array);
    updates.map(Vec::as_slice).unwrap_or_default()
}

fn apply(dataset: &mut Dataset, data: &Map<String, Value>, release: Release) {
    for setting in &SETTINGS {
        match data.get(setting.field) {
            None => {}
            Some(value) if setting.inherits(value, false) => setting.unset(dataset),
            Some(value) => setting.set(dataset, value),
        }
    }
    for update in updates(data) {
        let key = update["key"].as_str().unwrap_or_default();
        match update["value"].as_str() {
            Some(value) => {
                dataset.user.insert(key.to_owned(), value.to_owned());
            }
            None if update["remove"] == true => {
                dataset.user.remove(key);
            }
            None => {}
        }
    }
    let mut local = |property: &str, value: &str| {
        dataset.local.insert(property.to_owned(), value.to_owned());
    };
    match data.get("acltype").and_then(Value::as_str) {
        Some("NFSV4") => local("aclinherit", "passthrough"),
        Some("POSIX" | "OFF") => {
            local("aclmode", "discard");
            local("aclinherit", "discard");
        }
        // 25.10 means to do the same and never comes to it.
        Some("INHERIT") if release >= Release::V26_0 => {
            dataset.local.remove("aclmode");
            dataset.local.remove("aclinherit");
        }
        _ => {}
    }
}
