//! Keys and connections: what several replications say of the same one must agree, and their
//! names are unique across both types (`plugins/keychain.py`).

use std::collections::BTreeMap;

use crate::manifest::diagnostic::{Diagnostic, Report};
use crate::manifest::document::{Replication, Root};
use crate::manifest::source::Span;

/// What is said of one credential: where, and each thing that is said, with its place.
struct Said<'a> {
    span: &'a Span,
    things: Vec<(&'static str, String, &'a Span)>,
}

/// Reports credentials that are described in two ways, and names that are used twice.
pub(super) fn check(root: &Root, report: &mut Report) {
    let mut keys: BTreeMap<(&str, String), Said> = BTreeMap::new();
    let mut connections: BTreeMap<(&str, String), Said> = BTreeMap::new();
    for named in root.replications.value().iter().flat_map(|it| it.0.values()) {
        let Some(replication) = &named.value else { continue };
        let Some((source, _)) = replication.systems() else { continue };
        if let Some(name) = replication.key_name() {
            let said = of_key(replication, &named.span);
            agree(&mut keys, (&source.0, name), said, "key", report);
        }
        if let Some(name) = replication.connection_name() {
            let said = of_connection(replication, &named.span);
            agree(&mut connections, (&source.0, name), said, "connection", report);
        }
    }
    for (id @ (source, name), connection) in &connections {
        if let Some(key) = keys.get(id) {
            let title = format!("a key and a connection on `{source}` are both named `{name}`");
            report.push(
                Diagnostic::at(connection.span, title, "the connection")
                    .also(key.span, "the key")
                    .help("give one of them another `name`: TrueNAS keeps both in one list"),
            );
        }
    }
}

/// What a replication says of its key.
fn of_key<'a>(replication: &'a Replication, span: &'a Span) -> Said<'a> {
    let mut said = Said { span, things: Vec::new() };
    let Some(key) = replication.key.value() else { return said };
    said.span = key.name.span().unwrap_or(span);
    if let Some(ends) = key.authorize_on.given() {
        let mut written: Vec<_> = ends.value.iter().map(|end| end.value).collect();
        written.sort_unstable();
        written.dedup();
        said.things.push(("key.authorize_on", format!("{written:?}"), &ends.span));
    }
    said
}

/// What a replication says of its connection.
fn of_connection<'a>(replication: &'a Replication, span: &'a Span) -> Said<'a> {
    let mut said = Said { span, things: Vec::new() };
    let things = &mut said.things;
    if let Some(destination) = replication.destination.value() {
        if let Some(system) = destination.system.given() {
            things.push(("destination.system", system.value.0.clone(), &system.span));
        }
        if let Some(admin) = destination.admin.given() {
            things.push(("destination.admin", admin.value.0.clone(), &admin.span));
        }
    }
    if let Some(key) = replication.key_name() {
        let written = replication.key.value().and_then(|key| key.name.span());
        things.push(("key.name", key, written.unwrap_or(span)));
    }
    let Some(connection) = replication.connection.value() else { return said };
    said.span = connection.name.span().unwrap_or(span);
    if let Some(host) = connection.host.given() {
        things.push(("connection.host", format!("{:?}", host.value), &host.span));
    }
    if let Some(port) = connection.port.given() {
        things.push(("connection.port", port.value.0.to_string(), &port.span));
    }
    if let Some(timeout) = connection.timeout.given() {
        things.push(("connection.timeout", timeout.value.0.to_string(), &timeout.span));
    }
    said
}

/// Reports the first thing that is said differently, and else remembers what is said.
fn agree<'a>(
    known: &mut BTreeMap<(&'a str, String), Said<'a>>,
    id: (&'a str, String),
    said: Said<'a>,
    what: &str,
    report: &mut Report,
) {
    let Some(first) = known.get_mut(&id) else {
        known.insert(id, said);
        return;
    };
    for (field, value, span) in said.things {
        match first.things.iter().find(|(known, ..)| *known == field) {
            Some((_, other, place)) if *other != value => {
                let title = format!("two replications describe the {what} `{}` differently", id.1);
                report.push(
                    Diagnostic::at(span, title, format!("`{field}` differs"))
                        .also(place, "from this")
                        .help(format!(
                            "write the same, or give one of them another `{what}: {{ name: … }}`"
                        )),
                );
                return;
            }
            Some(_) => {}
            None => first.things.push((field, value, span)),
        }
    }
}
