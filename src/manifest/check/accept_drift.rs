//! Accepted differences: complete, each once, and of something that the manifest manages.

use std::collections::BTreeMap;

use super::{lacks, missing};
use crate::manifest::diagnostic::{Diagnostic, Report};
use crate::manifest::document::Root;
use crate::manifest::lower;
use crate::manifest::source::{Located, Span};
use crate::manifest::value::AddressText;
use crate::model::nearest::listed;
use crate::model::{Address, Desired};

/// What an account's home and SSH access bring with them, beside what is written.
const IMPLIED: [&str; 8] = [
    "home.acl",
    "home.directory",
    "home.key_file",
    "home.mode",
    "home.owner",
    "home.ssh_directory",
    "locked",
    "shell",
];

/// Reports what is wrong with `accept_drift`. Whether an address is known can only be told of a
/// manifest that is right otherwise.
pub(super) fn check(root: &Root, complete: bool, report: &mut Report) {
    let Some(entries) = root.accept_drift.value() else { return };
    let known = (complete && report.is_empty()).then(|| lower::resources(root));
    let names: Vec<String> = known.iter().flatten().map(|(it, _)| it.to_string()).collect();
    let mut seen: BTreeMap<(&Address, &str), &Span> = BTreeMap::new();
    for Located { value: entry, span } in entries {
        let fields = [
            (missing("address", &entry.address), "address: SYSTEM/KIND/NAME"),
            (missing("field", &entry.field), "field: NAME"),
            (missing("reason", &entry.reason), "reason: WHY"),
            (missing("until", &entry.until), "until: YYYY-MM-DD"),
        ];
        lacks(span, "this accepted difference", fields, report);
        let (Some(address), Some(field)) = (entry.address.given(), entry.field.given()) else {
            continue;
        };
        if let Some(first) = seen.insert((&address.value.0, &field.value), &field.span) {
            let title = "the same difference is accepted twice";
            report.push(
                Diagnostic::at(&field.span, title, "here again")
                    .also(first, "first here")
                    .help("accept it once, with one reason and one end"),
            );
        }
        if let Some(known) = &known {
            managed(address, field, known, &names, report);
        }
    }
}

/// That the manifest manages the field.
fn managed(
    address: &Located<AddressText>,
    field: &Located<String>,
    known: &BTreeMap<Address, Desired>,
    names: &[String],
    report: &mut Report,
) {
    let Some(want) = known.get(&address.value.0) else {
        let written = address.value.0.to_string();
        let label = report
            .nearest(&written, names.iter().map(String::as_str))
            .map_or("no such resource".into(), |meant| format!("did you mean `{meant}`?"));
        let title = format!("the manifest has no `{}`", address.span.quoted());
        report.push(Diagnostic::at(&address.span, title, label).help(
            "only what the manifest asks for can differ from it; `trueup plan` shows every address",
        ));
        return;
    };
    let implied = if want.address.kind == "user" { &IMPLIED[..] } else { &[] };
    let mut fields: Vec<&str> = want.fields.keys().map(String::as_str).collect();
    fields.extend(implied);
    if fields.contains(&field.value.as_str()) {
        return;
    }
    fields.sort_unstable();
    fields.dedup();
    let label = report
        .nearest(&field.value, fields.iter().copied())
        .map_or("not managed".into(), |meant| format!("did you mean `{meant}`?"));
    let title = format!("the manifest does not manage `{}` of this", field.span.quoted());
    let help = match fields[..] {
        [] => "no field of it is managed".into(),
        _ => format!("its managed fields are {}", listed(fields)),
    };
    report.push(Diagnostic::at(&field.span, title, label).help(help));
}
