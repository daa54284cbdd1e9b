//! An SSH connection in the keychain: where, as whom, with which key, to which host keys.
//!
//! `keychaincredential.update` replaces all attributes, so what is not managed is carried over.
//! Host keys are compared as a set of (type, key); a reply that is masked is unverifiable and
//! never written back.

mod near;
mod task;

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::model::placeholder::{as_reference, lines, reference};
use crate::model::{
    Address, BlockedReason, Change, Desired, FieldRef, Finding, Hint, Live, Reading, Risk, State,
};
use crate::truenas_wire::{Call, Read, ReadError, Release, Replies};

use super::keychain::{self, Attributes};
use super::trace::{Logged, Touched};
use super::{Around, DecodeError, Exclusive, Kind, Need, Obstacle, SharedList, compared};

/// The kind `ssh_connection`.
pub(super) struct SshConnection;

const FIELDS: [&str; 6] = ["host", "host_keys", "key", "port", "timeout", "username"];

impl Kind for SshConnection {
    fn name(&self) -> &'static str {
        "ssh_connection"
    }

    fn fields(&self) -> &'static [&'static str] {
        &FIELDS
    }

    fn shared_lists(&self) -> &'static [SharedList] {
        const HOST_KEYS: SharedList = SharedList {
            field: "host_keys",
            parameter: "remote_host_key",
            exclusive: Exclusive::Always,
        };
        &[HOST_KEYS]
    }

    fn writes(&self) -> &'static [(&'static str, &'static str)] {
        &keychain::WRITES
    }

    fn reads(&self, _: &Desired) -> Vec<Read> {
        vec![keychain::read(), task::read()]
    }

    fn decode(&self, want: &Desired, replies: &Replies) -> Result<Live, DecodeError> {
        let entries = match replies.get(&keychain::read()) {
            Ok(entries) => entries,
            Err(ReadError::Denied) => return Ok(hidden()),
            Err(other) => return Err(other.into()),
        };
        let Some(entry) = keychain::entry(entries, want.address.key())? else {
            let mut live = Live::absent();
            live.fact("others", near::others(want, entries));
            live.fact("tasks", near::decode_tasks(replies));
            return Ok(live);
        };
        if keychain::type_of(entry) != "SSH_CREDENTIALS" {
            // Nothing else is taken from it: a pair's attributes are its private key.
            let mut live = Live::absent();
            live.fact("type", keychain::type_of(entry));
            return Ok(live);
        }
        let mut live = match keychain::attributes(entry) {
            Attributes::Masked => hidden(),
            Attributes::Undecryptable => {
                let mut live = Live { exists: true, ..Live::default() };
                live.fact("undecryptable", true);
                live
            }
            Attributes::Shown(shown) => shown_fields(shown, entries),
        };
        live.fact("id", entry.get("id").cloned().unwrap_or_default());
        task::note_without_sudo(want.address.key(), replies, &mut live);
        Ok(live)
    }

    fn needs(&self, want: &Desired, _: &Live) -> Vec<Need> {
        let system = &want.address.system;
        let text = |field: &str| want.get(field).and_then(Value::as_str);
        let key = text("key").map(|name| Need {
            nearest: vec![Address::new(system, "ssh_keypair", name)],
            fields: &[],
            to_create: false,
        });
        // The new key is authorised before the connection uses it.
        let destination =
            want.get("host_keys").and_then(as_reference).map(|from| from.address.system);
        let account = destination.zip(text("username")).map(|(system, name)| Need {
            nearest: vec![Address::new(&system, "user", name)],
            fields: &["authorized_keys.keys"],
            to_create: false,
        });
        [key, account].into_iter().flatten().collect()
    }

    fn findings(&self, want: &Desired, live: &Live, around: &Around<'_>) -> Vec<Finding> {
        want.fields
            .keys()
            .map(|field| {
                let finding = compared(want, live, field);
                match field.as_str() {
                    "host_keys" => host_keys(finding, around),
                    _ => finding,
                }
            })
            .collect()
    }

    fn hints(&self, want: &Desired, live: &Live, around: &Around<'_>) -> Vec<Hint> {
        let mut all = near::hints(want, live, around);
        all.extend(left_behind(want, live, around));
        all.extend(task::without_sudo(want, live, around));
        all
    }

    fn obstacle(&self, want: &Desired, live: &Live, around: &Around<'_>) -> Option<Obstacle> {
        let name = want.address.key();
        if live.get("type") == Some(&json!("SSH_KEY_PAIR")) {
            return Some(Obstacle {
                reason: BlockedReason::NameTaken,
                remedy: format!(
                    "`{name}` is the name of a key pair, and TrueNAS has one name space for both; \
                     give the connection another name"
                ),
            });
        }
        if live.exists {
            return None;
        }
        // A connection is made whole or not at all.
        self.findings(want, live, around).into_iter().find_map(|finding| match finding.state {
            State::Blocked { reason, remedy } => Some(Obstacle { reason, remedy }),
            _ => None,
        })
    }

    fn calls(
        &self,
        want: &Desired,
        live: &Live,
        changes: &[Change],
        _: &Release,
        _: &Around<'_>,
    ) -> Vec<Call> {
        let mut attributes = match live.get("attributes") {
            Some(Value::Object(present)) => present.clone(),
            _ => Map::new(),
        };
        for change in changes {
            let (name, value) = attribute(&want.address.system, change);
            attributes.insert(name.into(), value);
        }
        if live.exists {
            // All attributes are replaced; where none could be carried over, this is the default.
            attributes.entry("connect_timeout").or_insert(json!(10));
            let id = reference(&FieldRef { address: want.address.clone(), field: "id".into() });
            let params = vec![id, json!({ "attributes": attributes })];
            return vec![Call::new("keychaincredential.update", params)];
        }
        let connection = json!({
            "name": want.address.key(),
            "type": "SSH_CREDENTIALS",
            "attributes": attributes,
        });
        vec![Call::new("keychaincredential.create", vec![connection])]
    }

    fn risks(
        &self,
        want: &Desired,
        live: &Live,
        changes: &[Change],
        _: &Around<'_>,
    ) -> Vec<(Risk, String)> {
        let has_some = |keys: &Value| keys.as_array().is_some_and(|keys| !keys.is_empty());
        let replaced = changes
            .iter()
            .any(|change| change.field == "host_keys" && live.exists && has_some(&change.before));
        let consequence = || {
            format!(
                "{} trusts the keys that the other system's own API reports, in place of those \
                 that the connection `{}` has",
                want.address.system,
                want.address.key()
            )
        };
        replaced.then(|| (Risk::ReplacesHostKey, consequence())).into_iter().collect()
    }

    fn touched(&self, want: &Desired, _: &Live, logged: &Logged<'_>) -> Option<Touched> {
        keychain::touched(want.address.key(), logged, &FIELDS)
    }
}

/// A connection of which only the name may be read.
fn hidden() -> Live {
    let fields = FIELDS.map(|field| (field.to_string(), Reading::Hidden { role: keychain::ROLE }));
    Live { exists: true, fields: fields.into(), ..Live::default() }
}

fn shown_fields(shown: &Value, entries: &Value) -> Live {
    let mut live = Live { exists: true, ..Live::default() };
    // Nothing of a connection is secret: its `private_key` is the number of a pair. What else stands
    // there may be a key and is not kept.
    let is_kept = |name: &str, it: &&Value| name != "private_key" || it.is_number();
    let attribute =
        |name: &str| shown.get(name).filter(|it| is_kept(name, it)).cloned().unwrap_or_default();
    live.field("host", attribute("host"));
    live.field("port", attribute("port"));
    live.field("username", attribute("username"));
    live.field("timeout", attribute("connect_timeout"));
    live.field("host_keys", json!(trusted_keys(shown)));
    let id = attribute("private_key");
    let name = pair_entry(&id, entries).and_then(|pair| pair.get("name")?.as_str());
    live.field("key", name.map_or_else(|| format!("(no such pair: {id})"), Into::into));
    let present = ["connect_timeout", "host", "port", "private_key", "remote_host_key", "username"]
        .into_iter()
        .filter(|name| shown.get(*name).is_some())
        .map(|name| (name.to_string(), attribute(name)));
    live.fact("attributes", Value::Object(present.collect()));
    live
}

/// The host keys that a connection trusts, `type key` each.
fn trusted_keys(shown: &Value) -> BTreeSet<String> {
    let text = keychain::text(shown, "remote_host_key").unwrap_or_default();
    text.lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| keychain::two_words(line).unwrap_or_else(|| line.trim().into()))
        .collect()
}

/// The pair with that number.
fn pair_entry<'a>(id: &Value, entries: &'a Value) -> Option<&'a Value> {
    let mut pairs = entries.as_array()?.iter();
    pairs.find(|entry| entry.get("id") == Some(id) && keychain::type_of(entry) == "SSH_KEY_PAIR")
}

/// Host keys that are not known yet: they will be, if the plan starts the remote's SSH service.
fn host_keys(finding: Finding, around: &Around<'_>) -> Finding {
    let Some(from) = as_reference(&finding.after) else { return finding };
    let invalid = around.live.get(&from.address).and_then(|live| live.get("invalid_host_keys"));
    if invalid.is_some() {
        let system = &from.address.system;
        let remedy = format!(
            "`{system}` reports host keys that are not single lines `TYPE BASE64`; find out what \
             `/etc/ssh/ssh_host_*_key.pub` holds there"
        );
        let state = State::Blocked { reason: BlockedReason::InvalidHostKeys, remedy };
        return Finding { state, ..finding };
    }
    let will_run = around.brought_about(&from.address, "running") == Some(&Value::Bool(true));
    if will_run || finding.state != State::Changes {
        return finding;
    }
    let system = &from.address.system;
    let remedy = format!(
        "{system} has no host keys yet, which it makes when its SSH service first starts; write \
         `ssh: {{ running: true }}` for {system}"
    );
    Finding { state: State::Blocked { reason: BlockedReason::NoHostKeys, remedy }, ..finding }
}

/// Whom the connection no longer logs in as: trueup takes nothing away from that account.
fn left_behind(want: &Desired, live: &Live, around: &Around<'_>) -> Option<Hint> {
    let before = live.get("username")?.as_str()?;
    let system = as_reference(around.desired.get(&want.address)?.get("host_keys")?)?.address.system;
    let account = Address::new(&system, "user", before);
    let elsewhere = live.get("host") != want.get("host");
    if elsewhere
        || want.get("username")?.as_str()? == before
        || around.desired.contains_key(&account)
    {
        return None;
    }
    Some(Hint {
        what: format!(
            "it logs in as `{before}` so far; on `{system}` that account keeps its keys and sudo"
        ),
        remedy: "take them from it under Credentials > Users, once nothing else uses it".into(),
    })
}

/// A change as the API takes it.
fn attribute(system: &str, change: &Change) -> (&'static str, Value) {
    match change.field.as_str() {
        "host" => ("host", change.after.clone()),
        "port" => ("port", change.after.clone()),
        "username" => ("username", change.after.clone()),
        "timeout" => ("connect_timeout", change.after.clone()),
        "key" => {
            let name = change.after.as_str().unwrap_or_default();
            let address = Address::new(system, "ssh_keypair", name);
            ("private_key", reference(&FieldRef { address, field: "id".into() }))
        }
        _ => match &change.after {
            Value::Array(keys) => ("remote_host_key", lines(keys.clone())),
            known_later => ("remote_host_key", lines(vec![known_later.clone()])),
        },
    }
}
