//! Texts that are not ours, as Markdown that shows them and does nothing else: no markup, no HTML,
//! no link, no mention, no reference to an issue, no end of a table's cell.

use crate::model::visible::{visible, visible_name};

/// The longest text that is shown whole, in characters; a name may be as long as its owner likes.
const LONGEST: usize = 400;

/// A name or a value, as code: in running text, in a list, in a cell of a table.
pub fn code(text: &str) -> String {
    let text = visible_name(&shortened(text)).into_owned();
    // In a table `|` ends the cell even within backticks, and what a backslash does there differs
    // from page to page.
    let plain = !text.is_empty() && !text.contains(['`', '|', '\\']);
    if plain { format!("`{text}`") } else { format!("<code>{}</code>", entities(&text)) }
}

/// A name or a value, as code where no Markdown is read: in a line that begins with HTML.
pub fn html(text: &str) -> String {
    format!("<code>{}</code>", entities(&shortened(text)))
}

/// A sentence: what stands in backticks is code, the rest is text.
pub fn words(text: &str) -> String {
    let text = shortened(text);
    let parts: Vec<&str> = text.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return entities(&text);
    }
    let part = |(at, part): (usize, &&str)| match at % 2 {
        0 => entities(part),
        _ if part.is_empty() => "&#96;&#96;".into(),
        _ => code(part),
    };
    parts.iter().enumerate().map(part).collect()
}

/// The text with what acts written out and no longer than a page can bear.
pub(super) fn shortened(text: &str) -> String {
    let text = visible(text);
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.into_owned(),
    }
}

/// Plain text: what could mean something is a character reference, which Markdown takes for
/// nothing but the character.
fn entities(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(c) = letters.next() {
        let harmless = !c.is_ascii() || c.is_ascii_alphanumeric() || " ,;/()=+-?'".contains(c);
        let ends_www = c == '.' && shown.to_ascii_lowercase().ends_with("www");
        match c {
            '.' if !ends_www => shown.push(c),
            ':' if letters.peek() == Some(&' ') => shown.push(c),
            _ if harmless => shown.push(c),
            _ => shown += &format!("&#{};", u32::from(c)),
        }
        // Pages look for mentions and references in the finished text; a joiner without width
        // keeps `@all` from being one.
        if "@#!$%~&^".contains(c) && letters.peek().is_some_and(|next| next.is_alphanumeric()) {
            shown += "&#8288;";
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_code_whatever_they_hold() {
        assert_eq!(code("tank/data"), "`tank/data`");
        assert_eq!(code("<b>@all"), "`<b>@all`");
        assert_eq!(code("a|b"), "<code>a&#124;b</code>");
        assert_eq!(code("a`b"), "<code>a&#96;b</code>");
        assert_eq!(code("a\n# b"), "<code>a&#92;n&#35; b</code>");
        assert_eq!(code(""), "<code></code>");
        assert_eq!(html("a</code><img>"), "<code>a&#60;/code&#62;&#60;img&#62;</code>");
    }

    #[test]
    fn sentences_keep_their_code_and_nothing_else() {
        assert_eq!(words("unlock `tank/a`, then go."), "unlock `tank/a`, then go.");
        assert_eq!(words("ask @all <b>*"), "ask &#64;&#8288;all &#60;b&#62;&#42;");
        assert_eq!(words("one ` only"), "one &#96; only");
        assert_eq!(words("[x](https://evil)"), "&#91;x&#93;(https&#58;//evil)");
        assert_eq!(words("see www.evil"), "see www&#46;evil");
    }

    #[test]
    fn nobody_fills_a_page_with_one_name() {
        assert_eq!(code(&"a".repeat(100_000)).chars().count(), LONGEST + 3);
    }
}
