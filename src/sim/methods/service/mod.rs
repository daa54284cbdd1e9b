//! `service.*`: what runs, and what starts at boot.
//!
//! Source: `plugins/service.py` of TS-25.10.6 and 26.0.

use serde_json::Value;

use super::super::check::{
    Field, Model, any_of, boolean, int, nullable, one_of, optional, required, text,
};
use super::super::fault::Fault;
use super::super::method::{Call, Method, Reply};
use super::super::query::datastore::Columns;
use super::super::query::{self, Query};
use super::super::release::Release;
use super::super::system::System;
use super::{accepted, accepted_by_schema, audited, instance, instance_query, job, plain};

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
const VERB_ROLES: &[&str] = &[
    "SERVICE_WRITE",
    "SHARING_FTP_WRITE",
    "SHARING_ISCSI_WRITE",
    "SHARING_NFS_WRITE",
    "SHARING_SMB_WRITE",
];

/// The job that starts and stops services, and the calls that it replaces: public up to 25.10,
/// private leftovers since.
pub(super) fn verbs(release: Release) -> impl Iterator<Item = &'static Method> {
    const CONTROL: &[Method] =
        &[job("service.control", WRITE_ROLES, "Service Control:", control_lock, control)];
    const UP_TO_25_10: &[Method] = &[
        audited("service.start", VERB_ROLES, "Service: start", |call| old_verb(call, Verb::Start)),
        audited("service.stop", VERB_ROLES, "Service: stop", |call| old_verb(call, Verb::Stop)),
        audited("service.restart", VERB_ROLES, "Service: restart", |call| {
            old_verb(call, Verb::Restart)
        }),
        audited("service.reload", VERB_ROLES, "Service: reload", |call| {
            old_verb(call, Verb::Reload)
        }),
    ];
    const SINCE_26_0: &[Method] = &[
        plain("service.start", &[], private_verb),
        plain("service.stop", &[], private_verb),
        plain("service.restart", &[], private_verb),
        plain("service.reload", &[], private_verb),
    ];
    let control = if release.has_service_control() { CONTROL } else { &[] };
    let verbs = if release < Release::V26_0 { UP_TO_25_10 } else { SINCE_26_0 };
    control.iter().chain(verbs)
}

const COLUMNS: Columns = &["id", "service", "enable"];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Verb {
    Start,
    Stop,
    Restart,
    Reload,
}

impl Verb {
    fn of(name: &str) -> Self {
        match name {
            "START" => Self::Start,
            "STOP" => Self::Stop,
            "RESTART" => Self::Restart,
            _ => Self::Reload,
        }
    }
}

fn options(release: Release) -> Field {
    let timeout = optional("timeout", nullable(int()), 120);
    let options = [optional("ha_propagate", boolean(), true), optional("silent", boolean(), true)];
    let options = options.into_iter().chain(release.has_service_control().then_some(timeout));
    let model = Model::new("ServiceOptions", options);
    Field::defaulting("options", model).in_schema("service-control")
}

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
    Ok(instance(found, || format!("Service {id} does not exist"))?.into())
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
    allowed(call, known, "update")?;
    let Some(service) = call.system.services.get_mut(known) else {
        return Ok(Value::Null.into());
    };
    service.enable = data["enable"].as_bool().unwrap_or_default();
    Ok(Value::from(service.id).into())
}

/// The lock takes the second argument as it was sent, before anything is checked.
fn control_lock(params: &[Value]) -> Result<Option<String>, Fault> {
    match params.get(1) {
        Some(service) => Ok(Some(format!("service_{service}"))),
        None => Err(super::filesystem::lock_error()),
    }
}

fn control(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let said = |index: usize| call.params.get(index).and_then(Value::as_str);
    if let (Some(verb), Some(service)) = (said(0), said(1)) {
        call.audit_note = Some(format!("{verb} {service}"));
    }
    let fields = [
        required("verb", one_of(&["START", "STOP", "RESTART", "RELOAD"])),
        required("service", text()),
        options(call.system.generation()),
    ];
    let [verb, service, options] = accepted(call, fields)?;
    let verb = Verb::of(verb.as_str().unwrap_or_default());
    let service = service.as_str().unwrap_or_default().to_owned();
    let done = run(call, verb, &service, &options)?;
    Ok(Value::from(done).into())
}

fn old_verb(call: &mut Call<'_>, verb: Verb) -> Result<Reply, Fault> {
    call.audit_note = call.params.first().and_then(Value::as_str).map(str::to_owned);
    let [service, options] = {
        let options = options(call.system.generation());
        accepted_by_schema(call, [required("service", text()), options])?
    };
    let service = service.as_str().unwrap_or_default().to_owned();
    Ok(Value::from(run(call, verb, &service, &options)?).into())
}

/// What is left of the old calls in 26.0 takes its options unchecked, and stumbles over them.
fn private_verb(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let given = |name: &str| call.params.get(1).and_then(|options| options.get(name)).is_some();
    let service = call.params.first().and_then(Value::as_str).unwrap_or_default();
    known(call.system, service)?;
    let missing = if given("timeout") { "silent" } else { "timeout" };
    Err(Fault::Call {
        errno: 22,
        reason: format!("'{missing}'"),
        class: "KeyError",
        repr: format!("KeyError('{missing}')"),
    })
}

fn known(system: &System, service: &str) -> Result<(), Fault> {
    match system.runs(service) {
        Some(_) => Ok(()),
        None => Err(Fault::exception("MatchNotFound", service)),
    }
}

/// Sharing roles open the method, and then only their own service.
fn allowed(call: &Call<'_>, service: &str, action: &str) -> Result<(), Fault> {
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
    Err(Fault::error(1, message))
}

fn run(call: &mut Call<'_>, verb: Verb, service: &str, options: &Value) -> Result<bool, Fault> {
    known(call.system, service)?;
    let action = match verb {
        Verb::Start => "start",
        Verb::Stop => "stop",
        Verb::Restart | Verb::Reload => "restart",
    };
    allowed(call, service, action)?;
    let silent = options["silent"].as_bool().unwrap_or(true);
    let done = if service == "ssh" {
        match verb {
            Verb::Start => call.system.start_ssh(),
            Verb::Stop => {
                call.system.ssh.stop();
                true
            }
            Verb::Restart => {
                call.system.ssh.stop();
                call.system.start_ssh()
            }
            Verb::Reload => {
                call.system.reload_ssh();
                call.system.ssh_listens_on().is_some()
            }
        }
    } else {
        let running = call.system.runs(service).unwrap_or_default();
        let after = match verb {
            Verb::Start | Verb::Restart => true,
            Verb::Stop => false,
            Verb::Reload => running,
        };
        if let Some(service) = call.system.services.get_mut(service) {
            service.running = after;
        }
        after != (verb == Verb::Stop)
    };
    if verb != Verb::Reload {
        notify(call.system, service);
    }
    if verb == Verb::Start && !done && !silent {
        let journal = call.system.ssh.journal(&call.system.hostname, &call.system.accounts);
        return Err(Fault::error(14, journal));
    }
    Ok(done)
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
