//! Sizes that datasets have.
//!
//! Sources: `plugins/pool_/dataset_recordsize.py` (512 to 16M), `api/v25_10_5/pool_dataset.py`
//! (a quota is at least 1 GiB, or none).

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::manifest::diagnostic::{Diagnostic, Report};
use crate::manifest::node::{Content, Node};
use crate::manifest::read::{Read, expected};
use crate::model::size;

/// How large the blocks of a dataset's files are at most, in bytes; `None` is the parent's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordSize(pub Option<u64>);

/// How much a dataset may hold, in bytes; `None` is no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota(pub Option<u64>);

/// The largest quota: TrueNAS sends larger numbers as text, and SQLite and JSON readers lose them.
const LARGEST_QUOTA: u64 = i64::MAX as u64;

/// The bytes that are written, whether as a number or as text; and the text.
fn bytes(node: &Node) -> Option<(Option<u64>, String)> {
    match &node.content {
        Content::Int(number) => Some((u64::try_from(*number).ok(), number.to_string())),
        Content::Text(text) => Some((size::parse(text), text.to_ascii_lowercase())),
        _ => None,
    }
}

/// Why a text is no size, as people write them elsewhere.
fn no_size(text: &str) -> &'static str {
    let decimal = text.ends_with('b') && !text.ends_with("ib");
    if decimal && text.starts_with(|c: char| c.is_ascii_digit()) {
        "write `G` or `GiB`: sizes here are binary, and `GB` leaves open which is meant"
    } else if text.contains('.') {
        "write a whole number: `1.5T` is `1536G`"
    } else {
        "write a whole number and a unit: `100G`, `128K`"
    }
}

impl Read for RecordSize {
    fn read(node: &Node, report: &mut Report) -> Option<Self> {
        let Some((bytes, text)) = bytes(node) else {
            return expected(node, "a record size such as `128K`", report);
        };
        let label = match bytes {
            Some(size) if size.is_power_of_two() && (512..=16 << 20).contains(&size) => {
                return Some(Self(Some(size)));
            }
            None if text == "inherit" => return Some(Self(None)),
            Some(size) if !size.is_power_of_two() => "not a power of two",
            Some(_) => "not between 512 and 16M",
            None => "not a size",
        };
        let help = "write a power of two between `512` and `16M`, such as `128K` or `1M`, or \
                    `inherit`";
        report.push(Diagnostic::at(&node.span, "invalid record size", label).help(help));
        None
    }
}

impl Read for Quota {
    fn read(node: &Node, report: &mut Report) -> Option<Self> {
        let Some((bytes, text)) = bytes(node) else {
            return expected(node, "a quota such as `100G`, or `none`", report);
        };
        let (label, help) = match bytes {
            Some(size) if (1 << 30..=LARGEST_QUOTA).contains(&size) => {
                return Some(Self(Some(size)));
            }
            None if text == "none" => return Some(Self(None)),
            Some(size) if size > LARGEST_QUOTA => {
                ("more than a quota can be", "write less than `8E`, or `none` for no limit")
            }
            Some(0) => ("no limit is written `none`", "write `none`"),
            Some(_) => ("less than 1G", "TrueNAS takes a quota of at least `1G`, or `none`"),
            None if ["off", "no", "unlimited", "inf"].contains(&text.as_str()) => {
                ("not a size", "write `none` for no limit")
            }
            None if text == "inherit" => {
                ("a quota is never inherited", "write `none` or a size, or leave the key out")
            }
            None => ("not a size", no_size(&text)),
        };
        report.push(Diagnostic::at(&node.span, "invalid quota", label).help(help));
        None
    }
}

impl JsonSchema for RecordSize {
    fn schema_name() -> Cow<'static, str> {
        "RecordSize".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "How large the blocks of files are at most: a power of two from 512 to 16M, or whatever the parent has (`inherit`).",
            "anyOf": [
                { "enum": ["512", "1K", "2K", "4K", "8K", "16K", "32K", "64K", "128K", "256K", "512K", "1M", "2M", "4M", "8M", "16M", "inherit"] },
                { "type": "string", "pattern": "^([0-9]+([KkMm]([Ii][Bb])?)?|[Ii][Nn][Hh][Ee][Rr][Ii][Tt])$" },
                { "type": "integer", "minimum": 512, "maximum": 16_777_216 }
            ],
            "examples": ["128K", "1M"]
        })
    }
}

impl JsonSchema for Quota {
    fn schema_name() -> Cow<'static, str> {
        "Quota".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "How much may be stored: at least 1G, in binary units, or `none`.",
            "anyOf": [
                { "type": "string", "pattern": "^([0-9]+([KkMmGgTtPpEe]([Ii][Bb])?)?|[Nn][Oo][Nn][Ee])$" },
                { "type": "integer", "minimum": 1_073_741_824_u64, "maximum": LARGEST_QUOTA }
            ],
            "examples": ["100G", "2T", "none"]
        })
    }
}
