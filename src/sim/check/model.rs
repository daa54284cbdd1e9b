//! Models: objects whose fields are known.

use serde_json::{Map, Value};

use super::shape::Shape;
use super::verdict::{Objection, Place, Verdict};

/// What happens when a field is left out.
#[derive(Clone, Debug)]
enum Default {
    Required,
    Value(Value),
    LeftOut,
}

/// A field of a model, or a parameter of a method.
#[derive(Clone, Debug)]
pub struct Field {
    name: &'static str,
    schema_name: Option<&'static str>,
    shape: Shape,
    default: Default,
}

/// A field that must be there.
pub fn required(name: &'static str, shape: impl Into<Shape>) -> Field {
    Field::new(name, shape.into(), Default::Required)
}

/// A field with a default.
pub fn optional(name: &'static str, shape: impl Into<Shape>, default: impl Into<Value>) -> Field {
    Field::new(name, shape.into(), Default::Value(default.into()))
}

/// A field that stays left out (`NotRequired`).
pub fn absent(name: &'static str, shape: impl Into<Shape>) -> Field {
    Field::new(name, shape.into().or_absent(), Default::LeftOut)
}

/// A field that the model knows and this call does not take: refused like an unknown one, but in
/// its own place among the complaints.
pub fn forbidden(name: &'static str) -> Field {
    Field::new(name, Shape::Forbidden, Default::LeftOut)
}

impl Field {
    fn new(name: &'static str, shape: Shape, default: Default) -> Self {
        Self { name, schema_name: None, shape, default }
    }

    /// What 25.04 calls the parameter where it is checked by its schema.
    pub fn in_schema(self, name: &'static str) -> Self {
        Self { schema_name: Some(name), ..self }
    }

    pub(super) fn schema_name(&self) -> &'static str {
        self.schema_name.unwrap_or(self.name)
    }

    pub(super) fn shape(&self) -> &Shape {
        &self.shape
    }

    pub(super) fn default_value(&self) -> Option<&Value> {
        match &self.default {
            Default::Value(value) => Some(value),
            Default::Required | Default::LeftOut => None,
        }
    }

    pub(super) fn is_required(&self) -> bool {
        matches!(self.default, Default::Required)
    }

    /// A parameter that is an object of its own, with that object's defaults when left out.
    pub fn defaulting(name: &'static str, model: Model) -> Self {
        let default = model.defaults();
        Self::new(name, model.into(), Default::Value(default))
    }

    /// Its name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The same field under another name.
    pub fn named(self, name: &'static str) -> Self {
        Self { name, ..self }
    }

    pub(super) fn check(
        &self,
        found: Option<&Value>,
        place: &Place<'_>,
        verdict: &mut Verdict,
    ) -> Option<Value> {
        let here = Place::Below(place, self.name);
        match (found, &self.default) {
            (Some(value), _) => self.shape.check(value, &here, verdict),
            (None, Default::Value(value)) => Some(value.clone()),
            (None, Default::LeftOut) => None,
            (None, Default::Required) => {
                verdict.refuse(&here, "Field required");
                None
            }
        }
    }
}

/// A rule over a whole object, once all its fields are right (`model_validator(mode="after")`).
pub type ModelRule = fn(&Map<String, Value>) -> Result<(), Objection>;

/// An object whose fields are known; anything else is refused.
#[derive(Clone, Debug)]
pub struct Model {
    name: &'static str,
    fields: Vec<Field>,
    rule: Option<ModelRule>,
}

impl Model {
    /// A model by the name of its Python class, which errors mention.
    pub fn new(name: &'static str, fields: impl IntoIterator<Item = Field>) -> Self {
        Self { name, fields: fields.into_iter().collect(), rule: None }
    }

    /// The model for updates: whatever is left out stays left out (`ForUpdateMetaclass`).
    pub fn partial(mut self) -> Self {
        for field in &mut self.fields {
            field.default = Default::LeftOut;
        }
        self
    }

    /// The model with a rule over the whole object.
    pub fn rule(mut self, rule: ModelRule) -> Self {
        self.rule = Some(rule);
        self
    }

    pub(super) fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// The name of its Python class.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The object that leaving everything out gives.
    pub fn defaults(&self) -> Value {
        let defaults = self.fields.iter().filter_map(|field| match &field.default {
            Default::Value(value) => Some((field.name.to_owned(), value.clone())),
            Default::Required | Default::LeftOut => None,
        });
        Value::Object(defaults.collect())
    }

    pub(super) fn check(
        &self,
        value: &Value,
        place: &Place<'_>,
        verdict: &mut Verdict,
    ) -> Option<Value> {
        let Some(found) = value.as_object() else {
            let name = self.name;
            verdict
                .refuse(place, format!("Input should be a valid dictionary or instance of {name}"));
            return None;
        };
        let before = verdict.count();
        let mut accepted = Map::new();
        for field in &self.fields {
            if let Some(value) = field.check(found.get(field.name), place, verdict) {
                accepted.insert(field.name.to_owned(), value);
            }
        }
        for name in found.keys() {
            if !self.fields.iter().any(|field| field.name == name) {
                verdict.refuse(&Place::Below(place, name), "Extra inputs are not permitted");
            }
        }
        if verdict.count() > before {
            return None;
        }
        if let Some(Err(objection)) = self.rule.map(|rule| rule(&accepted)) {
            verdict.object(place, objection);
            return None;
        }
        Some(Value::Object(accepted))
    }
}
