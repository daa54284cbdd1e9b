//! Words of a command line: split as Python's `shlex.split` does it, with which TrueNAS checks sudo
//! commands (unlike in a shell, `#` begins no comment), and quoted for a shell.

/// Why a line cannot be split.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SplitError {
    /// A quote is not closed.
    #[error("a quote is not closed")]
    OpenQuote,
    /// It ends in a backslash.
    #[error("nothing after the last backslash")]
    OpenEscape,
}

/// The words of a line.
///
/// # Errors
/// A quote that is not closed, or a backslash at the end.
pub fn split(line: &str) -> Result<Vec<String>, SplitError> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        match (quote, letter) {
            (Some(open), close) if open == close => quote = None,
            (None, '\'' | '"') => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            (None, '\\') => {
                let escaped = letters.next().ok_or(SplitError::OpenEscape)?;
                word.get_or_insert_default().push(escaped);
            }
            (Some('"'), '\\') => {
                let escaped = letters.next().ok_or(SplitError::OpenEscape)?;
                let word = word.get_or_insert_default();
                if !matches!(escaped, '"' | '\\') {
                    word.push('\\');
                }
                word.push(escaped);
            }
            (None, ' ' | '\t' | '\r' | '\n') => words.extend(word.take()),
            (_, letter) => word.get_or_insert_default().push(letter),
        }
    }
    if quote.is_some() {
        return Err(SplitError::OpenQuote);
    }
    words.extend(word);
    Ok(words)
}

/// A word as a shell takes it, in quotes where it needs them.
pub fn quoted(word: &str) -> String {
    // Only a NUL cannot be quoted, and neither a name nor a path holds one.
    shlex::try_quote(word).map_or_else(|_| word.to_owned(), Into::into)
}

#[cfg(test)]
mod tests {
    use super::*;

    // What Python 3.11 makes of the same lines.
    #[test]
    fn lines_are_split_like_shlex() {
        for (line, words) in [
            ("a  b\tc", &["a", "b", "c"][..]),
            ("'a b' \"c d\"e", &["a b", "c de"]),
            (r"a\ b \'", &["a b", "'"]),
            (r#""a\"b\\c\d" 'e\'"#, &[r#"a"b\c\d"#, r"e\"]),
            ("a #b", &["a", "#b"]),
            ("'' a", &["", "a"]),
            ("", &[]),
        ] {
            assert_eq!(split(line).expect(line), words, "{line}");
        }
        for line in ["it's", "\"", "'a\\'b'"] {
            assert_eq!(split(line), Err(SplitError::OpenQuote), "{line}");
        }
        for line in ["\\", "a\\", "\"a\\"] {
            assert_eq!(split(line), Err(SplitError::OpenEscape), "{line}");
        }
    }
}
