//! The operators of a condition.

use std::cmp::Ordering;

use regex::Regex;
use serde_json::Value;

use super::super::fault::Fault;
use super::python::{self, compare, contains, equal};

const KNOWN: [&str; 15] =
    ["=", "!=", ">", ">=", "<", "<=", "~", "in", "nin", "rin", "rnin", "^", "!^", "$", "!$"];

/// Whether there is such an operator; a `C` in front (case-insensitive) is not part of it.
pub(super) fn is_known(operator: &str) -> bool {
    KNOWN.contains(&operator)
}

/// Whether it compares, as points in time can be.
pub(super) fn is_comparison(operator: &str) -> bool {
    matches!(operator, "=" | "!=" | ">" | ">=" | "<" | "<=")
}

/// Whether the condition holds for what was found.
pub(super) fn apply(operator: &str, found: &Value, value: &Value) -> Result<bool, Fault> {
    match operator.strip_prefix('C') {
        Some(plain) => apply(plain, &casefold(found)?, &casefold(value)?),
        None => apply_plain(operator, found, value),
    }
}

fn apply_plain(operator: &str, found: &Value, value: &Value) -> Result<bool, Fault> {
    match operator {
        "=" => Ok(equal(found, value)),
        "!=" => Ok(!equal(found, value)),
        ">" => Ok(compare(found, value, ">")? == Some(Ordering::Greater)),
        ">=" => Ok(compare(found, value, ">=")?.is_some_and(Ordering::is_ge)),
        "<" => Ok(compare(found, value, "<")? == Some(Ordering::Less)),
        "<=" => Ok(compare(found, value, "<=")?.is_some_and(Ordering::is_le)),
        "~" => matches(found, value),
        "in" => contains(value, found),
        // Every other operator takes null for a value that nothing is known about.
        _ if found.is_null() => Ok(false),
        "nin" => Ok(!contains(value, found)?),
        "rin" => contains(found, value),
        "rnin" => Ok(!contains(found, value)?),
        "^" => affix("startswith", found, value),
        "!^" => Ok(!affix("startswith", found, value)?),
        "$" => affix("endswith", found, value),
        "!$" => Ok(!affix("endswith", found, value)?),
        _ => Ok(false),
    }
}

fn affix(method: &'static str, found: &Value, value: &Value) -> Result<bool, Fault> {
    let Some(text) = found.as_str() else {
        return Err(python::no_attribute(found, method));
    };
    let Some(part) = value.as_str() else {
        return Err(python::type_error(format!(
            "{method} first arg must be str or a tuple of str, not {}",
            python::type_name(value)
        )));
    };
    Ok(if method == "startswith" { text.starts_with(part) } else { text.ends_with(part) })
}

/// `re.match`: the pattern has to fit at the beginning, not to the end.
fn matches(found: &Value, value: &Value) -> Result<bool, Fault> {
    let Some(pattern) = value.as_str() else {
        return Err(python::type_error("first argument must be string or compiled pattern"));
    };
    let pattern = Regex::new(&format!("^(?:{pattern})"))
        .map_err(|_| Fault::exception("error", format!("invalid pattern {pattern}")))?;
    match found {
        Value::String(text) => Ok(pattern.is_match(text)),
        Value::Null | Value::Bool(false) => Ok(pattern.is_match("")),
        other => {
            let kind = python::type_name(other);
            let text = format!("expected string or bytes-like object, got '{kind}'");
            Err(python::type_error(text))
        }
    }
}

fn casefold(value: &Value) -> Result<Value, Fault> {
    match value {
        Value::Null => Ok(Value::Null),
        Value::String(text) => Ok(text.to_lowercase().into()),
        Value::Array(members) => members
            .iter()
            .map(|member| match member.as_str() {
                Some(text) => Ok(Value::from(text.to_lowercase())),
                None => Err(python::no_attribute(member, "casefold")),
            })
            .collect(),
        other => {
            let kind = python::type_name(other);
            let text =
                format!("<class '{kind}'>: support for casefolding object type not implemented.");
            Err(Fault::exception("ValueError", text))
        }
    }
}
