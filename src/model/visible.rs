//! Texts that are not ours on their way to a person: nothing in them begins a line, moves a cursor,
//! changes a color, turns the reading direction around or hides.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{Captures, Regex};

/// Characters that are not seen as themselves: controls, formats (tags among them), line and
/// paragraph separators, and fillers, which Unicode calls letters or symbols and which are blank.
const NOT_SEEN: &str = concat!(
    r"\p{Cc}\p{Cf}\p{Zl}\p{Zp}\u{34F}\u{115F}\u{1160}\u{17B4}\u{17B5}\u{180B}-\u{180F}",
    r"\u{2800}\u{3164}\u{FFA0}\u{E0000}-\u{E0FFF}"
);

/// One such character.
static ACTS: LazyLock<Regex> = LazyLock::new(|| pattern(&format!("[{NOT_SEEN}]")));

/// One that has no place in the layout of our own output: there, line ends, tabs and colors do.
static ACTS_IN_LAYOUT: LazyLock<Regex> =
    LazyLock::new(|| pattern(&format!(r"[{NOT_SEEN}--\n\t\x1B]")));

fn pattern(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a constant pattern must compile")
}

/// The text on one line, with every character that is not seen as itself written out: `\u{1b}`.
/// Names, values and the systems' own sentences may hold anything.
pub fn visible(text: &str) -> Cow<'_, str> {
    ACTS.replace_all(text, write_out)
}

/// The same for a name, in quotes where nobody would see the space at its beginning or end.
pub fn visible_name(name: &str) -> Cow<'_, str> {
    if name.trim() == name {
        return visible(name);
    }
    Cow::Owned(format!("\"{}\"", visible(name)))
}

/// The same for a text of ours that has several lines: what ends a line stays.
pub fn visible_lines(text: &str) -> String {
    text.lines().map(visible).collect::<Vec<_>>().join("\n")
}

/// The same for what has been laid out: line ends, tabs and colors stay.
pub fn visible_layout(text: &str) -> Cow<'_, str> {
    ACTS_IN_LAYOUT.replace_all(text, write_out)
}

/// Whether every character of the text is seen as itself.
pub fn is_visible(text: &str) -> bool {
    !ACTS.is_match(text)
}

fn write_out(found: &Captures<'_>) -> String {
    match &found[0] {
        "\n" => "\\n".into(),
        "\r" => "\\r".into(),
        "\t" => "\\t".into(),
        other => other.escape_unicode().to_string(),
    }
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
        assert_eq!(visible_lines("a\nb\r\nc\u{85}d"), "a\nb\nc\\u{85}d");
        assert_eq!(visible_layout("\u{1b}[1ma\u{1b}[0m\n\tb\r"), "\u{1b}[1ma\u{1b}[0m\n\tb\\r");
    }

    #[test]
    fn nothing_that_hides_or_ends_a_line_is_printed() {
        let single = [
            '\0', '\u{7}', '\u{7f}', '\u{85}', '\u{9b}', '\u{ad}', '\u{61c}', '\u{115f}',
            '\u{1160}', '\u{3164}', '\u{feff}', '\u{ffa0}', '\u{fff9}', '\u{180e}', '\u{2028}',
            '\u{2029}',
        ];
        let ranges = ['\u{200b}'..='\u{200f}', '\u{2060}'..='\u{2064}', '\u{e0001}'..='\u{e007f}'];
        for c in single.into_iter().chain(ranges.into_iter().flatten()) {
            let written = format!("a{}b", c.escape_unicode());
            assert_eq!(visible(&format!("a{c}b")), written);
            assert_eq!(visible_layout(&format!("a{c}b")), written);
            assert!(!is_visible(&c.to_string()) && is_visible(&written));
        }
    }
}
