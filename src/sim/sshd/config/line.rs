//! Words of a line of `sshd_config`.
//!
//! Source: OpenSSH `misc.c` (`strdelim`, `argv_split`).

/// What parts words, and may stand at the end of a line.
const BLANKS: [char; 4] = [' ', '\t', '\r', '\n'];

/// The first word, and what follows it: parted by blanks or one `=`; or in quotes, which may begin
/// within the word. `None` if a quote stays open.
pub(super) fn first_word(text: &str) -> Option<(String, &str)> {
    let Some(end) = text.find(|c| BLANKS.contains(&c) || c == '"' || c == '=') else {
        return Some((text.to_owned(), ""));
    };
    let (word, rest) = text.split_at(end);
    if let Some(quoted) = rest.strip_prefix('"') {
        let (inner, rest) = quoted.split_once('"')?;
        return Some((format!("{word}{inner}"), rest.trim_start_matches(BLANKS)));
    }
    let equals = rest.starts_with('=');
    let rest = rest[1..].trim_start_matches(BLANKS);
    let rest = match rest.strip_prefix('=') {
        Some(rest) if !equals => rest.trim_start_matches(BLANKS),
        _ => rest,
    };
    Some((word.to_owned(), rest))
}

/// The words of a value: quoted ones may hold blanks, a `#` in front of one ends them all. `None`:
/// a quote stays open.
pub(super) fn words(text: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut letters = text.chars().peekable();
    loop {
        while letters.next_if(|letter| matches!(letter, ' ' | '\t')).is_some() {}
        match letters.peek() {
            None | Some('#') => return Some(words),
            Some(_) => {}
        }
        let (mut word, mut quote) = (String::new(), None);
        while let Some(letter) = letters.next() {
            match (letter, quote) {
                ('\\', _) => match letters.peek() {
                    Some('\'' | '"' | '\\') => word.extend(letters.next()),
                    Some(' ') if quote.is_none() => word.extend(letters.next()),
                    _ => word.push('\\'),
                },
                (letter, Some(open)) if letter == open => quote = None,
                ('"' | '\'', None) => quote = Some(letter),
                (' ' | '\t', None) => break,
                (letter, _) => word.push(letter),
            }
        }
        if quote.is_some() {
            return None;
        }
        words.push(word);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords_are_parted_from_their_values() {
        for (text, word, rest) in [
            ("Port 22", "Port", "22"),
            ("Port=22", "Port", "22"),
            ("Port = 22", "Port", "22"),
            ("Port == 22", "Port", "= 22"),
            ("Port\t 22 ", "Port", "22 "),
            ("\"Port\" 22", "Port", "22"),
            ("Po\"rt\"22", "Port", "22"),
            ("Port", "Port", ""),
        ] {
            assert_eq!(first_word(text), Some((word.to_owned(), rest)), "{text}");
        }
        assert_eq!(first_word("\"Port 22"), None);
    }

    #[test]
    fn values_are_parted_into_words() {
        for (text, expected) in [
            ("a  b\tc", &["a", "b", "c"][..]),
            ("\"a b\" 'c \"d'", &["a b", "c \"d"]),
            ("a\\ b a\\\"b a\\b", &["a b", "a\"b", "a\\b"]),
            ("a #b", &["a"]),
            ("a#b", &["a#b"]),
            ("\"\"", &[""]),
            ("#", &[]),
        ] {
            let expected: Vec<String> = expected.iter().map(|word| (*word).to_owned()).collect();
            assert_eq!(words(text), Some(expected), "{text}");
        }
        assert_eq!(words("\"a"), None);
    }
}
