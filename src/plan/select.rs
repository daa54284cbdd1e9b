//! What `--system` and `--replication` narrow a run to.

use std::collections::BTreeSet;

use crate::model::Desired;

/// The resources that a run is about; empty sets select everything.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Only resources of these systems.
    pub systems: BTreeSet<String>,
    /// Only resources that these replications rely on or name.
    pub replications: BTreeSet<String>,
}

impl Selection {
    /// Whether the resource is selected.
    pub fn selects(&self, want: &Desired) -> bool {
        let replications = &self.replications;
        (self.systems.is_empty() || self.systems.contains(&want.address.system))
            && (replications.is_empty()
                || !replications.is_disjoint(&want.replications)
                || !replications.is_disjoint(&want.named_by))
    }
}
