//! YAML text as a tree of located values, and YAML's own errors in words.
//!
//! The parser is told to keep duplicate keys, so that both places can be shown, and to give up
//! early on what no manifest needs: documents that explode through aliases, deep nesting, tags.

use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_yaml::{DuplicateKeyPolicy, Error, NonFiniteFloatPolicy, Spanned, budget, options};

/// How many values a file may have, aliases counted as often as they are used.
const MAX_NODES: usize = 100_000;

/// How many bytes the texts of a file may have, aliases counted as often as they are used: four
/// times what a file may have.
const MAX_TEXT: usize = 4 << 20;

/// A value as YAML has it.
#[derive(Debug)]
pub enum Raw {
    /// `null`, `~`, or nothing.
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Any other number; what counts is how it is written.
    Number,
    /// Text.
    Text(String),
    /// A list.
    List(Vec<Spanned<Raw>>),
    /// A mapping, in the order in which it is written, duplicates included.
    Map(Vec<(Spanned<Raw>, Spanned<Raw>)>),
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Raw, E> {
        Ok(Raw::Bool(value))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Raw, E> {
        Ok(Raw::Int(value))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Raw, E> {
        Ok(i64::try_from(value).map_or(Raw::Number, Raw::Int))
    }

    fn visit_i128<E: de::Error>(self, _: i128) -> Result<Raw, E> {
        Ok(Raw::Number)
    }

    fn visit_u128<E: de::Error>(self, _: u128) -> Result<Raw, E> {
        Ok(Raw::Number)
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<Raw, E> {
        Ok(Raw::Number)
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Raw, E> {
        Ok(Raw::Text(value.into()))
    }

    fn visit_unit<E: de::Error>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_none<E: de::Error>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Raw, D::Error> {
        Raw::deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Raw, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Raw::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Raw, A::Error> {
        let mut map = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            map.push(entry);
        }
        Ok(Raw::Map(map))
    }
}

/// Why a text is no YAML that trueup reads.
#[derive(Debug)]
pub struct Unreadable {
    /// The byte where it was noticed.
    pub at: usize,
    /// What is wrong.
    pub title: String,
    /// What is said of the place.
    pub label: &'static str,
    /// What to write instead.
    pub help: &'static str,
}

/// The tree of a text that holds one document.
///
/// # Errors
/// The first thing that is no YAML, or that no manifest needs.
pub fn parse(text: &str) -> Result<Spanned<Raw>, Unreadable> {
    let options = options! {
        budget: budget! {
            max_nodes: MAX_NODES,
            max_depth: 32,
            max_aliases: 1_000,
            max_total_scalar_bytes: MAX_TEXT,
        },
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        strict_booleans: true,
        non_finite_float_policy: NonFiniteFloatPolicy::PassThrough,
        reject_unsupported_tags: true,
        with_snippet: false,
    };
    serde_yaml::from_str_with_options(text, options).map_err(|error| explain(&error, text))
}

/// Bytes from the start of the text, of a character position.
fn byte_of(text: &str, line: u64, column: u64) -> usize {
    let line = usize::try_from(line).unwrap_or(usize::MAX).saturating_sub(1);
    let column = usize::try_from(column).unwrap_or(usize::MAX).saturating_sub(1);
    let Some(start) = text.split_inclusive('\n').nth(line).map(|it| it.as_ptr() as usize) else {
        return text.len();
    };
    let start = start - text.as_ptr() as usize;
    let within = text[start..].split('\n').next().unwrap_or_default();
    start + within.char_indices().nth(column).map_or(within.len(), |(byte, _)| byte)
}

/// The parser's error in our words.
fn explain(error: &Error, text: &str) -> Unreadable {
    let at = error.location().map_or(0, |at| byte_of(text, at.line(), at.column()));
    let (title, label, help) = match error {
        Error::MultipleDocuments { .. } => (
            "several YAML documents in one file".into(),
            "the second document begins here",
            "write one document per file: several files, or a directory of them, are one manifest",
        ),
        Error::Budget { .. }
        | Error::AliasReplayLimitExceeded { .. }
        | Error::AliasExpansionLimitExceeded { .. }
        | Error::AliasReplayStackDepthExceeded { .. } => (
            "this document is too large or too deeply nested".into(),
            "reading stopped here",
            "a manifest has at most 100000 values, each alias counted with all that it stands for, \
             and 32 levels",
        ),
        Error::UnknownAnchor { .. } => (
            "an alias without an anchor".into(),
            "nothing before this has such an anchor",
            "a text that begins with `*` needs quotes",
        ),
        Error::RecursiveReferencesRequireWeakTypes { .. } => (
            "an anchor that contains itself".into(),
            "this alias stands inside of its own anchor",
            "write the values out",
        ),
        Error::MergeValueNotMapOrSeqOfMaps { .. } => (
            "`<<` with something else than a mapping".into(),
            "expected an alias of a mapping",
            "write `<<: *NAME` where `&NAME` marks a mapping",
        ),
        Error::AliasError { error, .. } => return explain(error, text),
        other => {
            let message = other.without_snippet().to_string();
            let message = message.split(" at line ").next().unwrap_or_default();
            let tab = text[at..].find('\t').filter(|_| message.contains("tab"));
            return explain_message(message, tab.map_or(at, |tab| at + tab));
        }
    };
    Unreadable { at, title, label, help }
}

/// The commoner messages of the scanner, each with what usually causes it.
fn explain_message(message: &str, at: usize) -> Unreadable {
    let (label, help) = if message.contains("unsupported tag") {
        let label = "manifests have no tags";
        let help = "leave the tag out; a text that begins with `!` needs quotes";
        return Unreadable { at, title: "a YAML tag".into(), label, help };
    } else if message.contains("recursion limit") {
        ("reading stopped here", "a manifest has at most 32 levels")
    } else if message.contains("unclosed quote") {
        ("this quote is never closed", "close the quote at the end of the text")
    } else if message.contains("unclosed bracket") || message.contains("flow") {
        ("inside of brackets", "check that every `{` and `[` is closed, with commas in between")
    } else if message.contains("mapping values are not allowed") {
        (
            "a `: ` where no key can stand",
            "indent the line like its neighbours; a text that contains `: ` needs quotes",
        )
    } else if message.contains("tab") {
        ("a tab", "indent with spaces: YAML does not allow tabs")
    } else if message.contains("unexpected character") {
        ("this cannot begin a text", "put the text in quotes")
    } else {
        ("noticed here", "check the indentation and the quotes here and on the line before")
    };
    Unreadable { at, title: format!("this is not valid YAML: {message}"), label, help }
}
