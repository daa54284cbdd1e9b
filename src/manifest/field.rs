//! Fields and names: what stands under a key, or was left out, or was wrong.

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::diagnostic::Report;
use super::node::{Content, Entry, Node};
use super::read::{Read, Text, expected, parse};
use super::source::{Located, Span};

/// A field of a mapping.
#[derive(Clone, Debug, Default)]
pub enum Field<T> {
    /// It is left out.
    #[default]
    Missing,
    /// It is there, and wrong: that has been reported.
    Wrong(Span),
    /// It is there.
    Given(Located<T>),
}

impl<T> Field<T> {
    /// The value and its place, if it is there and right.
    pub fn given(&self) -> Option<&Located<T>> {
        match self {
            Self::Given(given) => Some(given),
            Self::Missing | Self::Wrong(_) => None,
        }
    }

    /// The value, if it is there and right.
    pub fn value(&self) -> Option<&T> {
        self.given().map(|given| &given.value)
    }

    /// Where it is written, right or wrong.
    pub fn span(&self) -> Option<&Span> {
        match self {
            Self::Missing => None,
            Self::Wrong(span) => Some(span),
            Self::Given(given) => Some(&given.span),
        }
    }

    /// Whether it is left out.
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Missing)
    }
}

/// Things by their names.
#[derive(Clone, Debug)]
pub struct Names<K, V>(pub BTreeMap<K, Named<V>>);

/// A thing under its name.
#[derive(Clone, Debug)]
pub struct Named<V> {
    /// Where the name is written.
    pub span: Span,
    /// The thing; `None` if it is wrong, which has been reported.
    pub value: Option<V>,
}

impl<K: Text + Ord, V: Read> Read for Names<K, V> {
    fn read(node: &Node, report: &mut Report) -> Option<Self> {
        let Content::Map(entries) = &node.content else {
            return expected(node, "a mapping from names to what is said of them", report);
        };
        let mut names = BTreeMap::new();
        for Entry { key, node } in entries {
            let value = V::read(node, report);
            if let Some(name) = parse::<K>(&key.value, &key.span, report) {
                names.insert(name, Named { span: key.span.clone(), value });
            }
        }
        Some(Self(names))
    }
}

/// Schemas of the wrappers are those of what they hold.
macro_rules! transparent {
    ($wrapper:ident) => {
        impl<T: JsonSchema> JsonSchema for $wrapper<T> {
            fn inline_schema() -> bool {
                T::inline_schema()
            }

            fn schema_name() -> Cow<'static, str> {
                T::schema_name()
            }

            fn schema_id() -> Cow<'static, str> {
                T::schema_id()
            }

            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                T::json_schema(generator)
            }
        }
    };
}

transparent!(Field);
transparent!(Located);

impl<K: JsonSchema, V: JsonSchema> JsonSchema for Names<K, V> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("{}_by_{}", V::schema_name(), K::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let names = generator.subschema_for::<K>();
        let things = generator.subschema_for::<V>();
        json_schema!({
            "type": "object",
            "propertyNames": names,
            "additionalProperties": things,
        })
    }
}
