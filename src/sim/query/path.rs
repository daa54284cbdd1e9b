//! Paths into an entry: `group.bsdgrp_gid`, `groups.0`, `keys.*.name`, `a\.b`.

use serde_json::{Map, Value};

use super::super::fault::Fault;
use super::python;

/// What a path leads to.
pub(super) enum Found<'a> {
    /// Nothing: some name on the way does not exist.
    Nothing,
    /// A value.
    One(&'a Value),
    /// Every member of a list, with the rest of the path still to go.
    Each(&'a [Value], String),
}

/// Cuts the first name off a path; a dot behind a backslash belongs to the name.
fn partition(path: &str) -> Result<(String, &str), Fault> {
    let mut name = String::new();
    let mut rest = path;
    while let Some((left, right)) = rest.split_once('.') {
        let Some(last) = left.chars().next_back() else {
            return Err(Fault::exception("IndexError", "string index out of range"));
        };
        if last != '\\' {
            return Ok((name + left, right));
        }
        name.push_str(&left[..left.len() - 1]);
        name.push('.');
        rest = right;
    }
    Ok((name + rest, ""))
}

/// Follows a path. A scalar on the way swallows the rest of it, as in the real one.
pub(super) fn follow<'a>(entry: &'a Value, path: &str) -> Result<Found<'a>, Fault> {
    static NULL: Value = Value::Null;
    let mut here = Some(entry);
    let mut rest = path;
    while !rest.is_empty() {
        let (name, right) = partition(rest)?;
        rest = right;
        match here {
            Some(Value::Array(members)) => {
                if name == "*" {
                    return Ok(Found::Each(members, rest.to_owned()));
                }
                if name.is_empty() || !name.chars().all(|c| c.is_ascii_digit()) {
                    let text = format!("{name}: must be array index or wildcard character");
                    return Err(Fault::exception("ValueError", text));
                }
                let member = name.parse::<usize>().ok().and_then(|index| members.get(index));
                here = Some(member.unwrap_or(&NULL));
            }
            Some(object @ Value::Object(members)) if python::date(object).is_none() => {
                here = members.get(&name);
            }
            _ => {}
        }
    }
    Ok(here.map_or(Found::Nothing, Found::One))
}

/// The value that sorting looks at; what does not exist is null.
pub(super) fn value<'a>(entry: &'a Value, path: &str) -> Result<&'a Value, Fault> {
    static NULL: Value = Value::Null;
    Ok(match follow(entry, path)? {
        Found::One(value) => value,
        Found::Nothing | Found::Each(..) => &NULL,
    })
}

/// The entry cut down to what is selected: names, or pairs of a name and the one to show it under.
pub(super) fn select(entry: &Value, selected: &[Value]) -> Result<Value, Fault> {
    let mut shown = Map::new();
    for item in selected {
        let (path, shown_as) = match item {
            Value::Array(pair) => (pair.first(), pair.get(1).and_then(Value::as_str)),
            name => (Some(name), None),
        };
        let path = path.and_then(Value::as_str).unwrap_or_default();
        let Some((mut names, value)) = selection(entry, path)? else { continue };
        if let Some(name) = shown_as {
            shown.insert(name.to_owned(), value.clone());
        } else if let Some(last) = names.pop() {
            place(&mut shown, &names, last, value.clone());
        }
    }
    Ok(Value::Object(shown))
}

type Selection<'a> = Option<(Vec<String>, &'a Value)>;

fn selection<'a>(entry: &'a Value, path: &str) -> Result<Selection<'a>, Fault> {
    let mut names = Vec::new();
    let mut here = Some(entry);
    let mut rest = path;
    while !rest.is_empty() {
        let (name, right) = partition(rest)?;
        rest = right;
        match here {
            Some(Value::Array(_)) => {
                let text = "Selecting by list index is not supported";
                return Err(Fault::exception("ValueError", text));
            }
            Some(object @ Value::Object(members)) if python::date(object).is_none() => {
                here = members.get(&name);
                names.push(name);
            }
            _ => {}
        }
    }
    Ok(here.map(|value| (names, value)))
}

fn place(shown: &mut Map<String, Value>, names: &[String], last: String, value: Value) {
    let mut here = shown;
    for name in names {
        let below = here.entry(name.clone()).or_insert_with(|| Value::Object(Map::new()));
        let Value::Object(below) = below else { return };
        here = below;
    }
    here.insert(last, value);
}
