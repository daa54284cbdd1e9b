//! A value that stands in the manifest, or in the environment.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::manifest::diagnostic::{Diagnostic, Report};
use crate::manifest::node::{Content, Node};
use crate::manifest::read::{Mistake, Read, Text};
use crate::manifest::secret;
use crate::manifest::source::Located;
use crate::manifest::table::Table;

/// The name of an environment variable.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
pub struct EnvName(#[schemars(regex(pattern = r"^[A-Za-z_][A-Za-z0-9_]*$"))] pub String);

impl Text for EnvName {
    const WHAT: &'static str = "the name of an environment variable";

    fn parse(text: &str) -> Result<Self, Mistake> {
        if secret::is_variable(text) {
            return Ok(Self(text.into()));
        }
        Err(Mistake::new(
            "this is no environment variable's name",
            "",
            "write the name alone, such as `BOSTON_URL`, without `$`; it has letters, digits and `_`",
        ))
    }
}

/// A text, or `{ env: NAME }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OrEnv<T> {
    /// The value stands in the manifest.
    Written(T),
    /// The value is read from this environment variable when it is needed.
    Env(EnvName),
}

impl<T: Read> Read for OrEnv<T> {
    fn read(node: &Node, report: &mut Report) -> Option<Self> {
        let Content::Map(_) = node.content else {
            return T::read(node, report).map(Self::Written);
        };
        let table = Table::open(node, "a reference", None, &["env"], report)?;
        let env = table.field::<EnvName>("env", report);
        if env.is_missing() {
            let title = "a reference without `env`";
            report.push(
                Diagnostic::at(&node.span, title, "").help("write the text, or `{ env: NAME }`"),
            );
        }
        env.value().cloned().map(Self::Env)
    }
}

impl<T: JsonSchema> JsonSchema for OrEnv<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("{}_or_env", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let text = generator.subschema_for::<T>();
        let name = generator.subschema_for::<EnvName>();
        json_schema!({
            "anyOf": [
                text,
                {
                    "type": "object",
                    "description": "The value of an environment variable.",
                    "properties": { "env": name },
                    "required": ["env"],
                    "additionalProperties": false
                }
            ]
        })
    }
}

/// One value, or a list of at least one.
#[derive(Clone, Debug)]
pub struct OneOrMore<T>(pub Vec<Located<T>>);

impl<T: Read> Read for OneOrMore<T> {
    fn read(node: &Node, report: &mut Report) -> Option<Self> {
        let Content::List(items) = &node.content else {
            return Located::read(node, report).map(|one| Self(vec![one]));
        };
        if items.is_empty() {
            let help = "name at least one, or leave the key out";
            report.push(Diagnostic::at(&node.span, "this list is empty", "").help(help));
            return None;
        }
        Vec::read(node, report).map(Self)
    }
}

impl<T: JsonSchema> JsonSchema for OneOrMore<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("one_or_more_{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let one = generator.subschema_for::<T>();
        json_schema!({ "anyOf": [one, { "type": "array", "items": one, "minItems": 1 }] })
    }
}
