//! What a system has of the five steps already, whatever it is called there.
//!
//! One round of reads. Keys, connections and the SSH service are decoded by their own kinds, so
//! that what is found here is what a plan will find. What the login may not see is kept as that:
//! unseen is not absent.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::api::Reader;
use crate::kinds;
use crate::manifest::read::Text;
use crate::manifest::value::PublicKey;
use crate::model::{Address, Desired, Live, Read, ReadError, ReadMethod, Reading, Replies};

/// What a system has.
#[derive(Clone, Debug, Default)]
pub struct Survey {
    /// Its release, as it says it.
    pub version: Option<String>,
    /// Its own host name.
    pub hostname: Option<String>,
    /// Its pools, the one with the most free space first.
    pub pools: Vec<String>,
    /// Its filesystems, without TrueNAS' own, by name.
    pub filesystems: Vec<Filesystem>,
    /// The key pairs in its keychain.
    pub pairs: Vec<Pair>,
    /// The SSH connections in its keychain.
    pub connections: Vec<Connection>,
    /// Its replication tasks.
    pub tasks: Vec<Task>,
    /// Its local accounts; `None` if they may not be seen.
    pub accounts: Option<Vec<Account>>,
    /// Its SSH service; `None` if it may not be seen.
    pub ssh: Option<Ssh>,
    /// What the login may not see.
    pub unseen: Vec<Unseen>,
}

/// A filesystem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filesystem {
    /// `POOL/NAME`, or the pool's own.
    pub name: String,
    /// Nothing can be made in it: it is read-only or locked.
    pub closed: bool,
}

/// A key pair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// Its name.
    pub name: String,
    /// `type base64`; `None` if it may not be seen.
    pub public_key: Option<String>,
    /// It has a private half that can be decrypted, as far as that may be seen.
    pub usable: bool,
}

/// An SSH connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// Its name.
    pub name: String,
    /// Where it leads; `None` if that may not be seen.
    pub target: Option<Target>,
}

/// Where an SSH connection leads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Target {
    /// The host.
    pub host: String,
    /// The port.
    pub port: u64,
    /// The account there.
    pub account: String,
    /// The name of its key pair, if there is such a pair.
    pub pair: Option<String>,
    /// How long connecting may take, in seconds.
    pub timeout: u64,
    /// The host keys that it trusts, `type base64` each.
    pub host_keys: BTreeSet<String>,
}

/// A replication task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// Its name.
    pub name: String,
    /// It fetches from the other system instead of sending to it.
    pub pulls: bool,
    /// The name of its SSH connection; `None` if it stays on the system.
    pub connection: Option<String>,
    /// It uses sudo on the other system.
    pub sudo: bool,
    /// It is enabled.
    pub enabled: bool,
    /// What it sends.
    pub sources: Vec<String>,
    /// Where it sends it.
    pub target: String,
}

/// A local account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its name.
    pub name: String,
    /// Its home.
    pub home: String,
    /// Its shell.
    pub shell: String,
    /// It is locked.
    pub locked: bool,
    /// It is part of the system.
    pub builtin: bool,
    /// Its home and name cannot be changed: builtin, or the installation's administrator.
    pub immutable: bool,
    /// The keys that log in to it, `type base64` each.
    pub keys: BTreeSet<String>,
    /// What it may run with sudo and no password.
    pub sudo: Vec<String>,
}

/// The SSH service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ssh {
    /// Whether it runs.
    pub running: Option<bool>,
    /// Whether it starts with the system.
    pub starts: Option<bool>,
    /// Whether it takes passwords.
    pub password_login: Option<bool>,
    /// The port that it listens on.
    pub port: Option<u64>,
    /// Its host keys, `type base64` each.
    pub host_keys: BTreeSet<String>,
}

/// What the login may not see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unseen {
    /// What, as a noun.
    pub what: &'static str,
    /// The role that shows it.
    pub role: &'static str,
}

/// Surveys a system.
///
/// # Errors
/// A read that failed for another reason than a missing role.
pub async fn survey(reader: &Reader) -> Result<Survey, ReadError> {
    let reads = [info(), pools(), filesystems(), tasks(), accounts()];
    let by_kinds = [keychain(), service_reads()].into_iter().flatten();
    let replies = reader.read_all(reads.into_iter().chain(by_kinds)).await;
    decode(&replies)
}

fn info() -> Read {
    Read::call(ReadMethod::SystemInfo, vec![])
}

fn pools() -> Read {
    let options = json!({ "select": ["name", "free"] });
    Read::call(ReadMethod::PoolQuery, vec![json!([]), options])
}

fn filesystems() -> Read {
    let options = json!({
        "extra": { "flat": true, "properties": ["encryption", "readonly"] },
        "select": ["id", "type", "locked", "readonly"],
    });
    Read::call(ReadMethod::PoolDatasetQuery, vec![json!([]), options])
}

fn tasks() -> Read {
    Read::call(ReadMethod::ReplicationQuery, vec![json!([]), json!({})])
}

fn accounts() -> Read {
    let select = [
        "builtin",
        "home",
        "immutable",
        "locked",
        "shell",
        "sshpubkey",
        "sudo_commands_nopasswd",
        "uid",
        "username",
    ];
    Read::call(
        ReadMethod::UserQuery,
        vec![json!([["local", "=", true]]), json!({ "select": select })],
    )
}

/// A resource that is only looked at.
fn looked_at(kind: &str, name: Option<&str>) -> Desired {
    let (system, kind) = (String::new(), kind.to_owned());
    Desired::new(Address { system, kind, name: name.map(Into::into) })
}

/// The reads of the SSH service's kind.
fn service_reads() -> Vec<Read> {
    let want = looked_at("ssh_service", None);
    kinds::find("ssh_service").map(|kind| kind.reads(&want)).unwrap_or_default()
}

/// The read that the kinds of the keychain share.
fn keychain() -> Vec<Read> {
    let want = looked_at("ssh_keypair", Some(""));
    kinds::find("ssh_keypair").map(|kind| kind.reads(&want)).unwrap_or_default()
}

/// A resource as its kind decodes it.
fn live(kind: &str, name: Option<&str>, replies: &Replies) -> Option<Live> {
    kinds::find(kind)?.decode(&looked_at(kind, name), replies).ok()
}

fn decode(replies: &Replies) -> Result<Survey, ReadError> {
    let mut unseen = Vec::new();
    let mut list = |read: &Read, what, role| match replies.get(read) {
        Ok(reply) => Ok(Some(reply.as_array().cloned().unwrap_or_default())),
        Err(ReadError::Denied) => {
            unseen.push(Unseen { what, role });
            Ok(None)
        }
        Err(other) => Err(other),
    };
    let pools = list(&pools(), "its pools", "POOL_READ")?.unwrap_or_default();
    let filesystems = list(&filesystems(), "its datasets", "DATASET_READ")?.unwrap_or_default();
    let tasks = list(&tasks(), "its replication tasks", "REPLICATION_TASK_READ")?;
    let accounts = list(&accounts(), "its accounts", "ACCOUNT_READ")?;
    let mut credentials = Vec::new();
    for read in keychain() {
        let role = "KEYCHAIN_CREDENTIAL_READ";
        credentials.extend(list(&read, "its SSH keys and connections", role)?.unwrap_or_default());
    }
    let ssh = ssh(replies);
    if ssh.is_none() {
        unseen.push(Unseen { what: "its SSH service", role: "SSH_READ and SERVICE_READ" });
    }
    let mut survey = Survey {
        ssh,
        filesystems: filesystems.iter().filter_map(filesystem).collect(),
        tasks: tasks.unwrap_or_default().iter().filter_map(task).collect(),
        accounts: accounts.map(|all| all.iter().filter_map(account).collect()),
        pools: by_free_space(&pools),
        ..Survey::default()
    };
    if let Ok(info) = replies.get(&info()) {
        survey.version = text(info, "version");
        survey.hostname = text(info, "hostname");
    }
    for credential in &credentials {
        let Some(name) = text(credential, "name") else { continue };
        match credential.get("type").and_then(Value::as_str) {
            Some("SSH_KEY_PAIR") => survey.pairs.extend(pair(name, replies)),
            Some("SSH_CREDENTIALS") => survey.connections.extend(connection(name, replies)),
            _ => {}
        }
    }
    let masked = survey.connections.iter().any(|it| it.target.is_none())
        || survey.pairs.iter().any(|it| it.usable && it.public_key.is_none());
    if masked {
        let what = "what is in its SSH keys and connections";
        unseen.push(Unseen { what, role: "KEYCHAIN_CREDENTIAL_WRITE" });
    }
    survey.unseen = unseen;
    Ok(survey)
}

fn text(value: &Value, name: &str) -> Option<String> {
    value.get(name).and_then(Value::as_str).map(Into::into)
}

fn flag(value: &Value, name: &str) -> bool {
    value.get(name).and_then(Value::as_bool).unwrap_or(false)
}

fn texts(value: &Value, name: &str) -> Vec<String> {
    let members = value.get(name).and_then(Value::as_array).into_iter().flatten();
    members.filter_map(Value::as_str).map(Into::into).collect()
}

fn by_free_space(pools: &[Value]) -> Vec<String> {
    let free = |pool: &Value| pool.get("free").and_then(Value::as_u64).unwrap_or_default();
    let mut pools: Vec<_> =
        pools.iter().filter_map(|pool| Some((free(pool), text(pool, "name")?))).collect();
    pools.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    pools.into_iter().map(|(_, name)| name).collect()
}

fn filesystem(entry: &Value) -> Option<Filesystem> {
    let readonly = entry.pointer("/readonly/value").and_then(Value::as_str) == Some("ON");
    let is_one = entry.get("type").and_then(Value::as_str) == Some("FILESYSTEM");
    let name = text(entry, "id").filter(|_| is_one)?;
    Some(Filesystem { name, closed: readonly || flag(entry, "locked") })
}

fn task(entry: &Value) -> Option<Task> {
    let stays = entry.get("transport").and_then(Value::as_str) == Some("LOCAL");
    let connection = entry.pointer("/ssh_credentials/name").and_then(Value::as_str);
    Some(Task {
        name: text(entry, "name")?,
        pulls: text(entry, "direction")? == "PULL",
        connection: connection.filter(|_| !stays).map(Into::into),
        sudo: flag(entry, "sudo"),
        enabled: flag(entry, "enabled"),
        sources: texts(entry, "source_datasets"),
        target: text(entry, "target_dataset")?,
    })
}

fn account(entry: &Value) -> Option<Account> {
    let builtin = flag(entry, "builtin");
    let installer = entry.get("uid").and_then(Value::as_u64) == Some(950);
    let immutable = entry.get("immutable").and_then(Value::as_bool);
    let keys = text(entry, "sshpubkey").unwrap_or_default();
    Some(Account {
        name: text(entry, "username")?,
        home: text(entry, "home")?,
        shell: text(entry, "shell").unwrap_or_default(),
        locked: flag(entry, "locked"),
        builtin,
        immutable: immutable.unwrap_or(builtin || installer),
        keys: keys.lines().filter_map(key_of).collect(),
        sudo: texts(entry, "sudo_commands_nopasswd"),
    })
}

/// `type base64` of a line of `authorized_keys` or of a `.pub` file.
fn key_of(line: &str) -> Option<String> {
    PublicKey::parse(line).ok().map(|key| key.key().to_owned())
}

fn pair(name: String, replies: &Replies) -> Option<Pair> {
    let live = live("ssh_keypair", Some(&name), replies)?;
    let hidden = matches!(live.fields.get("public_key"), Some(Reading::Hidden { .. }));
    let public_key = live.get("public_key").and_then(Value::as_str).and_then(key_of);
    let private = live.get("has_private_half") == Some(&Value::Bool(true));
    Some(Pair { name, usable: hidden || (private && public_key.is_some()), public_key })
}

fn connection(name: String, replies: &Replies) -> Option<Connection> {
    let live = live("ssh_connection", Some(&name), replies)?;
    let hidden = matches!(live.fields.get("host"), Some(Reading::Hidden { .. }));
    let text = |field: &str| live.get(field).and_then(Value::as_str).map(String::from);
    let number = |field: &str| live.get(field).and_then(Value::as_u64).unwrap_or_default();
    // One that cannot be decrypted leads nowhere.
    let target = (!hidden).then(|| Target {
        host: text("host").unwrap_or_default(),
        port: number("port"),
        account: text("username").unwrap_or_default(),
        pair: text("key"),
        timeout: number("timeout"),
        host_keys: lines(live.get("host_keys")),
    });
    Some(Connection { name, target })
}

fn lines(value: Option<&Value>) -> BTreeSet<String> {
    let members = value.and_then(Value::as_array).into_iter().flatten();
    members.filter_map(Value::as_str).map(Into::into).collect()
}

fn ssh(replies: &Replies) -> Option<Ssh> {
    let live = live("ssh_service", None, replies)?;
    let flag = |field: &str| live.get(field).and_then(Value::as_bool);
    let ssh = Ssh {
        running: flag("running"),
        starts: flag("start_automatically"),
        password_login: flag("password_login"),
        port: live.get("port").and_then(Value::as_u64),
        host_keys: lines(live.get("host_keys")),
    };
    (ssh != Ssh::default()).then_some(ssh)
}
