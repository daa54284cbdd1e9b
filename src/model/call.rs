//! An API request as data: printable, savable, sent as it stands but for its holes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::address::FieldRef;
use super::visible::{is_visible, visible};

/// One API request that changes something.
///
/// A parameter may hold holes, filled when the call is sent: `{"$ref": "address#field"}` is that
/// field's live value at that moment, `{"$lines": [...]}` the members as lines of one text, and
/// `{"$secret": "ed25519"}` a new private key that nobody sees.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// The method: `pool.dataset.create`.
    pub method: String,
    /// The positional parameters.
    pub params: Vec<Value>,
    /// The method is a job: done when the job has ended, not when the call is answered.
    #[serde(default, skip_serializing_if = "is_default")]
    pub job: bool,
    /// The call succeeded only if it returned `true`: `service.control` reports a service that
    /// did not start as a successful job with the result `false`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub must_return_true: bool,
    /// For how many seconds a call that was refused is tried again: after a failed start systemd
    /// refuses every start for a while, mended or not.
    #[serde(default, skip_serializing_if = "is_default")]
    pub retry_seconds: u64,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl Call {
    /// A plain call, done when it is answered.
    pub fn new(method: &str, params: Vec<Value>) -> Self {
        Self {
            method: method.into(),
            params,
            job: false,
            must_return_true: false,
            retry_seconds: 0,
        }
    }

    /// The same call, which is a job.
    pub fn job(self) -> Self {
        Self { job: true, ..self }
    }

    /// The same call, which fails unless it returns `true`.
    pub fn must_return_true(self) -> Self {
        Self { must_return_true: true, ..self }
    }

    /// The same call, tried again for so many seconds when it is refused.
    pub fn retried_for(self, seconds: u64) -> Self {
        Self { retry_seconds: seconds, ..self }
    }

    /// Every `address#field` that the parameters refer to, in the order they stand.
    pub fn refs(&self) -> Vec<FieldRef> {
        self.params.iter().flat_map(refs).collect()
    }

    /// The parameters with every hole filled by `fill`.
    ///
    /// # Errors
    /// A reference that `fill` knows nothing of, or a text that must not be sent.
    pub fn filled(
        &self,
        fill: &dyn Fn(&FieldRef) -> Option<Value>,
    ) -> Result<Vec<Value>, FillError> {
        self.params.iter().map(|param| filled(param, fill)).collect()
    }
}

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

/// The hole that stands for a field's live value at the time of sending.
pub fn hole(field: &FieldRef) -> Value {
    json!({ "$ref": field.to_string() })
}

/// The reference that a value is a hole for.
pub fn as_hole(value: &Value) -> Option<FieldRef> {
    let map = value.as_object().filter(|map| map.len() == 1)?;
    map.get("$ref")?.as_str()?.parse().ok()
}

/// The text whose lines are these, each a text or a hole for one.
pub fn lines(members: Vec<Value>) -> Value {
    json!({ "$lines": members })
}

/// The hole for a secret that is made when the call is sent.
pub fn secret_hole(kind: &str) -> Value {
    json!({ "$secret": kind })
}

/// Every reference within a value.
pub fn refs(value: &Value) -> Vec<FieldRef> {
    if let Some(field) = as_hole(value) {
        return vec![field];
    }
    match value {
        Value::Array(members) => members.iter().flat_map(refs).collect(),
        Value::Object(members) => members.values().flat_map(refs).collect(),
        _ => Vec::new(),
    }
}

/// The value with every hole filled by `fill`.
///
/// # Errors
/// A reference that `fill` knows nothing of, or a text that must not be sent in its place.
pub fn filled(
    value: &Value,
    fill: &dyn Fn(&FieldRef) -> Option<Value>,
) -> Result<Value, FillError> {
    if let Some(field) = as_hole(value) {
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

/// The members of a list with every hole filled; none of them has a line break.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holes_are_found_and_filled_at_any_depth() {
        let key: FieldRef = "boston/ssh_keypair/k#public_key".parse().expect("a field");
        let call = Call::new("user.create", vec![json!({ "keys": ["a", hole(&key)] })]);
        assert_eq!(call.refs(), vec![key]);
        let filled = call.filled(&|_| Some(json!("b"))).expect("all known");
        assert_eq!(filled, vec![json!({ "keys": ["a", "b"] })]);
        let text = Call::new("x", vec![lines(vec![json!("a"), hole(&call.refs()[0])])]);
        assert_eq!(text.filled(&|_| Some(json!("b"))), Ok(vec![json!("a\nb")]));
        let name = || "boston/ssh_keypair/k#public_key".to_string();
        assert_eq!(call.filled(&|_| None), Err(FillError::Unknown(name())));
        for breaks in ["b\nc", "b\rc", "b\u{85}c", "b\u{2028}c", "b\u{0}"] {
            let filled = call.filled(&|_| Some(json!(["a", breaks])));
            assert_eq!(filled, Err(FillError::NotOneLine(name())), "{breaks:?}");
        }
    }

    #[test]
    fn list_entries_with_line_breaks_are_not_sent() {
        let refused = Err(FillError::EntryWithLineBreak("b\nc".into()));
        for list in [lines(vec![json!("a"), json!("b\nc")]), json!({ "groups": ["b\nc"] })] {
            assert_eq!(Call::new("x", vec![list]).filled(&|_| None), refused);
        }
        let text = json!({ "comments": "b\nc" });
        assert_eq!(Call::new("x", vec![text.clone()]).filled(&|_| None), Ok(vec![text]));
    }
}
