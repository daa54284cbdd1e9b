//! The host of a connection where none is written: that of the destination's URL, which must not
//! lead back to the source.

use std::collections::BTreeSet;

use crate::manifest::diagnostic::{Diagnostic, Report};
use crate::manifest::document::{Replication, Root};
use crate::manifest::source::Located;
use crate::manifest::value::{OrEnv, SystemName, Url, is_loopback};

/// Reports connections whose derived host is this machine's own, while the source is reached
/// elsewhere. Where both are reached here nobody can tell: they may be simulated.
pub(super) fn check(root: &Root, report: &mut Report) {
    let all = || {
        let named = root.replications.value().into_iter().flat_map(|it| it.0.values());
        named.filter_map(|it| Some((it.value.as_ref()?, &it.span)))
    };
    // A host that one replication writes counts for all that share its connection.
    let mut settled: BTreeSet<_> =
        all().filter(|(it, _)| has_host(it)).filter_map(|(it, _)| connection(it)).collect();
    for (replication, span) in all() {
        let Some((source, destination)) = replication.systems() else { continue };
        let (Some(from), Some(to)) = (url(root, source), url(root, destination)) else { continue };
        let (Some(from), Some(host)) = (written(from), written(to)) else { continue };
        let leads_back = is_loopback(host) && !is_loopback(from);
        if !leads_back || !connection(replication).is_some_and(|it| settled.insert(it)) {
            continue;
        }
        let (source, destination) = (&source.0, &destination.0);
        let title = format!("`{source}` would connect to itself");
        report.push(
            Diagnostic::at(&to.span, title, format!("on `{source}` this is `{source}` itself"))
                .also(span, "the connection's host is derived from that")
                .help(format!(
                    "write the host that `{source}` reaches `{destination}` at: `connection: {{ \
                     host: HOST }}`"
                )),
        );
    }
}

/// The source and the name of a replication's connection.
fn connection(replication: &Replication) -> Option<(&SystemName, String)> {
    Some((replication.systems()?.0, replication.connection_name()?))
}

fn has_host(replication: &Replication) -> bool {
    replication.connection.value().is_some_and(|it| !it.host.is_missing())
}

fn url<'a>(root: &'a Root, system: &SystemName) -> Option<&'a Located<OrEnv<Url>>> {
    root.systems.value()?.0.get(system)?.value.as_ref()?.url.given()
}

/// The host of a URL that is no variable.
fn written(url: &Located<OrEnv<Url>>) -> Option<&str> {
    match &url.value {
        OrEnv::Written(url) => Some(url.host()),
        OrEnv::Env(_) => None,
    }
}
