//! Conditions: `[name, operator, value]`, and `["OR", [condition, …]]`.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use super::super::check::Objection;
use super::super::fault::Fault;
use super::super::repr::literal;
use super::operator;
use super::path::{self, Found};
use super::python;

/// How deep `OR` may nest.
const MAX_DEPTH: u32 = 3;
/// The end of a name that is compared as a point in time.
const DATE: &str = ".$date";

/// The timestamps that stand in the filters, by their text: milliseconds since the epoch.
pub(super) type Dates = BTreeMap<String, i64>;

/// Checks the form of filters, and reads the timestamps in them.
pub(super) fn validate(filters: &[Value], depth: u32, dates: &mut Dates) -> Result<(), Objection> {
    if depth > MAX_DEPTH {
        return refuse("query-filters max recursion depth exceeded");
    }
    for filter in filters {
        let parts = parts(filter)?;
        match parts.as_slice() {
            [operator, value] => validate_or(operator, value, depth, dates)?,
            [_, _, _] if filter.is_object() => return raise("KeyError", "1"),
            [name, operator, value] => validate_condition(name, operator, value, dates)?,
            _ => return refuse(format!("Invalid filter {}", shown(filter))),
        }
    }
    Ok(())
}

fn validate_or(
    operator: &Value,
    value: &Value,
    depth: u32,
    dates: &mut Dates,
) -> Result<(), Objection> {
    if operator.as_str() != Some("OR") {
        return refuse(format!("Invalid operation: {}", shown(operator)));
    }
    if is_falsy(value) {
        return refuse("OR filter requires at least one branch.");
    }
    for branch in members(value)? {
        let conjunction = match &branch {
            Value::Array(filters) => match filters.first() {
                None => return raise("IndexError", "list index out of range"),
                Some(first) => first.is_array().then_some(filters),
            },
            Value::String(text) if text.is_empty() => {
                return raise("IndexError", "string index out of range");
            }
            Value::String(_) => None,
            Value::Object(_) => return raise("KeyError", "0"),
            other => return raise("TypeError", not_subscriptable(other)),
        };
        match conjunction {
            Some(filters) => validate(filters, depth + 1, dates)?,
            None => validate(&[branch], depth + 1, dates)?,
        }
    }
    Ok(())
}

fn validate_condition(
    name: &Value,
    operator: &Value,
    value: &Value,
    dates: &mut Dates,
) -> Result<(), Objection> {
    let plain = match operator {
        Value::String(text) if text.is_empty() => {
            return raise("IndexError", "string index out of range");
        }
        Value::String(text) => text.strip_prefix('C').unwrap_or(text),
        Value::Array(members) if members.is_empty() => {
            return raise("IndexError", "list index out of range");
        }
        Value::Array(_) => return raise("TypeError", "unhashable type: 'list'"),
        Value::Object(_) => return raise("KeyError", "0"),
        other => return raise("TypeError", not_subscriptable(other)),
    };
    if plain == "~" && operator.as_str() != Some("~") {
        return refuse(format!("Invalid case-insensitive operation: {}", shown(operator)));
    }
    if !operator::is_known(plain) {
        return refuse(format!("Invalid operation: {}", shown(operator)));
    }
    for (operand, other) in [(name, value), (value, name)] {
        if !operand.as_str().is_some_and(|text| text.ends_with(DATE)) {
            continue;
        }
        if !operator::is_comparison(plain) {
            return refuse(format!("{plain}: invalid timestamp operation."));
        }
        match other.as_str().and_then(|text| Some((text, milliseconds(text)?))) {
            Some((text, at)) => {
                dates.insert(text.to_owned(), at);
            }
            None => {
                let shown = shown(other);
                return refuse(format!("{shown}: must be an ISO-8601 formatted timestamp string"));
            }
        }
    }
    Ok(())
}

/// Whether the entry meets every condition.
pub(super) fn all(entry: &Value, filters: &[Value], dates: &Dates) -> Result<bool, Fault> {
    for filter in filters {
        if !holds(entry, filter, dates)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn holds(entry: &Value, filter: &Value, dates: &Dates) -> Result<bool, Fault> {
    match filter.as_array().map(Vec::as_slice).unwrap_or_default() {
        [_, branches] => {
            for branch in branches.as_array().map(Vec::as_slice).unwrap_or_default() {
                let hit = match branch.as_array() {
                    Some(filters) if filters.first().is_some_and(Value::is_array) => {
                        all(entry, filters, dates)?
                    }
                    _ => holds(entry, branch, dates)?,
                };
                if hit {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        [name, operator, value] => {
            let Some(name) = name.as_str() else {
                return Err(python::no_attribute(name, "partition"));
            };
            let at = value.as_str().and_then(|text| dates.get(text));
            let date = at.map(|at| serde_json::json!({ "$date": at }));
            let operator = operator.as_str().unwrap_or_default();
            condition(entry, name, operator, date.as_ref().unwrap_or(value))
        }
        _ => Ok(false),
    }
}

fn condition(entry: &Value, name: &str, operator: &str, value: &Value) -> Result<bool, Fault> {
    match path::follow(entry, name)? {
        Found::Nothing => Ok(false),
        Found::One(found) => operator::apply(operator, found, value),
        Found::Each(members, rest) => {
            for member in members {
                if condition(member, &rest, operator, value)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
    }
}

/// What Python's `len` and unpacking see in a filter.
fn parts(filter: &Value) -> Result<Vec<Value>, Objection> {
    match filter {
        Value::Array(parts) => Ok(parts.clone()),
        Value::String(text) => Ok(letters(text)),
        Value::Object(members) => Ok(members.keys().map(|name| name.as_str().into()).collect()),
        other => {
            let text = format!("object of type '{}' has no len()", python::type_name(other));
            raise("TypeError", text)
        }
    }
}

fn members(value: &Value) -> Result<Vec<Value>, Objection> {
    parts(value).map_err(|_| {
        let text = format!("'{}' object is not iterable", python::type_name(value));
        Objection::Raised("TypeError", text)
    })
}

fn letters(text: &str) -> Vec<Value> {
    text.chars().map(|letter| letter.to_string().into()).collect()
}

fn is_falsy(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(truth) => !truth,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(members) => members.is_empty(),
        Value::Object(members) => members.is_empty(),
    }
}

fn not_subscriptable(value: &Value) -> String {
    format!("'{}' object is not subscriptable", python::type_name(value))
}

/// A value as Python's `str` writes it.
fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| literal(value), str::to_owned)
}

/// What `datetime.fromisoformat` reads; without an offset it is taken as UTC.
fn milliseconds(text: &str) -> Option<i64> {
    let at: Option<Timestamp> = text.parse().ok();
    let at = at.or_else(|| {
        let local: jiff::civil::DateTime = text.parse().ok()?;
        Some(local.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp())
    });
    at.map(Timestamp::as_millisecond)
}

fn refuse<T>(text: impl Into<String>) -> Result<T, Objection> {
    Err(Objection::Value(text.into()))
}

fn raise<T>(class: &'static str, text: impl Into<String>) -> Result<T, Objection> {
    Err(Objection::Raised(class, text.into()))
}
