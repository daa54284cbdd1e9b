//! How a document type is read from the tree: every mistake is reported, and reading goes on.

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::diagnostic::{Diagnostic, Report};
use super::nearest::{listed, nearest};
use super::node::{Content, Entry, Node};
use super::source::{Located, Span};

/// What a manifest may hold somewhere.
pub trait Read: Sized {
    /// The value; `None` if it is wrong, which is then reported.
    fn read(node: &Node, report: &mut Report) -> Option<Self>;
}

/// Why a text is not what it should be. The title quotes nothing of it, since it may come from the
/// environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// What is wrong.
    pub title: String,
    /// What is said of the place.
    pub label: String,
    /// What to write instead.
    pub help: String,
}

impl Mistake {
    /// A mistake: what is wrong, what is said of the place, what to write instead.
    pub fn new(title: &str, label: impl Into<String>, help: impl Into<String>) -> Self {
        Self { title: title.into(), label: label.into(), help: help.into() }
    }
}

/// A text with rules of its own.
pub trait Text: Sized {
    /// What it is, for "expected …, found …".
    const WHAT: &'static str;

    /// The value.
    ///
    /// # Errors
    /// What is wrong with the text.
    fn parse(text: &str) -> Result<Self, Mistake>;
}

impl<T: Text> Read for T {
    fn read(node: &Node, report: &mut Report) -> Option<Self> {
        match &node.content {
            Content::Text(text) => parse(text, &node.span, report),
            _ => expected(node, T::WHAT, report),
        }
    }
}

/// A text's value; what is wrong with it is reported.
fn parse<T: Text>(text: &str, span: &Span, report: &mut Report) -> Option<T> {
    match T::parse(text) {
        Ok(value) => Some(value),
        Err(Mistake { title, label, help }) => {
            report.push(Diagnostic::at(span, title, label).help(help));
            None
        }
    }
}

/// Reports that a value is of another type.
pub fn expected<T>(node: &Node, what: &str, report: &mut Report) -> Option<T> {
    if matches!(node.content, Content::Reported) {
        return None;
    }
    let title = format!("expected {what}, found {}", node.describe());
    let problem = Diagnostic::at(&node.span, title, "");
    let written = node.span.quoted();
    report.push(match &node.content {
        Content::Int(_) | Content::Number | Content::Bool(_)
            if !what.contains("number") && !what.contains("true") =>
        {
            problem.help(format!("if this is meant as text, write it in quotes: \"{written}\""))
        }
        Content::Text(text) if what.contains("number") && text.parse::<i64>().is_ok() => {
            problem.help(format!("write it without quotes: {text}"))
        }
        Content::Text(text) if what == bool::WHAT => match text.to_lowercase().as_str() {
            "on" | "yes" | "y" | "enabled" | "true" => problem.help("write `true`"),
            "off" | "no" | "n" | "disabled" | "false" => problem.help("write `false`"),
            _ => problem.help("write `true` or `false`"),
        },
        Content::Null => problem.help("write a value, or leave the key out"),
        _ => problem,
    });
    None
}

/// What a value that is no text is called.
pub trait What {
    /// For "expected …, found …".
    const WHAT: &'static str;
}

impl What for bool {
    const WHAT: &'static str = "`true` or `false`";
}

impl Read for bool {
    fn read(node: &Node, report: &mut Report) -> Option<Self> {
        match node.content {
            Content::Bool(value) => Some(value),
            _ => expected(node, Self::WHAT, report),
        }
    }
}

impl Read for String {
    fn read(node: &Node, report: &mut Report) -> Option<Self> {
        match &node.content {
            Content::Text(text) => Some(text.clone()),
            _ => expected(node, "a text", report),
        }
    }
}

impl<T: Read> Read for Located<T> {
    fn read(node: &Node, report: &mut Report) -> Option<Self> {
        Some(Self { value: T::read(node, report)?, span: node.span.clone() })
    }
}

/// A list, without those of its items that are wrong.
impl<T: Read> Read for Vec<Located<T>> {
    fn read(node: &Node, report: &mut Report) -> Option<Self> {
        match &node.content {
            Content::List(items) => {
                Some(items.iter().filter_map(|item| Located::read(item, report)).collect())
            }
            _ => expected(node, "a list", report),
        }
    }
}

/// A thing that need not say anything of itself: `null` is as good as `{}`.
impl<T: Read> Read for Option<T> {
    fn read(node: &Node, report: &mut Report) -> Option<Self> {
        match node.content {
            Content::Null => Some(None),
            _ => T::read(node, report).map(Some),
        }
    }
}

/// A field of a mapping.
#[derive(Clone, Debug, Default)]
pub enum Field<T> {
    /// It is left out.
    #[default]
    Missing,
    /// It is there, and wrong: that has been reported.
    Wrong(Span),
    /// It is there.
    Given(Located<T>),
}

impl<T> Field<T> {
    /// The value and its place, if it is there and right.
    pub fn given(&self) -> Option<&Located<T>> {
        match self {
            Self::Given(given) => Some(given),
            Self::Missing | Self::Wrong(_) => None,
        }
    }

    /// The value, if it is there and right.
    pub fn value(&self) -> Option<&T> {
        self.given().map(|given| &given.value)
    }

    /// Where it is written, right or wrong.
    pub fn span(&self) -> Option<&Span> {
        match self {
            Self::Missing => None,
            Self::Wrong(span) => Some(span),
            Self::Given(given) => Some(&given.span),
        }
    }

    /// Whether it is left out.
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Missing)
    }
}

/// Things by their names.
#[derive(Clone, Debug)]
pub struct Names<K, V>(pub BTreeMap<K, Named<V>>);

/// A thing under its name.
#[derive(Clone, Debug)]
pub struct Named<V> {
    /// Where the name is written.
    pub span: Span,
    /// The thing; `None` if it is wrong, which has been reported.
    pub value: Option<V>,
}

impl<K: Text + Ord, V: Read> Read for Names<K, V> {
    fn read(node: &Node, report: &mut Report) -> Option<Self> {
        let Content::Map(entries) = &node.content else {
            return expected(node, "a mapping from names to what is said of them", report);
        };
        let mut names = BTreeMap::new();
        for Entry { key, node } in entries {
            let value = V::read(node, report);
            if let Some(name) = parse::<K>(&key.value, &key.span, report) {
                names.insert(name, Named { span: key.span.clone(), value });
            }
        }
        Some(Self(names))
    }
}

/// A mapping while its fields are read.
pub struct Table<'n> {
    entries: &'n [Entry],
}

impl<'n> Table<'n> {
    /// The mapping of a node. Reported are another type, for which `shorthand` names the field
    /// that was probably meant, and keys that are none of `fields`.
    pub fn open(
        node: &'n Node,
        title: &str,
        shorthand: Option<&str>,
        fields: &[&str],
        report: &mut Report,
    ) -> Option<Self> {
        let Content::Map(entries) = &node.content else {
            return match (&node.content, shorthand) {
                (Content::Reported, _) => None,
                (Content::Null, _) | (_, None) => expected(node, "a mapping", report),
                (content, Some(field)) => {
                    let found = format!("expected a mapping, found {}", node.describe());
                    let value = match content {
                        Content::List(_) => "[ … ]".into(),
                        _ => node.span.quoted(),
                    };
                    report.push(
                        Diagnostic::at(
                            &node.span,
                            found,
                            format!("{} has several fields", place(title)),
                        )
                        .help(format!("write `{title}: {{ {field}: {value} }}`")),
                    );
                    None
                }
            };
        };
        for Entry { key, node } in entries {
            if !fields.contains(&key.value.as_str()) && !matches!(node.content, Content::Reported) {
                report.push(unknown(key, title, fields));
            }
        }
        Some(Self { entries })
    }

    /// A field.
    pub fn field<T: Read>(&self, name: &str, report: &mut Report) -> Field<T> {
        let Some(Entry { node, .. }) = self.entries.iter().find(|entry| entry.key.value == name)
        else {
            return Field::Missing;
        };
        match Located::read(node, report) {
            Some(located) => Field::Given(located),
            None => Field::Wrong(node.span.clone()),
        }
    }
}

/// What the API calls a field, for those who know it by that name.
const API_NAMES: [(&str, &str); 12] = [
    ("tcpport", "port"),
    ("bindiface", "interfaces"),
    ("passwordauth", "password_login"),
    ("tcpfwd", "tcp_forwarding"),
    ("enable", "start_automatically"),
    ("enabled", "start_automatically"),
    ("sshpubkey", "authorized_keys"),
    ("ssh_password_enabled", "password_login"),
    ("sudo_commands", "sudo"),
    ("sudo_commands_nopasswd", "sudo"),
    ("home_mode", "home"),
    ("connect_timeout", "timeout"),
];

/// A key that there is not.
fn unknown(key: &Located<String>, title: &str, fields: &[&str]) -> Diagnostic {
    let quoted = key.span.quoted();
    if key.value == "ensure" {
        return Diagnostic::at(&key.span, "`ensure` is not supported yet", "not in this version")
            .help("leave it out: trueup deletes nothing; what has to go is removed by hand");
    }
    let api = API_NAMES.iter().find(|(api, field)| *api == key.value && fields.contains(field));
    let meant =
        api.map(|(_, field)| *field).or_else(|| nearest(&key.value, fields.iter().copied()));
    let label = meant.map_or("no such key".into(), |meant| format!("did you mean `{meant}`?"));
    let place = place(title);
    Diagnostic::at(&key.span, format!("unknown key `{quoted}` in {place}"), label)
        .help(format!("the keys of {place} are {}", listed(fields.iter().copied())))
}

/// A mapping's name in a sentence: keys in backticks, descriptions as they are.
fn place(title: &str) -> String {
    if title.contains(' ') { title.into() } else { format!("`{title}`") }
}

/// Schemas of the wrappers are those of what they hold.
macro_rules! transparent {
    ($wrapper:ident) => {
        impl<T: JsonSchema> JsonSchema for $wrapper<T> {
            fn inline_schema() -> bool {
                T::inline_schema()
            }

            fn schema_name() -> Cow<'static, str> {
                T::schema_name()
            }

            fn schema_id() -> Cow<'static, str> {
                T::schema_id()
            }

            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                T::json_schema(generator)
            }
        }
    };
}

transparent!(Field);
transparent!(Located);

impl<K: JsonSchema, V: JsonSchema> JsonSchema for Names<K, V> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("{}_by_{}", V::schema_name(), K::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let names = generator.subschema_for::<K>();
        let things = generator.subschema_for::<V>();
        json_schema!({
            "type": "object",
            "propertyNames": names,
            "additionalProperties": things,
        })
    }
}

/// Defines a mapping of the manifest: its fields, its name in messages, and the field that a value
/// without a mapping probably means.
macro_rules! mapping {
    (
        $(#[$meta:meta])*
        pub struct $name:ident as $title:literal $(or $shorthand:literal)? {
            $( $(#[$field_meta:meta])* pub $field:ident : $type:ty, )*
        }
    ) => {
        #[derive(Clone, Debug, Default, schemars::JsonSchema)]
        $(#[$meta])*
        #[schemars(deny_unknown_fields, default)]
        pub struct $name {
            $( $(#[$field_meta])* pub $field: $crate::manifest::read::Field<$type>, )*
        }

        impl $crate::manifest::read::Read for $name {
            fn read(
                node: &$crate::manifest::node::Node,
                report: &mut $crate::manifest::diagnostic::Report,
            ) -> Option<Self> {
                let shorthand: Option<&str> = None $(.or(Some($shorthand)))?;
                let fields = &[$(stringify!($field)),*];
                let table = $crate::manifest::read::Table::open(
                    node, $title, shorthand, fields, report,
                )?;
                Some(Self { $( $field: table.field(stringify!($field), report), )* })
            }
        }
    };
}

pub(crate) use mapping;
