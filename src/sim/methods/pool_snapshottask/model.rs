//! What `pool.snapshottask.*` takes.

use serde_json::json;

use super::super::super::check::{
    Field, Model, boolean, forbidden, int, list, one_of, optional, required, text,
};
use super::super::super::release::Release;
use super::super::{schedule, snapshot_name};

/// Units of how long snapshots are kept.
pub(in super::super) const UNITS: [&str; 5] = ["HOUR", "DAY", "WEEK", "MONTH", "YEAR"];

/// `PoolSnapshotTaskCreate`
pub(in super::super) fn creation(release: Release) -> Model {
    Model::new("PoolSnapshotTaskCreate", fields(release))
}

/// `PoolSnapshotTaskUpdate`
pub(super) fn change(release: Release) -> Model {
    let fixate = required("fixate_removal_date", boolean());
    let fields = fields(release).into_iter().chain([fixate]);
    Model::new("PoolSnapshotTaskUpdate", fields).partial()
}

/// The second parameter of `delete`.
pub(super) fn delete_options() -> Field {
    let fixate = optional("fixate_removal_date", boolean(), false);
    Field::defaulting("options", Model::new("PoolSnapshotTaskDeleteOptions", [fixate]))
}

fn fields(release: Release) -> Vec<Field> {
    let schedule = schedule::confined("PoolSnapshotTaskCron", "00");
    let mut fields = vec![
        required("dataset", text()),
        optional("recursive", boolean(), false),
        optional("lifetime_value", int(), 2),
        optional("lifetime_unit", one_of(&UNITS), "WEEK"),
        optional("enabled", boolean(), true),
        optional("exclude", list(text()), json!([])),
        optional("naming_schema", snapshot_name::schema(), "auto-%Y-%m-%d_%H-%M"),
        optional("allow_empty", boolean(), true),
        Field::defaulting("schedule", schedule),
    ];
    if release >= Release::V26_0 {
        // There the model is made from that of the entry.
        fields.insert(0, forbidden("id"));
        fields.extend([forbidden("vmware_sync"), forbidden("state")]);
    }
    fields
}
