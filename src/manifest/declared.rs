//! What a manifest declares, as far as that can be known without the environment.

use std::collections::{BTreeMap, BTreeSet};

use super::{Document, lower};
use crate::model::{Address, Desired};

/// What a manifest declares.
#[derive(Clone, Debug, Default)]
pub struct Declared {
    /// The names of its systems.
    pub systems: BTreeSet<String>,
    /// Its resources, those that only replications refer to included.
    pub resources: BTreeMap<Address, Desired>,
    /// The source and the destination of each replication, by its name.
    pub replications: BTreeMap<String, (String, String)>,
}

impl Document {
    /// What it declares.
    pub fn declared(&self) -> Declared {
        let systems = self.root.systems.value().into_iter().flat_map(|it| it.0.keys());
        let replications = self.root.replications.value().into_iter().flat_map(|it| &it.0);
        let ends = replications.filter_map(|(name, named)| {
            let (source, destination) = named.value.as_ref()?.systems()?;
            Some((name.0.clone(), (source.0.clone(), destination.0.clone())))
        });
        Declared {
            systems: systems.map(|it| it.0.clone()).collect(),
            resources: lower::resources(&self.root),
            replications: ends.collect(),
        }
    }
}
