//! What may be missing from a document because it could not be read, and which role shows it.

use std::collections::BTreeMap;

use crate::model::Address;
use crate::model::visible::visible;
use crate::plan::{System, Unverifiable};

/// A sentence for every system that could not be read, and one for the fields of each resource
/// that could not.
pub fn missing(systems: &BTreeMap<String, System>, fields: &[Unverifiable]) -> Vec<String> {
    let unread = systems.iter().filter(|(_, system)| !system.is_read());
    let sentence = |(name, system): (&String, &System)| {
        let remedy = system.remedy.as_ref().map(|it| format!("\n{it}")).unwrap_or_default();
        let read = visible(&system.read);
        format!("{} ({}) could not be read: {read}{remedy}", visible(name), visible(&system.url))
    };
    let mut all: Vec<String> = unread.map(sentence).collect();
    let mut grouped: BTreeMap<(&Address, &str, &str), Vec<&str>> = BTreeMap::new();
    for item in fields {
        let system = if item.system.is_empty() { &item.address.system } else { &item.system };
        let lacking = (&item.address, item.role.as_str(), system.as_str());
        grouped.entry(lacking).or_default().push(&item.field);
    }
    all.extend(grouped.into_iter().map(|((address, role, system), fields)| {
        let text = format!(
            "{address}: {} cannot be read; the login on {system} lacks the role {role}",
            fields.join(", ")
        );
        visible(&text).into_owned()
    }));
    all
}
