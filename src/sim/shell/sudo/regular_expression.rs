//! Regular expressions of POSIX, as `regcomp` of glibc takes them, in the syntax of the `regex`
//! crate.
//!
//! Source: sudo 1.9.13 `lib/util/regex.c`; glibc `regcomp.c` (`RE_SYNTAX_POSIX_EXTENDED`).

use regex::bytes::{Regex, RegexBuilder};

use super::fnmatch::{class_members, named};

/// The longest one that sudo takes, bytes.
const LONGEST: usize = 1024;
/// The most repetitions that sudo takes.
const MOST: u32 = 255;

/// Compiles an expression; `None` if sudo does not take it, which then fits nothing.
pub(super) fn compile(expression: &str) -> Option<Regex> {
    let ignores_case = expression.strip_prefix("^(?i)").map(|rest| format!("^{rest}"));
    let text = ignores_case.as_deref().unwrap_or(expression);
    if expression.len() > LONGEST || !has_valid_repetitions(text.as_bytes()) {
        return None;
    }
    RegexBuilder::new(&translate(text.as_bytes())?)
        .unicode(false)
        .dot_matches_new_line(true)
        .case_insensitive(ignores_case.is_some())
        .build()
        .ok()
}

/// `check_pattern`: no operator behind another, brackets or not, and no bound above 255.
fn has_valid_repetitions(text: &[u8]) -> bool {
    let is_operator = |byte: u8| matches!(byte, b'?' | b'*' | b'+' | b'{');
    let mut previous = 0;
    let mut rest = text;
    while let [byte, after @ ..] = rest {
        rest = after;
        match byte {
            b'\\' if !rest.is_empty() => {
                rest = &rest[1..];
                previous = 0;
                continue;
            }
            b'?' | b'*' | b'+' if is_operator(previous) => return false,
            b'{' => {
                let (bounds, after) = bounds(rest);
                rest = after;
                if !rest.starts_with(b"}") {
                    previous = 0;
                    continue;
                }
                let too_many = |bound: Option<u32>| bound.is_some_and(|bound| bound > MOST);
                if too_many(bounds.from) || too_many(bounds.to) || is_operator(previous) {
                    return false;
                }
                rest = &rest[1..];
            }
            _ => {}
        }
        previous = *byte;
    }
    true
}

/// Two numbers with a comma between, either of which may be missing, and what follows. Digits and
/// the comma may be escaped.
fn bounds(text: &[u8]) -> (Bounds, &[u8]) {
    let (from, rest) = bound(text);
    let comma = rest.strip_prefix(b"\\,").or_else(|| rest.strip_prefix(b","));
    match comma {
        Some(rest) => {
            let (to, rest) = bound(rest);
            (Bounds { from, to, comma: true }, rest)
        }
        None => (Bounds { from, to: None, comma: false }, rest),
    }
}

/// How often something is repeated.
struct Bounds {
    from: Option<u32>,
    to: Option<u32>,
    comma: bool,
}

impl Bounds {
    /// In the syntax of the `regex` crate; `None` if it is wrong.
    fn translate(&self) -> Option<String> {
        match (self.from, self.to) {
            (Some(from), Some(to)) if from > to => None,
            (Some(from), Some(to)) => Some(format!("{{{from},{to}}}")),
            (Some(from), None) if self.comma => Some(format!("{{{from},}}")),
            (Some(from), None) => Some(format!("{{{from}}}")),
            (None, Some(to)) => Some(format!("{{0,{to}}}")),
            (None, None) if self.comma => Some("{0,}".to_owned()),
            (None, None) => None,
        }
    }
}

fn bound(text: &[u8]) -> (Option<u32>, &[u8]) {
    let mut rest = text;
    let mut bound: Option<u32> = None;
    while let [digit @ b'0'..=b'9', after @ ..] | [b'\\', digit @ b'0'..=b'9', after @ ..] = rest {
        let digit = u32::from(digit - b'0');
        bound = Some(bound.unwrap_or(0).saturating_mul(10).saturating_add(digit));
        rest = after;
    }
    (bound, rest)
}

fn translate(text: &[u8]) -> Option<String> {
    let mut translated = String::new();
    let mut open = 0_u32;
    // Whether an operator has something to repeat.
    let mut repeatable = false;
    let mut rest = text;
    while let [byte, after @ ..] = rest {
        rest = after;
        match byte {
            b'\\' => {
                let [escaped, after @ ..] = rest else { return None };
                // glibc gives these a meaning, which what TrueNAS writes cannot have: it doubles
                // every backslash.
                if escaped.is_ascii_alphanumeric() || b"<>`'".contains(escaped) {
                    return None;
                }
                literal(&mut translated, *escaped);
                rest = after;
                repeatable = true;
            }
            b'[' => {
                rest = set(&mut translated, rest)?;
                repeatable = true;
            }
            b'(' => {
                open += 1;
                translated.push_str("(?:");
                repeatable = false;
            }
            b')' if open > 0 => {
                open -= 1;
                translated.push(')');
                repeatable = true;
            }
            b'|' | b'^' | b'$' => {
                translated.push(char::from(*byte));
                repeatable = false;
            }
            b'*' | b'+' | b'?' if repeatable => translated.push(char::from(*byte)),
            b'{' if repeatable => {
                let (bounds, after) = bounds(rest);
                rest = after.strip_prefix(b"}")?;
                translated.push_str(&bounds.translate()?);
            }
            b'*' | b'+' | b'?' | b'{' => return None,
            b'.' => {
                translated.push('.');
                repeatable = true;
            }
            other => {
                literal(&mut translated, *other);
                repeatable = true;
            }
        }
    }
    (open == 0).then_some(translated)
}

fn literal(translated: &mut String, byte: u8) {
    translated.push_str(&format!("\\x{byte:02x}"));
}

/// The set behind a bracket, in which a backslash is nothing special; gives what follows.
fn set<'a>(translated: &mut String, text: &'a [u8]) -> Option<&'a [u8]> {
    let mut rest = text;
    translated.push('[');
    if let Some(after) = rest.strip_prefix(b"^") {
        translated.push('^');
        rest = after;
    }
    let mut first = true;
    loop {
        match rest {
            [] => return None,
            [b']', after @ ..] if !first => {
                translated.push(']');
                return Some(after);
            }
            [b'[', b':', ..] => {
                let (class, after) = named(&rest[2..], b':')?;
                for (from, to) in class_members(class)? {
                    range(translated, from, to);
                }
                rest = after;
            }
            _ => {
                let (from, after) = member(rest)?;
                let to = after.strip_prefix(b"-").filter(|after| !after.starts_with(b"]"));
                let (to, after) = match to {
                    Some(after) => member(after)?,
                    None => (from, after),
                };
                if from > to {
                    return None;
                }
                range(translated, from, to);
                rest = after;
            }
        }
        first = false;
    }
}

fn member(text: &[u8]) -> Option<(u8, &[u8])> {
    match text {
        [b'[', kind @ (b'.' | b'='), ..] => match named(&text[2..], *kind)? {
            ([byte], after) => Some((*byte, after)),
            _ => None,
        },
        [byte, after @ ..] => Some((*byte, after)),
        [] => None,
    }
}

fn range(translated: &mut String, from: u8, to: u8) {
    translated.push_str(&format!("\\x{from:02x}-\\x{to:02x}"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_fit_as_in_posix() {
        let fits = |expression: &str, text: &str| {
            compile(expression).expect(expression).is_match(text.as_bytes())
        };
        assert!(fits("^(get|list) -[a-z_\\,]+$", "get -a_,"));
        assert!(fits("^recv( -x (a|b))* T$", "recv -x a -x b T"));
        assert!(fits("^a{2}b{\\,1}c{1,}$", "aacc"));
        assert!(fits("^(?i)LIST$", "list"));
        assert!(fits("^[]a]$", "]") && fits("^[[:digit:]]+$", "12") && fits("^a)$", "a)"));
        assert!(fits("^a\\\\.b$", "a\\xb") && !fits("^a\\\\.b$", "a.b"));
        assert!(fits("^.*$", "a\nb"));
    }

    #[test]
    fn expressions_that_do_not_compile() {
        for expression in [
            "^(a$", "^[a$", "^*a$", "^a**$", "^[*+]$", "^a{3,2}$", "^a{256}$", "^a{x}$", "^[z-a]$",
            "^(|*)$",
        ] {
            assert!(compile(expression).is_none(), "{expression}");
        }
    }
}
