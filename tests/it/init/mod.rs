//! `trueup init` end to end: two systems in every state that people leave them in, the manifest
//! that is written, and the plan of it.

mod adopt;
mod chain;
mod empty;
mod half_done;
mod port;
mod prepared;
mod refused;
mod simulated;
mod tasks;
mod unseen;

use serde_json::{Value, json};

use crate::support::{Fleet, Ran, repository};

/// A pair with this much more on boston and on chicago.
pub fn pair(boston: &str, chicago: &str) -> Fleet {
    let more = |text: &str| text.lines().map(|line| format!("    {line}\n")).collect::<String>();
    Fleet::start(&format!(
        "systems:\n  boston:\n    release: \"25.10.6\"\n    pools: {{ tank: {{}} }}\n    \
         datasets: {{ tank/data: {{}} }}\n    limits: {{ logins_per_minute: 1000, scram_iterations: 50000 }}\n{}  \
         chicago:\n    release: \"26.0.0\"\n    pools: {{ backup: {{}} }}\n    \
         limits: {{ logins_per_minute: 1000, scram_iterations: 50000 }}\n{}",
        more(boston),
        more(chicago)
    ))
}

/// Runs `trueup init` from boston to chicago with both certificates pinned.
pub fn init(fleet: &Fleet, more: &[&str]) -> Ran {
    let env = fleet.env();
    let mut args = vec!["init", &env["BOSTON_URL"], &env["CHICAGO_URL"]];
    args.extend([
        "--source-key-env",
        "BOSTON_API_KEY",
        "--source-sha256",
        &env["BOSTON_TLS_SHA256"],
    ]);
    args.extend(["--destination-key-env", "CHICAGO_API_KEY"]);
    args.extend(["--destination-sha256", &env["CHICAGO_TLS_SHA256"]]);
    args.extend(more);
    fleet.trueup(&args)
}

/// What `trueup init` says, the manifest that it writes, and the plan of that. Nothing but reads
/// is sent.
#[track_caller]
pub fn story(fleet: &Fleet) -> String {
    let before = [fleet.mutations("boston"), fleet.mutations("chicago")];
    let said = init(fleet, &["--force"]).exits(0);
    let plan = fleet.trueup(&["plan"]).exits(0);
    assert_eq!([fleet.mutations("boston"), fleet.mutations("chicago")], before);
    let manifest = std::fs::read_to_string(fleet.path("trueup.yaml")).expect("a manifest");
    let text = format!("{}{}\n--- plan\n{}", said.stdout, fleet.normal(&manifest), plan.stdout);
    text.split(' ').map(without_key).collect::<Vec<_>>().join(" ")
}

/// A word without the base64 of a key, which differs from run to run.
fn without_key(word: &str) -> String {
    match word.find("AAAA") {
        Some(at) => {
            let end = word[at..].find(|c: char| !(c.is_ascii_alphanumeric() || "+/=…".contains(c)));
            let rest = end.map_or("", |end| &word[at + end..]);
            format!("{}AAAA…{rest}", &word[..at])
        }
        None => word.into(),
    }
}

/// Applies one of the examples.
pub fn apply_example(fleet: &Fleet, name: &str) {
    let example = repository("examples").join(name);
    let example = example.to_str().expect("a path");
    fleet.trueup(&["apply", "-f", example, "--yes"]).exits(0);
}

/// Makes a key pair on boston as TrueNAS' own pages do (RSA, the host's name as comment); gives its
/// number and public half.
pub fn new_pair(fleet: &Fleet, name: &str) -> (i64, String) {
    let made = fleet.call("boston", "keychaincredential.generate_ssh_key_pair", json!([]));
    let entry = fleet.call(
        "boston",
        "keychaincredential.create",
        json!([{ "name": name, "type": "SSH_KEY_PAIR", "attributes": made }]),
    );
    let public = made["public_key"].as_str().expect("a key").to_owned();
    (entry["id"].as_i64().expect("a number"), public)
}

/// Makes a connection on boston that leads to chicago.
pub fn new_connection(fleet: &Fleet, name: &str, pair: i64, attributes: Value) -> i64 {
    let mut all = json!({
        "host": "127.0.0.1",
        "port": fleet.call("chicago", "ssh.config", json!([]))["tcpport"],
        "username": "replicator",
        "private_key": pair,
        "remote_host_key": host_keys(fleet),
    });
    for (name, value) in attributes.as_object().expect("attributes") {
        all[name] = value.clone();
    }
    let entry = json!([{ "name": name, "type": "SSH_CREDENTIALS", "attributes": all }]);
    let entry = fleet.call("boston", "keychaincredential.create", entry);
    entry["id"].as_i64().expect("a number")
}

/// Chicago's host keys as a connection pins them; empty while there are none.
fn host_keys(fleet: &Fleet) -> String {
    use base64::Engine;
    let config = fleet.call("chicago", "ssh.config", json!([]));
    let key = |name: &str| {
        let encoded = config[name].as_str()?;
        let line = base64::engine::general_purpose::STANDARD.decode(encoded.trim()).ok()?;
        let line = String::from_utf8(line).ok()?;
        let words: Vec<&str> = line.split_whitespace().take(2).collect();
        Some(words.join(" ") + "\n")
    };
    ["host_rsa_key_pub", "host_ecdsa_key_pub", "host_ed25519_key_pub"]
        .into_iter()
        .filter_map(key)
        .collect()
}

/// Starts chicago's SSH service, now and with the system.
pub fn start_ssh(fleet: &Fleet) {
    fleet.call("chicago", "service.update", json!(["ssh", { "enable": true }]));
    fleet.job("chicago", "service.control", json!(["START", "ssh", { "silent": false }]));
}

/// Changes an account of chicago.
pub fn change_account(fleet: &Fleet, name: &str, change: Value) {
    let found = fleet.call("chicago", "user.query", json!([[["username", "=", name]]]));
    fleet.call("chicago", "user.update", json!([found[0]["id"], change]));
}

/// What TrueNAS' semi-automatic set-up makes of a pair (`plugins/keychain.py`,
/// `setup_ssh_connection` and `ssh_pair` of TS-25.10.6): an RSA pair, SSH started and enabled, the
/// key and sudo for zfs at an account that has a home, a connection that pins all host keys.
pub fn set_up_by_truenas(fleet: &Fleet, connection: &str, account: &str, sudo: bool) -> i64 {
    let (pair, public) = new_pair(fleet, &format!("{connection} Key"));
    start_ssh(fleet);
    let mut change = json!({ "sshpubkey": format!("\n{public}\n") });
    if sudo {
        change["sudo_commands_nopasswd"] = json!(["/usr/sbin/zfs"]);
    }
    change_account(fleet, account, change);
    new_connection(fleet, connection, pair, json!({ "username": account }))
}
