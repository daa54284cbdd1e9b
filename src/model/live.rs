//! What a system reports now: one resource, reduced to what its kind knows.

use std::collections::BTreeMap;

use serde_json::Value;

use super::detail::Detail;
use super::hint::Hint;

/// What could be read of a field.
#[derive(Clone, Debug, PartialEq)]
pub enum Reading {
    /// The live value, in the canonical form of the manifest.
    Value(Value),
    /// The login may not read it; any of these roles shows it.
    Hidden {
        /// The smallest role that would do.
        role: &'static str,
    },
}

impl Reading {
    /// The value, if it could be read.
    pub fn value(&self) -> Option<&Value> {
        match self {
            Self::Value(value) => Some(value),
            Self::Hidden { .. } => None,
        }
    }
}

/// A resource as it is. Decoding is an allow-list: what is not named by the kind is not here.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Live {
    /// Whether there is such a resource.
    pub exists: bool,
    /// The managed fields, and what other resources may refer to (`host_keys`, `public_key`).
    pub fields: BTreeMap<String, Reading>,
    /// What else the kind needs to decide and to build calls (ids, the state of parents).
    pub facts: BTreeMap<String, Value>,
    /// The same, typed, where a kind has it so.
    pub detail: Option<Detail>,
    /// What a person should know of it although trueup does not manage it.
    pub hints: Vec<Hint>,
}

impl Live {
    /// A resource that is not there.
    pub fn absent() -> Self {
        Self::default()
    }

    /// A field's or fact's value, if it could be read.
    pub fn get(&self, name: &str) -> Option<&Value> {
        match self.fields.get(name) {
            Some(reading) => reading.value(),
            None => self.facts.get(name),
        }
    }

    /// Notes a field's value.
    pub fn field(&mut self, name: &str, value: impl Into<Value>) {
        self.fields.insert(name.into(), Reading::Value(value.into()));
    }

    /// Notes a fact.
    pub fn fact(&mut self, name: &str, value: impl Into<Value>) {
        self.facts.insert(name.into(), value.into());
    }
}
