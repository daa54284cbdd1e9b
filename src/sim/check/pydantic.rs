//! The newer argument checks: whether a value has its [`Shape`], in pydantic's words.
//!
//! Source: pydantic 2.9 and `api/base/types` of TS-25.10.6.

use regex::Regex;
use serde_json::Value;

use super::super::repr::{literal, python_repr};
use super::model::Model;
use super::shape::Shape;
use super::verdict::{Place, Verdict};

/// The longest `LongString` (`api/base/types/string.py`).
const LONG_TEXT_LENGTH: usize = 2_048_000;

impl Shape {
    /// Checks the value; gives it with defaults filled in, or leaves complaints.
    pub(super) fn check(
        &self,
        value: &Value,
        place: &Place<'_>,
        verdict: &mut Verdict,
    ) -> Option<Value> {
        let refusal = match self {
            Self::Any => return Some(value.clone()),
            Self::Forbidden => "Extra inputs are not permitted".to_owned(),
            Self::Absent => "Input should be an instance of _NotRequired".to_owned(),
            Self::Bool if value.is_boolean() => return Some(value.clone()),
            Self::Bool => "Input should be a valid boolean".to_owned(),
            Self::Int { min, max } => match int_refusal(value, *min, *max) {
                None => return Some(value.clone()),
                Some(refusal) => refusal,
            },
            Self::Text { min, max, pattern } => match text_refusal(value, *min, *max, *pattern) {
                None => return Some(value.clone()),
                Some(refusal) => refusal,
            },
            Self::LongText => match text_refusal(value, 0, LONG_TEXT_LENGTH, None) {
                None => return Some(value.clone()),
                Some(refusal) => refusal,
            },
            Self::OneOf(_) | Self::EnumMember { .. } if self.names(value) => {
                return Some(value.clone());
            }
            Self::OneOf(values) => format!("Input should be {}", alternatives(values)),
            Self::EnumMember { python_enum, name } => {
                format!("Input should be {}", enum_repr(python_enum, name))
            }
            Self::List { of, min, max, .. } => match value.as_array() {
                Some(members) => return check_list(of, *min, *max, members, place, verdict),
                None => "Input should be a valid list".to_owned(),
            },
            Self::Object if value.is_object() => return Some(value.clone()),
            Self::Object => "Input should be a valid dictionary".to_owned(),
            Self::Model(model) => return model.check(value, place, verdict),
            Self::Nullable(_) if value.is_null() => return Some(Value::Null),
            Self::Nullable(of) => return of.check(value, place, verdict),
            Self::AnyOf(members) => return check_union(members, value, place, verdict),
            Self::Tagged { by, python_enum, members } => {
                return check_tagged((by, *python_enum), members, value, place, verdict);
            }
            Self::Ruled { of, rule, .. } => {
                let mut accepted = of.check(value, place, verdict)?;
                return match rule(&mut accepted) {
                    Ok(()) => Some(accepted),
                    Err(objection) => {
                        verdict.object(place, objection);
                        None
                    }
                };
            }
        };
        verdict.refuse(place, refusal);
        None
    }

    /// What pydantic calls the shape as a member of a union.
    fn label(&self) -> String {
        match self {
            Self::Any | Self::Forbidden => "any".to_owned(),
            Self::Absent => "is-instance[_NotRequired]".to_owned(),
            Self::Bool => "bool".to_owned(),
            Self::Int { min: None, max: None } => "int".to_owned(),
            Self::Int { .. } => "constrained-int".to_owned(),
            Self::Text { .. } => "constrained-str".to_owned(),
            Self::LongText => {
                "function-before[LongStringWrapper(), function-after[LongStringWrapper(), \
                 is-instance[LongStringWrapper]]]"
                    .to_owned()
            }
            Self::OneOf(values) => {
                let values: Vec<String> = values.iter().map(literal).collect();
                format!("literal[{}]", values.join(","))
            }
            Self::EnumMember { python_enum, name } => {
                format!("literal[{}]", enum_repr(python_enum, name))
            }
            Self::List { of, .. } => format!("list[{}]", of.label()),
            Self::Object => "dict[any,any]".to_owned(),
            Self::Model(model) => model.name().to_owned(),
            Self::Nullable(of) => format!("nullable[{}]", of.label()),
            Self::AnyOf(members) => {
                let members: Vec<String> = members.iter().map(Self::label).collect();
                format!("union[{}]", members.join(","))
            }
            Self::Tagged { members, .. } => {
                let members: Vec<&str> = members.iter().map(|(_, model)| model.name()).collect();
                format!("tagged-union[{}]", members.join(","))
            }
            Self::Ruled { label, .. } => (*label).to_owned(),
        }
    }
}

fn int_refusal(value: &Value, min: Option<i64>, max: Option<i64>) -> Option<String> {
    if !(value.is_i64() || value.is_u64()) {
        return Some("Input should be a valid integer".to_owned());
    }
    // What no i64 can hold is greater than every bound.
    let number = value.as_i64().unwrap_or(i64::MAX);
    if let Some(max) = max.filter(|max| number > *max) {
        return Some(format!("Input should be less than or equal to {max}"));
    }
    let min = min.filter(|min| number < *min)?;
    Some(format!("Input should be greater than or equal to {min}"))
}

fn text_refusal(
    value: &Value,
    min: usize,
    max: usize,
    pattern: Option<&'static str>,
) -> Option<String> {
    let Some(text) = value.as_str() else {
        return Some("Input should be a valid string".to_owned());
    };
    let length = text.chars().count();
    if length > max {
        return Some(format!("String should have at most {}", counted(max, "character")));
    }
    if length < min {
        return Some(format!("String should have at least {}", counted(min, "character")));
    }
    let pattern = pattern?;
    let found = Regex::new(pattern).is_ok_and(|pattern| pattern.is_match(text));
    (!found).then(|| format!("String should match pattern '{pattern}'"))
}

fn counted(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

fn check_list(
    of: &Shape,
    min: usize,
    max: Option<usize>,
    members: &[Value],
    place: &Place<'_>,
    verdict: &mut Verdict,
) -> Option<Value> {
    let before = verdict.count();
    let mut accepted = Vec::with_capacity(members.len());
    for (index, member) in members.iter().enumerate() {
        accepted.extend(of.check(member, &Place::Below(place, &index.to_string()), verdict));
    }
    if verdict.count() > before {
        return None;
    }
    let found = accepted.len();
    if found < min {
        let fewest = counted(min, "item");
        verdict.refuse(
            place,
            format!("List should have at least {fewest} after validation, not {found}"),
        );
        return None;
    }
    if let Some(max) = max.filter(|max| found > *max) {
        let most = counted(max, "item");
        verdict.refuse(
            place,
            format!("List should have at most {most} after validation, not {found}"),
        );
        return None;
    }
    Some(Value::Array(accepted))
}

fn check_union(
    members: &[Shape],
    value: &Value,
    place: &Place<'_>,
    verdict: &mut Verdict,
) -> Option<Value> {
    let mut found = Verdict::default();
    for member in members {
        let mut of_member = Verdict::default();
        let label = member.label();
        let accepted = member.check(value, &Place::Below(place, &label), &mut of_member);
        if accepted.is_some() && of_member.count() == 0 {
            return accepted;
        }
        found.append(of_member);
    }
    verdict.append(found);
    None
}

fn check_tagged(
    (by, python_enum): (&str, Option<&str>),
    members: &[(&'static str, Model)],
    value: &Value,
    place: &Place<'_>,
    verdict: &mut Verdict,
) -> Option<Value> {
    let Some(object) = value.as_object() else {
        verdict
            .refuse(place, "Input should be a valid dictionary or object to extract fields from");
        return None;
    };
    let Some(tag) = object.get(by) else {
        verdict.refuse(&Place::Below(place, by), "Field required");
        return None;
    };
    let member = members.iter().find(|(known, _)| tag.as_str() == Some(known));
    let Some((known, model)) = member else {
        let tag = match tag {
            Value::String(text) => text.clone(),
            other => literal(other),
        };
        let shown = |(known, _): &(&str, Model)| match python_enum {
            Some(name) => enum_repr(name, known),
            None => python_repr(known),
        };
        let known: Vec<String> = members.iter().map(shown).collect();
        verdict.refuse(
            place,
            format!(
                "Input tag '{tag}' found using '{by}' does not match any of the expected tags: {}",
                known.join(", ")
            ),
        );
        return None;
    };
    model.check(value, &Place::Below(place, known), verdict)
}

/// A member of a Python enumeration as `repr` writes it.
fn enum_repr(python_enum: &str, name: &str) -> String {
    format!("<{python_enum}.{name}: {}>", python_repr(name))
}

/// `'A', 'B' or 'C'`
fn alternatives(values: &[Value]) -> String {
    let mut values: Vec<String> = values.iter().map(literal).collect();
    match values.pop() {
        Some(last) if values.is_empty() => last,
        Some(last) => format!("{} or {last}", values.join(", ")),
        None => String::new(),
    }
}
