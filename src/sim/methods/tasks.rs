//! The tasks that a fleet file starts a system with.

use serde_json::{Map, Value};

use super::super::check::{Model, accept, required};
use super::super::fault::Fault;
use super::super::fleet::{FleetError, SystemSpec};
use super::super::system::System;
use super::{pool_snapshottask, replication};

/// Adds a fleet's tasks. Their fields are checked as the API does; whether they agree with the
/// rest of the system is not, since a system may have changed since they were made.
///
/// # Errors
/// [`FleetError::System`] for fields that the API would not take, and for references into nothing.
pub(crate) fn add_tasks(spec: &SystemSpec, system: &mut System) -> Result<(), FleetError> {
    for (number, fields) in (1..).zip(&spec.snapshot_tasks) {
        let model = pool_snapshottask::creation(system.generation());
        let fields = checked(system, &format!("snapshot task {number}"), model, fields)?;
        pool_snapshottask::add(system, fields);
    }
    for (name, fields) in &spec.replications {
        let title = format!("replication `{name}`");
        let wrong = |reason: String| FleetError::in_system("", format!("{title}: {reason}"));
        let mut fields = fields.clone();
        fields.insert("name".into(), name.as_str().into());
        if let Some(Value::String(named)) = fields.get("ssh_credentials") {
            let connection = system.keychain.iter().find(|credential| credential.name == *named);
            let connection = connection.map(|credential| credential.id);
            let connection =
                connection.ok_or_else(|| wrong(format!("there is no connection `{named}`")))?;
            fields.insert("ssh_credentials".into(), connection.into());
        }
        let fields = checked(system, &title, replication::creation(system.generation()), &fields)?;
        let bound = fields["periodic_snapshot_tasks"].as_array().map_or(&[][..], Vec::as_slice);
        let unknown = |number: &&Value| {
            number.as_i64().and_then(|number| system.tasks.snapshots.get(number)).is_none()
        };
        if let Some(number) = bound.iter().find(unknown) {
            return Err(wrong(format!("there is no snapshot task {number}")));
        }
        system.tasks.replications.add(replication::stored(fields));
    }
    Ok(())
}

fn checked(
    system: &System,
    title: &str,
    model: Model,
    fields: &Map<String, Value>,
) -> Result<Map<String, Value>, FleetError> {
    let sent = [Value::Object(fields.clone())];
    let refused = |fault| {
        let told = match fault {
            Fault::Call { reason, .. } => reason,
            Fault::Invalid { complaints, .. } => {
                let lines = complaints.iter().map(|complaint| {
                    let field = complaint.attribute.as_deref().unwrap_or_default();
                    format!("{}: {}", field.trim_start_matches("task."), complaint.message)
                });
                lines.collect::<Vec<_>>().join("; ")
            }
        };
        FleetError::in_system("", format!("{title}: {told}"))
    };
    let [task] = accept(system.generation(), [required("task", model)], &sent).map_err(refused)?;
    Ok(task.as_object().cloned().unwrap_or_default())
}
