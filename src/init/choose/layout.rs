//! Layouts that TrueNAS accepts and a manifest refuses, because they lose data: what makes one is
//! left out, and listed.

use crate::init::draft::{Admin, Draft, Replication};
use crate::manifest::value::DatasetPath;
use crate::model::link::copies;
use crate::model::mountpoint;

/// Leaves out what the manifest would be refused for.
pub(super) fn settle(draft: &mut Draft) {
    let mut written: Vec<(String, DatasetPath)> = Vec::new();
    for replication in &mut draft.replications {
        let name = replication.name.value.clone();
        each_once(&mut replication.datasets.value);
        let copies = copies_of(replication);
        let Some(why) = copies.iter().find_map(|copy| refusal(copy, &written)) else {
            written.extend(copies.into_iter().map(|copy| (name.clone(), copy)));
            continue;
        };
        if let Some(target) = replication.dataset.take() {
            draft.left_out.push(format!(
                "{name}: its destination `{}` is not written here: {why}",
                target.value
            ));
        }
    }
    for admin in draft.systems.last_mut().into_iter().flat_map(|system| &mut system.admins) {
        draft.left_out.extend(home_in_copy(admin, &written));
    }
}

/// A dataset that a task lists twice is sent twice to the same place.
fn each_once(datasets: &mut Vec<String>) {
    let all = std::mem::take(datasets);
    for dataset in all {
        if !datasets.contains(&dataset) {
            datasets.push(dataset);
        }
    }
}

fn copies_of(replication: &Replication) -> Vec<DatasetPath> {
    let sources: Vec<&str> = replication.datasets.value.iter().map(String::as_str).collect();
    let target = replication.dataset.iter();
    target.flat_map(|it| copies(&sources, &it.value)).map(DatasetPath).collect()
}

/// Why a replication may not write a dataset.
fn refusal(copy: &DatasetPath, written: &[(String, DatasetPath)]) -> Option<String> {
    if !copy.0.contains('/') {
        return Some("it is the root of a pool, all of which the task overwrites".into());
    }
    let overlaps = |other: &DatasetPath| copy.is_within(&other.0) || other.is_within(&copy.0);
    let (name, other) = written.iter().find(|(_, other)| overlaps(other))?;
    Some(format!("{name} writes `{}`, and each would destroy what the other has written", other.0))
}

/// Leaves out a home that a replication overwrites; it stays as it is.
fn home_in_copy(admin: &mut Admin, written: &[(String, DatasetPath)]) -> Option<String> {
    let home = DatasetPath(mountpoint::dataset_at(&admin.home.as_ref()?.value)?.into());
    let (name, copy) = written.iter().find(|(_, copy)| home.is_within(&copy.0))?;
    admin.home = None;
    Some(format!(
        "{}: its home /mnt/{} is not written here: it is inside `{}`, which {name} overwrites; move \
         it elsewhere",
        admin.name.value, home.0, copy.0
    ))
}
