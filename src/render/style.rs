//! The few roles that colour plays. Everything reads the same without it.

use std::fmt;

use anstyle::{AnsiColor, Style};

use crate::model::visible::{visible, visible_lines};

/// Something that appears.
pub const CREATE: Style = AnsiColor::Green.on_default();
/// Something that changes, and what needs attention.
pub const CHANGE: Style = AnsiColor::Yellow.on_default();
/// Something that goes, is blocked or failed.
pub const REMOVE: Style = AnsiColor::Red.on_default();
/// A heading.
pub const HEADING: Style = Style::new().bold();
/// What is there for completeness.
pub const FAINT: Style = Style::new().dimmed();

/// A text in a style.
pub struct Painted<T>(pub Style, pub T);

impl<T: fmt::Display> fmt::Display for Painted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(style, text) = self;
        write!(f, "{style}{text}{style:#}")
    }
}

/// A count with its noun: `1 resource`, `2 resources`.
pub fn count(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

/// A count in its style, with what it counts; nothing if it is zero.
pub fn counted(style: Style, number: usize, what: &str) -> Option<String> {
    (number > 0).then(|| Painted(style, format!("{number} {what}")).to_string())
}

/// The counts that are not zero, each with what it counts: `2 to create, 1 to update`.
pub fn nonzero<'a>(counts: impl IntoIterator<Item = (usize, &'a str)>) -> Vec<String> {
    let counts = counts.into_iter().filter(|(count, _)| *count > 0);
    counts.map(|(count, what)| format!("{count} {what}")).collect()
}

/// A sentence wrapped to the width, every line indented. What would end a line in it is written
/// out: a system's text, which it may quote, makes no lines of its own.
pub fn paragraph(text: &str, indent: &str, width: usize) -> String {
    wrapped(&visible(text), indent, indent, width)
}

/// The same for a text of several lines that quotes no system.
pub fn paragraphs(text: &str, indent: &str, width: usize) -> String {
    wrapped(&visible_lines(text), indent, indent, width)
}

/// An item of a list wrapped to the width: what follows its sign is aligned.
pub fn item(sign: &str, text: &str, indent: &str, width: usize) -> String {
    let hanging = format!("{indent}{}", " ".repeat(sign.chars().count() + 1));
    wrapped(&visible(&format!("{sign} {text}")), indent, &hanging, width)
}

fn wrapped(text: &str, first: &str, rest: &str, width: usize) -> String {
    let options = textwrap::Options::new(width.max(rest.len() + 20))
        .initial_indent(first)
        .subsequent_indent(rest)
        .break_words(false)
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    textwrap::fill(text, options)
}
