//! `fnmatch` of glibc, for the arguments of commands and the parts of paths. sudo matches in the
//! locale `C`: byte by byte.

/// Whether a text fits a pattern.
pub(super) fn fnmatch(pattern: &[u8], text: &[u8]) -> bool {
    match pattern {
        [] => text.is_empty(),
        [b'*', rest @ ..] => (0..=text.len()).any(|skipped| fnmatch(rest, &text[skipped..])),
        [b'?', rest @ ..] => !text.is_empty() && fnmatch(rest, &text[1..]),
        [b'[', rest @ ..] => match (bracket(rest), text) {
            (Some((set, after)), [byte, text @ ..]) => set.holds(*byte) && fnmatch(after, text),
            (Some(_), []) => false,
            (None, _) => text.first() == Some(&b'[') && fnmatch(rest, &text[1..]),
        },
        // A backslash at the end fits nothing.
        [b'\\'] => false,
        [b'\\', byte, rest @ ..] | [byte, rest @ ..] => {
            text.first() == Some(byte) && fnmatch(rest, &text[1..])
        }
    }
}

/// Whether a part of a path fits a pattern: what begins with a dot has to be named with it.
pub(super) fn component(pattern: &str, part: &str) -> bool {
    (pattern.starts_with('.') || !part.starts_with('.'))
        && fnmatch(pattern.as_bytes(), part.as_bytes())
}

/// What stands between brackets.
pub(super) struct Set {
    negated: bool,
    members: Vec<(u8, u8)>,
}

impl Set {
    pub(super) fn holds(&self, byte: u8) -> bool {
        self.members.iter().any(|(from, to)| (*from..=*to).contains(&byte)) != self.negated
    }
}

/// The set behind a bracket, and what follows it; `None` if nothing closes it: then the bracket
/// stands for itself.
fn bracket(pattern: &[u8]) -> Option<(Set, &[u8])> {
    let negated = matches!(pattern.first(), Some(b'!' | b'^'));
    let mut rest = if negated { &pattern[1..] } else { pattern };
    let mut members = Vec::new();
    let mut first = true;
    loop {
        match rest {
            [] => return None,
            [b']', after @ ..] if !first => return Some((Set { negated, members }, after)),
            [b'[', b':', ..] => {
                let (class, after) = named(&rest[2..], b':')?;
                members.extend(class_members(class)?);
                rest = after;
            }
            _ => {
                let (from, after) = member(rest)?;
                let to = after.strip_prefix(b"-").filter(|after| !after.starts_with(b"]"));
                let (to, after) = match to {
                    Some(after) => member(after)?,
                    None => (from, after),
                };
                members.push((from, to));
                rest = after;
            }
        }
        first = false;
    }
}

/// One byte of a set: itself, escaped, or as a collating element.
fn member(text: &[u8]) -> Option<(u8, &[u8])> {
    match text {
        [b'[', kind @ (b'.' | b'='), ..] => match named(&text[2..], *kind)? {
            ([byte], after) => Some((*byte, after)),
            _ => None,
        },
        [b'\\', byte, after @ ..] | [byte, after @ ..] => Some((*byte, after)),
        [] => None,
    }
}

/// The name in front of `:]` and the like, and what follows.
pub(super) fn named(text: &[u8], kind: u8) -> Option<(&[u8], &[u8])> {
    let end = text.windows(2).position(|pair| pair == [kind, b']'])?;
    Some((&text[..end], &text[end + 2..]))
}

/// The bytes of a class, in the locale `C`.
pub(super) fn class_members(name: &[u8]) -> Option<Vec<(u8, u8)>> {
    Some(match name {
        b"alpha" => vec![(b'A', b'Z'), (b'a', b'z')],
        b"digit" => vec![(b'0', b'9')],
        b"alnum" => vec![(b'0', b'9'), (b'A', b'Z'), (b'a', b'z')],
        b"upper" => vec![(b'A', b'Z')],
        b"lower" => vec![(b'a', b'z')],
        b"space" => vec![(9, 13), (b' ', b' ')],
        b"blank" => vec![(b'\t', b'\t'), (b' ', b' ')],
        b"punct" => vec![(b'!', b'/'), (b':', b'@'), (b'[', b'`'), (b'{', b'~')],
        b"print" => vec![(b' ', b'~')],
        b"graph" => vec![(b'!', b'~')],
        b"cntrl" => vec![(0, 31), (127, 127)],
        b"xdigit" => vec![(b'0', b'9'), (b'A', b'F'), (b'a', b'f')],
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_fit_patterns() {
        for (pattern, text) in [
            ("list *", "list -r a/b c"),
            ("list -[rd] tank", "list -d tank"),
            ("[!a]", "b"),
            ("[^a]", "b"),
            ("[]a]", "]"),
            ("[a-c]?", "bx"),
            ("[a-]", "-"),
            ("[[:digit:]x]", "7"),
            ("[\\]]", "]"),
            ("a\\*b", "a*b"),
            ("[abc", "[abc"),
            ("", ""),
            ("*", ""),
        ] {
            assert!(fnmatch(pattern.as_bytes(), text.as_bytes()), "{pattern} {text}");
        }
        for (pattern, text) in [
            ("list", "list -r"),
            ("[!a]", "a"),
            ("a\\*b", "axb"),
            ("[c-a]", "b"),
            ("?", ""),
            ("a\\", "a\\"),
        ] {
            assert!(!fnmatch(pattern.as_bytes(), text.as_bytes()), "{pattern} {text}");
        }
        assert!(component("z*", "zfs") && !component("*", ".zfs") && component(".*", ".zfs"));
    }
}
