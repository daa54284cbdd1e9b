//! What the manifest asks for: one resource's managed fields, in their one canonical form.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::acceptance::Acceptance;
use super::address::Address;
use super::place::Place;

/// A resource as the manifest wants it.
#[derive(Clone, Debug, PartialEq)]
pub struct Desired {
    /// Which resource.
    pub address: Address,
    /// Its managed fields by their manifest path; what is not here is left alone.
    pub fields: BTreeMap<String, Wanted>,
    /// How it may be brought about, without being a field of it (`create_ancestors`).
    pub switches: BTreeMap<String, Value>,
    /// The fields whose drift is accepted.
    pub accepted: BTreeMap<String, Acceptance>,
    /// Where the manifest names it; a saved plan has none.
    pub place: Option<Place>,
    /// The replications that rely on it.
    pub replications: BTreeSet<String>,
    /// The replications that name it and do without it: the source's own account.
    pub named_by: BTreeSet<String>,
    /// Of an account: the datasets of its system that replications write, each with its replication.
    /// A home inside one of them would be overwritten.
    pub overwritten: BTreeMap<String, String>,
    /// Of an account: the key pairs that replications log in with and do not authorize there, each
    /// with the place that leaves the account out.
    pub unauthorized_keys: BTreeMap<Address, Place>,
    /// Of a dataset: what it is to be a copy of, by replications.
    pub copy_of: BTreeSet<Address>,
    /// Whether a replication sends it: without it there is nothing to replicate.
    pub sent: bool,
    /// Whether a replication refers to it and nothing declares it: then trueup does not create it.
    /// A saved plan does not say so, and needs not: its steps on such a resource only update it.
    pub referenced_only: bool,
}

impl Desired {
    /// A resource without a managed field: it is wanted to exist.
    pub fn new(address: Address) -> Self {
        Self {
            address,
            fields: BTreeMap::new(),
            switches: BTreeMap::new(),
            accepted: BTreeMap::new(),
            place: None,
            replications: BTreeSet::new(),
            named_by: BTreeSet::new(),
            overwritten: BTreeMap::new(),
            unauthorized_keys: BTreeMap::new(),
            copy_of: BTreeSet::new(),
            sent: false,
            referenced_only: false,
        }
    }

    /// The value wanted for a field.
    pub fn get(&self, field: &str) -> Option<&Value> {
        self.fields.get(field).map(|wanted| &wanted.value)
    }

    /// Whether the drift of a field is accepted on the day of the run.
    pub fn accepts(&self, field: &str) -> bool {
        self.accepted.get(field).is_some_and(|acceptance| acceptance.in_force)
    }

    /// Whether a switch is on.
    pub fn switched_on(&self, switch: &str) -> bool {
        self.switches.get(switch) == Some(&Value::Bool(true))
    }

    /// Where the manifest names the field, or else the resource.
    pub fn place_of(&self, field: &str) -> Option<&Place> {
        self.fields.get(field).and_then(|wanted| wanted.place.as_ref()).or(self.place.as_ref())
    }
}

/// The value that the manifest wants for one field.
#[derive(Clone, Debug, PartialEq)]
pub struct Wanted {
    /// The value in its canonical form; may be a placeholder (`{"$ref": "address#field"}`).
    pub value: Value,
    /// Where the manifest says so; a saved plan has none.
    pub place: Option<Place>,
}

impl From<Value> for Wanted {
    fn from(value: Value) -> Self {
        Self { value, place: None }
    }
}
