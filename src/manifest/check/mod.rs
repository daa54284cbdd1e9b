//! What must hold between the parts of a manifest; each part's own rules are with its type.

mod accept_drift;
mod admin;
mod connection_host;
mod keychain;
mod layout;
mod replication;
mod system;

use super::diagnostic::{Diagnostic, Report};
use super::document::Root;
use super::field::Field;
use super::source::Span;
use crate::model::nearest::listed;

/// Reports what does not fit together. `complete` is false if a file could not be read: then
/// nothing is called missing, since it may stand there.
pub fn check(root: &Root, complete: bool, report: &mut Report) {
    system::check(root, complete, report);
    replication::check(root, complete, report);
    layout::check(root, report);
    keychain::check(root, report);
    if complete {
        connection_host::check(root, report);
    }
    accept_drift::check(root, complete, report);
}

/// Whether a field is there, by its name.
fn missing<T>(name: &'static str, field: &Field<T>) -> Option<&'static str> {
    field.is_missing().then_some(name)
}

/// Reports what something lacks: each field, if it is not there, with how to write it.
fn lacks(
    span: &Span,
    what: &str,
    fields: impl IntoIterator<Item = (Option<&'static str>, &'static str)>,
    report: &mut Report,
) {
    let missing = fields.into_iter().filter_map(|(field, write)| Some((field?, write)));
    let (fields, write): (Vec<_>, Vec<_>) = missing.unzip();
    if !fields.is_empty() {
        let title = format!("{what} lacks {}", listed(fields));
        report.push(Diagnostic::at(span, title, "").help(format!("write {}", listed(write))));
    }
}

/// Reports unless exactly one of the fields is there.
fn exactly_one(span: &Span, fields: &[(&str, Option<&Span>)], report: &mut Report) {
    let names = || listed(fields.iter().map(|(name, _)| *name));
    let given: Vec<_> = fields.iter().filter_map(|(name, span)| Some((*name, (*span)?))).collect();
    match given[..] {
        [] => report.push(
            Diagnostic::at(span, format!("expected one of {}", names()), "none of them is here")
                .help("write one of them, or leave this key out"),
        ),
        [_] => {}
        [(_, first), (name, second), ..] => report.push(
            Diagnostic::at(second, format!("more than one of {}", names()), "")
                .also(first, "the other is here")
                .help(format!("write one of them: leave `{name}` out, or the other")),
        ),
    }
}
