//! Accepted differences, each with the resource that it is about.

use super::Lowering;
use crate::model::Acceptance;

impl Lowering<'_> {
    /// Every accepted difference. None is in force before the manifest is dated.
    pub(super) fn accept_drift(&mut self) {
        for entry in self.root.accept_drift.value().into_iter().flatten() {
            let written = &entry.value;
            let (Some(address), Some(field), Some(reason), Some(until)) = (
                written.address.value(),
                written.field.value(),
                written.reason.value(),
                written.until.value(),
            ) else {
                continue;
            };
            if let Some(desired) = self.resources.get_mut(&address.0) {
                let acceptance = Acceptance {
                    reason: reason.0.clone(),
                    until: until.0,
                    in_force: false,
                    place: Some(entry.span.place()),
                };
                desired.accepted.insert(field.clone(), acceptance);
            }
        }
    }
}
