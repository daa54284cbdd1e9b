//! What the checks are made from: live state, or live state as a plan leaves it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::Value;

use crate::model::{Address, Change, Desired, Live, Place, Reading};

/// What is known of the resources of links.
pub(crate) struct Facts<'a> {
    /// What the manifest asks for.
    pub(crate) desired: &'a BTreeMap<Address, Desired>,
    /// What was read.
    pub(crate) live: &'a BTreeMap<Address, Live>,
    /// What is changed before the replication runs; a resource that is made has all its fields
    /// here. Empty: the replication runs now.
    pub(crate) changes: BTreeMap<Address, Vec<Change>>,
    /// The fields that differ from the manifest.
    pub(crate) differing: BTreeSet<(Address, String)>,
    /// When the replication runs.
    pub(crate) at: Timestamp,
}

impl<'a> Facts<'a> {
    /// Live state as it is.
    pub(crate) fn now(
        desired: &'a BTreeMap<Address, Desired>,
        live: &'a BTreeMap<Address, Live>,
        at: Timestamp,
    ) -> Self {
        Self { desired, live, changes: BTreeMap::new(), differing: BTreeSet::new(), at }
    }

    /// Whether there is such a resource; `None` if it was not read.
    pub(crate) fn exists(&self, address: &Address) -> Option<bool> {
        let live = self.live.get(address)?;
        Some(live.exists || self.changes.contains_key(address))
    }

    /// Whether a step makes the resource before the replication runs.
    pub(crate) fn is_made(&self, address: &Address) -> bool {
        let is_missing = self.live.get(address).is_some_and(|live| !live.exists);
        is_missing && self.changes.contains_key(address)
    }

    /// A field's value; `None` if there is none or it may not be read.
    pub(crate) fn value(&self, address: &Address, field: &str) -> Option<&Value> {
        self.change(address, field).or_else(|| self.live.get(address)?.get(field))
    }

    /// A field's text.
    pub(crate) fn text(&self, address: &Address, field: &str) -> Option<&str> {
        self.value(address, field)?.as_str()
    }

    /// The texts of a list.
    pub(crate) fn texts(&self, address: &Address, field: &str) -> Vec<String> {
        let members = self.value(address, field).and_then(Value::as_array).into_iter().flatten();
        members.filter_map(Value::as_str).map(Into::into).collect()
    }

    /// The value that a change gives a field.
    pub(crate) fn change(&self, address: &Address, field: &str) -> Option<&Value> {
        let mut changes = self.changes.get(address)?.iter();
        changes.find(|change| change.field == field).map(|change| &change.after)
    }

    /// The role that shows a field which the login may not read.
    pub(crate) fn hidden(&self, address: &Address, field: &str) -> Option<&'static str> {
        match self.live.get(address)?.fields.get(field)? {
            Reading::Hidden { role } => Some(role),
            Reading::Value(_) => None,
        }
    }

    /// What the manifest asks for in a field.
    pub(crate) fn desired(&self, address: &Address, field: &str) -> Option<&Value> {
        self.desired.get(address)?.get(field)
    }

    /// Where the manifest asks for a field.
    pub(crate) fn place(&self, address: &Address, field: &str) -> Option<&Place> {
        self.desired.get(address)?.fields.get(field)?.place.as_ref()
    }

    /// Whether the field differs from the manifest.
    pub(crate) fn differs(&self, address: &Address, field: &str) -> bool {
        self.differing.contains(&(address.clone(), field.into()))
    }

    /// What to do about a field that is wrong and whose difference the manifest accepts.
    pub(crate) fn accepted(&self, address: &Address, field: &str) -> Option<String> {
        let want = self.desired.get(address).filter(|want| want.accepts(field))?;
        let acceptance = want.accepted.get(field)?;
        let place = acceptance.place.as_ref().map(|it| format!(" ({it})")).unwrap_or_default();
        Some(format!(
            "`{field}` is accepted as it is until {}{place}, so `trueup apply` leaves it: take the \
             entry out of `accept_drift`, or restore it by hand",
            acceptance.until
        ))
    }
}
