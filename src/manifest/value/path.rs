//! Paths: homes and their modes, shells, and files that the manifest refers to.
//!
//! Source: `plugins/account.py` (`validate_homedir_path`, `home_mode`).

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::manifest::diagnostic::{Diagnostic, Report};
use crate::manifest::node::{Content, Node};
use crate::manifest::read::{Mistake, Read, Text, expected};

/// A home directory: below a pool's mountpoint, without a slash at its end.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, JsonSchema)]
#[schemars(example = "/mnt/backup/home/replicator")]
pub struct HomePath(#[schemars(regex(pattern = r"^/mnt/[^/:]+(/[^/:]+)+/?$"))] pub String);

impl HomePath {
    /// The path below `/mnt/`: the name of the dataset that would be mounted there.
    pub fn below_mnt(&self) -> &str {
        self.0.trim_start_matches("/mnt/")
    }
}

impl Text for HomePath {
    const WHAT: &'static str = "a path below `/mnt`";

    fn parse(text: &str) -> Result<Self, Mistake> {
        let wrong = |label: &str, help: &str| {
            Err(Mistake::new("this cannot be a home directory", label, help))
        };
        let help = "write `/mnt/POOL/DIRECTORY/NAME`, such as `/mnt/tank/home/replicator`";
        if matches!(text, "/var/empty" | "/nonexistent") {
            return wrong("this is TrueNAS' way to say: no home", help);
        }
        let path = text.strip_suffix('/').unwrap_or(text);
        let Some(below) = path.strip_prefix("/mnt/") else {
            return match text {
                "/root" | "/home/truenas_admin" | "/home/admin" => wrong(
                    "TrueNAS does not let the home of this account be changed",
                    "leave `home` out: this home is usable as it is",
                ),
                "/mnt" | "/mnt/" => wrong("not `/mnt` itself", help),
                _ if !text.starts_with('/') => wrong("not an absolute path", help),
                _ => wrong("not below `/mnt`, where the pools are", help),
            };
        };
        if path.contains(':') {
            return wrong("a home cannot contain `:`", "choose a path without a colon");
        }
        if path.contains(|c: char| c.is_control()) {
            return wrong("a control character", help);
        }
        if below.split('/').any(|part| matches!(part, "" | "." | "..")) {
            return wrong("a path without `//`, `.` and `..`", help);
        }
        if !below.contains('/') {
            return wrong("a pool's root cannot be a home", help);
        }
        Ok(Self(path.into()))
    }
}

/// A login shell.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(example = "/usr/bin/bash", example = "/usr/bin/zsh")]
pub struct Shell(#[schemars(regex(pattern = r"^/[^\s:]+$"))] pub String);

impl Text for Shell {
    const WHAT: &'static str = "the path of a shell";

    fn parse(text: &str) -> Result<Self, Mistake> {
        let odd = |c: char| c.is_whitespace() || c.is_control() || c == ':';
        if text.len() > 1 && text.starts_with('/') && !text.contains(odd) {
            return Ok(Self(text.into()));
        }
        let label = if text.starts_with('/') { "" } else { "not an absolute path" };
        let help = "write the whole path, such as `/usr/bin/bash`";
        Err(Mistake::new("this is no shell", label, help))
    }
}

/// A file that the manifest refers to.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
pub struct FilePath(#[schemars(length(min = 1))] pub String);

impl Text for FilePath {
    const WHAT: &'static str = "the path of a file";

    fn parse(text: &str) -> Result<Self, Mistake> {
        if text.is_empty() || text.contains(|c: char| c.is_control()) {
            let help = "write a path, relative to the manifest's file or absolute";
            return Err(Mistake::new("this is no path", "", help));
        }
        Ok(Self(text.into()))
    }
}

/// A directory's mode: three octal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mode(pub u16);

impl Mode {
    /// Its canonical text: `700`.
    pub fn text(self) -> String {
        format!("{:03o}", self.0)
    }
}

impl Read for Mode {
    /// What is written counts, not the number that YAML makes of it: `700`, `0700`, `0o700` and
    /// `"700"` are all octal 700. A number with other digits was not meant to be octal.
    fn read(node: &Node, report: &mut Report) -> Option<Self> {
        let written = match &node.content {
            Content::Text(text) => text.as_str(),
            Content::Int(_) | Content::Number => node.span.text(),
            _ => return expected(node, "a mode such as `\"700\"`", report),
        };
        let digits = written.strip_prefix("0o").or_else(|| written.strip_prefix('0'));
        let digits = digits.filter(|digits| digits.len() == 3).unwrap_or(written);
        let octal = digits.len() == 3 && digits.bytes().all(|byte| matches!(byte, b'0'..=b'7'));
        let mode = u16::from_str_radix(digits, 8).ok().filter(|_| octal);
        let (label, help) = match mode {
            Some(mode) if mode & 0o500 == 0o500 => return Some(Self(mode)),
            Some(_) => (
                "the owner could not enter it",
                "write a mode that lets the owner read and enter, such as \"700\"",
            ),
            None if digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_digit()) => (
                "setuid, setgid and sticky bits are not managed",
                "write three octal digits in quotes: \"700\"",
            ),
            None => ("not three octal digits", "write three octal digits in quotes: \"700\""),
        };
        report.push(Diagnostic::at(&node.span, "this is no mode for a home", label).help(help));
        None
    }
}

impl JsonSchema for Mode {
    fn schema_name() -> Cow<'static, str> {
        "Mode".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "Three octal digits, in quotes.",
            "anyOf": [
                { "type": "string", "pattern": "^0?o?[5-7][0-7]{2}$" },
                { "type": "integer" }
            ],
            "examples": ["700", "750"]
        })
    }
}
