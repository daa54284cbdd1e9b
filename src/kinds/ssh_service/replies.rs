//! The reads that show the SSH service, and what their replies say.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::kinds::DecodeError;
use crate::kinds::object::Object;
use crate::model::{Desired, Live, Reading, authorized_key};
use crate::truenas_wire::{Read, ReadError, ReadMethod, Replies};

use super::SETTINGS;

/// The host keys that a client may be shown, as `ssh.config` names their public halves.
const HOST_KEYS: [&str; 3] = ["host_ecdsa_key_pub", "host_ed25519_key_pub", "host_rsa_key_pub"];

/// The reads that show the service.
pub(super) fn reads(want: &Desired) -> Vec<Read> {
    let mut reads = vec![config(), state()];
    if want.get("interfaces").is_some() {
        reads.push(interface_choices());
    }
    reads
}

/// The accounts, where the meaning of the options depends on them.
pub(super) fn more_reads(first: &Replies) -> Vec<Read> {
    let mut live = Live::default();
    let settings = first.get(&config()).map(|reply| decode_settings(reply, &mut live));
    match settings {
        Ok(Ok(())) if depends_on_accounts(&live) => vec![password_accounts()],
        _ => Vec::new(),
    }
}

/// The service as the replies show it.
///
/// # Errors
/// A reply that is missing, or has not the shape that it should.
pub(super) fn decode(want: &Desired, replies: &Replies) -> Result<Live, DecodeError> {
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
