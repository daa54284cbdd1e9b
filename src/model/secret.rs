//! Secrets that their form gives away: API keys, private keys, password hashes, passwords in
//! addresses. People write them where they do not belong, and systems repeat them in errors.
//!
//! Each search goes over the text once, and the ranges that it finds do not overlap.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

/// How long the part of an API key is that is secret (`plugins/api_key.py`).
const API_KEY_LENGTH: usize = 64;

/// A hash as `crypt(5)` writes it: `$6$SALT$HASH`.
static PASSWORD_HASH: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"\$[0-9a-z]{1,8}\$[./A-Za-z0-9=,$+-]{16,}";
    Regex::new(pattern).expect("a constant pattern must compile")
});

/// The byte ranges of all of them.
pub(crate) fn ranges(text: &str) -> Vec<Range<usize>> {
    let hashes = PASSWORD_HASH.find_iter(text).map(|found| found.range()).collect();
    [api_keys(text), private_keys(text), hashes, passwords_in_urls(text)].concat()
}

/// The text with `***` in place of every secret.
pub(crate) fn masked(text: &str) -> Cow<'_, str> {
    let mut ranges = ranges(text);
    ranges.sort_unstable_by_key(|range| range.start);
    if ranges.is_empty() {
        return Cow::Borrowed(text);
    }
    let (mut masked, mut end) = (String::new(), 0);
    for range in ranges {
        if range.start >= end {
            masked.push_str(&text[end..range.start]);
            masked.push_str("***");
        }
        end = end.max(range.end);
    }
    masked.push_str(&text[end..]);
    Cow::Owned(masked)
}

/// `ID-` and what follows, a little shorter than real ones for those that were cut off; and what
/// can only be the part after `ID-`.
pub(crate) fn api_keys(text: &str) -> Vec<Range<usize>> {
    const SHORTEST: usize = 48;
    let letters = |c: char| c.is_ascii_alphanumeric();
    let with_id = text.match_indices('-').filter_map(|(dash, _)| {
        let id = text[..dash].bytes().rev().take_while(u8::is_ascii_digit).count();
        let key = text[dash + 1..].find(|c| !letters(c)).unwrap_or(text.len() - dash - 1);
        (id > 0 && key >= SHORTEST).then_some(dash - id..dash + 1 + key)
    });
    let mut found: Vec<Range<usize>> = with_id.collect();
    let offset = |word: &str| word.as_ptr() as usize - text.as_ptr() as usize;
    // Digests are as long, and have one case.
    let is_key = |word: &&str| {
        word.len() == API_KEY_LENGTH
            && word.bytes().any(|byte| byte.is_ascii_uppercase())
            && word.bytes().any(|byte| byte.is_ascii_lowercase())
    };
    let words = text.split(|c: char| !letters(c)).filter(is_key);
    let bare = words.map(|word| offset(word)..offset(word) + word.len());
    let bare: Vec<_> = bare.filter(|key| !found.iter().any(|it| it.end == key.end)).collect();
    found.extend(bare);
    found
}

/// PEM blocks, to their end or the text's; bodies in OpenSSH's format without their frame; and PEM
/// that is encoded once more, as the settings of the SSH service hold host keys.
pub(crate) fn private_keys(text: &str) -> Vec<Range<usize>> {
    const FRAME: &str = "PRIVATE KEY-----";
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = text[from..].find(FRAME).map(|at| from + at) {
        let start = text[..at].rfind("-----").unwrap_or(at);
        let body = at + FRAME.len();
        let end = text[body..].find(FRAME).map_or(text.len(), |end| body + end + FRAME.len());
        found.push(start..end);
        from = end;
    }
    // `openssh-key-v1` and `-----BEGIN `.
    for beginning in ["b3BlbnNzaC1rZXktdjE", "LS0tLS1CRUdJTi"] {
        found.extend(base64_from(beginning, text));
    }
    found
}

/// What begins so, as far as it can be base64.
fn base64_from(beginning: &str, text: &str) -> Vec<Range<usize>> {
    let inside = |c: char| c.is_ascii_alphanumeric() || "+/=\\ \t\r\n".contains(c);
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = text[from..].find(beginning).map(|at| from + at) {
        let end = text[at..].find(|c| !inside(c)).map_or(text.len(), |end| at + end);
        found.push(at..end);
        from = end;
    }
    found
}

/// In each word, what stands between the first `://` and the last `@`.
pub(crate) fn passwords_in_urls(text: &str) -> Vec<Range<usize>> {
    let offset = |word: &str| word.as_ptr() as usize - text.as_ptr() as usize;
    text.split_whitespace()
        .filter_map(|word| {
            let (_, rest) = word.split_once("://")?;
            let end = rest.rfind('@')?;
            Some(offset(rest)..offset(rest) + end)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_masked_and_the_rest_stays() {
        let secret = "0aB1cD2eF3gH4iJ5kL6mN7oP8qR9sT0uV1wX2yZ3aB4cD5eF6gH7iJ8kL9mN0oP1";
        let pem = "-----BEGIN OPENSSH PRIVATE KEY-----\\nabc\n-----END OPENSSH PRIVATE KEY-----";
        for (text, expected) in [
            (format!("bad key 7-{secret}!"), "bad key ***!"),
            (format!("{secret} is invalid"), "*** is invalid"),
            (format!("<{pem}> and {pem}"), "<***> and ***"),
            ("x b3BlbnNzaC1rZXktdjEAAAA=, y".into(), "x ***, y"),
            ("LS0tLS1CRUdJTiBPUEVOU1NI: y".into(), "***: y"),
            ("root:$6$rounds=5000$salt$0123456789./abcDEF:19000".into(), "root:***:19000"),
            ("$y$j9T$F5Jx5fExrKuPp53xLKQ..1$X3DX6M94c7o".into(), "***"),
            ("https://root:hunter2@host/".into(), "https://***@host/"),
        ] {
            assert_eq!(masked(&text), expected, "{text}");
        }
        for text in [
            "sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "costs $5$ and $USER$HOME",
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKbZ5w7y",
        ] {
            assert_eq!(masked(text), text);
        }
    }
}
