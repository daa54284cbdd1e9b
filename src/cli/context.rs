//! What `plan`, `apply` and `drift` have in common: the manifest, the systems, what was read.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, tz::TimeZone};

use crate::kinds;
use crate::manifest::{self, Diagnostic, Document, Manifest};
use crate::model::nearest::nearest;
use crate::model::{Address, Desired, Endpoint, Link, Live};
use crate::plan::judged::needs;
use crate::plan::named::is_impossible;
use crate::plan::{Inputs, Selection};
use crate::render::diagnostic;

use super::reached::Reached;
use super::{Exit, Failure, ManifestArgs, Narrow, Network, output};

/// A manifest, the part of it that a run is about, and its systems.
pub(super) struct Context {
    /// The manifest.
    pub manifest: Manifest,
    /// What the command line narrows the run to.
    pub selection: Selection,
    /// Everything that is selected, with whatever that needs, and what was read of it.
    pub reached: Reached,
    /// The links of the replications.
    pub links: Vec<Link>,
}

impl Context {
    /// Reads the manifest and the systems.
    ///
    /// # Errors
    /// A manifest with mistakes, a key that cannot be read, or no system that can.
    pub(super) async fn read(
        args: &ManifestArgs,
        narrow: &Narrow,
        network: Network,
    ) -> Result<Self, Failure> {
        let context = Self::look(args, narrow, network, Timestamp::now()).await?;
        context.reached.nothing_read().map_or(Ok(context), Err)
    }

    /// Reads the manifest as it is at that moment, and of the systems what can be read.
    ///
    /// # Errors
    /// A manifest with mistakes, or a key that cannot be read.
    pub(super) async fn look(
        args: &ManifestArgs,
        narrow: &Narrow,
        network: Network,
        at: Timestamp,
    ) -> Result<Self, Failure> {
        let env = |name: &str| std::env::var(name).ok();
        let manifest = document(args)?.lower(&env).map_err(mistakes)?;
        let manifest = manifest.on(at.to_zoned(TimeZone::UTC).date());
        let selection = selection(&manifest, narrow)?;
        let desired = relevant(&manifest, &selection);
        let systems = manifest.systems.iter();
        let endpoints = systems.map(|(name, system)| (name.clone(), system.endpoint.clone()));
        let named: Vec<_> = manifest.named.iter().filter(|it| selection.selects(it)).collect();
        let mut reached = Reached::look(&endpoints.collect(), desired, &named, network).await?;
        for it in named.into_iter().filter(|it| is_impossible(it, &reached.observed)) {
            reached.desired.entry(it.address.clone()).or_insert_with(|| it.clone());
        }
        let links = manifest.links();
        Ok(Self { manifest, selection, reached, links })
    }

    /// The links whose connection is selected: those that apply proves.
    pub(super) fn selected_links(&self) -> Vec<Link> {
        let is_selected = |link: &&Link| {
            let want = self.reached.desired.get(&link.connection);
            want.is_some_and(|want| self.selection.selects(want))
        };
        self.links.iter().filter(is_selected).cloned().collect()
    }

    /// What the planner needs.
    pub(super) fn inputs(&self) -> Inputs<'_> {
        Inputs {
            desired: &self.reached.desired,
            named: &self.manifest.named,
            observed: &self.reached.observed,
            links: &self.links,
            manifest_digest: &self.manifest.digest,
            selection: &self.selection,
        }
    }
}

/// The manifest, read and checked.
pub(super) fn document(args: &ManifestArgs) -> Result<Document, Failure> {
    manifest::load_with_inventory(&args.files, args.inventory.as_deref()).map_err(mistakes)
}

/// How the manifest says that these systems are reached, and nothing else of it.
///
/// # Errors
/// A manifest without one of the systems, or whose variables are not set.
pub(super) fn endpoints(
    document: &Document,
    systems: &BTreeSet<String>,
) -> Result<BTreeMap<String, Endpoint>, Failure> {
    let env = |name: &str| std::env::var(name).ok();
    let endpoints = document.endpoints(systems, &env).map_err(mistakes)?;
    match systems.iter().find(|name| !endpoints.contains_key(*name)) {
        Some(name) => Err(Failure::new(
            Exit::Usage,
            format!("the plan is for a system `{name}`, which the manifest does not have"),
        )
        .remedy("name with `-f` a manifest that says how it is reached: url, username, api_key")),
        None => Ok(endpoints),
    }
}

fn mistakes(diagnostics: Vec<Diagnostic>) -> Failure {
    output::note(diagnostic::render(&diagnostics, true, output::width()).trim_end());
    Failure::told(Exit::Usage)
}

/// What the command line narrows the run to, if the manifest knows it all.
fn selection(manifest: &Manifest, narrow: &Narrow) -> Result<Selection, Failure> {
    let unknown = |what: &str, name: &str, known: Vec<&str>| {
        let failure = Failure::new(Exit::Usage, format!("the manifest has no {what} `{name}`"));
        failure.remedy(match (nearest(name, known.iter().copied()), &known[..]) {
            (Some(meant), _) => format!("did you mean `{meant}`?"),
            (None, []) => format!("it has no {what} at all"),
            (None, known) => format!("it has: {}", known.join(", ")),
        })
    };
    for name in &narrow.systems {
        if !manifest.systems.contains_key(name) {
            let known = manifest.systems.keys().map(String::as_str).collect();
            return Err(unknown("system", name, known));
        }
    }
    for name in &narrow.replications {
        if !manifest.replications.contains_key(name) {
            let known = manifest.replications.keys().map(String::as_str).collect();
            return Err(unknown("replication", name, known));
        }
    }
    let all = || manifest.resources.values().chain(&manifest.named);
    let addresses = || all().map(|want| &want.address);
    for address in &narrow.only {
        if !addresses().any(|known| known == address) {
            let here = addresses().filter(|known| known.system == address.system);
            let known: Vec<String> = here.map(Address::to_string).collect();
            let meant = nearest(&address.to_string(), known.iter().map(String::as_str));
            let failure =
                Failure::new(Exit::Usage, format!("the manifest has no resource `{address}`"));
            return Err(failure.remedy(match (meant, &known[..]) {
                (Some(meant), _) => format!("did you mean `{meant}`?"),
                (None, []) => "`trueup plan` shows every address".into(),
                (None, known) => format!("of `{}` it has: {}", address.system, known.join(", ")),
            }));
        }
    }
    let selection = Selection {
        systems: narrow.systems.iter().cloned().collect(),
        replications: narrow.replications.iter().cloned().collect(),
        only: narrow.only.iter().cloned().collect(),
    };
    if selection.is_contradictory(all()) {
        let message = "together, what the command line selects leaves nothing of the manifest";
        return Err(Failure::new(Exit::Usage, message)
            .remedy("`--system`, `--replication` and `--only` narrow each other; leave one out"));
    }
    Ok(selection)
}

/// What is selected, and whatever that needs on any system.
fn relevant(manifest: &Manifest, selection: &Selection) -> BTreeMap<Address, Desired> {
    let all = &manifest.resources;
    // What only live state shows to be needed is not known yet.
    let unread = Live::absent();
    let mut open: Vec<&Desired> = all.values().filter(|want| selection.selects(want)).collect();
    let mut relevant = BTreeMap::new();
    while let Some(want) = open.pop() {
        if relevant.insert(want.address.clone(), want.clone()).is_some() {
            continue;
        }
        if let Some(kind) = kinds::find(&want.address.kind) {
            let needs = needs(kind, want, &unread, all);
            open.extend(needs.iter().filter_map(|address| all.get(address)));
        }
    }
    relevant
}
