//! A field's value, and the way from one value to another, as a person reads it.

use std::fmt::Write;

use serde_json::Value;

use crate::model::placeholder::as_reference;

use super::list_diff::{DiffLine, Line, diff};
use super::style::{CREATE, FAINT, Painted, REMOVE};
use crate::model::visible::{is_visible, visible};

/// A value on one line.
pub fn inline(value: &Value) -> String {
    if let Some(field) = as_reference(value) {
        return format!("(known after apply: {})", visible(&field.to_string()));
    }
    match value {
        Value::Null => "(none)".into(),
        Value::String(text) if is_plain(text) => shortened(text),
        Value::Array(members) => {
            let members: Vec<String> = members.iter().map(inline).collect();
            format!("[{}]", members.join(", "))
        }
        other => visible(&other.to_string()).into_owned(),
    }
}

/// The text with the middle of public keys left out: nobody reads a whole one, and its ends tell it
/// from another. Everything else is shown whole, whatever its length: options, comments, commands.
fn shortened(text: &str) -> String {
    let word = |word: &str| match is_public_key(word) {
        true => format!("{}…{}", &word[..12], &word[word.len() - 12..]),
        false => word.to_string(),
    };
    visible(text).split(' ').map(word).collect::<Vec<_>>().join(" ")
}

/// Whether a word is the base64 of a public key, which begins with the length of its type's name.
fn is_public_key(word: &str) -> bool {
    let is_base64 = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte);
    word.len() > LONGEST_WHOLE && word.starts_with("AAAA") && word.bytes().all(is_base64)
}

/// The longest base64 that is shown whole, in characters.
const LONGEST_WHOLE: usize = 60;

/// Whether a text reads the same without quotes.
fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.trim() == text && is_visible(text) && !text.contains('"')
}

/// A change after its field's name: `old → new` on the same line, or a line diff below it when
/// either value is a list or has several lines.
pub fn transition(before: &Value, after: &Value, indent: &str) -> String {
    match changed_lines(before, after) {
        None if before.is_null() => Painted(CREATE, inline(after)).to_string(),
        None => {
            let (before, after) = (inline(before), inline(after));
            format!("{} → {}", Painted(REMOVE, before), Painted(CREATE, after))
        }
        Some(lines) => line_diff(&lines, indent),
    }
}

/// What stands for a value without lines beside one that has some: nothing where there is none.
fn one_line(value: &Value) -> Vec<Line> {
    if value.is_null() { Vec::new() } else { vec![member(value)] }
}

/// A member of a list as a line.
fn member(value: &Value) -> Line {
    Line { whole: value.to_string(), shown: inline(value) }
}

/// What changes in a value that has lines, before or after; `None` if it has none.
pub fn changed_lines(before: &Value, after: &Value) -> Option<Vec<DiffLine>> {
    let (of_before, of_after) = (lines(before), lines(after));
    if of_before.is_none() && of_after.is_none() {
        return None;
    }
    let of_before = of_before.unwrap_or_else(|| one_line(before));
    Some(diff(&of_before, &of_after.unwrap_or_else(|| one_line(after))))
}

/// What stands for the lines that are not shown.
pub fn unchanged(count: usize) -> String {
    format!("… {count} unchanged")
}

/// The lines of a value that has several: a list's members or a text's lines.
fn lines(value: &Value) -> Option<Vec<Line>> {
    let text_line = |line: &str| Line { whole: line.to_owned(), shown: shortened(line) };
    match value {
        Value::Array(members) => Some(members.iter().map(member).collect()),
        Value::String(text) if text.contains('\n') => Some(text.lines().map(text_line).collect()),
        _ => None,
    }
}

fn line_diff(lines: &[DiffLine], indent: &str) -> String {
    let mut text = String::new();
    for line in lines {
        let (style, line) = match line {
            DiffLine::Removed(line) => (REMOVE, format!("- {line}")),
            DiffLine::Added(line) => (CREATE, format!("+ {line}")),
            DiffLine::Context(line) => (FAINT, format!("  {line}")),
            DiffLine::Unchanged(count) => (FAINT, format!("  {}", unchanged(*count))),
        };
        // Writing to a String cannot fail.
        let _ = write!(text, "\n{indent}{}", Painted(style, line));
    }
    if text.is_empty() { Painted(FAINT, "[]").to_string() } else { text }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn plain(text: &str) -> String {
        anstream::adapter::strip_str(text).to_string()
    }

    #[test]
    fn one_line_values_are_shown_old_to_new() {
        assert_eq!(plain(&transition(&json!(false), &json!(true), "")), "false → true");
        assert_eq!(plain(&transition(&json!(""), &json!("a b"), "")), "\"\" → a b");
        assert_eq!(plain(&transition(&json!(null), &json!("zstd"), "")), "zstd");
    }

    #[test]
    fn only_public_keys_are_shortened() {
        let key = format!("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5{} you", "a".repeat(48));
        assert_eq!(inline(&json!(key)), "ssh-ed25519 AAAAC3NzaC1l…aaaaaaaaaaaa you");
        let command = format!("/usr/bin/{} AAAA", "a".repeat(80));
        assert_eq!(inline(&json!(command)), command);
    }

    #[test]
    fn lists_are_a_line_diff() {
        let shown = transition(&json!(["a", "b"]), &json!(["b", "c"]), "  ");
        assert_eq!(plain(&shown), "\n  - a\n    b\n  + c");
    }

    #[test]
    fn what_only_apply_can_tell_says_so() {
        let reference = json!({ "$ref": "chicago/ssh_service#host_keys" });
        let said = "(known after apply: chicago/ssh_service#host_keys)";
        assert_eq!(inline(&reference), said);
        let from = |before| plain(&transition(&before, &reference, "  "));
        assert_eq!(from(json!([])), format!("\n  + {said}"));
        assert_eq!(from(json!(["a"])), format!("\n  - a\n  + {said}"));
    }
}
