//! Manifests, right and wrong, as people would see what becomes of them.

mod accept_drift;
mod admin;
mod bounded;
mod dataset;
mod examples;
mod files;
mod home;
mod keychain;
mod layout;
mod limits;
mod lowering;
mod mutations;
mod replication;
mod secrets;
mod ssh_service;
mod system;
mod yaml;

use super::Document;
use super::diagnostic::Diagnostic;
use super::files::Text;
use crate::render::diagnostic::render;

/// The document that one file is.
fn parse(text: &str) -> Result<Document, Vec<Diagnostic>> {
    parse_all(&[("trueup.yaml", text)])
}

/// The document that several files are.
fn parse_all(files: &[(&str, &str)]) -> Result<Document, Vec<Diagnostic>> {
    let text = |(name, text): &(&str, &str)| Text { name: (*name).into(), text: (*text).into() };
    super::parse(files.iter().map(text).collect())
}

/// What is printed for a file, without colours.
fn errors(text: &str) -> String {
    match parse(text) {
        Ok(_) => "no errors".into(),
        Err(diagnostics) => render(&diagnostics, false, 120),
    }
}

/// What is printed for what stands under `systems.boston`, a right system otherwise.
fn system_errors(text: &str) -> String {
    let head = "version: 1\nsystems:\n  boston:\n    url: https://boston\n    username: trueup\n    \
                api_key: { env: KEY }\n";
    errors(&format!("{head}{text}"))
}

/// What is printed for what stands under `replications`, between two right systems.
fn replication_errors(text: &str) -> String {
    let system = |name: &str| {
        format!("  {name}: {{ url: \"https://{name}\", username: u, api_key: {{ env: K }} }}\n")
    };
    let systems = system("boston") + &system("chicago");
    errors(&format!("version: 1\nsystems:\n{systems}replications:\n{text}"))
}
