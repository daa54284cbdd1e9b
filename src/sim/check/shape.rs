//! What a value may be.

use serde_json::Value;

use super::model::Model;
use super::verdict::Objection;

/// The longest text where nothing else is said (`api/base/model.py`, `str_max_length`).
const TEXT_LENGTH: usize = 1024;

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
}
