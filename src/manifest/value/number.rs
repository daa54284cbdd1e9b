//! Numbers with bounds.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::manifest::diagnostic::{Diagnostic, Report};
use crate::manifest::node::{Content, Node};
use crate::manifest::read::{Read, expected};

/// The manifest's own version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version;

/// A TCP port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Port(pub u16);

/// A time in whole seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seconds(pub u16);

impl Read for Version {
    fn read(node: &Node, report: &mut Report) -> Option<Self> {
        match node.content {
            Content::Int(1) => Some(Self),
            Content::Int(_) => {
                let title = format!("no such version: {}", node.span.quoted());
                let help = "write `version: 1`; a manifest of a later version needs a later trueup";
                report.push(Diagnostic::at(&node.span, title, "there is only 1").help(help));
                None
            }
            _ => expected(node, "the number `1`", report),
        }
    }
}

impl Read for Port {
    fn read(node: &Node, report: &mut Report) -> Option<Self> {
        match node.content {
            Content::Int(port) if port > 0 => match u16::try_from(port) {
                Ok(port) => Some(Self(port)),
                Err(_) => expected(node, "a number between 1 and 65535", report),
            },
            _ => expected(node, "a number between 1 and 65535", report),
        }
    }
}

impl Read for Seconds {
    fn read(node: &Node, report: &mut Report) -> Option<Self> {
        match node.content {
            Content::Int(seconds @ 1..=3600) => u16::try_from(seconds).ok().map(Self),
            _ => expected(node, "a number of seconds between 1 and 3600", report),
        }
    }
}

impl JsonSchema for Version {
    fn schema_name() -> Cow<'static, str> {
        "Version".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "description": "The manifest's version.", "const": 1 })
    }
}

impl JsonSchema for Port {
    fn schema_name() -> Cow<'static, str> {
        "Port".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "integer", "description": "A TCP port.", "minimum": 1, "maximum": 65_535
        })
    }
}

impl JsonSchema for Seconds {
    fn schema_name() -> Cow<'static, str> {
        "Seconds".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "integer", "description": "Whole seconds.", "minimum": 1, "maximum": 3600
        })
    }
}
