//! `service.control`, and the calls that it replaces: what starts, stops and reloads services.

use serde_json::Value;

use super::super::super::check::{
    Field, Model, boolean, int, nullable, one_of, optional, required, text,
};
use super::super::super::fault::Fault;
use super::super::super::method::{Call, Method, Reply};
use super::super::super::release::Release;
use super::super::filesystem::lock_error;
use super::super::{accepted, accepted_by_schema, audited, job, plain};
use super::{EPERM, WRITE_ROLES, allowed, known, notify};

const VERB_ROLES: &[&str] = &[
    "SERVICE_WRITE",
    "SHARING_FTP_WRITE",
    "SHARING_ISCSI_WRITE",
    "SHARING_NFS_WRITE",
    "SHARING_SMB_WRITE",
];

/// The services that can be reloaded (`plugins/service_/services`).
const RELOADABLE: [&str; 6] = ["cifs", "ftp", "iscsitarget", "nfs", "ssh", "webshare"];
const EFAULT: i32 = 14;
const ETIMEDOUT: i32 = 110;

/// The job that starts and stops services, and the calls that it replaces: public up to 25.10,
/// private leftovers since.
pub(in crate::methods) fn verbs(release: Release) -> impl Iterator<Item = &'static Method> {
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

/// The lock takes the second argument as it was sent, before anything is checked.
fn control_lock(params: &[Value]) -> Result<Option<String>, Fault> {
    match params.get(1) {
        Some(service) => Ok(Some(format!("service_{service}"))),
        None => Err(lock_error()),
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
    Err(Fault::key_error(missing))
}

/// Whether there is such a service, and the caller may do that to it.
fn check(call: &Call<'_>, verb: Verb, service: &str) -> Result<(), Fault> {
    if call.system.generation() >= Release::V26_0 {
        let action = match verb {
            Verb::Start => "start",
            Verb::Stop => "stop",
            Verb::Restart => "restart",
            Verb::Reload => "reload",
        };
        allowed(call, service, action, EPERM)?;
        return known(call.system, service);
    }
    known(call.system, service)?;
    match verb {
        Verb::Start => allowed(call, service, "start", EPERM),
        // This `CallError` names no errno in the source.
        Verb::Stop => allowed(call, service, "stop", EFAULT),
        Verb::Restart | Verb::Reload => allowed(call, service, "restart", EPERM),
    }
}

fn run(call: &mut Call<'_>, verb: Verb, service: &str, options: &Value) -> Result<bool, Fault> {
    check(call, verb, service)?;
    let silent = options["silent"].as_bool().unwrap_or(true);
    // A time that is over ends the work at its first pause, before anything is done.
    if options["timeout"].as_i64().is_some_and(|seconds| seconds <= 0) {
        return if silent { Ok(false) } else { Err(timed_out(verb)) };
    }
    let running = call.system.runs(service).unwrap_or_default();
    let verb = match verb {
        // Since 26.0 what does not run is not reloaded; before, the unit refuses, and what cannot
        // be reloaded is restarted.
        Verb::Reload if !running && call.system.generation() >= Release::V26_0 => return Ok(false),
        Verb::Reload if !RELOADABLE.contains(&service) => Verb::Restart,
        verb => verb,
    };
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
        let journal = call.system.ssh.journal();
        return Err(Fault::error(EFAULT, journal));
    }
    Ok(done)
}

fn timed_out(verb: Verb) -> Fault {
    let doing = match verb {
        Verb::Start => "starting",
        Verb::Stop => "stopping",
        Verb::Restart => "restarting",
        Verb::Reload => "reloading",
    };
    Fault::error(ETIMEDOUT, format!("Timed out while {doing} the service"))
}
