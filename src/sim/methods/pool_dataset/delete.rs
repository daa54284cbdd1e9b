//! `pool.dataset.delete`.

use serde_json::Value;

use super::super::super::check::Errors;
use super::super::super::fault::Fault;
use super::super::super::method::{Call, Reply};
use super::super::super::release::Release;
use super::super::super::repr::python_repr;
use super::super::super::system::datasets::Kind;
use super::super::{pool_snapshottask, replication};
use super::{accepted_by_schema, found, is_internal, missing, model};

/// Destroys a dataset with what is mounted there; of a pool's root only what is below.
pub(super) fn delete(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let [id, options] = accepted_by_schema(call, model::delete())?;
    let name = id.as_str().unwrap_or_default().to_owned();
    let recursive = options["recursive"] == true;
    let system = &mut *call.system;
    if system.generation() >= Release::V26_0 && is_internal(&name) {
        let message = format!("{name} is an invalid location");
        return Err(Errors::new().with("pool.dataset.delete", message).into());
    }
    let shown = python_repr(&name);
    if !recursive && system.datasets.below(&name).next().is_some() {
        let message =
            format!("Failed to delete dataset: cannot destroy {shown}: filesystem has children");
        return Err(Fault::error(39, message));
    }
    if found(system, &name).is_none() {
        return Err(Fault::not_found(missing(&name)));
    }
    call.audit_note = Some(name.clone());
    let mountpoint = system.datasets.mountpoint_property(&name);
    if mountpoint.starts_with('/') {
        // They are gone even if the dataset is not, after all.
        for id in pool_snapshottask::attached(system, &mountpoint) {
            system.tasks.remove_snapshot_task(id);
        }
        for id in replication::attached(system, &mountpoint) {
            system.tasks.replications.remove(id);
        }
    }
    let is_root = !name.contains('/');
    if is_root && !recursive {
        let message = format!(
            "Failed to delete dataset: cannot destroy {shown}: operation does not apply to pools"
        );
        return Err(Fault::error(14, message));
    }
    let mut doomed: Vec<String> = system
        .datasets
        .below(&name)
        .chain((!is_root).then_some(name.as_str()))
        .map(str::to_owned)
        .collect();
    // Children go before their parents.
    doomed.sort_by(|one, other| other.cmp(one));
    let filesystem = |name: &&String| {
        system.datasets.get(name).is_some_and(|dataset| dataset.kind == Kind::Filesystem)
    };
    let paths: Vec<String> = doomed
        .iter()
        .filter(filesystem)
        .map(|name| system.datasets.mountpoint_property(name))
        .filter(|path| path.starts_with('/'))
        .collect();
    for path in &paths {
        system.files.remove(path);
    }
    for name in &doomed {
        system.datasets.destroy(name);
        system.tell("removed", "pool.dataset.query", name.as_str().into(), None);
    }
    Ok(Value::Bool(true).into())
}
