//! Whether Python can compile a regular expression: as far as brackets and repetition go.
//!
//! Source: CPython's `re/_parser.py`, whose texts these are.

/// What is wrong with the expression.
pub(super) fn wrong(expression: &str) -> Option<String> {
    let letters: Vec<char> = expression.chars().collect();
    let mut open = Vec::new();
    let mut repeatable = false;
    let mut place = 0;
    while let Some(letter) = letters.get(place).copied() {
        match letter {
            '\\' if place + 1 == letters.len() => {
                return Some(format!("bad escape (end of pattern) at position {place}"));
            }
            '\\' => {
                place += 1;
                repeatable = true;
            }
            '[' => {
                let Some(end) = end_of_set(&letters, place) else {
                    return Some(format!("unterminated character set at position {place}"));
                };
                place = end;
                repeatable = true;
            }
            '(' => {
                open.push(place);
                repeatable = false;
                if letters.get(place + 1) == Some(&'?') {
                    place += 1;
                }
            }
            ')' => {
                if open.pop().is_none() {
                    return Some(format!("unbalanced parenthesis at position {place}"));
                }
                repeatable = true;
            }
            '*' | '+' | '?' if !repeatable => {
                return Some(format!("nothing to repeat at position {place}"));
            }
            '|' | '^' => repeatable = false,
            '*' | '+' | '?' => {
                // A second sign makes the first one greedy or lazy.
                if matches!(letters.get(place + 1), Some('?' | '+')) {
                    place += 1;
                }
                if letters.get(place + 1) == Some(&'*') {
                    return Some(format!("multiple repeat at position {}", place + 1));
                }
            }
            _ => repeatable = true,
        }
        place += 1;
    }
    let open = open.pop()?;
    Some(format!("missing ), unterminated subpattern at position {open}"))
}

/// Where a set ends; a bracket that comes first belongs to it.
fn end_of_set(letters: &[char], start: usize) -> Option<usize> {
    let mut place = start + 1;
    place += usize::from(letters.get(place) == Some(&'^'));
    place += usize::from(letters.get(place) == Some(&']'));
    loop {
        match letters.get(place)? {
            ']' => return Some(place),
            '\\' => place += 2,
            _ => place += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What Python 3.11 says of these.
    #[test]
    fn expressions_are_refused_in_python_s_words() {
        for (expression, told) in [
            ("(()$", "missing ), unterminated subpattern at position 0"),
            ("(a))$", "unbalanced parenthesis at position 3"),
            ("([)$", "unterminated character set at position 1"),
            ("(*a)$", "nothing to repeat at position 1"),
            ("(a|+)$", "nothing to repeat at position 3"),
            ("(a**)$", "multiple repeat at position 3"),
        ] {
            assert_eq!(wrong(expression).as_deref(), Some(told), "{expression}");
        }
        for expression in
            ["(auto-.*)$", "([]a-z]+?)$", "((?!manual).*)$", r"(a\(b\[c)$", "(a{2,3})$"]
        {
            assert_eq!(wrong(expression), None, "{expression}");
        }
    }
}
