//! What an account may run with sudo (`plugins/account.py`, `validate_sudo_commands`).

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::text::check_length;
use crate::manifest::diagnostic::{Diagnostic, Report};
use crate::manifest::node::{Content, Node};
use crate::manifest::read::{Mistake, Read, Text, expected};
use crate::manifest::source::Located;
use crate::model::nearest::nearest;
use crate::model::shell_words::{self, SplitError};

/// `all`, `zfs`, or a list of commands.
#[derive(Clone, Debug)]
pub enum Commands {
    /// Everything.
    All,
    /// What replication needs: `/usr/sbin/zfs`.
    Zfs,
    /// These.
    List(Vec<Located<Command>>),
}

impl Commands {
    /// The commands as sudo has them, sorted, each once.
    pub fn lines(&self) -> Vec<String> {
        match self {
            Self::All => vec!["ALL".into()],
            Self::Zfs => vec!["/usr/sbin/zfs".into()],
            Self::List(list) => {
                let mut lines: Vec<String> = list.iter().map(|it| it.value.0.clone()).collect();
                lines.sort();
                lines.dedup();
                lines
            }
        }
    }
}

impl Read for Commands {
    fn read(node: &Node, report: &mut Report) -> Option<Self> {
        let (label, help) = match &node.content {
            Content::List(_) => return Vec::read(node, report).map(Self::List),
            Content::Text(text) => match text.as_str() {
                "all" => return Some(Self::All),
                "zfs" => return Some(Self::Zfs),
                text if text.starts_with('/') => {
                    let help = format!("write it as a list: [{}]", node.span.quoted());
                    ("a single command".to_owned(), help)
                }
                text => match nearest(text, ["all", "zfs"]) {
                    Some(meant) => (format!("did you mean `{meant}`?"), String::new()),
                    None => (String::new(), "write `all`, `zfs` or a list of commands".into()),
                },
            },
            _ => return expected(node, "`all`, `zfs` or a list of commands", report),
        };
        let title =
            format!("expected `all`, `zfs` or a list of commands, found {}", node.describe());
        let problem = Diagnostic::at(&node.span, title, label);
        report.push(if help.is_empty() { problem } else { problem.help(help) });
        None
    }
}

impl JsonSchema for Commands {
    fn schema_name() -> Cow<'static, str> {
        "Commands".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let command = generator.subschema_for::<Command>();
        json_schema!({
            "description": "What may be run: everything (`all`), what replication needs (`zfs`), or a list of commands.",
            "anyOf": [{ "enum": ["all", "zfs"] }, { "type": "array", "items": command }]
        })
    }
}

/// A command: the absolute path of an executable, with arguments where they matter.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(example = "/usr/sbin/zfs")]
pub struct Command(#[schemars(regex(pattern = r#"^["']?/.+$"#), length(max = 1024))] pub String);

impl Text for Command {
    const WHAT: &'static str = "a command";

    /// TrueNAS wants the whole entry to split into words as a shell splits it, and the first word
    /// to be an absolute, normalized path; arguments are not checked. A pattern in the path must
    /// match something, and a slash at its end makes it a directory, that is, every command in it:
    /// whether that is there is known when the system is read.
    fn parse(text: &str) -> Result<Self, Mistake> {
        const TITLE: &str = "invalid sudo command";
        let wrong = |label: &str, help: &str| Err(Mistake::new(TITLE, label, help));
        let help = "write the executable's whole path, such as `/usr/sbin/zfs`";
        if text.eq_ignore_ascii_case("all") {
            return wrong("everything is not a command", "write `all` alone, without a list");
        }
        if text == "zfs" {
            return wrong("not an absolute path", "write `zfs` alone, without a list, or the path");
        }
        if text.trim() != text || text.contains(|c: char| c.is_control()) {
            return wrong("not one line without space around it", help);
        }
        check_length(text, TITLE)?;
        if text.starts_with('!') {
            return wrong(
                "commands cannot be excluded",
                "list what may be run, without `!`: TrueNAS takes absolute paths only",
            );
        }
        let words = match shell_words::split(text) {
            Ok(words) => words,
            Err(SplitError::OpenQuote) => {
                return wrong(
                    "a quote is not closed",
                    "close the quote, or write `\\` in front of it",
                );
            }
            Err(SplitError::OpenEscape) => {
                return wrong("a `\\` at the end", "leave the `\\` out, or write `\\\\`");
            }
        };
        let path = words.first().map(String::as_str).unwrap_or_default();
        if !path.starts_with('/') {
            return wrong("not an absolute path", help);
        }
        let mut parts = path.trim_end_matches('/').split('/').skip(1);
        if path.ends_with("//") || parts.any(|part| matches!(part, "" | "." | "..")) {
            return wrong("a path with `//`, `.` or `..`", help);
        }
        if path == "/" {
            return wrong("the root directory", help);
        }
        Ok(Self(text.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_begins_with_an_absolute_path() {
        for command in [
            "/usr/sbin/zfs",
            "/usr/sbin/zfs list *",
            "/usr/bin/",
            "/usr/sbin/zfs ^x$",
            "/usr/sbin/z*",
            "/usr/sbin/zfs list 'a b' \"c\" !d #e",
            "\"/usr/sbin/zfs\" list",
            r"/usr/sbin/zfs it\'s",
        ] {
            assert!(Command::parse(command).is_ok(), "{command}");
        }
        for command in [
            "",
            "zfs",
            "ALL",
            "all",
            "'ALL'",
            "sbin/zfs",
            "/usr/../sbin/zfs",
            "/usr//x",
            "/usr/bin//",
            "/",
            " /x",
            "!/usr/sbin/zfs",
            "/usr/sbin/zfs it's",
            "/usr/sbin/zfs #'",
            r"/usr/sbin/zfs \",
            &format!("/{}", "x".repeat(1024)),
        ] {
            assert!(Command::parse(command).is_err(), "{command}");
        }
    }
}
