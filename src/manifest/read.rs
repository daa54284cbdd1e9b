//! How a document type is read from the tree: every mistake is reported, and reading goes on.

use super::diagnostic::{Diagnostic, Report};
use super::node::{Content, Node, has_leading_zero};
use super::source::{Located, Span};

/// What a manifest may hold somewhere.
pub trait Read: Sized {
    /// The value; `None` if it is wrong, which is then reported.
    fn read(node: &Node, report: &mut Report) -> Option<Self>;
}

/// Why a text is not what it should be. The title quotes nothing of it, since it may come from the
/// environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// What is wrong.
    pub title: String,
    /// What is said of the place.
    pub label: String,
    /// What to write instead.
    pub help: String,
}

impl Mistake {
    /// A mistake: what is wrong, what is said of the place, what to write instead.
    pub fn new(title: &str, label: impl Into<String>, help: impl Into<String>) -> Self {
        Self { title: title.into(), label: label.into(), help: help.into() }
    }
}

/// A text with rules of its own.
pub trait Text: Sized {
    /// What it is, for "expected …, found …".
    const WHAT: &'static str;

    /// The value.
    ///
    /// # Errors
    /// What is wrong with the text.
    fn parse(text: &str) -> Result<Self, Mistake>;
}

impl<T: Text> Read for T {
    fn read(node: &Node, report: &mut Report) -> Option<Self> {
        match &node.content {
            Content::Text(text) => parse(text, &node.span, report),
            _ => expected_text(node, T::WHAT, report),
        }
    }
}

/// A text's value; what is wrong with it is reported.
pub fn parse<T: Text>(text: &str, span: &Span, report: &mut Report) -> Option<T> {
    match T::parse(text) {
        Ok(value) => Some(value),
        Err(Mistake { title, label, help }) => {
            report.push(Diagnostic::at(span, title, label).help(help));
            None
        }
    }
}

/// Reports that a value is of another type.
pub fn expected<T>(node: &Node, what: &str, report: &mut Report) -> Option<T> {
    wrong_type(node, what, None, report)
}

/// Reports that a value is of another type than text.
fn expected_text<T>(node: &Node, what: &str, report: &mut Report) -> Option<T> {
    let help = match &node.content {
        Content::Int(_) | Content::Number | Content::Bool(_) => {
            let written = node.span.quoted();
            Some(format!("if this is meant as text, write it in quotes: \"{written}\""))
        }
        _ => None,
    };
    wrong_type(node, what, help, report)
}

/// Reports that a value is of another type, with what to write instead if that is known.
fn wrong_type<T>(node: &Node, what: &str, help: Option<String>, report: &mut Report) -> Option<T> {
    if matches!(node.content, Content::Reported) {
        return None;
    }
    let help = help.or_else(|| match &node.content {
        Content::Null => Some("write a value, or leave the key out".into()),
        Content::Text(text) if what.contains("number") && text.parse::<i64>().is_ok() => {
            Some(format!("write it without quotes: {text}"))
        }
        Content::Number if has_leading_zero(node.span.text()) => {
            let digits = node.span.text().trim_start_matches('0');
            Some(format!(
                "write it without a leading zero: {}",
                if digits.is_empty() { "0" } else { digits }
            ))
        }
        _ => None,
    });
    let title = format!("expected {what}, found {}", node.describe());
    let problem = Diagnostic::at(&node.span, title, "");
    report.push(match help {
        Some(help) => problem.help(help),
        None => problem,
    });
    None
}

/// What a word for yes or no means, as other programs write it.
pub fn yes_or_no(node: &Node) -> Option<bool> {
    match &node.content {
        Content::Bool(value) => Some(*value),
        Content::Text(text) => match text.to_lowercase().as_str() {
            "on" | "yes" | "y" | "enabled" | "true" => Some(true),
            "off" | "no" | "n" | "disabled" | "false" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

impl Read for bool {
    fn read(node: &Node, report: &mut Report) -> Option<Self> {
        match node.content {
            Content::Bool(value) => Some(value),
            _ => {
                let help = yes_or_no(node).map(|meant| format!("write `{meant}`"));
                wrong_type(node, "`true` or `false`", help, report)
            }
        }
    }
}

impl Read for String {
    fn read(node: &Node, report: &mut Report) -> Option<Self> {
        match &node.content {
            Content::Text(text) => Some(text.clone()),
            _ => expected_text(node, "a text", report),
        }
    }
}

impl<T: Read> Read for Located<T> {
    fn read(node: &Node, report: &mut Report) -> Option<Self> {
        Some(Self { value: T::read(node, report)?, span: node.span.clone() })
    }
}

/// A list, without those of its items that are wrong.
impl<T: Read> Read for Vec<Located<T>> {
    fn read(node: &Node, report: &mut Report) -> Option<Self> {
        match &node.content {
            Content::List(items) => {
                Some(items.iter().filter_map(|item| Located::read(item, report)).collect())
            }
            Content::Text(_) => {
                let help = format!("write it as a list: [{}]", node.span.quoted());
                wrong_type(node, "a list", Some(help), report)
            }
            _ => expected(node, "a list", report),
        }
    }
}

/// A thing that need not say anything of itself: `null` is as good as `{}`.
impl<T: Read> Read for Option<T> {
    fn read(node: &Node, report: &mut Report) -> Option<Self> {
        match node.content {
            Content::Null => Some(None),
            _ => T::read(node, report).map(Some),
        }
    }
}
