//! Datasets that a replication goes into and that nothing declares: a name with a typo, not yet
//! made, or made by somebody else.

use crate::kinds::{self, Around};
use crate::model::nearest::nearest_path;
use crate::model::{Address, Desired};
use crate::truenas_wire::Observed;

use super::Inputs;

/// What a person should know of the datasets that the selected replications go into.
pub(super) fn hints(inputs: &Inputs<'_>) -> Vec<String> {
    let selected = inputs.named.iter().filter(|named| inputs.selection.selects(named));
    selected
        .flat_map(|named| of_kind(named, inputs).into_iter().chain(missing(named, inputs)))
        .collect()
}

/// Whether no replication can make a dataset to go into, since not even its pool is there: then it
/// is asked for like any other resource.
pub fn is_impossible(named: &Desired, observed: &Observed) -> bool {
    let live = observed.live.get(&named.address);
    named.place.is_some() && live.is_some_and(|it| !it.exists && it.get("ancestor").is_none())
}

/// What its kind makes of a dataset.
fn of_kind(named: &Desired, inputs: &Inputs<'_>) -> Vec<String> {
    let live = &inputs.observed.live;
    let found = kinds::find(&named.address.kind).zip(live.get(&named.address));
    let Some((kind, of_it)) = found else { return Vec::new() };
    let around = Around { systems: &inputs.observed.systems, desired: inputs.desired, live };
    let hints = kind.hints(named, of_it, &around).into_iter();
    hints.map(|hint| format!("{}: {hint}", named.address)).collect()
}

/// That a dataset is not there, and that the manifest does not make it on the way to one below.
fn missing(named: &Desired, inputs: &Inputs<'_>) -> Option<String> {
    let place = named.place.as_ref()?;
    let Address { system, .. } = &named.address;
    let dataset = named.address.key();
    let declared = inputs.desired.keys().filter(|it| it.system == *system && it.kind == "dataset");
    let declared: Vec<&str> = declared.map(Address::key).collect();
    let below = |other: &str| other.strip_prefix(dataset).is_some_and(|it| it.starts_with('/'));
    let live = inputs.observed.live.get(&named.address)?;
    if live.exists || is_impossible(named, inputs.observed) || declared.iter().any(|it| below(it)) {
        return None;
    }
    let replications: Vec<&str> = named.replications.iter().map(String::as_str).collect();
    let told = match nearest_path(dataset, declared) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!(
            "the first replication creates it, unless you declare it under \
             `systems.{system}.datasets`"
        ),
    };
    let go = if replications.len() == 1 { "goes" } else { "go" };
    Some(format!(
        "{}: {} {go} into it ({place}), and there is no such dataset; {told}",
        named.address,
        replications.join(", "),
    ))
}
