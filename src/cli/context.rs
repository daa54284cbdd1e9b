//! What `plan`, `apply` and `drift` have in common: the manifest, the systems, what was read.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use futures_util::future::join_all;
use jiff::{Timestamp, tz::TimeZone};
use secrecy::SecretString;

use crate::api::{self, OpenError, Options, Session};
use crate::kinds;
use crate::manifest::{self, Manifest};
use crate::model::{Address, Desired, Link, Observed};
use crate::observe::{System, Systems, observe};
use crate::plan::judged::needs;
use crate::plan::{Inputs, Selection};
use crate::render::diagnostic;

use super::progress::Progress;
use super::{Exit, Failure, ManifestArgs, Narrow, output};

/// A manifest, the part of it that a run is about, and its systems.
pub struct Context {
    /// The manifest.
    pub manifest: Manifest,
    /// What the command line narrows the run to.
    pub selection: Selection,
    /// Everything that is selected, with whatever that needs.
    pub desired: BTreeMap<Address, Desired>,
    /// The systems of those, logged in or why not.
    pub systems: Systems,
    /// What was read of them.
    pub observed: Observed,
}

impl Context {
    /// Reads the manifest and the systems.
    ///
    /// # Errors
    /// A manifest with mistakes, a key that cannot be read, or no system that can.
    pub async fn read(args: &ManifestArgs, narrow: &Narrow) -> Result<Self, Failure> {
        let context = Self::look(args, narrow, Timestamp::now()).await?;
        context.nothing_read().map_or(Ok(context), Err)
    }

    /// Reads the manifest as it is at that moment, and of the systems what can be read.
    ///
    /// # Errors
    /// A manifest with mistakes, or a key that cannot be read.
    pub async fn look(
        args: &ManifestArgs,
        narrow: &Narrow,
        at: Timestamp,
    ) -> Result<Self, Failure> {
        let manifest = load(&args.files)?.on(at.to_zoned(TimeZone::UTC).date());
        let selection = selection(&manifest, narrow)?;
        let desired = relevant(&manifest, &selection);
        let names: BTreeSet<&str> = desired.keys().map(|address| address.system.as_str()).collect();
        let keys = keys(&manifest, &names)?;
        let progress = Progress::reading(&names);
        let systems = open(&manifest, keys, &progress).await;
        let observed = observe(&systems, &desired).await;
        progress.done();
        Ok(Self { manifest, selection, desired, systems, observed })
    }

    /// The links of the selected replications.
    pub fn links(&self) -> Vec<Link> {
        let mut links: BTreeMap<Address, Link> = BTreeMap::new();
        for (name, replication) in &self.manifest.replications {
            let connection = &replication.connection;
            let selected =
                self.desired.get(connection).is_some_and(|it| self.selection.selects(it));
            if !selected {
                continue;
            }
            let destination = &replication.destination;
            let link = links.entry(connection.clone()).or_insert_with(|| Link {
                connection: connection.clone(),
                key: replication.key.clone(),
                account: Address::new(destination, "user", &replication.admin),
                service: Address::singleton(destination, "ssh_service"),
                replications: BTreeSet::new(),
            });
            link.replications.insert(name.clone());
        }
        links.into_values().collect()
    }

    /// What the planner needs.
    pub fn inputs(&self) -> Inputs<'_> {
        Inputs {
            desired: &self.desired,
            observed: &self.observed,
            manifest_digest: &self.manifest.digest,
            selection: &self.selection,
        }
    }

    /// Reads everything again.
    pub async fn observe_again(&self) -> Observed {
        observe(&self.systems, &self.desired).await
    }

    /// Every system that could not be read, as a failure before anything was sent.
    pub fn unread(&self) -> Option<Failure> {
        let mut failure = Failure::told(Exit::Failed);
        for (name, seen) in &self.observed.systems {
            if let Some(why) = &seen.failure {
                let session = self.systems.get(name).map(|system| &system.session);
                let remedy = session.and_then(|it| it.as_ref().err()).map(OpenError::remedy);
                let message = format!("`{name}` ({}) could not be read: {why}", seen.url);
                failure.problems.push(super::exit::Problem { message, remedy });
            }
        }
        (!failure.problems.is_empty()).then_some(failure)
    }

    /// The same, if no system could be read.
    pub fn nothing_read(&self) -> Option<Failure> {
        let systems = &self.observed.systems;
        let none = systems.values().all(|seen| seen.failure.is_some());
        self.unread().filter(|_| none)
    }
}

/// Loads and lowers the manifest.
fn load(files: &[PathBuf]) -> Result<Manifest, Failure> {
    let env = |name: &str| std::env::var(name).ok();
    let loaded = manifest::load(files).and_then(|document| document.lower(&env));
    loaded.map_err(|diagnostics| {
        output::note(diagnostic::render(&diagnostics, true));
        Failure::told(Exit::Usage)
    })
}

/// What the command line narrows the run to, if the manifest knows it all.
fn selection(manifest: &Manifest, narrow: &Narrow) -> Result<Selection, Failure> {
    let unknown = |what: &str, name: &str, known: Vec<&str>| {
        let failure = Failure::new(Exit::Usage, format!("the manifest has no {what} `{name}`"));
        failure.remedy(format!("it has: {}", known.join(", ")))
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
    let addresses = || manifest.resources.iter().map(|want| &want.address);
    for address in &narrow.only {
        if !addresses().any(|known| known == address) {
            let here = addresses().filter(|known| known.system == address.system);
            let known: Vec<String> = here.map(Address::to_string).collect();
            let failure =
                Failure::new(Exit::Usage, format!("the manifest has no resource `{address}`"));
            return Err(failure.remedy(match known[..] {
                [] => "`trueup plan` shows every address".into(),
                _ => format!("of `{}` it has: {}", address.system, known.join(", ")),
            }));
        }
    }
    Ok(Selection {
        systems: narrow.systems.iter().cloned().collect(),
        replications: narrow.replications.iter().cloned().collect(),
        only: narrow.only.iter().cloned().collect(),
    })
}

/// What is selected, and whatever that needs on any system.
fn relevant(manifest: &Manifest, selection: &Selection) -> BTreeMap<Address, Desired> {
    let all: BTreeMap<Address, Desired> =
        manifest.resources.iter().map(|want| (want.address.clone(), want.clone())).collect();
    let mut open: Vec<&Desired> = all.values().filter(|want| selection.selects(want)).collect();
    let mut relevant = BTreeMap::new();
    while let Some(want) = open.pop() {
        if relevant.insert(want.address.clone(), want.clone()).is_some() {
            continue;
        }
        if let Some(kind) = kinds::find(&want.address.kind) {
            open.extend(needs(kind, want, &all).iter().filter_map(|address| all.get(address)));
        }
    }
    relevant
}

/// The API keys of the systems.
fn keys(
    manifest: &Manifest,
    systems: &BTreeSet<&str>,
) -> Result<BTreeMap<String, SecretString>, Failure> {
    let env = |name: &str| std::env::var(name).ok();
    let mut keys = BTreeMap::new();
    let mut failure = Failure::told(Exit::Usage);
    for name in systems {
        let Some(system) = manifest.systems.get(*name) else { continue };
        match api::key::read(&system.endpoint, &env) {
            Ok(key) => {
                keys.insert((*name).to_string(), key);
            }
            Err(error) => failure.problems.push(super::exit::Problem {
                message: error.to_string(),
                remedy: Some(error.remedy()),
            }),
        }
    }
    if failure.problems.is_empty() { Ok(keys) } else { Err(failure) }
}

/// Logs in to all of them at once.
async fn open(
    manifest: &Manifest,
    keys: BTreeMap<String, SecretString>,
    progress: &Progress,
) -> Systems {
    let options = Options { on_notice: progress.notices(), ..Options::default() };
    let each = keys.into_iter().filter_map(|(name, key)| {
        let endpoint = &manifest.systems.get(&name)?.endpoint;
        let options = &options;
        Some(async move {
            let session = Session::open(endpoint, key, options).await;
            (name, System { endpoint: endpoint.clone(), session })
        })
    });
    join_all(each).await.into_iter().collect()
}
