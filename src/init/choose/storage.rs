//! Datasets: those that hold copies and homes already, and where new ones would go.

use std::collections::BTreeMap;

use crate::init::draft::{Dataset, Noted};
use crate::manifest::read::Text;
use crate::manifest::value::{DatasetName, DatasetPath, HomePath};

use super::{End, MISSING};

/// The datasets of a system that the manifest names.
pub struct Storage<'a> {
    end: &'a End,
    named: BTreeMap<String, Dataset>,
}

impl<'a> Storage<'a> {
    /// None yet.
    pub fn of(end: &'a End) -> Self {
        Self { end, named: BTreeMap::new() }
    }

    /// The dataset holds copies, or will.
    pub fn holds(&mut self, name: &str) {
        let pool = name.split('/').next().unwrap_or(name);
        let pools = &self.end.survey.pools;
        let note = match self.exists(name) {
            true => String::new(),
            false if pools.is_empty() || pools.iter().any(|it| it == pool) => MISSING.into(),
            false => format!("there is no pool {pool:?}: a task sends to it"),
        };
        self.name(name, &note, true);
    }

    /// Where copies from a system go that no task tells: a dataset with its name, or a new one in
    /// the pool with the most free space.
    pub fn place_for_copies(&mut self, from: &str) -> Option<String> {
        let survey = &self.end.survey;
        let named_so = |name: &&str| leaf(name).eq_ignore_ascii_case(from) && name.contains('/');
        let known = survey.filesystems.iter().map(|it| it.name.as_str()).find(named_so);
        if let Some(known) = known.map(str::to_owned) {
            self.name(&known, "what is replicated goes here", true);
            return Some(known);
        }
        let (pool, others) = survey.pools.split_first()?;
        let name = format!("{pool}/{from}");
        let mut note = format!("what is replicated goes here; {MISSING}");
        if !others.is_empty() {
            note += &format!(" (other pools: {})", others.join(", "));
        }
        self.name(&name, &note, true);
        Some(name)
    }

    /// A home for a new account: beside other homes, or in a new dataset.
    pub fn home_for(&mut self, account: &str) -> Option<String> {
        let dataset = self.homes()?;
        let exists = self.exists(&dataset);
        let note = if exists { "for homes".into() } else { format!("for homes; {MISSING}") };
        self.name(&dataset, &note, false);
        Some(format!("/mnt/{dataset}/{account}"))
    }

    /// The dataset that a home is in, which the manifest then names too.
    pub fn holds_home(&mut self, home: &str) {
        if let Some(dataset) = self.dataset_of(home) {
            self.name(&dataset, "", false);
        }
    }

    /// The datasets by name.
    pub fn datasets(self) -> Vec<Dataset> {
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
        if DatasetName::parse(name).is_err() {
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
        let open = |name: &str| {
            let found = survey.filesystems.iter().find(|it| it.name == name);
            found.is_some_and(|it| !it.closed)
        };
        let accounts = survey.accounts.iter().flatten().filter(|it| !it.immutable);
        let in_use = accounts
            .filter(|it| HomePath::parse(&it.home).is_ok())
            .filter_map(|it| self.dataset_of(parent_of(&it.home)))
            .find(|name| open(name));
        let called_so = || {
            let names = survey.filesystems.iter().map(|it| it.name.as_str());
            let mut homes = names.filter(|name| is_for_homes(name));
            homes.find(|name| open(name)).map(str::to_owned)
        };
        let new = || Some(format!("{}/home", survey.pools.first()?));
        in_use.or_else(called_so).or_else(new)
    }

    /// The nearest dataset below a pool that a path is in.
    fn dataset_of(&self, path: &str) -> Option<String> {
        let path = DatasetPath(path.strip_prefix("/mnt/")?.into());
        let names = self.end.survey.filesystems.iter().map(|it| it.name.as_str());
        let around = names.filter(|name| name.contains('/') && path.is_within(name));
        around.max_by_key(|name| name.len()).map(str::to_owned)
    }
}

/// What is worth replicating where no task tells: everything just below the pools, but homes.
pub fn to_replicate(source: &End) -> Noted<Vec<String>> {
    let survey = &source.survey;
    let names = || survey.filesystems.iter().map(|it| it.name.clone());
    let worth = |name: &String| {
        name.matches('/').count() == 1 && !is_for_homes(name) && DatasetPath::parse(name).is_ok()
    };
    let mut datasets: Vec<String> = names().filter(worth).collect();
    datasets.sort();
    if datasets.is_empty() {
        datasets = survey.pools.clone();
    }
    let note =
        if datasets.is_empty() { "" } else { "a proposal: leave out what need not be replicated" };
    Noted::new(datasets, note)
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
