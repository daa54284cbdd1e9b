//! `service.*`: what runs, and what starts at boot.
//!
//! Source: `plugins/service.py` of TS-25.10.6 and 26.0.

mod control;
#[cfg(test)]
mod tests;

use serde_json::Value;

use super::super::check::{Model, any_of, boolean, int, optional, required, text};
use super::super::fault::Fault;
use super::super::method::{Call, Method, Reply};
use super::super::query::datastore::Columns;
use super::super::query::{self, Query};
use super::super::release::Release;
use super::super::system::System;
use super::{accepted, accepted_by_schema, audited, instance, instance_query, plain};

pub(super) use control::verbs;

pub(super) const METHODS: &[Method] = &[
    plain("service.query", &["SERVICE_READ"], query),
    plain("service.get_instance", &["SERVICE_READ"], get_instance),
    audited("service.update", WRITE_ROLES, "Update service configuration", update),
    plain("service.started", &["SERVICE_READ"], started),
    plain("service.started_or_enabled", &["SERVICE_READ"], started_or_enabled),
];

const WRITE_ROLES: &[&str] = &[
    "SERVICE_WRITE",
    "SHARING_FTP_WRITE",
    "SHARING_ISCSI_WRITE",
    "SHARING_NFS_WRITE",
    "SHARING_NVME_TARGET_WRITE",
    "SHARING_SMB_WRITE",
];
const COLUMNS: Columns = &["id", "service", "enable"];
const EPERM: i32 = 1;
fn entries(system: &System) -> Vec<Value> {
    let running = |name: &str| system.runs(name).unwrap_or_default();
    system.services.iter().map(|service| service.entry(running(service.name))).collect()
}

fn query(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let [filters, options] = accepted(call, query::parameters())?;
    Ok(answer(&Query::new(filters, options), entries(call.system))?.into())
}

/// The database answers, unless the filters ask for what it does not know.
fn answer(query: &Query, mut entries: Vec<Value>) -> Result<Value, Fault> {
    if query.names("state") || query.names("pids") {
        return query.run(entries);
    }
    if query.extra.get("include_state") == Some(&Value::Bool(false)) {
        for entry in &mut entries {
            entry["state"] = "UNKNOWN".into();
            entry["pids"] = Value::Array(Vec::new());
        }
    }
    query.run_in_database(COLUMNS, entries)
}

fn get_instance(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let (id, query) = instance_query(call, int())?;
    let found = answer(&query, entries(call.system))?;
    Ok(instance(found, || missing(&id))?.into())
}

/// The name of the class without `Service`, which leaves nothing of `ServiceService`
/// (`service/base.py`, `verbose_name`).
fn missing(id: &Value) -> String {
    format!(" {id} does not exist")
}

fn update(call: &mut Call<'_>) -> Result<Reply, Fault> {
    // In 25.04 an update that says nothing switches the service off.
    let (name, enable) = match call.system.generation().checks_by_schema() {
        true => (text(), optional("enable", boolean(), false)),
        false => (any_of([int(), text()]), required("enable", boolean())),
    };
    let model = Model::new("ServiceUpdate", [enable]);
    let update = required("service_update", model).in_schema("service-update");
    let [id_or_name, data] = accepted_by_schema(call, [required("id_or_name", name), update])?;
    let name = id_or_name.as_str().map_or_else(|| id_or_name.to_string(), str::to_owned);
    let number: Option<i64> = name.parse().ok();
    let known = call.system.services.iter().find(|service| match number {
        Some(number) => service.id == number,
        None => service.name == name,
    });
    let Some(known) = known.map(|service| service.name) else {
        return Err(Fault::error(2, format!("Service {name} not found.")));
    };
    call.audit_note = Some(known.to_owned());
    allowed(call, known, "update", EPERM)?;
    let Some(service) = call.system.services.get_mut(known) else {
        return Ok(Value::Null.into());
    };
    service.enable = data["enable"].as_bool().unwrap_or_default();
    let id = service.id;
    if call.system.generation() >= Release::V26_0 {
        notify(call.system, known);
    }
    Ok(Value::from(id).into())
}

fn known(system: &System, service: &str) -> Result<(), Fault> {
    match system.runs(service) {
        Some(_) => Ok(()),
        None => Err(Fault::exception("MatchNotFound", service)),
    }
}

/// Sharing roles open the method, and then only their own service.
fn allowed(call: &Call<'_>, service: &str, action: &str, errno: i32) -> Result<(), Fault> {
    let own_role = match service {
        "cifs" => "SHARING_SMB_WRITE",
        "nfs" => "SHARING_NFS_WRITE",
        "iscsitarget" => "SHARING_ISCSI_WRITE",
        "ftp" => "SHARING_FTP_WRITE",
        "nvmet" => "SHARING_NVME_TARGET_WRITE",
        _ => "SERVICE_WRITE",
    };
    if call.caller.has("SERVICE_WRITE") || call.caller.has(own_role) {
        return Ok(());
    }
    let message = format!("{service}: authenticated session lacks privilege to {action} service");
    Err(Fault::error(errno, message))
}

/// Tells subscribers of the service's state; the event has no id (`notify_running`).
fn notify(system: &mut System, name: &str) {
    let running = system.runs(name).unwrap_or_default();
    if let Some(entry) = system.services.get(name).map(|service| service.entry(running)) {
        system.tell("changed", "service.query", Value::Null, Some(entry));
    }
}

fn started(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let [service] = accepted_by_schema(call, [required("service", text())])?;
    let service = service.as_str().unwrap_or_default();
    known(call.system, service)?;
    Ok(Value::from(call.system.runs(service)).into())
}

fn started_or_enabled(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let [service] = accepted_by_schema(call, [required("service", text())])?;
    let service = service.as_str().unwrap_or_default();
    let Some(known) = call.system.services.get(service) else {
        let raised = "MatchNotFound()".to_owned();
        let repr = raised.clone();
        return Err(Fault::Call { errno: 22, reason: raised, class: "MatchNotFound", repr });
    };
    let running = call.system.runs(service).unwrap_or_default();
    Ok(Value::from(running || known.enable).into())
}
