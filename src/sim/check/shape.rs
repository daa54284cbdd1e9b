//! What a value may be.

use regex::Regex;
use serde_json::Value;

use super::super::fault::python_repr;
use super::model::Model;
use super::verdict::{Objection, Place, Verdict};

/// The longest text where nothing else is said (`api/base/model.py`, `str_max_length`).
const TEXT_LENGTH: usize = 1024;
/// The longest `LongString` (`api/base/types/string.py`).
const LONG_TEXT_LENGTH: usize = 2_048_000;

/// A rule of its own that a value of the right shape has to pass; it may rewrite the value.
pub type Rule = fn(&mut Value) -> Result<(), Objection>;

/// What a value may be.
#[derive(Clone, Debug)]
pub enum Shape {
    /// Anything.
    Any,
    /// Nothing: a field that the model knows and this call does not take (`Excluded`).
    Forbidden,
    /// What only a field that is left out can be (`NotRequired`).
    Absent,
    /// `bool`
    Bool,
    /// `int` within bounds.
    Int {
        /// The smallest.
        min: Option<i64>,
        /// The greatest.
        max: Option<i64>,
    },
    /// `str`
    Text {
        /// The fewest characters.
        min: usize,
        /// The most characters.
        max: usize,
        /// A pattern that must be found in it.
        pattern: Option<&'static str>,
    },
    /// `LongString`
    LongText,
    /// `Literal[...]`
    OneOf(Vec<Value>),
    /// `Literal[...]` of a member of a Python enumeration, whose value is its name.
    EnumMember {
        /// The enumeration.
        python_enum: &'static str,
        /// The member.
        name: &'static str,
    },
    /// `list[...]`
    List {
        /// What every member may be.
        of: Box<Shape>,
        /// What the older checks call a member.
        each: &'static str,
        /// The fewest members.
        min: usize,
        /// The most members.
        max: Option<usize>,
    },
    /// `dict`
    Object,
    /// A model of its own.
    Model(Model),
    /// `... | None`
    Nullable(Box<Shape>),
    /// A union: the first member that fits; when none does, every member's complaints.
    AnyOf(Vec<Shape>),
    /// A discriminated union: a field's value says which member is meant.
    Tagged {
        /// The field.
        by: &'static str,
        /// The Python enumeration that the tags are members of, which the error shows.
        python_enum: Option<&'static str>,
        /// The members by tag.
        members: Vec<(&'static str, Model)>,
    },
    /// A shape with a rule on top (`AfterValidator`).
    Ruled {
        /// The shape.
        of: Box<Shape>,
        /// What pydantic calls it in a union's errors.
        label: &'static str,
        /// The rule.
        rule: Rule,
    },
}

/// Anything.
pub fn any() -> Shape {
    Shape::Any
}

/// A boolean: no numbers, no texts.
pub fn boolean() -> Shape {
    Shape::Bool
}

/// An integer: no texts, no booleans, no floats.
pub fn int() -> Shape {
    Shape::Int { min: None, max: None }
}

/// An integer that is not smaller.
pub fn at_least(min: i64) -> Shape {
    Shape::Int { min: Some(min), max: None }
}

/// An integer within both bounds, themselves included.
pub fn between(min: i64, max: i64) -> Shape {
    Shape::Int { min: Some(min), max: Some(max) }
}

/// A text of up to 1024 characters.
pub fn text() -> Shape {
    Shape::Text { min: 0, max: TEXT_LENGTH, pattern: None }
}

/// A text of up to 2,048,000 characters.
pub fn long_text() -> Shape {
    Shape::LongText
}

/// One of these texts.
pub fn one_of(texts: &[&str]) -> Shape {
    Shape::OneOf(texts.iter().map(|text| Value::from(*text)).collect())
}

/// One of these values.
pub fn one_of_values(values: impl IntoIterator<Item = Value>) -> Shape {
    Shape::OneOf(values.into_iter().collect())
}

/// A member of a Python enumeration, by its name.
pub fn enum_member(python_enum: &'static str, name: &'static str) -> Shape {
    Shape::EnumMember { python_enum, name }
}

/// A list.
pub fn list(of: Shape) -> Shape {
    Shape::List { of: Box::new(of), each: "", min: 0, max: None }
}

/// An object with whatever members.
pub fn object() -> Shape {
    Shape::Object
}

/// The shape, or null.
pub fn nullable(of: Shape) -> Shape {
    Shape::Nullable(Box::new(of))
}

/// One of several shapes.
pub fn any_of(members: impl IntoIterator<Item = Shape>) -> Shape {
    Shape::AnyOf(members.into_iter().collect())
}

/// One of several models, told apart by a field.
pub fn tagged(by: &'static str, members: impl IntoIterator<Item = (&'static str, Model)>) -> Shape {
    Shape::Tagged { by, python_enum: None, members: members.into_iter().collect() }
}

/// The same, where the tags are members of a Python enumeration.
pub fn tagged_by_enum(
    by: &'static str,
    python_enum: &'static str,
    members: impl IntoIterator<Item = (&'static str, Model)>,
) -> Shape {
    let members = members.into_iter().collect();
    Shape::Tagged { by, python_enum: Some(python_enum), members }
}

impl From<Model> for Shape {
    fn from(model: Model) -> Self {
        Self::Model(model)
    }
}

impl Shape {
    /// At least that many characters or members.
    pub fn min(mut self, fewest: usize) -> Self {
        if let Self::Text { min, .. } | Self::List { min, .. } = &mut self {
            *min = fewest;
        }
        self
    }

    /// At most that many characters or members.
    pub fn max(mut self, most: usize) -> Self {
        match &mut self {
            Self::Text { max, .. } => *max = most,
            Self::List { max, .. } => *max = Some(most),
            _ => {}
        }
        self
    }

    /// A list whose members have a name in the older checks.
    pub fn each(mut self, name: &'static str) -> Self {
        if let Self::List { each, .. } = &mut self {
            *each = name;
        }
        self
    }

    /// Whether the value is one of those that the shape names.
    pub(super) fn names(&self, value: &Value) -> bool {
        match self {
            Self::OneOf(values) => values.contains(value),
            Self::EnumMember { name, .. } => value == name,
            _ => false,
        }
    }

    /// A text in which the pattern is found.
    pub fn matching(mut self, expression: &'static str) -> Self {
        if let Self::Text { pattern, .. } = &mut self {
            *pattern = Some(expression);
        }
        self
    }

    /// The shape with a rule on top; the label is what pydantic calls it in a union's errors.
    pub fn rule(self, label: &'static str, rule: Rule) -> Self {
        Self::Ruled { of: Box::new(self), label, rule }
    }

    /// The union of this and `NotRequired`: what a field is that may be left out without default.
    pub(super) fn or_absent(self) -> Self {
        match self {
            Self::Nullable(of) => nullable(of.or_absent()),
            Self::AnyOf(mut members) => {
                members.push(Self::Absent);
                Self::AnyOf(members)
            }
            other => any_of([other, Self::Absent]),
        }
    }

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

/// A value as Python's `repr` writes it.
pub(in crate::sim) fn literal(value: &Value) -> String {
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => python_repr(text),
        Value::Array(members) => {
            let members: Vec<String> = members.iter().map(literal).collect();
            format!("[{}]", members.join(", "))
        }
        Value::Object(members) => {
            let members: Vec<String> = members
                .iter()
                .map(|(name, value)| format!("{}: {}", python_repr(name), literal(value)))
                .collect();
            format!("{{{}}}", members.join(", "))
        }
    }
}
