//! A dataset's compression, from the list that TrueNAS offers (`plugins/pool_/utils.py`).

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::manifest::diagnostic::{Diagnostic, Report};
use crate::manifest::node::{Content, Node};
use crate::manifest::read::{Read, expected, yes_or_no};
use crate::model::nearest::nearest;

/// One of the algorithms, `on`, `off` or `inherit`, in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compression(pub String);

/// Every algorithm that TrueNAS offers, and `inherit`.
fn choices() -> Vec<String> {
    let plain = [
        "on",
        "off",
        "inherit",
        "lz4",
        "gzip",
        "gzip-1",
        "gzip-9",
        "zstd",
        "zstd-fast",
        "zle",
        "lzjb",
    ];
    let fast = (1..=10).chain((20..=100).step_by(10)).chain([500, 1000]);
    plain
        .into_iter()
        .map(str::to_owned)
        .chain((1..=19).map(|level| format!("zstd-{level}")))
        .chain(fast.map(|level| format!("zstd-fast-{level}")))
        .collect()
}

impl Read for Compression {
    fn read(node: &Node, report: &mut Report) -> Option<Self> {
        let word = match &node.content {
            Content::Bool(true) => "on".into(),
            Content::Bool(false) => "off".into(),
            Content::Text(text) => text.to_ascii_lowercase(),
            _ => return expected(node, "a compression", report),
        };
        let choices = choices();
        if choices.contains(&word) {
            return Some(Self(word));
        }
        let meant = match yes_or_no(node) {
            Some(true) => Some("on"),
            Some(false) => Some("off"),
            None if word == "none" => Some("off"),
            None => nearest(&word, choices.iter().map(String::as_str)),
        };
        let label = meant.map_or(String::new(), |meant| format!("did you mean `{meant}`?"));
        let help = "TrueNAS offers `on`, `off`, `lz4`, `zstd`, `zstd-1` to `zstd-19`, \
                    `zstd-fast-N`, `gzip`, `gzip-1`, `gzip-9`, `zle` and `lzjb`; `inherit` takes \
                    the parent's";
        let title = format!("invalid compression `{}`", node.span.quoted());
        report.push(Diagnostic::at(&node.span, title, label).help(help));
        None
    }
}

impl JsonSchema for Compression {
    fn schema_name() -> Cow<'static, str> {
        "Compression".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "How data are compressed: an algorithm, or whatever the parent has (`inherit`). `on` leaves the choice to ZFS.",
            "anyOf": [
                { "enum": choices() },
                { "type": "boolean" },
                { "type": "string", "pattern": "^[A-Z][A-Z0-9-]*$" }
            ]
        })
    }
}
