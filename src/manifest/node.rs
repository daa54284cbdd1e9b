//! A document as located values, free of secrets and of duplicate keys: what the document types
//! are read from.
//!
//! The types are read from a tree and not by serde alone, since serde stops at the first mistake
//! and a person wants to see all of them.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde_yaml::Spanned;

use super::diagnostic::{Diagnostic, Report};
use super::files::Text;
use super::foreign::Foreign;
use super::secret::{self, Secret};
use super::source::{Located, Source, Span};
use super::yaml::{self, Raw};

/// A value and where it is written: itself, or the key in front of it where the value is a list, a
/// mapping or nothing.
#[derive(Clone, Debug)]
pub struct Node {
    /// The value.
    pub content: Content,
    /// Where it is written.
    pub span: Span,
}

/// A value.
#[derive(Clone, Debug)]
pub enum Content {
    /// Nothing, `null`, `~`.
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Any other number: what counts is how it is written.
    Number,
    /// Text.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// A mapping, in the order in which it is written.
    Map(Vec<Entry>),
    /// A mistake that has been reported.
    Reported,
}

/// One key of a mapping, and its value.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The key.
    pub key: Located<String>,
    /// The value.
    pub node: Node,
}

impl Node {
    /// What it is, for "expected …, found …".
    pub fn describe(&self) -> String {
        match &self.content {
            Content::Null => "nothing".into(),
            Content::Bool(value) => format!("`{value}`"),
            Content::Int(_) | Content::Number => format!("the number `{}`", self.span.quoted()),
            Content::Text(text) if text.is_empty() => "an empty text".into(),
            Content::Text(text) if text.contains('\n') => "a text of several lines".into(),
            Content::Text(_) => {
                format!("the text `{}`", self.span.quoted().trim_matches(['"', '\'']))
            }
            Content::List(_) => "a list".into(),
            Content::Map(_) => "a mapping".into(),
            Content::Reported => "a mistake".into(),
        }
    }
}

/// Whether a number is written with zeros in front: octal for some programs, decimal for others.
pub(super) fn has_leading_zero(written: &str) -> bool {
    written.len() > 1 && written.starts_with('0') && written.bytes().all(|it| it.is_ascii_digit())
}

/// The mapping that a file holds; what is wrong is reported.
pub fn read(file: Text, order: usize, report: &mut Report) -> Option<Node> {
    let Text { name, text } = file;
    let raw = match yaml::parse(&text) {
        Ok(raw) => raw,
        Err(error) => {
            let secrets = secret::in_text(&text, true);
            let source = Arc::new(Source::new(&name, order, text, &secrets));
            let span = Span::new(&source, error.at..error.at + 1);
            // The parser may quote what it stumbled over.
            let title = match secret::in_text(&error.title, true).is_empty() {
                true => error.title,
                false => "this is not valid YAML: unexpected text".into(),
            };
            report.push(Diagnostic::at(&span, title, error.label).help(error.help));
            return None;
        }
    };
    let found = secret::in_tree(&raw);
    let mut masks = secret::in_text(&text, false);
    masks.extend(secret::in_texts(&raw, &text));
    masks.extend(found.keys().map(|(start, end)| *start..*end));
    let source = Arc::new(Source::new(&name, order, text, &masks));
    if let Some((foreign, at)) = Foreign::of(&raw.value) {
        let (title, help) = foreign.explain();
        report.push(Diagnostic::at(&Span::new(&source, at), title, "").help(help));
        return None;
    }
    let whole = Span::new(&source, 0..0);
    let root = Builder { source, secrets: found, report }.node(&raw, &whole);
    let help = "a manifest begins with `version: 1` and then names `systems:`";
    match &root.content {
        Content::Map(_) => return Some(root),
        Content::Null => {
            let title = format!("`{name}` is empty");
            report.push(Diagnostic::at(&whole, title, "nothing but comments here").help(help));
        }
        Content::Reported => {}
        _ => {
            let title = format!("expected a mapping, found {}", root.describe());
            report.push(Diagnostic::at(&root.span, title, "the whole file is this").help(help));
        }
    }
    None
}

struct Builder<'a> {
    source: Arc<Source>,
    secrets: BTreeMap<(usize, usize), Secret>,
    report: &'a mut Report,
}

impl Builder<'_> {
    /// Where a value is written, or what stands for it if it has no text of its own.
    fn span(&self, raw: &Spanned<Raw>, otherwise: &Span) -> Span {
        let scalar = !matches!(raw.value, Raw::List(_) | Raw::Map(_));
        match secret::range_of(raw) {
            Some(range) if scalar && !range.is_empty() => Span::new(&self.source, range),
            _ => otherwise.clone(),
        }
    }

    fn node(&mut self, raw: &Spanned<Raw>, otherwise: &Span) -> Node {
        let span = self.span(raw, otherwise);
        let content = match &raw.value {
            Raw::List(items) => {
                let mut list = Vec::new();
                for item in items {
                    let start = secret::range_of(item).map_or(0, |range| range.start);
                    let start = Span::new(&self.source, start..start + 1);
                    list.push(self.node(item, &start));
                }
                Content::List(list)
            }
            Raw::Map(entries) => Content::Map(self.entries(entries)),
            _ if self.is_secret(raw) => Content::Reported,
            Raw::Null => Content::Null,
            Raw::Bool(value) => Content::Bool(*value),
            // YAML 1.1 reads `0700` as octal, YAML 1.2 as 700: only the digits are known.
            Raw::Int(_) if has_leading_zero(span.text()) => Content::Number,
            Raw::Int(value) => Content::Int(*value),
            Raw::Number => Content::Number,
            Raw::Text(text) => Content::Text(text.clone()),
        };
        Node { content, span }
    }

    /// Whether a value is a secret, which is then reported.
    fn is_secret(&mut self, raw: &Spanned<Raw>) -> bool {
        let Some(range) = secret::range_of(raw) else { return false };
        let Some(secret) = self.secrets.get(&(range.start, range.end)) else { return false };
        let (title, help) = secret.explain();
        let span = Span::new(&self.source, range);
        self.report.push(Diagnostic::at(&span, title, "not shown here").help(help));
        true
    }

    /// The entries of a mapping whose keys are texts that do not repeat.
    fn entries(&mut self, raw: &[(Spanned<Raw>, Spanned<Raw>)]) -> Vec<Entry> {
        let mut entries: Vec<Entry> = Vec::new();
        let mut known: HashMap<&str, usize> = HashMap::new();
        for (key, value) in raw {
            let start = secret::range_of(key).map_or(0, |range| range.start);
            let start = Span::new(&self.source, start..start + 1);
            let span = self.span(key, &start);
            let Raw::Text(name) = &key.value else {
                let node = self.node(key, &span);
                let title = format!("expected a name, found {}", node.describe());
                let quoted = span.quoted();
                let problem = Diagnostic::at(&span, title, "names are text");
                self.report.push(match node.content {
                    Content::Null | Content::List(_) | Content::Map(_) => problem,
                    _ => problem.help(format!("write it in quotes: \"{quoted}\"")),
                });
                self.node(value, &span);
                continue;
            };
            let node = self.node(value, &span);
            if self.is_secret(key) {
                continue;
            }
            if let Some(first) = known.get(name.as_str()).map(|index| &entries[*index]) {
                let title = format!("`{}` is written twice", span.quoted());
                self.report.push(
                    Diagnostic::at(&span, title, "here again")
                        .also(&first.key.span, "first here")
                        .help("write it once, with everything that belongs to it"),
                );
                continue;
            }
            known.insert(name, entries.len());
            entries.push(Entry { key: Located { value: name.clone(), span }, node });
        }
        entries
    }
}
