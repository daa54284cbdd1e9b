//! Mappings with known keys: how their fields are read, and what is said of other keys.

use super::diagnostic::{Diagnostic, Report};
use super::field::Field;
use super::node::{Content, Entry, Node};
use super::read::{Read, expected};
use super::secret::by_name;
use super::source::Located;
use crate::model::nearest::listed;

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
                        Content::Text(text) if text.contains('\n') => "…".into(),
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
            let secret = matches!(node.content, Content::Reported) && by_name(&key.value).is_some();
            if !fields.contains(&key.value.as_str()) && !secret {
                let meant = report.nearest(&key.value, fields.iter().copied());
                report.push(unknown(key, title, fields, meant));
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
const API_NAMES: [(&str, &str); 13] = [
    ("users", "admins"),
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

/// What belongs to a replication task, which is not in the manifest.
const OF_TASKS: [&str; 11] = [
    "auto",
    "encryption",
    "exclude",
    "lifetime",
    "naming_schema",
    "periodic_snapshot_tasks",
    "properties",
    "recursive",
    "retention",
    "retention_policy",
    "schedule",
];

/// A key that there is not, and the one that was probably meant.
fn unknown(
    key: &Located<String>,
    title: &str,
    fields: &[&str],
    nearest: Option<&str>,
) -> Diagnostic {
    let quoted = key.span.quoted();
    if key.value == "ensure" {
        return Diagnostic::at(&key.span, "`ensure` is not supported yet", "not in this version")
            .help("leave it out: trueup deletes nothing; what has to go is removed by hand");
    }
    if title == "a replication" && OF_TASKS.contains(&key.value.as_str()) {
        return Diagnostic::at(
            &key.span,
            format!("unknown key `{quoted}` in {title}"),
            "this belongs to a replication task",
        )
        .help(
            "leave it out: trueup prepares what replication tasks need; the tasks themselves, \
                 their schedules and snapshots are made in TrueNAS (Data Protection), over the \
                 connection that stands here",
        );
    }
    let api = API_NAMES.iter().find(|(api, field)| *api == key.value && fields.contains(field));
    let meant = api.map(|(_, field)| *field).or(nearest);
    let label = meant.map_or("no such key".into(), |meant| format!("did you mean `{meant}`?"));
    let place = place(title);
    Diagnostic::at(&key.span, format!("unknown key `{quoted}` in {place}"), label)
        .help(format!("the keys of {place} are {}", listed(fields.iter().copied())))
}

/// A mapping's name in a sentence: keys in backticks, descriptions as they are.
fn place(title: &str) -> String {
    if title.contains(' ') { title.into() } else { format!("`{title}`") }
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
            $( $(#[$field_meta])* pub $field: $crate::manifest::field::Field<$type>, )*
        }

        impl $crate::manifest::read::Read for $name {
            fn read(
                node: &$crate::manifest::node::Node,
                report: &mut $crate::manifest::diagnostic::Report,
            ) -> Option<Self> {
                let shorthand: Option<&str> = None $(.or(Some($shorthand)))?;
                let fields = &[$(stringify!($field)),*];
                let table = $crate::manifest::table::Table::open(
                    node, $title, shorthand, fields, report,
                )?;
                Some(Self { $( $field: table.field(stringify!($field), report), )* })
            }
        }
    };
}

pub(crate) use mapping;
