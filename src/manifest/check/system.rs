//! Systems: what each needs to be reached, and that no two are the same.

use std::collections::BTreeMap;

use super::{admin, exactly_one, lacks, missing};
use crate::manifest::diagnostic::{Diagnostic, Report};
use crate::manifest::document::{Root, System};
use crate::manifest::source::Span;
use crate::manifest::value::OrEnv;

/// Reports what does not fit together under `systems`.
pub(super) fn check(root: &Root, complete: bool, report: &mut Report) {
    let none = root.systems.value().is_none_or(|systems| systems.0.is_empty());
    if none && complete && report.is_empty() {
        report
            .push(Diagnostic::nowhere("the manifest names no system").help(
                "name both ends under `systems:`, each with `url`, `username` and `api_key`",
            ));
    }
    let mut urls: BTreeMap<String, Span> = BTreeMap::new();
    for (name, named) in root.systems.value().iter().flat_map(|systems| &systems.0) {
        let Some(system) = &named.value else { continue };
        if complete {
            let fields = [
                (missing("url", &system.url), "url: https://HOST"),
                (missing("username", &system.username), "username: OWNER_OF_THE_KEY"),
                (missing("api_key", &system.api_key), "api_key: { env: NAME }"),
            ];
            lacks(&named.span, &format!("`{}`", name.0), fields, report);
        }
        reached(system, report);
        if let Some(url) = system.url.given() {
            let text = match &url.value {
                OrEnv::Written(url) => url.text().to_ascii_lowercase(),
                OrEnv::Env(name) => format!("${}", name.0),
            };
            if let Some(first) = urls.get(&text) {
                report.push(
                    Diagnostic::at(&url.span, "two systems have the same `url`", "here again")
                        .also(first, "first here")
                        .help("write each system once, with everything that belongs to it"),
                );
            }
            urls.entry(text).or_insert_with(|| url.span.clone());
        }
        admin::check(system, report);
    }
}

/// How a system is reached.
fn reached(system: &System, report: &mut Report) {
    if let Some(key) = system.api_key.given() {
        let fields = [("env", key.value.env.span()), ("file", key.value.file.span())];
        exactly_one(&key.span, &fields, report);
    }
    if let Some(tls) = system.tls.given() {
        let fields = [
            ("sha256", tls.value.sha256.span()),
            ("spki", tls.value.spki.span()),
            ("ca_file", tls.value.ca_file.span()),
        ];
        exactly_one(&tls.span, &fields, report);
    }
}
