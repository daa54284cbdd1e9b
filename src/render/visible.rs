//! Texts that are not ours on their way to a person: nothing in them moves a cursor, changes a
//! colour or turns the reading direction around.

use std::borrow::Cow;

/// The text with every character that is not seen as itself written out: `\u{1b}`. Names, values
/// and the systems' own sentences may hold anything.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(acts) {
        return Cow::Borrowed(text);
    }
    let shown = text.chars().map(|c| match c {
        '\n' => "\\n".into(),
        '\r' => "\\r".into(),
        '\t' => "\\t".into(),
        c if acts(c) => c.escape_unicode().to_string(),
        c => c.to_string(),
    });
    Cow::Owned(shown.collect())
}

/// The same for a name, in quotes where nobody would see the space at its beginning or end.
pub fn visible_name(name: &str) -> Cow<'_, str> {
    if name.trim() == name {
        return visible(name);
    }
    Cow::Owned(format!("\"{}\"", visible(name)))
}

/// The same for a text of several lines: what ends a line stays.
pub fn visible_lines(text: &str) -> String {
    text.lines().map(visible).collect::<Vec<_>>().join("\n")
}

/// Whether a terminal or a page does something else with the character than to show it.
pub fn acts(c: char) -> bool {
    let invisible = matches!(c,
        '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    c.is_control() || invisible
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_is_written_out_and_the_rest_stays() {
        assert_eq!(visible("Zürich → 倉庫 #1"), "Zürich → 倉庫 #1");
        assert_eq!(visible("a\u{1b}[2Jb\nc\u{202e}d"), "a\\u{1b}[2Jb\\nc\\u{202e}d");
        assert_eq!(visible_name("To Chicago"), "To Chicago");
        assert_eq!(visible_name("trail "), "\"trail \"");
    }
}
