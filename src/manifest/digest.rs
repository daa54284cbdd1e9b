//! What identifies a manifest.

use serde_json::{Map, Value};

use super::node::{Content, Entry, Node};
use crate::model::digest;

/// `sha256:` and the SHA-256, in hexadecimal digits, over the canonical JSON (RFC 8785) of what
/// the files say together. References to the environment count as written, so the digest is the
/// same on every machine; order and comments do not count.
pub fn digest(root: &Node) -> String {
    digest::digest(&json(root))
}

/// A value as JSON; a number that is not whole counts as it is written.
fn json(node: &Node) -> Value {
    match &node.content {
        Content::Null | Content::Reported => Value::Null,
        Content::Bool(value) => (*value).into(),
        Content::Int(value) => (*value).into(),
        Content::Number => node.span.text().into(),
        Content::Text(text) => text.as_str().into(),
        Content::List(items) => items.iter().map(json).collect(),
        Content::Map(entries) => {
            let entries = entries.iter().map(|Entry { key, node }| (key.value.clone(), json(node)));
            Value::Object(entries.collect::<Map<_, _>>())
        }
    }
}
