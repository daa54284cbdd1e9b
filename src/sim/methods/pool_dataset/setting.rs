//! The fields of a dataset that stand for ZFS properties.
//!
//! Source: the property tables of `plugins/pool_/dataset.py` (25.10) and `plugins/pool_/utils.py`
//! (26.0).

use serde_json::Value;

use super::super::super::system::bytes_of;
use super::super::super::system::datasets::Dataset;
use super::super::super::system::property::NAMED_USER_PROPERTIES;

/// A field and the property that it sets.
pub(super) struct Setting {
    /// The API's name.
    pub(super) field: &'static str,
    /// ZFS's name.
    pub(super) property: &'static str,
    /// Whether it is one of the user properties that the API names.
    pub(super) is_user: bool,
}

const fn native(field: &'static str, property: &'static str) -> Setting {
    Setting { field, property, is_user: false }
}

const fn user(index: usize) -> Setting {
    let (field, property) = NAMED_USER_PROPERTIES[index];
    Setting { field, property, is_user: true }
}

/// Every field that sets a property, at creation or later.
pub(super) const SETTINGS: [Setting; 28] = [
    native("aclinherit", "aclinherit"),
    native("aclmode", "aclmode"),
    native("acltype", "acltype"),
    native("atime", "atime"),
    native("casesensitivity", "casesensitivity"),
    native("checksum", "checksum"),
    native("compression", "compression"),
    native("copies", "copies"),
    native("deduplication", "dedup"),
    native("exec", "exec"),
    native("quota", "quota"),
    native("readonly", "readonly"),
    native("recordsize", "recordsize"),
    native("refquota", "refquota"),
    native("refreservation", "refreservation"),
    native("reservation", "reservation"),
    native("snapdir", "snapdir"),
    native("snapdev", "snapdev"),
    native("sync", "sync"),
    native("volblocksize", "volblocksize"),
    native("volsize", "volsize"),
    native("special_small_block_size", "special_small_blocks"),
    user(0),
    user(1),
    user(2),
    user(3),
    user(4),
    user(5),
];

impl Setting {
    /// Whether the value asks for the parent's; a comment is a text like any other, but for the
    /// creation in 25.10.
    pub(super) fn inherits(&self, value: &Value, comments_too: bool) -> bool {
        value == "INHERIT" && (self.field != "comments" || comments_too)
    }

    /// Sets the property on a dataset.
    pub(super) fn set(&self, dataset: &mut Dataset, value: &Value) {
        let of = if self.is_user { &mut dataset.user } else { &mut dataset.local };
        of.insert(self.property.to_owned(), self.raw(value));
    }

    /// Takes the property off a dataset, what was received of it too.
    pub(super) fn unset(&self, dataset: &mut Dataset) {
        let of = if self.is_user { &mut dataset.user } else { &mut dataset.local };
        of.remove(self.property);
        dataset.received.remove(self.property);
    }

    /// The value as ZFS keeps it.
    fn raw(&self, value: &Value) -> String {
        match value {
            Value::Null => "0".to_owned(),
            Value::String(text) if self.is_user => text.clone(),
            Value::String(text) => match self.property {
                "recordsize" | "volblocksize" => bytes_of(text).unwrap_or_default().to_string(),
                _ => text.to_lowercase(),
            },
            other => other.to_string(),
        }
    }
}
