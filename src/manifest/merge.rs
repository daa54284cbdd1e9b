//! Several files as one manifest: mappings and the accepted differences are joined, and no field may
//! be given twice.

use super::diagnostic::{Diagnostic, Report};
use super::node::{Content, Entry, Node};

/// The tree of all files together.
pub fn merge(files: Vec<Node>, report: &mut Report) -> Option<Node> {
    files.into_iter().reduce(|mut all, more| {
        join(&mut all, more, "the manifest", report);
        all
    })
}

/// Adds what a later file says of the same thing.
fn join(into: &mut Node, more: Node, name: &str, report: &mut Report) {
    match (&mut into.content, more.content) {
        (_, Content::Reported) => {}
        (Content::Map(entries), Content::Map(more)) => {
            for entry in more {
                add(entries, entry, report);
            }
        }
        // `datasets: { NAME: }` says no more than that there is such a thing.
        (Content::Map(_), Content::Null) => {}
        (content @ Content::Null, map @ Content::Map(_)) => *content = map,
        (Content::List(items), Content::List(more)) if name == "accept_drift" => items.extend(more),
        (Content::Reported, _) => {}
        _ => report.push(
            Diagnostic::at(&more.span, format!("`{name}` is given twice"), "here again")
                .also(&into.span, "first here")
                .help("several files are one manifest: write each field in one of them"),
        ),
    }
}

fn add(entries: &mut Vec<Entry>, entry: Entry, report: &mut Report) {
    match entries.iter_mut().find(|known| known.key.value == entry.key.value) {
        Some(known) => join(&mut known.node, entry.node, &entry.key.span.quoted(), report),
        None => entries.push(entry),
    }
}
