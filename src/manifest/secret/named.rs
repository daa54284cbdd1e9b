//! Values that have a secret's name in front of them, in a text that may be no YAML: the rest of
//! the line after the name and a `:` or `=`, and the lines below it that are indented further.
//!
//! Every line is read once, however many names stand in it or around it.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::{NAMES, is_variable};

/// A secret's name as a word of its own, and what separates it from its value.
static NAME: LazyLock<Regex> = LazyLock::new(|| {
    let names = NAMES.map(|(name, _)| name).join("|");
    let name = format!(r#"(?i)(?:^|[^a-z0-9_-])(?:{names})["' \t]*[:=]"#);
    Regex::new(&name).expect("a pattern made of plain names must compile")
});

/// The lines below a secret's name that belong to it.
struct Block {
    /// How far the name is indented.
    indent: usize,
    /// Whether nothing of its value has been found yet.
    is_empty: bool,
}

/// The byte ranges of the values, everywhere or in comments only.
pub(super) fn values(text: &str, everywhere: bool) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut block: Option<Block> = None;
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let end = start + line.len();
        if !line.trim().is_empty() {
            block = block.filter(|block| block.includes(line));
            if let Some(block) = &mut block
                && !names_a_place(line)
            {
                block.is_empty = false;
                found.push(start..end);
            }
        }
        let (value, is_outside_comments) = value_in_line(line, everywhere);
        found.extend(value.map(|at| start + at..end));
        if is_outside_comments {
            // A name inside of a block belongs to the value of the outer name, which is less
            // indented.
            let indent = block.map_or(usize::MAX, |outer| outer.indent).min(indent_of(line));
            block = Some(Block { indent, is_empty: true });
        }
        start = end;
    }
    found
}

impl Block {
    /// Whether a line is indented further; or, however it is indented, could be the value itself.
    fn includes(&self, line: &str) -> bool {
        indent_of(line) > self.indent || self.is_empty && !line.contains(':')
    }
}

/// Where the first value begins that a secret's name stands in front of and that is not only a
/// reference; and whether such a name, whatever its value, stands outside of comments.
fn value_in_line(line: &str, everywhere: bool) -> (Option<usize>, bool) {
    let comment = line.find('#').unwrap_or(line.len());
    let mut is_outside_comments = false;
    for name in NAME.find_iter(line) {
        let in_comment = comment < name.end();
        if !everywhere && !in_comment {
            continue;
        }
        is_outside_comments |= !in_comment;
        let value = line[name.end()..].trim_start_matches(' ');
        if !is_reference(value) {
            return (Some(line.len() - value.len()), is_outside_comments);
        }
    }
    (None, is_outside_comments)
}

/// Whether a value only says where the secret is: `{ env: NAME }`, `{ file: PATH }`.
fn is_reference(value: &str) -> bool {
    let Some(inside) = value.trim_start().strip_prefix('{') else { return false };
    let Some(end) = inside.find(['{', '}']) else { return false };
    inside[end..].starts_with('}') && names_a_place(&inside[..end])
}

/// Whether a line is `env: NAME` or `file: PATH`.
fn names_a_place(line: &str) -> bool {
    match line.split_once(':') {
        Some((key, value)) if key.trim() == "env" => is_variable(value.trim()),
        Some((key, _)) => key.trim() == "file",
        None => false,
    }
}

/// How far a line is indented.
fn indent_of(line: &str) -> usize {
    line.bytes().take_while(|byte| *byte == b' ').count()
}
