//! The layout of all replications together: nothing is sent twice, overwritten by another
//! replication or sent in a circle, and no home lies where a replication writes.
//!
//! TrueNAS accepts each of these layouts, and the damage shows at the first or second run.

use std::collections::{BTreeSet, VecDeque};

use crate::manifest::diagnostic::{Diagnostic, Report};
use crate::manifest::document::{Replication, Root};
use crate::manifest::source::{Located, Span};
use crate::manifest::value::{DatasetPath, SystemName};
use crate::model::link::copies;

/// Reports layouts that would lose data.
pub(super) fn check(root: &Root, report: &mut Report) {
    let named = root.replications.value().into_iter().flat_map(|it| &it.0);
    let replications = named.filter_map(|(name, named)| Some((&*name.0, named.value.as_ref()?)));
    let mut transfers = Vec::new();
    for (name, replication) in replications {
        sources(replication, report);
        transfers.extend(Transfer::of(name, replication));
    }
    pool_roots(&transfers, report);
    // A pool's root contains everything else of the pool: one error is enough.
    transfers.retain(|transfer| !transfer.copies.iter().any(is_pool));
    shared_destinations(&transfers, report);
    loops(&transfers, report);
    homes(root, &transfers, report);
}

/// What one replication sends, and where to.
struct Transfer<'a> {
    name: &'a str,
    source: &'a SystemName,
    sources: Vec<&'a DatasetPath>,
    destination: &'a SystemName,
    target: &'a Located<DatasetPath>,
    /// The datasets that are written on the destination.
    copies: Vec<DatasetPath>,
}

impl<'a> Transfer<'a> {
    /// `None` where the manifest does not say what is written; a replication from a system to
    /// itself is an error by itself.
    fn of(name: &'a str, replication: &'a Replication) -> Option<Self> {
        let (source, destination) = replication.systems().filter(|(from, to)| from != to)?;
        let target = replication.destination.value()?.dataset.given()?;
        let sources = replication.source.value()?.datasets.value().into_iter().flatten();
        let sources: Vec<&DatasetPath> = sources.map(|source| &source.value).collect();
        let names: Vec<&str> = sources.iter().map(|source| &*source.0).collect();
        let copies = copies(&names, &target.value.0).into_iter().map(DatasetPath).collect();
        Some(Self { name, source, sources, destination, target, copies })
    }

    /// Whether another replication sends on, or could send on, what this one writes.
    fn feeds(&self, next: &Self) -> bool {
        let overlap = || {
            let pairs =
                self.copies.iter().flat_map(|copy| next.sources.iter().map(move |it| (copy, it)));
            pairs.into_iter().any(|(copy, source)| overlap(copy, source))
        };
        self.destination == next.source && overlap()
    }
}

fn overlap(a: &DatasetPath, b: &DatasetPath) -> bool {
    a.is_within(&b.0) || b.is_within(&a.0)
}

fn is_pool(dataset: &DatasetPath) -> bool {
    !dataset.0.contains('/')
}

/// Sources that are missing or listed twice.
fn sources(replication: &Replication, report: &mut Report) {
    let Some(datasets) = replication.source.value().and_then(|it| it.datasets.given()) else {
        return;
    };
    if datasets.value.is_empty() {
        let title = "`source.datasets` is empty";
        report.push(
            Diagnostic::at(&datasets.span, title, "nothing would be sent")
                .help("name at least one dataset, or leave `datasets` out"),
        );
    }
    for (at, dataset) in datasets.value.iter().enumerate() {
        if let Some(first) = datasets.value[..at].iter().find(|it| it.value == dataset.value) {
            let title = format!("`{}` is sent twice", dataset.value.0);
            report.push(
                Diagnostic::at(&dataset.span, title, "here again")
                    .also(&first.span, "first here")
                    .help("name each dataset once"),
            );
        }
    }
}

fn pool_roots(transfers: &[Transfer<'_>], report: &mut Report) {
    for transfer in transfers {
        if let Some(pool) = transfer.copies.iter().find(|copy| is_pool(copy)) {
            let title = format!("the destination `{}` is the root of a pool", pool.0);
            let help = format!(
                "name a dataset below it, such as `{}/{}`: a replication overwrites its whole \
                 destination",
                pool.0, transfer.source.0
            );
            report.push(Diagnostic::at(&transfer.target.span, title, "a pool").help(help));
        }
    }
}

/// Replications that write to the same dataset, or into each other's.
fn shared_destinations(transfers: &[Transfer<'_>], report: &mut Report) {
    for (at, transfer) in transfers.iter().enumerate() {
        let earlier = transfers[..at].iter().filter(|it| it.destination == transfer.destination);
        let shared = earlier.into_iter().find_map(|first| {
            let shared = |copy: &&DatasetPath| first.copies.iter().any(|it| overlap(copy, it));
            Some((first, transfer.copies.iter().find(shared)?))
        });
        let Some((first, copy)) = shared else { continue };
        let title = format!("`{}` and `{}` write to the same dataset", first.name, transfer.name);
        report.push(
            Diagnostic::at(&transfer.target.span, title, format!("writes to `{}`", copy.0))
                .also(&first.target.span, written(first))
                .help(
                    "give each replication a destination of its own that is not inside another's: \
                     each would destroy what the other has written",
                ),
        );
    }
}

fn written(transfer: &Transfer<'_>) -> String {
    let names: Vec<String> = transfer.copies.iter().map(|copy| format!("`{}`", copy.0)).collect();
    format!("`{}` writes to {}", transfer.name, names.join(", "))
}

/// Replications that send what they receive, perhaps over others.
fn loops(transfers: &[Transfer<'_>], report: &mut Report) {
    let mut reported: BTreeSet<usize> = BTreeSet::new();
    for start in 0..transfers.len() {
        if reported.contains(&start) {
            continue;
        }
        let Some(circle) = circle(transfers, start) else { continue };
        let mut names: Vec<&str> = circle.iter().map(|at| transfers[*at].name).collect();
        names.push(transfers[start].name);
        let title = format!("replications form a loop: {}", names.join(" → "));
        let last = circle.last().map_or(start, |last| *last);
        let label = format!("`{}` starts from what is written here", transfers[start].name);
        let mut diagnostic = Diagnostic::at(&transfers[last].target.span, title, label);
        for at in circle.iter().filter(|at| **at != last) {
            diagnostic = diagnostic.also(&transfers[*at].target.span, written(&transfers[*at]));
        }
        report.push(diagnostic.help(
            "send only datasets that no replication of the loop writes to, or leave one of them out",
        ));
        reported.extend(circle);
    }
}

/// The shortest way from a replication back to itself, as indices.
fn circle(transfers: &[Transfer<'_>], start: usize) -> Option<Vec<usize>> {
    let mut seen = BTreeSet::new();
    let mut open = VecDeque::from([vec![start]]);
    while let Some(way) = open.pop_front() {
        let last = &transfers[*way.last()?];
        if last.feeds(&transfers[start]) {
            return Some(way);
        }
        for (at, next) in transfers.iter().enumerate() {
            if last.feeds(next) && seen.insert(at) {
                open.push_back(way.iter().copied().chain([at]).collect());
            }
        }
    }
    None
}

/// Homes that a replication would overwrite.
fn homes(root: &Root, transfers: &[Transfer<'_>], report: &mut Report) {
    for (system, named) in root.systems.value().into_iter().flat_map(|systems| &systems.0) {
        let admins = named.value.as_ref().and_then(|system| system.admins.value());
        for (admin, named) in admins.into_iter().flat_map(|admins| &admins.0) {
            let home = named.value.as_ref().and_then(|admin| admin.home.value());
            let Some(path) = home.and_then(|home| home.path.given()) else { continue };
            let directory = DatasetPath(path.value.below_mnt().into());
            let covering = transfers.iter().filter(|it| it.destination == system).find_map(|it| {
                Some((it, it.copies.iter().find(|copy| directory.is_within(&copy.0))?))
            });
            if let Some((transfer, copy)) = covering {
                home_in_copy(&admin.0, &path.span, transfer, copy, report);
            }
        }
    }
}

fn home_in_copy(
    admin: &str,
    home: &Span,
    transfer: &Transfer<'_>,
    copy: &DatasetPath,
    report: &mut Report,
) {
    let title = format!("the home of `{admin}` is inside the destination of `{}`", transfer.name);
    let pool = copy.0.split('/').next().unwrap_or_default();
    report.push(
        Diagnostic::at(home, title, format!("inside `{}`", copy.0))
            .also(&transfer.target.span, written(transfer))
            .help(format!(
                "choose a home outside of it, such as `/mnt/{pool}/home/{admin}`: the replication \
                 overwrites everything in its destination, the account's keys included"
            )),
    );
}
