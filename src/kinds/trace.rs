//! What a call from a system's audit log did to a resource, as far as the log shows it.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// A call that succeeded, as the audit log has it. Secrets in its parameters are stars already.
#[derive(Clone, Copy, Debug)]
pub struct Logged<'a> {
    /// The method.
    pub method: &'a str,
    /// Its parameters.
    pub params: &'a [Value],
    /// What the log calls it: `Update user replicator`.
    pub description: &'a str,
}

/// What a call did to a resource.
#[derive(Clone, Debug, PartialEq)]
pub enum Touched {
    /// It removed it.
    Removed,
    /// It created it with these fields; to which value in the manifest's form, where the log shows
    /// that. What is not among them it cannot have set.
    Created(BTreeMap<&'static str, Option<Value>>),
    /// It set fields that the log does not show.
    Whole,
    /// It set these fields; to which value in the manifest's form, where the log shows that.
    Fields(BTreeMap<&'static str, Option<Value>>),
}

impl<'a> Logged<'a> {
    /// A parameter that is an object.
    pub fn object(&self, at: usize) -> Option<&'a Map<String, Value>> {
        self.params.get(at)?.as_object()
    }

    /// A parameter that is a text.
    pub fn text(&self, at: usize) -> Option<&'a str> {
        self.params.get(at)?.as_str()
    }

    /// A member of a parameter that is a text.
    pub fn member(&self, at: usize, name: &str) -> Option<&'a str> {
        self.object(at)?.get(name)?.as_str()
    }
}

/// The fields that an object sets, by their names in it; `value` gives the manifest's form.
pub fn known_fields(
    set: &Map<String, Value>,
    names: &[(&'static str, &str)],
    value: impl Fn(&str, &Value) -> Option<Value>,
) -> BTreeMap<&'static str, Option<Value>> {
    let known = set.iter().filter_map(|(name, given)| {
        let (field, _) = names.iter().find(|(_, api)| *api == name.as_str())?;
        Some((*field, value(field, given)))
    });
    known.collect()
}
