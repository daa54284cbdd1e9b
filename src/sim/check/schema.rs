//! The older argument checks, which 25.04 still has for ssh, service, dataset, replication and
//! audit calls.
//!
//! They read the same [`Shape`]s as the newer ones; what differs is what they take for one (`"22"`
//! for 22), what they call a parameter, and their words. What has the wrong type is told first;
//! only what has the right ones is looked at further.
//!
//! Source: `schema/` and `validators.py` of TS-25.04.2.6.

use regex::Regex;
use serde_json::{Map, Value};

use super::super::fault::Fault;
use super::super::repr::literal;
use super::errors::Errors;
use super::model::{Field, Model};
use super::shape::Shape;
use super::verdict::Objection;

/// Checks the positional parameters of a call as `@accepts` does.
///
/// # Errors
/// [`Fault::Invalid`] with everything that is wrong; [`Fault::Call`] for too many parameters.
pub fn accept_by_schema<const N: usize>(
    fields: [Field; N],
    params: &[Value],
) -> Result<[Value; N], Fault> {
    if params.len() > N {
        let found = params.len();
        return Err(Fault::error(14, format!("Too many arguments (expected {N}, found {found})")));
    }
    let mut errors = Errors::new();
    let mut accepted = [const { Value::Null }; N];
    for (index, field) in fields.iter().enumerate() {
        let mut told = Told::default();
        let name = field.schema_name();
        let empty = Value::Object(Map::new());
        let value = match (params.get(index), field.default_value(), field.shape()) {
            (Some(given), ..) => told.clean(field.shape(), name, given),
            (None, Some(default), _) => Some(default.clone()),
            // An object that is left out is an empty one.
            (None, None, Shape::Model(_)) => told.clean(field.shape(), name, &empty),
            (None, None, _) => told.unclean(name, "attribute required"),
        };
        errors.append(told.into_errors()?);
        accepted[index] = value.unwrap_or_default();
    }
    errors.check().map(|()| accepted)
}

/// What was found so far.
#[derive(Default)]
struct Told {
    /// What is not of its type (`clean`).
    unclean: Errors,
    /// What is, and yet will not do (`validate`).
    invalid: Errors,
    raised: Option<Fault>,
}

impl Told {
    fn into_errors(self) -> Result<Errors, Fault> {
        match self.raised {
            _ if !self.unclean.is_empty() => Ok(self.unclean),
            Some(fault) => Err(fault),
            None => Ok(self.invalid),
        }
    }

    fn unclean(&mut self, name: &str, message: impl Into<String>) -> Option<Value> {
        self.unclean.add(name, message);
        None
    }

    /// The value as its shape takes it; the name is the whole attribute.
    fn clean(&mut self, shape: &Shape, name: &str, value: &Value) -> Option<Value> {
        match (shape, value) {
            (Shape::Nullable(_), Value::Null) => Some(Value::Null),
            (Shape::Nullable(of), _) => self.clean(of, name, value),
            (Shape::AnyOf(members), _) => self.any_of(members, name, value),
            (_, Value::Null) => self.unclean(name, "null not allowed"),
            (Shape::Bool, _) if !value.is_boolean() => self.unclean(name, "Not a boolean"),
            (Shape::Int { min, max }, _) => {
                let Some(number) = whole_number(value) else {
                    return self.unclean(name, "Not an integer");
                };
                self.range(name, number, *min, *max);
                Some(number.into())
            }
            (Shape::Text { min, max, pattern }, _) => {
                let text = self.text(name, value)?;
                if *min > 0 && text.trim().is_empty() {
                    return self.unclean(name, EMPTY);
                }
                if text.chars().count() > *max {
                    let message = format!("The value may not be longer than {max} characters");
                    self.invalid.add(name, message);
                }
                let fits = |p: &&str| Regex::new(p).is_ok_and(|p| p.is_match(&text));
                if let Some(pattern) = pattern.filter(|pattern| !fits(pattern)) {
                    self.invalid.add(name, format!("Value does not match '{pattern}' pattern"));
                }
                Some(text.into())
            }
            (Shape::LongText, _) => self.text(name, value).map(Value::from),
            (Shape::OneOf(_) | Shape::EnumMember { .. }, _) => self.one_of(shape, name, value),
            (Shape::List { min, .. }, Value::Array(members)) if *min > 0 && members.is_empty() => {
                self.unclean(name, EMPTY)
            }
            (Shape::List { of, each, .. }, _) => self.list(of, each, name, value),
            (Shape::Model(model), _) => self.object(model, name, value),
            (Shape::Object | Shape::Tagged { .. }, _) if !value.is_object() => {
                self.unclean(name, "A dict was expected")
            }
            (Shape::Ruled { of, rule, .. }, _) => {
                let mut accepted = self.clean(of, name, value)?;
                if let Err(objection) = rule(&mut accepted) {
                    self.object_to(name, objection);
                }
                Some(accepted)
            }
            (Shape::Forbidden | Shape::Absent, _) => self.unclean(name, UNEXPECTED),
            (Shape::Any | Shape::Bool | Shape::Object | Shape::Tagged { .. }, _) => {
                Some(value.clone())
            }
        }
    }

    /// A rule's words stand as they are.
    fn object_to(&mut self, name: &str, objection: Objection) {
        match objection {
            Objection::Value(text) | Objection::Assertion(text) | Objection::Custom(text) => {
                self.invalid.add(name, text);
            }
            Objection::Raised(class, text) => {
                self.raised.get_or_insert_with(|| Fault::exception(class, text));
            }
        }
    }

    /// A number is a text, too.
    fn text(&mut self, name: &str, value: &Value) -> Option<String> {
        match value {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) if !number.is_f64() => Some(number.to_string()),
            _ => {
                self.unclean(name, "Not a string");
                None
            }
        }
    }

    fn one_of(&mut self, shape: &Shape, name: &str, value: &Value) -> Option<Value> {
        if shape.names(value) {
            return Some(value.clone());
        }
        let shown = value.as_str().map_or_else(|| literal(value), str::to_owned);
        self.unclean(name, format!("Invalid choice: {shown}"))
    }

    /// The first shape that takes it; if none does, the first one's complaint. What only a field
    /// that is left out can be is no shape here.
    fn any_of(&mut self, members: &[Shape], name: &str, value: &Value) -> Option<Value> {
        let mut first = None;
        for member in members.iter().filter(|member| !matches!(member, Shape::Absent)) {
            let mut told = Self::default();
            let accepted = told.clean(member, name, value);
            if accepted.is_some() && told.invalid.is_empty() && told.raised.is_none() {
                return accepted;
            }
            first.get_or_insert((told, accepted));
        }
        let (told, accepted) = first?;
        self.unclean.append(told.unclean);
        self.invalid.append(told.invalid);
        self.raised = self.raised.take().or(told.raised);
        accepted
    }

    fn range(&mut self, name: &str, number: i64, min: Option<i64>, max: Option<i64>) {
        let inside = min.is_none_or(|min| number >= min) && max.is_none_or(|max| number <= max);
        let bounds = match (min, max) {
            (Some(min), Some(max)) => format!("between {min} and {max}"),
            (None, Some(max)) => format!("less than or equal to {max}"),
            (Some(min), None) => format!("greater than or equal to {min}"),
            (None, None) => return,
        };
        if !inside {
            self.invalid.add(name, format!("Should be {bounds}"));
        }
    }

    fn list(&mut self, of: &Shape, each: &str, name: &str, value: &Value) -> Option<Value> {
        let Some(members) = value.as_array() else {
            return self.unclean(name, "Not a list");
        };
        let mut accepted = Vec::with_capacity(members.len());
        for (index, member) in members.iter().enumerate() {
            let mut told = Self::default();
            let cleaned = told.clean(of, each, member);
            if !told.unclean.is_empty() {
                let said = match of {
                    Shape::Model(_) => super::super::wire::reply::reason(&told.unclean.into()),
                    _ => told
                        .unclean
                        .into_complaints()
                        .into_iter()
                        .next()
                        .map_or_else(String::new, |it| {
                            format!("[{}] {}", it.attribute.unwrap_or_default(), it.message)
                        }),
                };
                let message = format!("Item#{index} is not valid per list types: {said}");
                return self.unclean(name, message);
            }
            for complaint in told.invalid.into_complaints() {
                let attribute = complaint.attribute.unwrap_or_default();
                self.invalid.add(format!("{name}.{index}.{attribute}"), complaint.message);
            }
            self.raised = self.raised.take().or(told.raised);
            accepted.push(cleaned.unwrap_or_default());
        }
        Some(accepted.into())
    }

    /// What is there comes first, then what is missing.
    fn object(&mut self, model: &Model, name: &str, value: &Value) -> Option<Value> {
        let Some(members) = value.as_object() else {
            return self.unclean(name, "A dict was expected");
        };
        let mut accepted = Map::new();
        for (key, value) in members {
            let attribute = format!("{name}.{key}");
            let known = model.fields().iter().find(|field| field.name() == key);
            match known.map(Field::shape) {
                None | Some(Shape::Forbidden) => {
                    self.unclean(&attribute, UNEXPECTED);
                }
                Some(shape) => {
                    let cleaned = self.clean(shape, &attribute, value);
                    accepted.extend(cleaned.map(|value| (key.clone(), value)));
                }
            }
        }
        for field in model.fields().iter().filter(|field| !members.contains_key(field.name())) {
            if let Some(default) = field.default_value() {
                accepted.insert(field.name().to_owned(), default.clone());
            } else if field.is_required() {
                // A list that is left out is an empty one.
                let list = matches!(field.shape(), Shape::List { .. });
                let message = if list { EMPTY } else { "attribute required" };
                self.unclean(&format!("{name}.{}", field.name()), message);
            }
        }
        if self.unclean.is_empty()
            && let Err(objection) = model.obey(&accepted)
        {
            self.object_to(name, objection);
        }
        Some(Value::Object(accepted))
    }
}

const EMPTY: &str = "Empty value not allowed";
const UNEXPECTED: &str = "Field was not expected";

/// A whole number, or what Python's `int` reads as one.
fn whole_number(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{between, boolean, list, nullable, one_of, optional, required, text};
    use super::*;

    fn asked(params: Value) -> String {
        let model = Model::new(
            "Settings",
            [
                required("port", between(1, 65535)),
                required("ciphers", list(one_of(&["A", "B"])).each("cipher")),
                required("on", boolean()),
                required("level", one_of(&["LOW"])),
            ],
        );
        let fields = [
            required("name", text().max(4)),
            required("data", model.partial()).in_schema("thing_update"),
            optional("limit", nullable(between(0, 3)), Value::Null),
        ];
        match accept_by_schema(fields, params.as_array().expect("a list")) {
            Ok(accepted) => json!(accepted.to_vec()).to_string(),
            Err(fault) => super::super::super::wire::reply::reason(&fault),
        }
    }

    #[test]
    fn numbers_and_texts_are_taken_for_each_other() {
        assert_eq!(asked(json!([7, {"port": " 22 "}])), r#"["7",{"port":22},null]"#);
        assert_eq!(asked(json!(["a", {"on": true}, "2"])), r#"["a",{"on":true},2]"#);
    }

    #[test]
    fn parameters_have_the_schemas_names_and_its_words() {
        for (params, told) in [
            (json!([]), "[EINVAL] name: attribute required\n"),
            (json!([true]), "[EINVAL] name: Not a string\n"),
            (json!(["a", null]), "[EINVAL] thing_update: null not allowed\n"),
            (json!(["a", []]), "[EINVAL] thing_update: A dict was expected\n"),
            (json!(["a", {"on": 1}]), "[EINVAL] thing_update.on: Not a boolean\n"),
            (json!(["a", {"x": 1}]), "[EINVAL] thing_update.x: Field was not expected\n"),
            (
                json!(["a", {"level": "HIGH"}]),
                "[EINVAL] thing_update.level: Invalid choice: HIGH\n",
            ),
            (json!(["a", {"level": true}]), "[EINVAL] thing_update.level: Invalid choice: True\n"),
            (
                json!(["a", {"ciphers": ["A", "C"]}]),
                "[EINVAL] thing_update.ciphers: Item#1 is not valid per list types: [cipher] Invalid choice: C\n",
            ),
            (
                json!(["a", {"port": 0}]),
                "[EINVAL] thing_update.port: Should be between 1 and 65535\n",
            ),
            (json!(["abcde"]), "[EINVAL] name: The value may not be longer than 4 characters\n"),
            (json!([1, {}, 2, 3]), "[EFAULT] Too many arguments (expected 3, found 4)"),
        ] {
            assert_eq!(asked(params.clone()), told, "{params}");
        }
    }

    #[test]
    fn what_has_the_wrong_type_is_told_before_what_will_not_do() {
        assert_eq!(
            asked(json!(["a", {"port": 0, "on": "yes"}])),
            "[EINVAL] thing_update.on: Not a boolean\n"
        );
    }
}
