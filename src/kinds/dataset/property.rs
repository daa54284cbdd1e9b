//! A dataset's properties, between the manifest's form, ZFS' and the API's.

use serde_json::{Value, json};

use crate::model::size;

/// A property's effective value in the manifest's form: `zstd`, `on`, `128K`, `none`; `None` where
/// the entry does not show it.
pub(super) fn effective(entry: &Value, name: &str) -> Option<String> {
    match name {
        "comments" => Some(comments(entry)),
        "quota" | "refquota" => quota(entry.get(name)?),
        "recordsize" => recordsize(entry.get(name)?),
        _ => {
            let property = entry.get(name)?;
            let value = text(property, "value").or_else(|| text(property, "rawvalue"))?;
            Some(value.to_ascii_lowercase())
        }
    }
}

fn recordsize(property: &Value) -> Option<String> {
    let bytes = property.get("parsed").and_then(Value::as_u64);
    bytes.map(size::show).or_else(|| text(property, "value"))
}

fn quota(property: &Value) -> Option<String> {
    match property.get("parsed")? {
        Value::Null => Some("none".into()),
        // Numbers from 2^63 on have been seen as text.
        Value::String(digits) => digits.parse().ok().map(limit),
        bytes => bytes.as_u64().map(limit),
    }
}

/// A quota's exact size; TrueNAS writes 0 for none.
fn limit(bytes: u64) -> String {
    if bytes == 0 { "none".into() } else { size::show(bytes) }
}

/// The comment: a user property that later releases show among those, 25.04 beside them.
fn comments(entry: &Value) -> String {
    let among_user_properties = entry.get("user_properties").and_then(|it| it.get("comments"));
    among_user_properties
        .or_else(|| entry.get("comments"))
        .and_then(|property| text(property, "rawvalue"))
        .unwrap_or_default()
}

/// Whether the property's value comes from above rather than from the dataset itself.
pub(super) fn inherited(entry: &Value, name: &str) -> bool {
    let source = entry.get(name).and_then(|property| text(property, "source"));
    matches!(source.as_deref(), Some("INHERITED" | "DEFAULT"))
}

/// A property in the manifest's form; `None` if what is sent does not say the effective value.
pub(super) fn from_the_wire(field: &str, value: &Value) -> Option<Value> {
    match (field, value) {
        ("quota" | "refquota", Value::Null) => Some(json!("none")),
        ("quota" | "refquota", bytes) => Some(json!(limit(bytes.as_u64()?))),
        (_, Value::String(text)) if text == "INHERIT" => None,
        ("comments" | "recordsize", text) => Some(text.clone()),
        (_, text) => Some(json!(text.as_str()?.to_ascii_lowercase())),
    }
}

/// Whether a dataset can have its value from one above it.
pub(super) fn is_inheritable(field: &str) -> bool {
    !matches!(field, "quota" | "refquota")
}

/// What a new dataset has where nothing was asked for, unless it inherits that.
pub(super) fn default_of_new(field: &str) -> Option<Value> {
    (!is_inheritable(field)).then(|| json!("none"))
}

/// A value as the API takes it.
pub(super) fn on_the_wire(field: &str, value: &Value) -> Value {
    let text = value.as_str().unwrap_or_default();
    match field {
        "comments" => value.clone(),
        "quota" | "refquota" => json!(size::parse(text).unwrap_or(0)),
        "recordsize" if text != "inherit" => value.clone(),
        _ => json!(text.to_ascii_uppercase()),
    }
}

fn text(property: &Value, part: &str) -> Option<String> {
    property.get(part)?.as_str().map(Into::into)
}
