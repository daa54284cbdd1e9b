//! Paths: homes and their modes, shells, and files that the manifest refers to.
//!
//! Source: `plugins/account.py` (`validate_homedir_path`, `home_mode`).

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::text::check_length;
use crate::manifest::diagnostic::{Diagnostic, Report};
use crate::manifest::node::{Content, Node};
use crate::manifest::read::{Mistake, Read, Text, expected};
use crate::model::mountpoint;

/// The longest name of a directory, in bytes (ZFS and Linux, `NAME_MAX`).
const LONGEST_FILE_NAME: usize = 255;

/// A home directory: below a pool's mountpoint, without a slash at its end.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, JsonSchema)]
#[schemars(example = "/mnt/backup/home/replicator")]
pub struct HomePath(
    #[schemars(regex(pattern = r"^/mnt/[^/:]+(/[^/:]+)+/?$"), length(max = 1025))] pub String,
);

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
        let Some(below) = mountpoint::dataset_at(path) else {
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
        check_length(path, "this cannot be a home directory")?;
        if let Some(part) = below.split('/').find(|part| part.len() > LONGEST_FILE_NAME) {
            let label = format!("a directory's name of {} bytes", part.len());
            return wrong(&label, "shorten it: a directory's name has at most 255 bytes");
        }
        Ok(Self(path.into()))
    }
}

/// A login shell.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(example = "/usr/bin/bash", example = "/usr/bin/zsh")]
pub struct Shell(#[schemars(regex(pattern = r"^/[^\s:]+$"), length(max = 1024))] pub String);

impl Text for Shell {
    const WHAT: &'static str = "the path of a shell";

    fn parse(text: &str) -> Result<Self, Mistake> {
        check_length(text, "invalid shell")?;
        let odd = |c: char| c.is_whitespace() || c.is_control() || c == ':';
        if text.len() > 1 && text.starts_with('/') && !text.contains(odd) {
            return Ok(Self(text.into()));
        }
        let label = if text.starts_with('/') { "" } else { "not an absolute path" };
        let help = "write the whole path, such as `/usr/bin/bash`";
        Err(Mistake::new("invalid shell", label, help))
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
    /// `"700"` are all octal 700.
    ///
    /// A YAML 1.1 tool that rewrites an unquoted `0770` makes 504 of it, which are octal digits,
    /// too. So an unquoted number that is the decimal form of a usual mode is an error that says
    /// what was meant; in quotes it is taken as it is written.
    fn read(node: &Node, report: &mut Report) -> Option<Self> {
        let written = match &node.content {
            Content::Text(text) => text.as_str(),
            Content::Int(_) | Content::Number => node.span.text(),
            _ => return expected(node, "a mode such as `\"700\"`", report),
        };
        let mut wrong = |label: String, help: String| {
            let problem = Diagnostic::at(&node.span, "invalid home mode", label);
            report.push(problem.help(help));
            None
        };
        if let Content::Int(number) = node.content
            && let Some(meant) = usual_mode(number).filter(|_| number.to_string() == written)
        {
            let or = match octal(written) {
                Some(_) => format!(", or \"{written}\" in quotes for octal {written}"),
                None => String::new(),
            };
            return wrong(
                format!("the decimal form of 0{meant}"),
                format!("write \"{meant}\"{or}"),
            );
        }
        let digits = written.strip_prefix("0o").or_else(|| written.strip_prefix('0'));
        let digits = digits.filter(|digits| digits.len() == 3).unwrap_or(written);
        match octal(digits) {
            Some(mode) if mode & 0o500 == 0o500 => Some(Self(mode)),
            Some(_) => wrong(
                "the owner could not enter it".into(),
                "write a mode that lets the owner read and enter, such as \"700\"".into(),
            ),
            None if digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_digit()) => wrong(
                "setuid, setgid and sticky bits are not managed".into(),
                "write three octal digits in quotes: \"700\"".into(),
            ),
            None => wrong(
                "not three octal digits".into(),
                "write three octal digits in quotes: \"700\"".into(),
            ),
        }
    }
}

/// The number that three octal digits stand for.
fn octal(digits: &str) -> Option<u16> {
    let is_octal = digits.len() == 3 && digits.bytes().all(|byte| matches!(byte, b'0'..=b'7'));
    u16::from_str_radix(digits, 8).ok().filter(|_| is_octal)
}

/// The octal digits of a number that is a mode as people choose them for directories: the owner
/// may read and enter, and whoever else may do anything may enter.
fn usual_mode(number: i64) -> Option<String> {
    let mode = u16::try_from(number).ok().filter(|mode| *mode <= 0o777)?;
    let usual = |shift: u16| matches!(mode >> shift & 0o7, 0 | 1 | 5 | 7);
    (mode & 0o500 == 0o500 && usual(6) && usual(3) && usual(0)).then(|| format!("{mode:03o}"))
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
