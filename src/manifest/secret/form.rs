//! Secrets that their form gives away: API keys, private keys, passwords in addresses.
//!
//! Each search goes over the text once, and the ranges that it finds do not overlap.

use std::ops::Range;

/// All of them.
pub(super) fn all(text: &str) -> Vec<Range<usize>> {
    [api_keys(text), private_keys(text), passwords_in_urls(text)].concat()
}

/// `ID-` and what follows. A little shorter than real ones, for those that were cut off.
pub(super) fn api_keys(text: &str) -> Vec<Range<usize>> {
    const SHORTEST: usize = 48;
    let letters = |c: char| c.is_ascii_alphanumeric();
    text.match_indices('-')
        .filter_map(|(dash, _)| {
            let id = text[..dash].bytes().rev().take_while(u8::is_ascii_digit).count();
            let key = text[dash + 1..].find(|c| !letters(c)).unwrap_or(text.len() - dash - 1);
            (id > 0 && key >= SHORTEST).then_some(dash - id..dash + 1 + key)
        })
        .collect()
}

/// PEM blocks, to their end or the text's, and bodies in OpenSSH's format without their frame.
pub(super) fn private_keys(text: &str) -> Vec<Range<usize>> {
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
    found.extend(openssh_bodies(text));
    found
}

/// What begins as the body of OpenSSH's format does, as far as it can be base64.
fn openssh_bodies(text: &str) -> Vec<Range<usize>> {
    const BODY: &str = "b3BlbnNzaC1rZXktdjE";
    let inside = |c: char| c.is_ascii_alphanumeric() || "+/=\\ \t\r\n".contains(c);
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = text[from..].find(BODY).map(|at| from + at) {
        let end = text[at..].find(|c| !inside(c)).map_or(text.len(), |end| at + end);
        found.push(at..end);
        from = end;
    }
    found
}

/// In each word, what stands between the first `://` and the last `@`.
pub(super) fn passwords_in_urls(text: &str) -> Vec<Range<usize>> {
    let offset = |word: &str| word.as_ptr() as usize - text.as_ptr() as usize;
    text.split_whitespace()
        .filter_map(|word| {
            let (_, rest) = word.split_once("://")?;
            let end = rest.rfind('@')?;
            Some(offset(rest)..offset(rest) + end)
        })
        .collect()
}
