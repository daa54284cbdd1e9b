//! A field that differs, with both its values.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A field that differs between live and desired.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// The field's manifest path below the resource: `sudo.no_password`.
    pub field: String,
    /// The live value, in the manifest's own form; `null` where there is none yet.
    pub before: Value,
    /// The desired value; `{"$ref": "address#field"}` stands for what is known only after apply.
    /// Of a list that others change too: how it would be if nobody else did.
    pub after: Value,
    /// Of a list that others change too: the entries that are added. They and `removes` are what
    /// the plan promises; the list is read again directly before it is written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub adds: Vec<Value>,
    /// Of a list that others change too: the entries that are removed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub removes: Vec<Value>,
}

impl Change {
    /// A change of a value as a whole.
    pub fn new(field: &str, before: Value, after: Value) -> Self {
        Self { field: field.into(), before, after, adds: Vec::new(), removes: Vec::new() }
    }

    /// The same change of a list that others change too: by its entries. An entry that is in a list
    /// several times counts as often.
    #[must_use]
    pub fn of_entries(mut self) -> Self {
        self.adds = without(entries(&self.after), entries(&self.before));
        self.removes = without(entries(&self.before), entries(&self.after));
        self
    }
}

/// The entries of a list; none where there is no list yet. What stands for a list that is known
/// only after apply is one entry.
pub fn entries(value: &Value) -> &[Value] {
    match value {
        Value::Null => &[],
        Value::Array(entries) => entries,
        whole => std::slice::from_ref(whole),
    }
}

/// The texts of a list.
pub fn texts(value: Option<&Value>) -> Vec<String> {
    let members = value.and_then(Value::as_array).into_iter().flatten();
    members.filter_map(Value::as_str).map(Into::into).collect()
}

/// The entries of a list that another one does not have.
pub fn without(list: &[Value], other: &[Value]) -> Vec<Value> {
    let mut other: Vec<&Value> = other.iter().collect();
    let is_new = |entry: &&Value| match other.iter().position(|it| it == entry) {
        Some(at) => {
            other.swap_remove(at);
            false
        }
        None => true,
    };
    list.iter().filter(is_new).cloned().collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn entries_are_counted() {
        let change = Change::new("f", json!(["a", "b", "b"]), json!(["b", "c", "c"])).of_entries();
        assert_eq!(change.adds, [json!("c"), json!("c")]);
        assert_eq!(change.removes, [json!("a"), json!("b")]);
        let created = Change::new("f", Value::Null, json!(["a"])).of_entries();
        assert_eq!((created.adds, created.removes), (vec![json!("a")], Vec::new()));
    }
}
