//! Placeholders in values: what stands for something that is only known when a call is sent.
//!
//! `{"$ref": "address#field"}` is that field's live value at that moment, `{"$lines": [...]}` the
//! members as lines of one text, and `{"$secret": "ed25519"}` a new private key that nobody sees.

use serde_json::{Value, json};

use super::address::FieldRef;
use super::visible::{is_visible, visible};

/// Why a call cannot be sent as it is.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum FillError {
    /// A reference that nothing answers.
    #[error("`{0}` is not known")]
    Unknown(String),
    /// What a reference stands for has line breaks or invisible characters: it may be another
    /// system's, and is not handed on.
    #[error("`{0}` is not a single line of visible characters, so it is not sent")]
    NotOneLine(String),
    /// A member of a list has a line break: whoever stores the list by lines would read two.
    #[error("an entry of a list has a line break, so it is not sent: `{}`", visible(.0))]
    EntryWithLineBreak(String),
}

/// What stands for a field's live value at the time of sending.
pub fn reference(field: &FieldRef) -> Value {
    json!({ "$ref": field.to_string() })
}

/// The field that a value stands for.
pub fn as_reference(value: &Value) -> Option<FieldRef> {
    let map = value.as_object().filter(|map| map.len() == 1)?;
    map.get("$ref")?.as_str()?.parse().ok()
}

/// The text whose lines are these, each a text or a placeholder for one.
pub fn lines(members: Vec<Value>) -> Value {
    json!({ "$lines": members })
}

/// What stands for a secret that is made when the call is sent.
pub fn new_secret(kind: &str) -> Value {
    json!({ "$secret": kind })
}

/// Every reference within a value.
pub fn refs(value: &Value) -> Vec<FieldRef> {
    if let Some(field) = as_reference(value) {
        return vec![field];
    }
    match value {
        Value::Array(members) => members.iter().flat_map(refs).collect(),
        Value::Object(members) => members.values().flat_map(refs).collect(),
        _ => Vec::new(),
    }
}

/// The value with every placeholder filled by `fill`.
///
/// # Errors
/// A reference that `fill` knows nothing of, or a text that must not be sent in its place.
pub fn filled(
    value: &Value,
    fill: &dyn Fn(&FieldRef) -> Option<Value>,
) -> Result<Value, FillError> {
    if let Some(field) = as_reference(value) {
        let known = fill(&field).ok_or_else(|| FillError::Unknown(field.to_string()))?;
        let is_one_line = texts(&known).into_iter().all(is_visible);
        return if is_one_line { Ok(known) } else { Err(FillError::NotOneLine(field.to_string())) };
    }
    if let Some(Value::Array(members)) = value.get("$lines") {
        let texts = entries(members, fill)?.into_iter().map(text_of);
        return Ok(json!(texts.collect::<Vec<_>>().join("\n")));
    }
    Ok(match value {
        Value::Array(members) => Value::Array(entries(members, fill)?),
        Value::Object(members) => Value::Object(
            members
                .iter()
                .map(|(key, member)| Ok((key.clone(), filled(member, fill)?)))
                .collect::<Result<_, FillError>>()?,
        ),
        other => other.clone(),
    })
}

/// The members of a list with every placeholder filled; none of them has a line break.
fn entries(
    members: &[Value],
    fill: &dyn Fn(&FieldRef) -> Option<Value>,
) -> Result<Vec<Value>, FillError> {
    let entry = |member: &Value| match filled(member, fill)? {
        Value::String(text) if text.contains('\n') => Err(FillError::EntryWithLineBreak(text)),
        entry => Ok(entry),
    };
    members.iter().map(entry).collect()
}

/// A text, or the texts of a list.
fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::Array(members) => members.iter().flat_map(texts).collect(),
        other => other.as_str().into_iter().collect(),
    }
}

fn text_of(value: Value) -> String {
    match value {
        Value::String(text) => text,
        Value::Array(members) => members.into_iter().map(text_of).collect::<Vec<_>>().join("\n"),
        other => other.to_string(),
    }
}
