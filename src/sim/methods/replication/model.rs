//! What `replication.*` takes.
//!
//! Source: `api/v25_10_0/replication.py` of TS-25.10.6, the same in 26.0; `plugins/replication.py`
//! (`@accepts`) of TS-25.04.2.6.

use serde_json::{Value, json};

use super::super::super::check::{
    Field, Model, Objection, Shape, at_least, between, boolean, forbidden, int, list, nullable,
    object, one_of, optional, required, text, texts,
};
use super::super::super::release::Release;
use super::super::pool_snapshottask::UNITS;
use super::super::{schedule, snapshot_name};

/// `ReplicationCreate`
pub(in super::super) fn creation(release: Release) -> Model {
    Model::new("ReplicationCreate", fields(release, &[]))
}

/// `ReplicationUpdate`
pub(super) fn change(release: Release) -> Model {
    Model::new("ReplicationUpdate", fields(release, &[])).partial()
}

/// `ReplicationRunOnetimeArgs`
pub(super) fn once(release: Release) -> Model {
    let without = ["name", "auto", "schedule", "only_matching_schedule", "enabled"];
    let more = [
        optional("exclude_mountpoint_property", boolean(), true),
        optional("only_from_scratch", boolean(), false),
    ];
    let mount = (release >= Release::V25_10).then(|| optional("mount", boolean(), true));
    let fields = fields(release, &without).into_iter().chain(more).chain(mount);
    Model::new("ReplicationRunOnetimeArgs", fields)
}

/// `SSH`, `SSH+NETCAT` or `LOCAL`
pub(super) fn transport() -> Shape {
    one_of(&["SSH", "SSH+NETCAT", "LOCAL"])
}

fn fields(release: Release, without: &[&str]) -> Vec<Field> {
    let null = Value::Null;
    let may_be = |name, shape| optional(name, nullable(shape), Value::Null);
    let many = |name, shape| optional(name, list(shape), json!([]));
    let time = || schedule::meeting("ReplicationTimeCronModel", "00").into();
    let port = || between(1, 65535);
    let unit = || one_of(&UNITS);
    let fields = vec![
        forbidden("id"),
        required("name", texts::non_empty()),
        required("direction", one_of(&["PUSH", "PULL"])),
        required("transport", transport()),
        optional("ssh_credentials", nullable(int()), null),
        may_be("netcat_active_side", one_of(&["LOCAL", "REMOTE"])),
        may_be("netcat_active_side_listen_address", text()),
        may_be("netcat_active_side_port_min", port()),
        may_be("netcat_active_side_port_max", port()),
        may_be("netcat_passive_side_connect_address", text()),
        optional("sudo", boolean(), false),
        required("source_datasets", list(text()).min(1)),
        required("target_dataset", text()),
        required("recursive", boolean()),
        many("exclude", text()),
        optional("properties", boolean(), true),
        many("properties_exclude", texts::non_empty()),
        optional("properties_override", texts_by_name(), json!({})),
        optional("replicate", boolean(), false),
        optional("encryption", boolean(), false),
        may_be("encryption_inherit", boolean()),
        may_be("encryption_key", text()),
        may_be("encryption_key_format", one_of(&["HEX", "PASSPHRASE"])),
        may_be("encryption_key_location", text()),
        optional("periodic_snapshot_tasks", unique_numbers(release), json!([])),
        many("naming_schema", snapshot_name::schema()),
        many("also_include_naming_schema", snapshot_name::schema()),
        may_be("name_regex", texts::non_empty()),
        required("auto", boolean()),
        may_be("schedule", time()),
        may_be("restrict_schedule", time()),
        optional("only_matching_schedule", boolean(), false),
        optional("allow_from_scratch", boolean(), false),
        optional("readonly", one_of(&["SET", "REQUIRE", "IGNORE"]), "SET"),
        optional("hold_pending_snapshots", boolean(), false),
        required("retention_policy", one_of(&["SOURCE", "CUSTOM", "NONE"])),
        may_be("lifetime_value", at_least(1)),
        may_be("lifetime_unit", unit()),
        many("lifetimes", lifetime().into()),
        may_be("compression", one_of(&["LZ4", "PIGZ", "PLZIP"])),
        may_be("speed_limit", at_least(1)),
        optional("large_block", boolean(), true),
        optional("embed", boolean(), false),
        optional("compressed", boolean(), true),
        optional("retries", at_least(1), 5),
        may_be("logging_level", one_of(&["DEBUG", "INFO", "WARNING", "ERROR"])),
        optional("enabled", boolean(), true),
        forbidden("state"),
        forbidden("job"),
        forbidden("has_encrypted_dataset_keys"),
    ];
    let taken = |field: Field| {
        if without.contains(&field.name()) { forbidden(field.name()) } else { field }
    };
    fields.into_iter().map(taken).collect()
}

fn lifetime() -> Model {
    Model::new(
        "ReplicationLifetimeModel",
        [
            required("schedule", schedule::cron("CronModel", "*")),
            required("lifetime_value", at_least(1)),
            required("lifetime_unit", one_of(&UNITS)),
        ],
    )
}

/// `dict[str, str]`
fn texts_by_name() -> Shape {
    object().rule("dict[str,str]", |value| {
        let all = value.as_object().is_some_and(|members| members.values().all(Value::is_string));
        if all { Ok(()) } else { Err(Objection::Custom("Input should be a valid string".into())) }
    })
}

/// `UniqueList[int]`; before, a list with the validator `Unique`.
fn unique_numbers(release: Release) -> Shape {
    let label = "function-after[_validate_unique_list(), list[int]]";
    if release.checks_by_schema() {
        return list(int()).rule(label, |value| match twice(value) {
            Some(it) => Err(Objection::Value(format!("Duplicate values are not allowed: {it}"))),
            None => Ok(()),
        });
    }
    list(int()).rule(label, |value| match twice(value) {
        Some(_) => Err(Objection::Custom("List must be unique".into())),
        None => Ok(()),
    })
}

/// The first member that is there again.
fn twice(value: &Value) -> Option<&Value> {
    let members = value.as_array().map_or(&[][..], Vec::as_slice);
    members
        .iter()
        .enumerate()
        .find(|(place, it)| members[place + 1..].contains(it))
        .map(|(_, it)| it)
}
