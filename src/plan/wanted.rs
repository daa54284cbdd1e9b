//! What a plan alone says is desired: enough to read its resources, to tell whether a step holds
//! already, and to prove its links, without the manifest that it was made from.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::model::{Acceptance, Address, Desired, Link};

use super::{Plan, Step, shared};

impl Plan {
    /// What a step wants of its resource: exactly the fields that it changes, of lists that others
    /// change too only its own entries, and what differs by agreement.
    pub fn desired_of(&self, step: &Step) -> Desired {
        let mut want = Desired::new(step.address.clone());
        want.switches = step.switches.clone();
        for change in &step.changes {
            want.fields.insert(change.field.clone(), shared::wanted(step, change).into());
        }
        for accepted in self.accepted.iter().filter(|it| it.address == step.address) {
            let acceptance = Acceptance {
                reason: accepted.reason.clone(),
                until: accepted.until.parse().unwrap_or(Date::MAX),
                in_force: true,
                place: None,
            };
            want.accepted.insert(accepted.field.clone(), acceptance);
        }
        want
    }

    /// Every resource that the steps change or rely on, and those of the links.
    pub fn desired(&self) -> BTreeMap<Address, Desired> {
        let mut all: BTreeMap<Address, Desired> =
            self.steps.iter().map(|step| (step.address.clone(), self.desired_of(step))).collect();
        let relied_on = self.steps.iter().flat_map(|step| step.expects.keys());
        let linked = self.provable_links().flat_map(|link| {
            [&link.connection, &link.key, &link.account, &link.service].into_iter()
        });
        for address in relied_on.chain(linked) {
            all.entry(address.clone()).or_insert_with_key(|it| Desired::new(it.clone()));
        }
        all
    }

    /// The links between systems that could be read when the plan was made.
    pub fn provable_links(&self) -> impl Iterator<Item = &Link> {
        let read = |system: &str| self.systems.get(system).is_some_and(|it| it.is_read());
        self.links
            .iter()
            .filter(move |link| read(&link.connection.system) && read(&link.account.system))
    }

    /// The systems that applying the plan has to do with.
    pub fn systems_involved(&self) -> BTreeSet<String> {
        self.desired().into_keys().map(|address| address.system).collect()
    }
}
