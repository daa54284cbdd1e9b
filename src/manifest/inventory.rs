//! The inventory: the one file that may say how systems are reached.
//!
//! A pipeline takes it from where a proposal cannot change it. Then a proposal can neither send an
//! API key to a system of its own nor have a variable's value shown in a plan.

use std::path::Path;

use super::diagnostic::{Diagnostic, Report};
use super::node::{Content, Entry, Node};

/// What only the inventory may say of a system.
const REACHING: [&str; 4] = ["url", "username", "api_key", "tls"];

/// Reports what stands in another file than the inventory and may not.
pub fn check(files: &[Node], inventory: &Path, report: &mut Report) {
    let shown = inventory.display();
    for file in files {
        if Path::new(&**file.span.source().name()).starts_with(inventory) {
            continue;
        }
        for system in entries(file, "systems").flat_map(|system| members(&system.node)) {
            if REACHING.contains(&system.key.value.as_str()) {
                let title = format!("`{}` may stand in the inventory only", system.key.value);
                report.push(Diagnostic::at(&system.key.span, title, "not here").help(format!(
                    "`--inventory {shown}` says how systems are reached; write it there, or \
                         leave it out"
                )));
            }
        }
        for replication in entries(file, "replications") {
            if let Some(host) = member(&replication.node, "connection")
                .and_then(|connection| member(connection, "host"))
                .filter(|host| matches!(host.content, Content::Map(_)))
            {
                let title = "only the inventory may refer to the environment";
                report.push(
                    Diagnostic::at(&host.span, title, "not here")
                        .help("write the host as text, or run without `--inventory`"),
                );
            }
        }
    }
}

fn members(node: &Node) -> &[Entry] {
    match &node.content {
        Content::Map(entries) => entries,
        _ => &[],
    }
}

fn member<'n>(node: &'n Node, name: &str) -> Option<&'n Node> {
    members(node).iter().find(|entry| entry.key.value == name).map(|entry| &entry.node)
}

/// What stands under a key of the file.
fn entries<'n>(file: &'n Node, name: &str) -> impl Iterator<Item = &'n Entry> {
    member(file, name).into_iter().flat_map(members)
}
