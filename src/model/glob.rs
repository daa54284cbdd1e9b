//! Shell patterns as fnmatch(3) and sshd(8) understand them.

use regex::Regex;

/// What a star matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Star {
    /// Any text.
    Anything,
    /// Any text without a slash (`FNM_PATHNAME`).
    WithinName,
}

/// Whether a text matches a pattern of `*`, `?` and `[…]`. A pattern that cannot be compiled
/// matches nothing.
pub(crate) fn matches(pattern: &str, text: &str, star: Star) -> bool {
    let (any, one) = match star {
        Star::Anything => (".*", "."),
        Star::WithinName => ("[^/]*", "[^/]"),
    };
    let mut regex = String::from("(?s)^");
    let mut rest = pattern;
    while let Some(c) = rest.chars().next() {
        let set = rest.strip_prefix('[').and_then(end_of_set);
        match (c, set) {
            ('*', _) => regex += any,
            ('?', _) => regex += one,
            ('[', Some(end)) => {
                let members = &rest[1..=end];
                let (negated, members) = match members.strip_prefix(['!', '^']) {
                    Some(members) => ("^", members),
                    None => ("", members),
                };
                let members = members.replace('\\', r"\\").replace("&&", r"&\&");
                regex += &format!("[{negated}{}]", members.replace('[', r"\["));
                rest = &rest[end + 2..];
                continue;
            }
            _ => regex += &regex::escape(&rest[..c.len_utf8()]),
        }
        rest = &rest[c.len_utf8()..];
    }
    regex.push('$');
    Regex::new(&regex).is_ok_and(|regex| regex.is_match(text))
}

/// Where a set ends that begins with `[`: a bracket that comes first is a member. The text is what
/// follows the opening bracket.
fn end_of_set(text: &str) -> Option<usize> {
    let first = text.strip_prefix(['!', '^']).map_or(0, |_| 1);
    let first = first + text[first..].strip_prefix(']').map_or(0, |_| 1);
    text[first..].find(']').map(|at| at + first)
}

/// Whether a text is a pattern at all.
pub(crate) fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?', '['])
}

/// Whether a name matches one of sshd's patterns (`match_pattern`): stars and question marks only.
pub(crate) fn matches_name(pattern: &str, name: &str) -> bool {
    matches(&pattern.replace('[', "[[]"), name, Star::Anything)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_sets_and_question_marks() {
        for (pattern, text, anything, within_name) in [
            ("/usr/*bin/zfs", "/usr/sbin/zfs", true, true),
            ("/usr/*/zfs", "/usr/local/sbin/zfs", true, false),
            ("/usr/sbin/z?s", "/usr/sbin/zfs", true, true),
            ("/usr?sbin/zfs", "/usr/sbin/zfs", true, false),
            ("/usr/sbin/[xyz]fs", "/usr/sbin/zfs", true, true),
            ("/usr/sbin/[!z]fs", "/usr/sbin/zfs", false, false),
            ("/usr/sbin/[a-z]fs", "/usr/sbin/zfs", true, true),
            ("[]]x", "]x", true, true),
            ("a.c", "abc", false, false),
            ("[x", "[x", true, true),
            (r"a\*", r"a\b", true, true),
        ] {
            assert_eq!(matches(pattern, text, Star::Anything), anything, "{pattern} {text}");
            assert_eq!(matches(pattern, text, Star::WithinName), within_name, "{pattern} {text}");
        }
        assert!(matches_name("rep*", "replicator") && !matches_name("[r]*", "replicator"));
    }
}
