//! How Python compares the values that JSON carries, and what it says when it cannot.

use std::cmp::Ordering;

use serde_json::Value;

use super::super::fault::Fault;

/// A point in time: `{"$date": MILLISECONDS}`.
pub(super) fn date(value: &Value) -> Option<i64> {
    let object = value.as_object().filter(|object| object.len() == 1)?;
    object.get("$date")?.as_i64()
}

/// The name of the value's Python type.
pub(super) fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "NoneType",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float",
        Value::Number(_) => "int",
        Value::String(_) => "str",
        Value::Array(_) => "list",
        Value::Object(_) if date(value).is_some() => "datetime.datetime",
        Value::Object(_) => "dict",
    }
}

/// A `TypeError`.
pub(super) fn type_error(text: impl AsRef<str>) -> Fault {
    Fault::exception("TypeError", text)
}

/// An `AttributeError`: the value's type has no such method.
pub(super) fn no_attribute(value: &Value, name: &str) -> Fault {
    let text = format!("'{}' object has no attribute '{name}'", type_name(value));
    Fault::exception("AttributeError", text)
}

/// `left == right`: booleans are numbers.
pub(super) fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(l, r)| equal(l, r))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(name, l)| right.get(name).is_some_and(|r| equal(l, r)))
        }
        _ => match (number(left), number(right)) {
            (Some(left), Some(right)) => left.compare(right) == Some(Ordering::Equal),
            (None, None) => left == right,
            _ => false,
        },
    }
}

/// The order of two values.
///
/// # Errors
/// `TypeError` in Python's words where their types have no order.
pub(super) fn compare(
    left: &Value,
    right: &Value,
    operator: &str,
) -> Result<Option<Ordering>, Fault> {
    if let (Some(left), Some(right)) = (number(left), number(right)) {
        return Ok(left.compare(right));
    }
    if let (Some(left), Some(right)) = (date(left), date(right)) {
        return Ok(Some(left.cmp(&right)));
    }
    match (left, right) {
        (Value::String(left), Value::String(right)) => Ok(Some(left.chars().cmp(right.chars()))),
        (Value::Array(left), Value::Array(right)) => {
            match left.iter().zip(right).find(|(l, r)| !equal(l, r)) {
                Some((left, right)) => compare(left, right, operator),
                None => Ok(Some(left.len().cmp(&right.len()))),
            }
        }
        _ => Err(type_error(format!(
            "'{operator}' not supported between instances of '{}' and '{}'",
            type_name(left),
            type_name(right)
        ))),
    }
}

/// `needle in haystack`
///
/// # Errors
/// `TypeError` where the haystack holds nothing, or a text is asked for what is no text.
pub(super) fn contains(haystack: &Value, needle: &Value) -> Result<bool, Fault> {
    match (haystack, needle) {
        (Value::Array(members), _) => Ok(members.iter().any(|member| equal(member, needle))),
        (Value::String(text), Value::String(part)) => Ok(text.contains(part.as_str())),
        (Value::String(_), other) => Err(type_error(format!(
            "'in <string>' requires string as left operand, not {}",
            type_name(other)
        ))),
        (Value::Object(members), _) if date(haystack).is_none() => {
            Ok(needle.as_str().is_some_and(|name| members.contains_key(name)))
        }
        (other, _) => {
            Err(type_error(format!("argument of type '{}' is not iterable", type_name(other))))
        }
    }
}

#[derive(Clone, Copy)]
enum Number {
    Int(i128),
    Float(f64),
}

impl Number {
    fn compare(self, other: Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Int(left), Self::Int(right)) => Some(left.cmp(&right)),
            (left, right) => left.float().partial_cmp(&right.float()),
        }
    }

    fn float(self) -> f64 {
        match self {
            #[allow(clippy::cast_precision_loss)]
            Self::Int(number) => number as f64,
            Self::Float(number) => number,
        }
    }
}

fn number(value: &Value) -> Option<Number> {
    match value {
        Value::Bool(truth) => Some(Number::Int(i128::from(*truth))),
        Value::Number(number) => number
            .as_i64()
            .map(i128::from)
            .or_else(|| number.as_u64().map(i128::from))
            .map(Number::Int)
            .or_else(|| number.as_f64().map(Number::Float)),
        _ => None,
    }
}
