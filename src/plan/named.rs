//! Datasets that a replication names and that nobody has: a name with a typo, most often.

use crate::model::nearest::nearest;
use crate::model::{Address, Desired, Place};

use super::Inputs;

/// What a person should know of the selected replications' datasets.
pub(super) fn hints(inputs: &Inputs<'_>) -> Vec<String> {
    let selected = inputs.named.iter().filter(|named| inputs.selection.selects(named));
    selected.filter_map(|named| hint(named, inputs)).collect()
}

/// That a dataset is not there, and that the manifest does not make it on the way to one below.
fn hint(named: &Desired, inputs: &Inputs<'_>) -> Option<String> {
    let Address { system, .. } = &named.address;
    let dataset = named.address.key();
    let declared = inputs.desired.keys().filter(|it| it.system == *system && it.kind == "dataset");
    let declared: Vec<&str> = declared.map(Address::key).collect();
    let below = |other: &str| other.strip_prefix(dataset).is_some_and(|it| it.starts_with('/'));
    let there = inputs.observed.live.get(&named.address)?.exists;
    if there || declared.iter().any(|it| below(it)) {
        return None;
    }
    let replications: Vec<&str> = named.replications.iter().map(String::as_str).collect();
    let place = named.place.as_ref().map(Place::to_string).unwrap_or_default();
    let meant = match nearest(dataset, declared) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("correct the name, or declare it under `systems.{system}.datasets`"),
    };
    let names = if replications.len() == 1 { "names" } else { "name" };
    Some(format!(
        "{}: {} {names} it ({place}), and there is no such dataset; {meant}",
        named.address,
        replications.join(", "),
    ))
}
