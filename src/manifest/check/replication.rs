//! Replications: that both ends are there and known, and differ.

use super::{lacks, missing};
use crate::manifest::diagnostic::{Diagnostic, Report};
use crate::manifest::document::{End, Replication, Root};
use crate::manifest::field::Field;
use crate::manifest::source::{Located, Span};
use crate::manifest::value::SystemName;
use crate::model::nearest::listed;

/// Reports what does not fit together under `replications`.
pub(super) fn check(root: &Root, complete: bool, report: &mut Report) {
    for (name, named) in root.replications.value().iter().flat_map(|it| &it.0) {
        let Some(replication) = &named.value else { continue };
        if complete {
            ends(&named.span, &name.0, replication, report);
            for system in systems(replication).into_iter().flatten() {
                known(system, root, report);
            }
        }
        if let [Some(source), Some(destination)] = systems(replication)
            && source.value == destination.value
        {
            let title = format!("`{}` replicates `{}` to itself", name.0, source.value.0);
            report.push(
                Diagnostic::at(&destination.span, title, "the same system")
                    .also(&source.span, "the source")
                    .help("name another system as the destination"),
            );
        }
        authorize_on(replication, report);
    }
}

/// The systems at both ends, where they are written.
fn systems(replication: &Replication) -> [Option<&Located<SystemName>>; 2] {
    [
        replication.source.value().and_then(|source| source.system.given()),
        replication.destination.value().and_then(|destination| destination.system.given()),
    ]
}

/// That both ends say what is needed.
fn ends(span: &Span, name: &str, replication: &Replication, report: &mut Report) {
    const SYSTEM: &str = "system: NAME";
    const ADMIN: &str = "admin: NAME";
    let sides = [
        (missing("source", &replication.source), "source: { system: NAME }"),
        (
            missing("destination", &replication.destination),
            "destination: { system: NAME, admin: NAME }",
        ),
    ];
    lacks(span, &format!("`{name}`"), sides, report);
    if let Field::Given(source) = &replication.source {
        lacks(
            &source.span,
            "`source`",
            [(missing("system", &source.value.system), SYSTEM)],
            report,
        );
    }
    if let Field::Given(destination) = &replication.destination {
        let fields = [
            (missing("system", &destination.value.system), SYSTEM),
            (missing("admin", &destination.value.admin), ADMIN),
        ];
        lacks(&destination.span, "`destination`", fields, report);
    }
}

/// That a system is one of the manifest's.
fn known(system: &Located<SystemName>, root: &Root, report: &mut Report) {
    let Some(systems) = root.systems.value().map(|systems| &systems.0) else { return };
    if systems.contains_key(&system.value) {
        return;
    }
    let names = || systems.keys().map(|name| name.0.as_str());
    let label = report
        .nearest(&system.value.0, names())
        .map_or("no such system".into(), |meant| format!("did you mean `{meant}`?"));
    let title = format!("unknown system `{}`", system.value.0);
    report.push(Diagnostic::at(&system.span, title, label).help(if systems.is_empty() {
        "declare it under `systems:`".into()
    } else {
        format!("under `systems:` there is {}; declare others there too", listed(names()))
    }));
}

/// That the source has an admin exactly if the key is for it too.
fn authorize_on(replication: &Replication, report: &mut Report) {
    let ends = replication.authorize_on();
    let on_source = ends.iter().find(|(end, _)| *end == End::Source);
    let Some(source) = replication.source.given() else { return };
    let admin = &source.value.admin;
    if let Some((_, Some(span))) = on_source
        && admin.is_missing()
    {
        report.push(
            Diagnostic::at(span, "whose key should it be on the source?", "needs `source.admin`")
                .also(&source.span, "no `admin` here")
                .help(
                    "write `admin: NAME` under `source`, or leave `source` out of `authorize_on`",
                ),
        );
    }
    let unreadable = replication.key.given().is_none() && !replication.key.is_missing()
        || replication.key.value().is_some_and(|key| matches!(key.authorize_on, Field::Wrong(_)));
    if let Field::Given(admin) = admin
        && on_source.is_none()
        && !unreadable
    {
        report.push(
            Diagnostic::at(&admin.span, "the source's admin has no part in this", "not used").help(
                "write `authorize_on: [source, destination]` under `key` if the key should log in \
                 to it too, or leave `admin` out",
            ),
        );
    }
}
