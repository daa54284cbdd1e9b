//! Several files as one manifest: mappings and the accepted differences are joined, and no field may
//! be given twice.

use std::collections::HashMap;

use super::diagnostic::{Diagnostic, Report};
use super::node::{Content, Entry, Node};
use super::source::Span;

/// The tree of all files together.
pub fn merge(files: Vec<Node>, report: &mut Report) -> Option<Node> {
    let mut twice: Vec<Twice> = Vec::new();
    let all = files.into_iter().reduce(|mut all, more| {
        join(&mut all, more, "the manifest", &mut twice);
        all
    });
    twice.sort_by_key(Twice::files);
    for pair in twice.chunk_by(|a, b| a.files() == b.files()) {
        complain(pair, report);
    }
    all
}

/// A field that is given twice.
struct Twice {
    name: String,
    first: Span,
    again: Span,
}

impl Twice {
    /// The two files, by their order.
    fn files(&self) -> (usize, usize) {
        (self.again.order().0, self.first.order().0)
    }
}

/// How many fields between two files are named one by one. With more, one file is a copy of the
/// other, or no part of this manifest.
const MOST: usize = 3;

/// Reports the fields that two files both give.
fn complain(twice: &[Twice], report: &mut Report) {
    let many = twice.len() > MOST;
    for Twice { name, first, again } in &twice[..if many { 1 } else { twice.len() }] {
        let mut title = format!("`{name}` is given twice");
        let mut help = "several files are one manifest: write each field in one of them".to_owned();
        if many {
            let (file, other) = (again.source().name(), first.source().name());
            title += &format!(", as are {} more fields of `{file}`", twice.len() - 1);
            help += &format!("; if `{file}` is a copy of `{other}`, keep it in another folder");
        }
        report
            .push(Diagnostic::at(again, title, "here again").also(first, "first here").help(help));
    }
}

/// Adds what a later file says of the same thing.
fn join(into: &mut Node, more: Node, name: &str, twice: &mut Vec<Twice>) {
    match (&mut into.content, more.content) {
        (_, Content::Reported) => {}
        (Content::Map(entries), Content::Map(more)) => add(entries, more, twice),
        // `datasets: { NAME: }` says no more than that there is such a thing.
        (Content::Map(_), Content::Null) => {}
        (content @ Content::Null, map @ Content::Map(_)) => *content = map,
        (Content::List(items), Content::List(more)) if name == "accept_drift" => items.extend(more),
        (Content::Reported, _) => {}
        _ => twice.push(Twice { name: name.into(), first: into.span.clone(), again: more.span }),
    }
}

/// Adds the entries of a later file's mapping.
fn add(entries: &mut Vec<Entry>, more: Vec<Entry>, twice: &mut Vec<Twice>) {
    let keys = entries.iter().enumerate();
    let known: HashMap<String, usize> =
        keys.map(|(index, entry)| (entry.key.value.clone(), index)).collect();
    for entry in more {
        match known.get(&entry.key.value) {
            Some(&index) => {
                join(&mut entries[index].node, entry.node, &entry.key.span.quoted(), twice);
            }
            None => entries.push(entry),
        }
    }
}
