//! A field's value, and the way from one value to another, as a person reads it.

use std::fmt::Write;

use serde_json::Value;
use similar::{ChangeTag, TextDiff};

use crate::model::call::as_hole;

use super::style::{CREATE, FAINT, Painted, REMOVE};
use super::visible::{acts, visible};

/// A value on one line.
pub fn inline(value: &Value) -> String {
    if let Some(field) = as_hole(value) {
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

/// The text with the middle of very long words left out: nobody reads a whole public key, and
/// its ends tell it from another.
fn shortened(text: &str) -> String {
    let word = |word: &str| {
        let letters: Vec<char> = word.chars().collect();
        if letters.len() <= LONGEST_WORD {
            return word.to_string();
        }
        let end = |part: &[char]| part.iter().collect::<String>();
        format!("{}…{}", end(&letters[..12]), end(&letters[letters.len() - 12..]))
    };
    visible(text).split(' ').map(word).collect::<Vec<_>>().join(" ")
}

/// The longest word that is shown whole, in characters: paths and names are, keys are not.
const LONGEST_WORD: usize = 60;

/// Whether a text reads the same without quotes.
fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.trim() == text && text.chars().all(|c| !acts(c) && c != '"')
}

/// A change after its field's name: `old → new` on the same line, or a line diff below it when
/// either value is a list or has several lines.
pub fn transition(before: &Value, after: &Value, indent: &str) -> String {
    match (lines(before), lines(after)) {
        (None, None) if before.is_null() => Painted(CREATE, inline(after)).to_string(),
        (None, None) => {
            let (before, after) = (inline(before), inline(after));
            format!("{} → {}", Painted(REMOVE, before), Painted(CREATE, after))
        }
        (of_before, of_after) => line_diff(
            &of_before.unwrap_or_else(|| one_line(before)),
            &of_after.unwrap_or_else(|| one_line(after)),
            indent,
        ),
    }
}

/// What stands for a value without lines beside one that has some: nothing where there is none.
fn one_line(value: &Value) -> Vec<String> {
    if value.is_null() { Vec::new() } else { vec![inline(value)] }
}

/// The lines of a value that has several: a list's members or a text's lines.
fn lines(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::Array(members) => Some(members.iter().map(inline).collect()),
        Value::String(text) if text.contains('\n') => Some(text.lines().map(shortened).collect()),
        _ => None,
    }
}

fn line_diff(before: &[String], after: &[String], indent: &str) -> String {
    let join = |lines: &[String]| lines.iter().map(|line| format!("{line}\n")).collect::<String>();
    let (before, after) = (join(before), join(after));
    let mut text = String::new();
    for change in TextDiff::from_lines(&before, &after).iter_all_changes() {
        let line = change.value().trim_end_matches('\n');
        let (sign, style) = match change.tag() {
            ChangeTag::Delete => ('-', REMOVE),
            ChangeTag::Insert => ('+', CREATE),
            ChangeTag::Equal => (' ', FAINT),
        };
        // Writing to a String cannot fail.
        let _ = write!(text, "\n{indent}{}", Painted(style, format!("{sign} {line}")));
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
    fn lists_are_a_line_diff() {
        let shown = transition(&json!(["a", "b"]), &json!(["b", "c"]), "  ");
        assert_eq!(plain(&shown), "\n  - a\n    b\n  + c");
    }

    #[test]
    fn what_only_apply_can_tell_says_so() {
        let hole = json!({ "$ref": "chicago/ssh_service#host_keys" });
        let said = "(known after apply: chicago/ssh_service#host_keys)";
        assert_eq!(inline(&hole), said);
        let from = |before| plain(&transition(&before, &hole, "  "));
        assert_eq!(from(json!([])), format!("\n  + {said}"));
        assert_eq!(from(json!(["a"])), format!("\n  - a\n  + {said}"));
    }
}
