//! Secrets that somebody wrote into a manifest: found, so that they can be refused, and masked, so
//! that no message repeats them.
//!
//! Two ways, since the text may be no YAML at all: by form anywhere (an API key is `ID-` and 64
//! letters and digits, `plugins/api_key.py`), and by the name in front of it.

mod named;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use serde_yaml::Spanned;

use super::yaml::Raw;
use crate::model::secret;

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
    if !secret::api_keys(text).is_empty() {
        Some(Secret::ApiKey)
    } else if !secret::private_keys(text).is_empty() {
        Some(Secret::PrivateKey)
    } else if secret::passwords_in_urls(text).iter().any(|range| text[range.clone()].contains(':'))
    {
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
/// manifest that became a text by a mistake. A text that aliases repeat is searched once.
pub fn in_texts(root: &Spanned<Raw>, text: &str) -> Vec<Range<usize>> {
    let mut texts = BTreeSet::new();
    collect_texts(root, &mut texts);
    let mut found = Vec::new();
    for (start, end) in texts {
        let inside = text.get(start..end).unwrap_or_default();
        let values = named::values(inside, true);
        found.extend(values.iter().map(|value| start + value.start..start + value.end));
    }
    found
}

/// Where the texts of a document stand.
fn collect_texts(node: &Spanned<Raw>, texts: &mut BTreeSet<(usize, usize)>) {
    match &node.value {
        Raw::List(items) => items.iter().for_each(|item| collect_texts(item, texts)),
        Raw::Map(entries) => {
            for (key, value) in entries {
                collect_texts(key, texts);
                collect_texts(value, texts);
            }
        }
        Raw::Text(_) => texts.extend(range_of(node).map(|range| (range.start, range.end))),
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
    [secret::ranges(text), named::values(text, names_everywhere)].concat()
}
