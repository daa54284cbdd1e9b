//! Patterns of file names, as Python's `fnmatch` knows them.

/// The regular expression that Python's `fnmatch` makes of a pattern.
pub(super) fn expression(pattern: &str) -> String {
    let mut expression = String::new();
    let mut rest = pattern;
    while let Some(letter) = rest.chars().next() {
        rest = &rest[letter.len_utf8()..];
        match letter {
            '*' => expression += ".*",
            '?' => expression.push('.'),
            '[' => match class(rest) {
                Some((class, after)) => {
                    expression += &class;
                    rest = after;
                }
                None => expression += r"\[",
            },
            letter if letter.is_alphanumeric() || "_-/ ".contains(letter) => {
                expression.push(letter)
            }
            letter => expression.extend(['\\', letter]),
        }
    }
    expression + "$"
}

/// The class that begins behind a `[`, and what follows it; without a `]` it is none.
fn class(rest: &str) -> Option<(String, &str)> {
    let negated = rest.starts_with('!');
    let members = &rest[usize::from(negated)..];
    // A `]` at the beginning is a member.
    let end = members.char_indices().skip(1).find(|(_, letter)| *letter == ']')?.0;
    let escaped = members[..end].replace('\\', r"\\").replace('[', r"\[").replace(']', r"\]");
    let escaped = escaped.strip_prefix('^').map_or(escaped.clone(), |rest| format!(r"\^{rest}"));
    let negation = if negated { "^" } else { "" };
    Some((format!("[{negation}{escaped}]"), &members[end + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    // What Python 3.11's `fnmatch.translate` says, but for its anchors.
    #[test]
    fn patterns_become_expressions() {
        for (pattern, expected) in [
            ("z*", "z.*$"),
            ("?fs", ".fs$"),
            ("[a-z]fs", "[a-z]fs$"),
            ("[!a]x", "[^a]x$"),
            ("[]x]y", r"[\]x]y$"),
            ("[^a]", r"[\^a]$"),
            ("[x", r"\[x$"),
            ("a.b+c", r"a\.b\+c$"),
        ] {
            assert_eq!(expression(pattern), expected, "{pattern}");
        }
    }
}
