//! The SSH service: its settings, whether it runs, and whether it starts at boot.
//!
//! Two API objects make one resource: `ssh.config` has the settings, `service.query` the state.
//! A system has exactly one, so it is never created or deleted. The free text that is appended
//! to sshd_config (`options`) is not managed; what stands there is a hint.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use crate::model::{
    BlockedReason, Change, Desired, Finding, Live, Reading, Risk, State, authorized_key,
};
use crate::truenas_wire::{
    Call, Read, ReadError, ReadMethod, Release, Replies, release::ServiceControl,
};

use super::object::Object;
use super::trace::{self, Logged, Touched};
use super::{Around, DecodeError, Kind, compared};

/// The kind `ssh_service`.
pub struct SshService;

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

/// The host keys that a client may be shown, as `ssh.config` names their public halves.
const HOST_KEYS: [&str; 3] = ["host_ecdsa_key_pub", "host_ed25519_key_pub", "host_rsa_key_pub"];

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
        let mut reads = vec![config(), state()];
        if want.get("interfaces").is_some() {
            reads.push(interface_choices());
        }
        reads
    }

    fn more_reads(&self, _: &Desired, first: &Replies) -> Vec<Read> {
        let mut live = Live::default();
        let settings = first.get(&config()).map(|reply| decode_settings(reply, &mut live));
        match settings {
            Ok(Ok(())) if depends_on_accounts(&live) => vec![password_accounts()],
            _ => Vec::new(),
        }
    }

    fn decode(&self, want: &Desired, replies: &Replies) -> Result<Live, DecodeError> {
        let mut live = Live { exists: true, ..Live::default() };
        match replies.get(&config()) {
            Ok(reply) => decode_settings(reply, &mut live)?,
            Err(ReadError::Denied) => {
                let settings = SETTINGS.iter().map(|(field, _)| *field);
                for field in settings.chain(["host_keys"]) {
                    live.fields.insert(field.into(), Reading::Hidden { role: "SSH_READ" });
                }
            }
            Err(other) => return Err(other.into()),
        }
        match replies.entry(&state(), "service", "ssh") {
            Ok(Some(entry)) => decode_state(entry, &mut live)?,
            Ok(None) => return Err(missing("service.query", "ssh")),
            Err(ReadError::Denied) => {
                for field in ["running", "start_automatically"] {
                    live.fields.insert(field.into(), Reading::Hidden { role: "SERVICE_READ" });
                }
            }
            Err(other) => return Err(other.into()),
        }
        if want.get("interfaces").is_some()
            && let Ok(Value::Object(choices)) = replies.get(&interface_choices())
        {
            live.fact("interface_choices", choices.keys().cloned().collect::<Vec<_>>());
        }
        if let Some(block) = options_below(&live, replies) {
            live.fact("options_below", block);
        }
        Ok(live)
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
        touched(logged)
    }
}

/// What a call did to the service. `service.update` names it by its number or its name, its
/// description always by its name. A restart that fails leaves it stopped, and the log calls it a
/// success (recorded).
fn touched(logged: &Logged<'_>) -> Option<Touched> {
    let one = |field, value| Some(Touched::Fields([(field, value)].into()));
    match logged.method {
        "ssh.update" => {
            let set = trace::known_fields(logged.object(0)?, &SETTINGS, setting);
            Some(Touched::Fields(set))
        }
        "service.update" if logged.description.ends_with(" ssh") => {
            one("start_automatically", logged.object(1)?.get("enable").cloned())
        }
        "service.control" if logged.text(1) == Some("ssh") => match logged.text(0)? {
            "STOP" => one("running", Some(json!(false))),
            "START" => one("running", Some(json!(true))),
            "RESTART" => one("running", None),
            _ => None,
        },
        "service.start" if logged.text(0) == Some("ssh") => one("running", Some(json!(true))),
        "service.restart" if logged.text(0) == Some("ssh") => one("running", None),
        "service.stop" if logged.text(0) == Some("ssh") => one("running", Some(json!(false))),
        _ => None,
    }
}

/// A setting in the manifest's form.
fn setting(field: &str, given: &Value) -> Option<Value> {
    if field != "interfaces" {
        return Some(given.clone());
    }
    let mut names: Vec<&str> = given.as_array()?.iter().filter_map(Value::as_str).collect();
    names.sort_unstable();
    Some(json!(names))
}

/// The settings.
fn config() -> Read {
    Read::call(ReadMethod::SshConfig, vec![])
}

/// Whether it runs and starts at boot.
fn state() -> Read {
    Read::entries(
        ReadMethod::ServiceQuery,
        "service",
        ["ssh"],
        json!({ "select": ["service", "enable", "state"] }),
    )
}

/// The network interfaces that it may be bound to.
fn interface_choices() -> Read {
    Read::call(ReadMethod::SshBindifaceChoices, vec![])
}

fn missing(method: &'static str, field: &str) -> DecodeError {
    DecodeError::Field { method, field: field.into() }
}

/// Takes from `ssh.config` what is named here and nothing else: the reply holds the host's
/// private keys in clear.
fn decode_settings(reply: &Value, live: &mut Live) -> Result<(), DecodeError> {
    for (field, name) in SETTINGS {
        let value = match (field, reply.get(name)) {
            ("interfaces", Some(Value::Array(members))) => {
                let mut members: Vec<&str> = members.iter().filter_map(Value::as_str).collect();
                members.sort_unstable();
                json!(members)
            }
            ("port", Some(port)) if is_port(port) => port.clone(),
            ("compression" | "password_login" | "tcp_forwarding", Some(flag @ Value::Bool(_))) => {
                flag.clone()
            }
            _ => return Err(missing("ssh.config", name)),
        };
        live.field(field, value);
    }
    let object = Object::new("ssh.config", reply);
    let encoded = HOST_KEYS.iter().map(|name| object.text_if_any(name));
    let encoded: Vec<Option<String>> = encoded.collect::<Result<_, _>>()?;
    let keys = encoded.iter().flatten().filter(|it| !it.is_empty()).map(|it| host_key(it));
    match keys.collect::<Option<Vec<String>>>() {
        Some(keys) if keys.is_empty() => {}
        Some(keys) => live.field("host_keys", keys),
        None => live.fact("invalid_host_keys", true),
    }
    live.fact("options", object.text("options")?);
    live.fact("password_login_groups", object.texts("password_login_groups")?);
    Ok(())
}

/// `type key` of a base64-encoded `.pub` file, without its comment.
fn host_key(encoded: &str) -> Option<String> {
    let text = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (_, (kind, base64)) = authorized_key::public_key(&text).ok()?;
    Some(format!("{kind} {base64}"))
}

fn is_port(value: &Value) -> bool {
    value.as_u64().is_some_and(|port| (1..=65_535).contains(&port))
}

/// The `Match` block that TrueNAS writes in front of the options, whose lines are then part of it:
/// one for each account and group that may log in with a password (`sshd_config.mako`).
fn options_below(live: &Live, replies: &Replies) -> Option<Value> {
    if !depends_on_accounts(live) {
        return None;
    }
    let groups = live.get("password_login_groups").and_then(Value::as_array);
    if let Some(group) = groups.and_then(|groups| groups.last()) {
        return Some(json!({ "criterion": "group", "name": group }));
    }
    match replies.get(&password_accounts()) {
        Ok(accounts) => {
            let last = accounts.as_array()?.last()?.get("username")?.clone();
            Some(json!({ "criterion": "user", "name": last }))
        }
        // Whose block it is, nobody knows.
        Err(_) => Some(json!({ "criterion": "address", "name": "unknown" })),
    }
}

/// Whether the meaning of the options depends on who may log in with a password.
fn depends_on_accounts(live: &Live) -> bool {
    let options = live.get("options").and_then(Value::as_str).unwrap_or_default();
    let mut lines = options.lines().map(str::trim);
    let has_lines = lines.any(|line| !line.is_empty() && !line.starts_with('#'));
    has_lines && live.get("password_login") == Some(&Value::Bool(true))
}

/// The accounts that may log in with a password.
fn password_accounts() -> Read {
    Read::call(
        ReadMethod::UserQuery,
        vec![
            json!([["local", "=", true], ["ssh_password_enabled", "=", true]]),
            json!({ "select": ["username"] }),
        ],
    )
}

fn decode_state(entry: &Value, live: &mut Live) -> Result<(), DecodeError> {
    let enable = entry.get("enable").and_then(Value::as_bool);
    live.field("start_automatically", enable.ok_or_else(|| missing("service.query", "enable"))?);
    match entry.get("state").and_then(Value::as_str) {
        Some("RUNNING") => live.field("running", true),
        Some("STOPPED") => live.field("running", false),
        // The state is UNKNOWN when systemd did not answer in time (plugins/service.py).
        Some("UNKNOWN") => return Err(ReadError::Failed(UNKNOWN_STATE.into()).into()),
        _ => return Err(missing("service.query", "state")),
    }
    Ok(())
}

const UNKNOWN_STATE: &str =
    "the system does not know whether the SSH service runs; try again in a moment";

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
