//! What `--system`, `--replication` and `--only` narrow a run to.

use std::collections::BTreeSet;

use crate::model::{Address, Desired};

/// The resources that a run is about; empty sets select everything.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Only resources of these systems.
    pub systems: BTreeSet<String>,
    /// Only resources that these replications rely on or name.
    pub replications: BTreeSet<String>,
    /// Only these resources.
    pub only: BTreeSet<Address>,
}

impl Selection {
    /// Whether it narrows in more than one way and nothing is left.
    pub fn is_contradictory<'a>(&self, mut all: impl Iterator<Item = &'a Desired>) -> bool {
        let ways = [self.systems.is_empty(), self.replications.is_empty(), self.only.is_empty()];
        ways.iter().filter(|empty| !**empty).count() > 1 && !all.any(|want| self.selects(want))
    }

    /// Whether it may leave out parts of a replication.
    pub fn leaves_out_parts(&self) -> bool {
        !self.systems.is_empty() || !self.only.is_empty()
    }

    /// Whether the resource is selected.
    pub fn selects(&self, want: &Desired) -> bool {
        let replications = &self.replications;
        (self.systems.is_empty() || self.systems.contains(&want.address.system))
            && (self.only.is_empty() || self.only.contains(&want.address))
            && (replications.is_empty()
                || !replications.is_disjoint(&want.replications)
                || !replications.is_disjoint(&want.named_by))
    }
}
