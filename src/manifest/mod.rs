//! What people write: files with positions, document types, checks, and lowering to what is
//! desired of each system.
//!
//! Text becomes a tree of located values ([`yaml`], [`node`]), the trees of several files one
//! ([`merge`]), that a [`document`], whose parts fit together after [`check`]; [`lower`] makes it
//! the [`Manifest`] that plans are made from. Every mistake on the way is a [`Diagnostic`], and
//! all of them are reported together. A secret that somebody wrote down is found before anything
//! else looks at the text ([`secret`]), and appears in none of them.

pub mod check;
pub mod declared;
pub mod diagnostic;
pub mod digest;
pub mod document;
pub mod field;
pub mod files;
pub mod foreign;
pub mod inventory;
pub mod links;
pub mod lower;
pub mod merge;
pub mod node;
pub mod planned;
pub mod read;
pub mod schema;
pub mod secret;
pub mod source;
pub mod table;
pub mod value;
pub mod yaml;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use diagnostic::Report;
use document::Root;
use files::Text;
use node::{Content, Node};
use read::Read;
use value::Version;

use crate::model::Endpoint;

pub use declared::Declared;
pub use diagnostic::Diagnostic;
pub use lower::{Manifest, Replication, System};
pub use schema::schema;

/// A manifest that is right in itself: read, merged and checked.
#[derive(Debug)]
pub struct Document {
    root: Root,
    digest: String,
}

/// Reads the manifest that these files and directories are together.
///
/// # Errors
/// Everything that is wrong with it, by file and position.
pub fn load(paths: &[PathBuf]) -> Result<Document, Vec<Diagnostic>> {
    load_with_inventory(paths, None)
}

/// Reads the manifest that these files and directories are together, with an inventory: the one
/// file that may say how systems are reached and refer to the environment. So whoever writes the
/// others cannot send an API key, or what a variable holds, where they like.
///
/// # Errors
/// Everything that is wrong with it, by file and position.
pub fn load_with_inventory(
    paths: &[PathBuf],
    inventory: Option<&Path>,
) -> Result<Document, Vec<Diagnostic>> {
    let mut report = Report::default();
    let texts = files::read(inventory, paths, &mut report);
    read_all(texts, inventory, report)
}

/// Reads the manifest that these texts are together.
///
/// # Errors
/// Everything that is wrong with it, by file and position.
pub fn parse(texts: Vec<Text>) -> Result<Document, Vec<Diagnostic>> {
    read_all(texts, None, Report::default())
}

fn read_all(
    texts: Vec<Text>,
    inventory: Option<&Path>,
    mut report: Report,
) -> Result<Document, Vec<Diagnostic>> {
    let mut complete = report.is_empty();
    let mut nodes = Vec::new();
    for (order, text) in texts.into_iter().enumerate() {
        match node::read(text, order, &mut report) {
            Some(node) => nodes.push(node),
            None => complete = false,
        }
    }
    let several = nodes.len() > 1;
    for (number, node) in nodes.iter_mut().enumerate() {
        check_version(node, number > 0, several, &mut report);
    }
    if let Some(inventory) = inventory {
        inventory::check(&nodes, inventory, &mut report);
    }
    let Some(all) = merge::merge(nodes, &mut report) else { return Err(report.sorted()) };
    let digest = digest::digest(&all);
    let Some(root) = Root::read(&all, &mut report) else { return Err(report.sorted()) };
    check::check(&root, complete, &mut report);
    report.or(Document { root, digest })
}

/// Checks that a file has the version, and takes it out of all but the first: each has its own.
fn check_version(node: &mut Node, take: bool, several: bool, report: &mut Report) {
    let span = node.span.clone();
    let Content::Map(entries) = &mut node.content else { return };
    match entries.iter().position(|entry| entry.key.value == "version") {
        Some(at) => {
            Version::read(&entries[at].node, report);
            if take {
                entries.remove(at);
            }
        }
        None => {
            let elsewhere =
                if several { ", or keep it elsewhere if it is no manifest" } else { "" };
            report.push(
                Diagnostic::at(&span, "the manifest's version is missing", "")
                    .help(format!("begin every file with `version: 1`{elsewhere}")),
            );
        }
    }
}

impl Document {
    /// How many systems and replications it has.
    pub fn counts(&self) -> (usize, usize) {
        let systems = self.root.systems.value().map_or(0, |it| it.0.len());
        (systems, self.root.replications.value().map_or(0, |it| it.0.len()))
    }

    /// Identifies what it says: `sha256:` and 64 hexadecimal digits.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// Whether it says how systems are reached, and desires nothing of them.
    pub fn only_reaches(&self) -> bool {
        lower::resources(&self.root).is_empty()
    }

    /// What the manifest desires of every system. Only now the environment is asked, through
    /// `env`, and only for what the manifest refers to; API keys are not looked up.
    ///
    /// # Errors
    /// Every variable that is not set, or whose value is not what it should be.
    pub fn lower(&self, env: &dyn Fn(&str) -> Option<String>) -> Result<Manifest, Vec<Diagnostic>> {
        lower::lower(&self.root, &self.digest, env)
    }

    /// How these systems are reached, as far as the manifest has them. Of the environment only
    /// what that refers to is looked up.
    ///
    /// # Errors
    /// Every variable that is not set, or whose value is not what it should be.
    pub fn endpoints(
        &self,
        systems: &BTreeSet<String>,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Result<BTreeMap<String, Endpoint>, Vec<Diagnostic>> {
        lower::endpoints(&self.root, systems, env)
    }
}

#[cfg(test)]
mod tests;
