//! What will not be as others need it.

use std::collections::BTreeSet;

use crate::model::{Address, BlockedReason, FieldRef, Finding, State};

use super::judged::Judged;

/// Resources that will not be there or be of no use, and fields of others that will not be as the
/// manifest wants them: they are blocked, or the command line leaves them out.
#[derive(Default)]
pub(super) struct Lacking {
    resources: BTreeSet<Address>,
    fields: BTreeSet<FieldRef>,
}

impl Lacking {
    /// The resource is not made.
    pub(super) fn resource(&mut self, item: &Judged<'_>) {
        self.resources.insert(item.want.address.clone());
    }

    /// A field of what is there does not change.
    pub(super) fn blocked(&mut self, item: &Judged<'_>, finding: &Finding, why: BlockedReason) {
        if why.leaves_unusable() {
            self.resource(item);
        }
        self.fields.insert(FieldRef::new(item.want.address.clone(), &finding.field));
    }

    /// The command line leaves the resource as it is.
    pub(super) fn left_out(&mut self, item: &Judged<'_>) {
        if item.judgement.create {
            return self.resource(item);
        }
        for finding in &item.judgement.findings {
            match finding.state {
                State::Kept(_) | State::Unverifiable { .. } => {}
                State::Blocked { reason, .. } => self.blocked(item, finding, reason),
                State::Changes => {
                    let field = FieldRef::new(item.want.address.clone(), &finding.field);
                    self.fields.insert(field);
                }
            }
        }
    }

    /// Whether a resource lacks what another relies on.
    pub(super) fn lacks(&self, need: &Address, relied_on: &BTreeSet<FieldRef>) -> bool {
        let mut of_it = relied_on.iter().filter(|field| field.address == *need);
        self.resources.contains(need) || of_it.any(|field| self.fields.contains(field))
    }
}
