//! `ssh.*`: the settings of the SSH service.
//!
//! Source: `plugins/ssh.py`, `service/system_service.py`, `plugins/ports` of TS-25.04.2.6 and TS-25.10.6.

use serde_json::Value;

use super::super::check::{
    Errors, Model, between, boolean, forbidden, list, long_text, one_of, required, text,
};
use super::super::fault::Fault;
use super::super::method::{Call, Method, Reply};
use super::{accepted_by_schema, audited, interface, plain, ports};

pub(super) const METHODS: &[Method] = &[
    plain("ssh.config", &["SSH_READ"], config),
    audited("ssh.update", &["SSH_WRITE"], "Update SSH configuration", update),
    plain(
        "ssh.bindiface_choices",
        &["NETWORK_INTERFACE_READ", "READONLY_ADMIN", "SSH_READ"],
        bindiface_choices,
    ),
];

const SFTP_LOG_LEVELS: [&str; 9] =
    ["", "QUIET", "FATAL", "ERROR", "INFO", "VERBOSE", "DEBUG", "DEBUG2", "DEBUG3"];
const SFTP_LOG_FACILITIES: [&str; 12] = [
    "", "DAEMON", "USER", "AUTH", "LOCAL0", "LOCAL1", "LOCAL2", "LOCAL3", "LOCAL4", "LOCAL5",
    "LOCAL6", "LOCAL7",
];
/// What `ssh.config` shows and `ssh.update` does not take.
const KEY_COLUMNS: [&str; 15] = [
    "privatekey",
    "host_dsa_key",
    "host_dsa_key_pub",
    "host_dsa_key_cert_pub",
    "host_ecdsa_key",
    "host_ecdsa_key_pub",
    "host_ecdsa_key_cert_pub",
    "host_ed25519_key",
    "host_ed25519_key_pub",
    "host_ed25519_key_cert_pub",
    "host_key",
    "host_key_pub",
    "host_rsa_key",
    "host_rsa_key_pub",
    "host_rsa_key_cert_pub",
];

fn model() -> Model {
    let settings = [
        forbidden("id"),
        required("bindiface", list(text())),
        required("tcpport", between(1, 65535)),
        required("password_login_groups", list(text())),
        required("passwordauth", boolean()),
        required("kerberosauth", boolean()),
        required("tcpfwd", boolean()),
        required("compression", boolean()),
        required("sftp_log_level", one_of(&SFTP_LOG_LEVELS)),
        required("sftp_log_facility", one_of(&SFTP_LOG_FACILITIES)),
        required("weak_ciphers", list(one_of(&["AES128-CBC", "NONE"])).each("cipher")),
        required("options", long_text()),
    ];
    Model::new("SSHUpdate", settings.into_iter().chain(KEY_COLUMNS.map(forbidden))).partial()
}

fn config(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let [] = accepted_by_schema(call, [])?;
    Ok(call.system.ssh.config().into())
}

fn bindiface_choices(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let [] = accepted_by_schema(call, [])?;
    Ok(interface::choices().into())
}

fn update(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let [data] = accepted_by_schema(call, [required("data", model()).in_schema("ssh_update")])?;
    let mut settings = call.system.ssh.settings.clone();
    settings.extend(data.as_object().cloned().unwrap_or_default());
    let mut errors = Errors::new();
    let known = interface::choices();
    let unknown: Vec<&str> = settings["bindiface"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default()
        .iter()
        .filter_map(Value::as_str)
        .filter(|name| known.get(name).is_none())
        .collect();
    if !unknown.is_empty() {
        let names = unknown.join(", ");
        let message = format!("The following interfaces are not valid: {names}");
        errors.add("ssh_update.bindiface", message);
    }
    let port = settings["tcpport"].as_u64().unwrap_or_default();
    ports::validate(call.system.generation(), "ssh_update.tcpport", port, &mut errors);
    errors.check()?;
    call.system.ssh.settings = settings;
    call.system.reload_ssh();
    Ok(call.system.ssh.config().into())
}
