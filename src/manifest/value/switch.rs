//! A property of a dataset that is on or off.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::manifest::diagnostic::Report;
use crate::manifest::node::{Content, Node};
use crate::manifest::read::{Read, expected, yes_or_no};

/// `on`, `off`, or the parent's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Switch {
    /// On.
    On,
    /// Off.
    Off,
    /// Whatever the parent has.
    Inherit,
}

impl Switch {
    /// Its canonical text.
    pub const fn text(self) -> &'static str {
        match self {
            Self::On => "on",
            Self::Off => "off",
            Self::Inherit => "inherit",
        }
    }
}

impl Read for Switch {
    /// `on`, `true` and `ON` are the same.
    fn read(node: &Node, report: &mut Report) -> Option<Self> {
        let word = match &node.content {
            Content::Bool(true) => "on".into(),
            Content::Bool(false) => "off".into(),
            Content::Text(text) => text.to_ascii_lowercase(),
            _ => String::new(),
        };
        match (word.as_str(), yes_or_no(node)) {
            ("on", _) => Some(Self::On),
            ("off", _) => Some(Self::Off),
            ("inherit", _) => Some(Self::Inherit),
            (_, Some(true)) => expected(node, "`on`", report),
            (_, Some(false)) => expected(node, "`off`", report),
            _ => expected(node, "`on`, `off` or `inherit`", report),
        }
    }
}

impl JsonSchema for Switch {
    fn schema_name() -> Cow<'static, str> {
        "Switch".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "On, off, or whatever the parent has.",
            "enum": ["on", "off", "inherit", true, false, "ON", "OFF", "INHERIT"]
        })
    }
}
