//! Datasets: those that hold copies and homes already, and where new ones would go.

use std::collections::BTreeMap;

use crate::init::draft::{Dataset, Noted};
use crate::init::name;
use crate::init::survey::Task;
use crate::init::writable::writable;
use crate::manifest::value::{DatasetName, DatasetPath, HomePath};
use crate::model::mountpoint;

use super::{End, MISSING};

/// The datasets of a system that the manifest names.
pub(super) struct Storage<'a> {
    end: &'a End,
    named: BTreeMap<String, Dataset>,
}

impl<'a> Storage<'a> {
    /// None yet.
    pub(super) fn of(end: &'a End) -> Self {
        Self { end, named: BTreeMap::new() }
    }

    /// The dataset that a task sends to. One that is not there is not the manifest's to create:
    /// the task's first run does that, with the properties that it receives.
    pub(super) fn target(&mut self, name: &str) -> Noted<String> {
        let survey = &self.end.survey;
        let pool = name.split('/').next().unwrap_or(name);
        let note = if self.exists(name) {
            self.name(name, "", true);
            String::new()
        } else if survey.volumes.iter().any(|it| it == name) {
            String::new()
        } else if survey.pools.is_empty() || survey.pools.iter().any(|it| it == pool) {
            "not there yet: the first run creates it".into()
        } else {
            format!("there is no pool {pool:?}: a task sends to it")
        };
        Noted::new(name.into(), note)
    }

    /// Where copies from a system go that no task tells: a dataset with its name, or a new one in
    /// the pool with the most free space. What a task of this system writes into is its own.
    pub(super) fn place_for_copies(&mut self, from: &str) -> Option<String> {
        let survey = &self.end.survey;
        let taken: Vec<&str> = survey.tasks.iter().filter_map(Task::target_here).collect();
        let overlaps = |name: &str| taken.iter().any(|it| is_in(name, it) || is_in(it, name));
        let named_so = |name: &&str| leaf(name).eq_ignore_ascii_case(from) && name.contains('/');
        let mut names = survey.filesystems.iter().map(|it| it.name.as_str()).filter(named_so);
        let known = names.find(|it| !overlaps(it) && writable::<DatasetName>(it).is_ok());
        if let Some(known) = known.map(str::to_owned) {
            self.name(&known, "what is replicated goes here", true);
            return Some(known);
        }
        let mut pools = survey.pools.iter().filter(|it| !taken.contains(&it.as_str()));
        let pool = pools.next()?;
        let others: Vec<&str> = pools.map(String::as_str).collect();
        let in_use =
            |it: &str| overlaps(it) || survey.filesystems.iter().any(|known| known.name == it);
        let name = name::free(&format!("{pool}/{from}"), in_use);
        let mut note = format!("what is replicated goes here; {MISSING}");
        if !others.is_empty() {
            note += &format!(" (other pools: {})", others.join(", "));
        }
        self.name(&name, &note, true);
        Some(name)
    }

    /// A home for a new account: beside other homes, or in a new dataset.
    pub(super) fn home_for(&mut self, account: &str) -> Option<String> {
        let dataset = self.homes()?;
        let exists = self.exists(&dataset);
        let note = if exists { "for homes".into() } else { format!("for homes; {MISSING}") };
        self.name(&dataset, &note, false);
        Some(mountpoint::of(&format!("{dataset}/{account}")))
    }

    /// The dataset that a home is in, which the manifest then names too.
    pub(super) fn holds_home(&mut self, home: &str) {
        if let Some(dataset) = self.dataset_of(home) {
            self.name(&dataset, "", false);
        }
    }

    /// The datasets by name.
    pub(super) fn datasets(self) -> Vec<Dataset> {
        let Self { end, mut named } = self;
        let known: Vec<String> = named.keys().cloned().collect();
        for (name, dataset) in &mut named {
            let parent = name.rsplit_once('/').map_or("", |(parent, _)| parent);
            let there = end.survey.filesystems.iter().any(|it| it.name == parent)
                || end.survey.pools.iter().any(|it| it == parent)
                || known.iter().any(|it| it == parent);
            dataset.create_ancestors = !dataset.exists && !there;
        }
        named.into_values().collect()
    }

    fn exists(&self, name: &str) -> bool {
        // What may not be seen is not called missing.
        self.end.survey.filesystems.is_empty()
            || self.end.survey.filesystems.iter().any(|it| it.name == name)
    }

    fn name(&mut self, name: &str, note: &str, holds_copies: bool) {
        // A pool's own dataset comes with the pool and is not named.
        if writable::<DatasetName>(name).is_err() {
            return;
        }
        let exists = self.exists(name);
        self.named.entry(name.into()).or_insert_with(|| Dataset {
            name: name.into(),
            exists,
            holds_copies,
            create_ancestors: false,
            note: note.into(),
        });
    }

    /// The dataset for homes.
    fn homes(&self) -> Option<String> {
        let survey = &self.end.survey;
        // A dataset may have a colon in its name, and a home may not.
        let can_be_home =
            |name: &str| writable::<HomePath>(&mountpoint::of(&format!("{name}/x"))).is_ok();
        let open = |name: &str| {
            let found = survey.filesystems.iter().find(|it| it.name == name);
            found.is_some_and(|it| !it.closed) && can_be_home(name)
        };
        let accounts = survey.accounts.iter().flatten().filter(|it| !it.immutable);
        let in_use = accounts
            .filter(|it| writable::<HomePath>(&it.home).is_ok())
            .filter_map(|it| self.dataset_of(parent_of(&it.home)))
            .find(|name| open(name));
        let called_so = || {
            let names = survey.filesystems.iter().map(|it| it.name.as_str());
            let mut homes = names.filter(|name| is_for_homes(name));
            homes.find(|name| open(name)).map(str::to_owned)
        };
        let new = || survey.pools.iter().map(|it| format!("{it}/home")).find(|it| can_be_home(it));
        in_use.or_else(called_so).or_else(new)
    }

    /// The nearest dataset below a pool that a path is in.
    fn dataset_of(&self, path: &str) -> Option<String> {
        let path = DatasetPath(mountpoint::dataset_at(path)?.into());
        let names = self.end.survey.filesystems.iter().map(|it| it.name.as_str());
        let around = names.filter(|name| name.contains('/') && path.is_within(name));
        around.max_by_key(|name| name.len()).map(str::to_owned)
    }
}

/// What is worth replicating where no task tells: everything just below the pools, but homes.
pub(super) fn to_replicate(source: &End) -> Noted<Vec<String>> {
    let can_be_written = |name: &&str| writable::<DatasetPath>(name).is_ok();
    let mut datasets: Vec<String> =
        worth_replicating(source).filter(can_be_written).map(Into::into).collect();
    datasets.sort();
    if datasets.is_empty() {
        datasets = source.survey.pools.clone();
    }
    let note =
        if datasets.is_empty() { "" } else { "a proposal: leave out what need not be replicated" };
    Noted::new(datasets, note)
}

/// Everything just below the pools, but homes.
pub(super) fn worth_replicating(source: &End) -> impl Iterator<Item = &str> {
    let names = source.survey.filesystems.iter().map(|it| it.name.as_str());
    names.filter(|name| name.matches('/').count() == 1 && !is_for_homes(name))
}

/// Whether a dataset is another one or below it.
fn is_in(name: &str, above: &str) -> bool {
    DatasetPath(name.into()).is_within(above)
}

/// Whether a dataset is called as those for homes are.
fn is_for_homes(name: &str) -> bool {
    name.contains('/') && ["home", "homes"].iter().any(|it| leaf(name).eq_ignore_ascii_case(it))
}

fn leaf(name: &str) -> &str {
    name.rsplit_once('/').map_or(name, |(_, leaf)| leaf)
}

fn parent_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}
