//! Secrets that somebody wrote into a manifest: found, so that they can be refused, and masked, so
//! that no message repeats them.
//!
//! Two ways, since the text may be no YAML at all: by form anywhere (an API key is `ID-` and 64
//! letters and digits, `plugins/api_key.py`), and by the name in front of it.

use std::collections::BTreeMap;
use std::ops::Range;

use serde_yaml::Spanned;

use super::source::Source;
use super::yaml::Raw;

/// What kind of secret it is, which decides what is said of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secret {
    /// An API key.
    ApiKey,
    /// What stands after `env:` is no variable's name, so it may be the key itself.
    NotAVariable,
    /// A private key.
    PrivateKey,
    /// A password, or an address with one in it.
    Password,
    /// A token or the like.
    Other,
}

impl Secret {
    /// What is said of it, and what to write instead.
    pub fn explain(self) -> (&'static str, &'static str) {
        const BY_NAME: &str = "write `api_key: { env: NAME }` and put the key into that environment \
            variable, or write `api_key: { file: PATH }`; if others have seen this file, replace \
            the key in TrueNAS";
        match self {
            Self::ApiKey => ("an API key is written into the manifest", BY_NAME),
            Self::NotAVariable => ("this is no environment variable's name", BY_NAME),
            Self::PrivateKey => (
                "a private key is written into the manifest",
                "trueup makes key pairs itself; `authorized_keys` takes public keys, the content of \
                 a `.pub` file; if others have seen this file, replace the key",
            ),
            Self::Password => (
                "a password is written into the manifest",
                "leave it out: trueup logs in with API keys and sets no passwords; if others have \
                 seen this file, change the password",
            ),
            Self::Other => (
                "a secret is written into the manifest",
                "leave it out: secrets cannot be written into a manifest",
            ),
        }
    }
}

/// The keys whose values are secrets.
const NAMES: [(&str, Secret); 11] = [
    ("api_key", Secret::ApiKey),
    ("api-key", Secret::ApiKey),
    ("apikey", Secret::ApiKey),
    ("password", Secret::Password),
    ("passwd", Secret::Password),
    ("passphrase", Secret::Other),
    ("secret", Secret::Other),
    ("token", Secret::Other),
    ("private_key", Secret::PrivateKey),
    ("private-key", Secret::PrivateKey),
    ("privatekey", Secret::PrivateKey),
];

/// The secret that a value under this key would be.
pub fn by_name(key: &str) -> Option<Secret> {
    let key = key.to_ascii_lowercase();
    NAMES.iter().find(|(name, _)| *name == key).map(|(_, secret)| *secret)
}

/// The secret that a text is or contains, by its form.
pub fn by_form(text: &str) -> Option<Secret> {
    if !api_keys(text).is_empty() {
        Some(Secret::ApiKey)
    } else if !private_keys(text).is_empty() {
        Some(Secret::PrivateKey)
    } else if passwords_in_urls(text).iter().any(|range| text[range.clone()].contains(':')) {
        Some(Secret::Password)
    } else {
        None
    }
}

/// Whether this can be an environment variable's name.
pub fn is_variable(text: &str) -> bool {
    !text.starts_with(|c: char| c.is_ascii_digit())
        && !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// The secrets of a document, by the byte range in which they stand.
pub fn in_tree(root: &Spanned<Raw>) -> BTreeMap<(usize, usize), Secret> {
    let mut found = BTreeMap::new();
    visit(root, None, None, &mut found);
    found
}

/// The byte ranges of secrets that have their name in front of them inside of a text: a piece of a
/// manifest that became a text by a mistake.
pub fn in_texts(node: &Spanned<Raw>, text: &str, found: &mut Vec<Range<usize>>) {
    match &node.value {
        Raw::List(items) => items.iter().for_each(|item| in_texts(item, text, found)),
        Raw::Map(entries) => {
            for (key, value) in entries {
                in_texts(key, text, found);
                in_texts(value, text, found);
            }
        }
        Raw::Text(_) => {
            let range = range_of(node).unwrap_or_default();
            let inside = text.get(range.clone()).map_or(Vec::new(), |inside| named(inside, true));
            found.extend(inside.iter().map(|it| range.start + it.start..range.start + it.end));
        }
        Raw::Null | Raw::Bool(_) | Raw::Int(_) | Raw::Number => {}
    }
}

/// The bytes of a value.
pub fn range_of(node: &Spanned<Raw>) -> Option<Range<usize>> {
    let span = node.defined.span();
    let start = usize::try_from(span.byte_offset()?).ok()?;
    Some(start..start + usize::try_from(span.byte_len()?).ok()?)
}

fn visit(
    node: &Spanned<Raw>,
    key: Option<&str>,
    named: Option<Secret>,
    found: &mut BTreeMap<(usize, usize), Secret>,
) {
    match &node.value {
        Raw::List(items) => items.iter().for_each(|item| visit(item, key, named, found)),
        Raw::Map(entries) => {
            for (name, value) in entries {
                visit(name, None, None, found);
                let name = match &name.value {
                    Raw::Text(name) => name.as_str(),
                    _ => "",
                };
                let by_name = match (key, name) {
                    // A list of sudo commands that ask for a password.
                    (Some("sudo"), "password") => None,
                    (Some("api_key"), "file") => None,
                    (Some("api_key"), "env") => match &value.value {
                        Raw::Text(text) if is_variable(text) => None,
                        _ => Some(Secret::NotAVariable),
                    },
                    _ => by_name(name).or(named),
                };
                visit(value, Some(name), by_name, found);
            }
        }
        Raw::Null => {}
        Raw::Text(_) | Raw::Bool(_) | Raw::Int(_) | Raw::Number => {
            let form = match &node.value {
                Raw::Text(text) => by_form(text),
                _ => None,
            };
            if let (Some(secret), Some(range)) = (form.or(named), range_of(node)) {
                found.insert((range.start, range.end), secret);
            }
        }
    }
}

/// The byte ranges of a text that hold secrets by their form; and those that have a secret's name
/// in front, everywhere or, where the tree has shown the others, in comments only.
pub fn in_text(text: &str, names_everywhere: bool) -> Vec<Range<usize>> {
    let mut found = api_keys(text);
    found.extend(private_keys(text));
    found.extend(passwords_in_urls(text));
    found.extend(named(text, names_everywhere));
    found
}

/// A text as it may be shown: secrets that their form gives away are masked.
pub fn masked(text: &str) -> String {
    let secrets = [api_keys(text), private_keys(text), passwords_in_urls(text)].concat();
    Source::new("", 0, text.into(), &secrets).shown().into()
}

/// `ID-` and what follows. A little shorter than real ones, for those that were cut off.
fn api_keys(text: &str) -> Vec<Range<usize>> {
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
fn private_keys(text: &str) -> Vec<Range<usize>> {
    const BODY: &str = "b3BlbnNzaC1rZXktdjE";
    const FRAME: &str = "PRIVATE KEY-----";
    let mut framed = Vec::new();
    let mut from = 0;
    while let Some(at) = text[from..].find(FRAME).map(|at| from + at) {
        let start = text[..at].rfind("-----").unwrap_or(at);
        let body = at + FRAME.len();
        let end = text[body..].find(FRAME).map_or(text.len(), |end| body + end + FRAME.len());
        framed.push(start..end);
        from = end;
    }
    let bare = text.match_indices(BODY).map(|(at, _)| {
        let inside = |c: char| c.is_ascii_alphanumeric() || "+/=\\ \t\r\n".contains(c);
        at..text[at..].find(|c| !inside(c)).map_or(text.len(), |end| at + end)
    });
    framed.into_iter().chain(bare).collect()
}

/// What stands between `://` and `@`.
fn passwords_in_urls(text: &str) -> Vec<Range<usize>> {
    text.match_indices("://")
        .filter_map(|(at, scheme)| {
            let start = at + scheme.len();
            let word = text[start..].split(char::is_whitespace).next().unwrap_or_default();
            word.rfind('@').map(|end| start..start + end)
        })
        .collect()
}

/// The values after a secret's name and a `:` or `=`: the rest of the line, and the lines below it
/// that are indented further.
fn named(text: &str, everywhere: bool) -> Vec<Range<usize>> {
    let lower = text.to_ascii_lowercase();
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let mut found = Vec::new();
    for (name, _) in NAMES {
        for (at, _) in lower.match_indices(name) {
            let line = lower[..at].rfind('\n').map_or(0, |end| end + 1);
            let in_comment = lower[line..at].contains('#');
            let rest = lower[at + name.len()..].trim_start_matches(['"', '\'', ' ', '\t']);
            let whole = !lower[..at].ends_with(word) && rest.starts_with([':', '=']);
            if !whole || !(everywhere || in_comment) {
                continue;
            }
            let value = lower.len() - rest[1..].trim_start_matches(' ').len();
            let end = lower[value..].find('\n').map_or(lower.len(), |end| value + end);
            let reference = reference(&text[value..end]);
            if !reference {
                found.push(value..end);
            }
            if !in_comment {
                let indent = indent_of(&lower[line..at]);
                found.extend(indented_below(text, end, indent));
            }
        }
    }
    found
}

/// Whether a value only says where the secret is: `{ env: NAME }`, `{ file: PATH }`.
fn reference(value: &str) -> bool {
    let Some(inside) = value.trim_start().strip_prefix('{') else { return false };
    let Some((inside, _)) = inside.split_once('}') else { return false };
    names_a_place(inside)
}

/// Whether a line is `env: NAME` or `file: PATH`.
fn names_a_place(line: &str) -> bool {
    match line.split_once(':') {
        Some((key, value)) if key.trim() == "env" => is_variable(value.trim()),
        Some((key, _)) => key.trim() == "file",
        None => false,
    }
}

/// How far a line is indented.
fn indent_of(line: &str) -> usize {
    line.bytes().take_while(|byte| *byte == b' ').count()
}

/// The lines after `end` that are indented further and do not only name a place; and the first of
/// them however it is indented, if it could be the value.
fn indented_below(text: &str, end: usize, indent: usize) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = end;
    for line in text[end..].split_inclusive('\n') {
        let blank = line.trim().is_empty();
        let value = found.is_empty() && !line.contains(':');
        if !blank && indent_of(line) <= indent && at > end && !value {
            break;
        }
        if !blank && at > end && !names_a_place(line) {
            found.push(at..at + line.len());
        }
        at += line.len();
    }
    found
}
