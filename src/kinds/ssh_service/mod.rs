//! The SSH service: its settings, whether it runs, and whether it starts at boot.
//!
//! Two API objects make one resource: `ssh.config` has the settings, `service.query` the state.
//! A system has exactly one, so it is never created or deleted. The free text that is appended
//! to sshd_config (`options`) is not managed; what stands there is a hint.

mod replies;
mod trace;

use serde_json::{Map, Value, json};

use crate::model::{BlockedReason, Change, Desired, Finding, Live, Risk, State};
use crate::truenas_wire::{Call, Read, Release, Replies, release::ServiceControl};

use super::trace::{Logged, Touched};
use super::{Around, DecodeError, Kind, compared};

/// The kind `ssh_service`.
pub(super) struct SshService;

/// The settings that `ssh.update` takes as they are: manifest path and the API's name.
const SETTINGS: [(&str, &str); 5] = [
    ("compression", "compression"),
    ("interfaces", "bindiface"),
    ("password_login", "passwordauth"),
    ("port", "tcpport"),
    ("tcp_forwarding", "tcpfwd"),
];

/// What changes the service, with the roles for it. The SHARING roles pass the first gate of
/// `service.update` and are then refused for ssh (`truenas-api.md` §2).
const WRITES: [(&str, &str); 5] = [
    ("ssh.update", "SSH_WRITE"),
    ("service.update", "SERVICE_WRITE"),
    ("service.control", "SERVICE_WRITE"),
    ("service.start", "SERVICE_WRITE"),
    ("service.stop", "SERVICE_WRITE"),
];

/// After a failed start systemd refuses every start for about 11 s (recorded with the real
/// systemd), so a start is tried again for a little longer than that.
const START_RETRY_SECONDS: u64 = 15;

impl Kind for SshService {
    fn name(&self) -> &'static str {
        "ssh_service"
    }

    fn fields(&self) -> &'static [&'static str] {
        &[
            "compression",
            "interfaces",
            "password_login",
            "port",
            "running",
            "start_automatically",
            "tcp_forwarding",
        ]
    }

    fn writes(&self) -> &'static [(&'static str, &'static str)] {
        &WRITES
    }

    fn reads(&self, want: &Desired) -> Vec<Read> {
        replies::reads(want)
    }

    fn more_reads(&self, _: &Desired, first: &Replies) -> Vec<Read> {
        replies::more_reads(first)
    }

    fn decode(&self, want: &Desired, replies: &Replies) -> Result<Live, DecodeError> {
        replies::decode(want, replies)
    }

    fn findings(&self, want: &Desired, live: &Live, _: &Around<'_>) -> Vec<Finding> {
        let finding = |field: &String| {
            let finding = compared(want, live, field);
            match (finding.state == State::Changes).then(|| unknown_interface(&finding, live)) {
                Some(Some(state)) => Finding { state, ..finding },
                _ => finding,
            }
        };
        want.fields.keys().map(finding).collect()
    }

    fn calls(
        &self,
        want: &Desired,
        _: &Live,
        changes: &[Change],
        on: &Release,
        _: &Around<'_>,
    ) -> Vec<Call> {
        let changed = |field: &str| changes.iter().find(|change| change.field == field);
        let mut calls = Vec::new();
        let settings: Map<String, Value> = SETTINGS
            .iter()
            .filter_map(|(field, name)| Some((name.to_string(), changed(field)?.after.clone())))
            .collect();
        if !settings.is_empty() {
            calls.push(Call::new("ssh.update", vec![Value::Object(settings)]));
        }
        if let Some(change) = changed("start_automatically") {
            let params = vec![json!("ssh"), json!({ "enable": change.after })];
            calls.push(Call::new("service.update", params));
        }
        if changed("running").is_some() {
            calls.push(control(want.get("running") == Some(&Value::Bool(true)), on));
        }
        calls
    }

    fn risks(
        &self,
        want: &Desired,
        live: &Live,
        changes: &[Change],
        _: &Around<'_>,
    ) -> Vec<(Risk, String)> {
        let system = &want.address.system;
        changes.iter().filter_map(|change| risk(system, live, change)).collect()
    }

    fn touched(&self, _: &Desired, _: &Live, logged: &Logged<'_>) -> Option<Touched> {
        trace::touched(logged)
    }
}

/// Blocked, if an interface is wanted that the system does not have.
fn unknown_interface(finding: &Finding, live: &Live) -> Option<State> {
    if finding.field != "interfaces" {
        return None;
    }
    let choices = live.get("interface_choices")?.as_array()?;
    let unknown = finding.after.as_array()?.iter().find(|name| !choices.contains(name))?;
    let known: Vec<&str> = choices.iter().filter_map(Value::as_str).collect();
    Some(State::Blocked {
        reason: BlockedReason::NoSuchInterface,
        remedy: format!(
            "the system has no interface `{}`; name one of: {}",
            unknown.as_str().unwrap_or_default(),
            known.join(", ")
        ),
    })
}

/// The call that starts or stops the service.
///
/// `silent` is true by default, and a start that failed is then an answer, not an error; with
/// `silent: false` it is an error whose text is the unit's journal. The boolean is checked as
/// well.
fn control(start: bool, on: &Release) -> Call {
    let options = json!({ "silent": false });
    let verb = if start { "START" } else { "STOP" };
    let call = match on.dialect.service_control {
        ServiceControl::Job => {
            Call::new("service.control", vec![json!(verb), json!("ssh"), options]).job()
        }
        ServiceControl::Calls => {
            let method = if start { "service.start" } else { "service.stop" };
            Call::new(method, vec![json!("ssh"), options])
        }
    };
    let retry = if start { START_RETRY_SECONDS } else { 0 };
    call.must_return_true().retried_for(retry)
}

fn risk(system: &str, live: &Live, change: &Change) -> Option<(Risk, String)> {
    let running = live.get("running") == Some(&Value::Bool(true));
    match (change.field.as_str(), &change.after) {
        ("password_login", Value::Bool(true)) => Some((
            Risk::OpensPasswordLogin,
            format!(
                "whoever reaches {system}'s SSH port may try passwords of the accounts that allow \
                 it; replication never uses one"
            ),
        )),
        ("running", Value::Bool(false)) => Some((
            Risk::StopsSsh,
            format!("nobody, no replication included, reaches {system} over SSH any more"),
        )),
        ("port", port) if running => Some((
            Risk::MovesSshPort,
            format!(
                "SSH on {system} is reached on port {port} only; every connection that names port \
                 {} fails until it is changed",
                change.before
            ),
        )),
        ("interfaces", _) if running => Some((
            Risk::MovesSshPort,
            format!("SSH on {system} is reached only through the interfaces that are named"),
        )),
        _ => None,
    }
}
