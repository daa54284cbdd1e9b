//! Replies made from the schemas of every release, decoded by every kind.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use trueup::kinds::{self, DecodeError, Kind};
use trueup::model::{Address, Desired, Live};
use trueup::truenas_wire::read::What;
use trueup::truenas_wire::{Read, ReadError, Replies};

use super::{RELEASES, Schemas};

/// What a reply may lack: a dataset without a comment has none.
const OPTIONAL: [&str; 2] = ["comments", "user_properties"];

/// What is made from a schema.
#[derive(Clone, Copy, PartialEq)]
enum Make {
    /// A value wherever there may be one.
    Full,
    /// `null` wherever that may be.
    Null,
    /// Full, with a member in every object that no schema has.
    Newer,
}

/// A resource of every kind, with fields that make its kind read all that it can.
fn wanted() -> Vec<Desired> {
    let resource = |address: Address, fields: Value| {
        let mut want = Desired::new(address);
        for (name, value) in fields.as_object().expect("fields") {
            want.fields.insert(name.clone(), value.clone().into());
        }
        want
    };
    let of = |kind: &str, name: &str| Address::new("box", kind, name);
    vec![
        resource(of("dataset", "tank/data"), json!({ "compression": "zstd", "comments": "x" })),
        resource(
            Address::singleton("box", "ssh_service"),
            json!({ "running": true, "interfaces": ["eth0"], "port": 22 }),
        ),
        resource(
            of("user", "repl"),
            json!({ "home.path": "/mnt/tank/home/repl", "ssh_access": true,
                "sudo.no_password": ["/usr/sbin/zfs"], "authorized_keys.keys": [] }),
        ),
        resource(of("ssh_keypair", "pair"), json!({})),
        resource(of("ssh_connection", "chicago"), json!({ "host": "chicago", "port": 22 })),
    ]
}

/// Every reply that a kind gets for a resource, by its read.
struct Answers<'a> {
    kind: &'static dyn Kind,
    want: &'a Desired,
    replies: Vec<(Read, Value)>,
}

impl<'a> Answers<'a> {
    fn make(schemas: &Schemas, release: &str, want: &'a Desired, make: Make) -> Self {
        let kind = kinds::find(&want.address.kind).expect("a kind");
        let answer = |read: Read| {
            let reply = reply(schemas, release, &read, want, make);
            (read, reply)
        };
        let mut replies: Vec<(Read, Value)> = kind.reads(want).into_iter().map(answer).collect();
        let more = kind.more_reads(want, &joined(&replies));
        replies.extend(more.into_iter().map(answer));
        Self { kind, want, replies }
    }

    fn decode(&self) -> Result<Live, DecodeError> {
        self.kind.decode(self.want, &joined(&self.replies))
    }
}

/// A resource as it may be found: there with everything, and not there.
pub(super) fn live_states(schemas: &Schemas, release: &str, want: &Desired) -> [Live; 2] {
    let there = Answers::make(schemas, release, want, Make::Full);
    let mut nothing = Replies::default();
    for (read, reply) in &there.replies {
        let reply = match reply {
            _ if read.method.name() == "filesystem.stat" => Err(ReadError::Missing("no".into())),
            Value::Array(_) if want.address.kind != "ssh_service" => Ok(json!([])),
            reply => Ok(reply.clone()),
        };
        nothing.insert(read, reply);
    }
    let absent = there.kind.decode(want, &nothing);
    [there.decode().expect("all fields"), absent.expect("nothing is there")]
}

fn joined(replies: &[(Read, Value)]) -> Replies {
    let mut all = Replies::default();
    replies.iter().for_each(|(read, reply)| all.insert(read, Ok(reply.clone())));
    all
}

/// The reply to a read: what the schema makes, but for what is asked for by name.
fn reply(schemas: &Schemas, release: &str, read: &Read, want: &Desired, make: Make) -> Value {
    let method = schemas.method(release, read.method.name());
    let method = method.unwrap_or_else(|| panic!("{release} has no {}", read.method.name()));
    let root = &method["result"];
    let made = value(&root["properties"]["result"], root, "", make);
    match &read.what {
        What::Entries { field, keys, .. } => {
            let entry = |key: &String| {
                let mut entry = made[0].clone();
                entry[*field] = json!(key);
                entry
            };
            keys.iter().map(entry).collect()
        }
        What::Params(_) if read.method.name() == "keychaincredential.query" => {
            let mut entry = made[0].clone();
            entry["name"] = json!(want.address.key());
            let pair = want.address.kind == "ssh_keypair";
            entry["type"] = json!(if pair { "SSH_KEY_PAIR" } else { "SSH_CREDENTIALS" });
            let attributes = if pair { "SSHKeyPair" } else { "SSHCredentials" };
            entry["attributes"] = value(&root["$defs"][attributes], root, "", make);
            json!([entry])
        }
        What::Params(_) => made,
    }
}

/// A value that a schema allows. `name` is the property's that it is for.
fn value(schema: &Value, root: &Value, name: &str, make: Make) -> Value {
    if let Some(reference) = schema["$ref"].as_str() {
        let target = root.pointer(reference.trim_start_matches('#')).expect("a definition");
        return value(target, root, name, make);
    }
    if let Some(fixed) = schema.get("const").or_else(|| schema["enum"].get(0)) {
        return fixed.clone();
    }
    if let Some(members) = schema["anyOf"].as_array().or(schema["oneOf"].as_array()) {
        let null = json!({ "type": "null" });
        let chosen = match make {
            // Only a quota has no value, and then its `parsed` tells.
            Make::Null if members.contains(&null) && !name.ends_with("value") => &null,
            _ => members.iter().find(|it| **it != null).expect("a member"),
        };
        return value(chosen, root, name, make);
    }
    match schema["type"].as_str() {
        Some("null") => Value::Null,
        Some("boolean") => json!(true),
        Some("integer" | "number") => json!(schema["minimum"].as_i64().unwrap_or(1).max(1)),
        // Words that no schema tells but every release uses.
        Some("string") if name == "state" => json!("RUNNING"),
        Some("string") if name.ends_with("_key_pub") => json!("c3NoLXJzYSBBQUFBIHJvb3RAYm94Cg=="),
        Some("string") if name == "options" => json!("Port 22"),
        Some("string") => json!("text"),
        Some("array") => json!([value(&schema["items"], root, name, make)]),
        Some("object") => object(schema, root, name, make),
        _ => json!(4096),
    }
}

fn object(schema: &Value, root: &Value, name: &str, make: Make) -> Value {
    let Some(properties) = schema["properties"].as_object() else {
        if name == "group" {
            return json!({ "bsdgrp_gid": 1, "bsdgrp_group": "text" });
        }
        return json!({ "key": value(&schema["additionalProperties"], root, "", make) });
    };
    let mut members: Map<String, Value> =
        properties.iter().map(|(name, it)| (name.clone(), value(it, root, name, make))).collect();
    if make == Make::Newer {
        members.insert("of_a_newer_release".into(), json!({ "nested": [1, null] }));
    }
    Value::Object(members)
}

#[test]
fn what_the_schemas_of_every_release_allow_is_decoded() {
    let schemas = Schemas::all();
    for release in RELEASES {
        for want in &wanted() {
            for make in [Make::Full, Make::Null] {
                let live = Answers::make(schemas, release, want, make).decode();
                let live =
                    live.unwrap_or_else(|error| panic!("{release} {}: {error}", want.address));
                assert!(live.exists, "{release} {}", want.address);
            }
        }
    }
}

#[test]
fn fields_that_a_newer_release_adds_make_no_difference() {
    let schemas = Schemas::all();
    for release in RELEASES {
        for want in &wanted() {
            let known = Answers::make(schemas, release, want, Make::Full).decode();
            let newer = Answers::make(schemas, release, want, Make::Newer).decode();
            assert!(known.is_ok(), "{release} {}: {known:?}", want.address);
            assert_eq!(known, newer, "{release} {}", want.address);
        }
    }
}

#[test]
fn a_field_that_is_missing_is_named_precisely_or_was_not_used() {
    let schemas = Schemas::all();
    let mut named: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for release in RELEASES {
        for want in &wanted() {
            let whole = Answers::make(schemas, release, want, Make::Full);
            let expected = whole.decode().expect("decoded");
            for (at, (read, reply)) in whole.replies.iter().enumerate() {
                if read.method.name().ends_with("_choices") {
                    continue;
                }
                for field in fields(reply).into_iter().filter(|it| !OPTIONAL.contains(&&**it)) {
                    let mut lacking = Answers::make(schemas, release, want, Make::Full);
                    remove(&mut lacking.replies[at].1, &field);
                    let method = read.method.name();
                    match lacking.decode() {
                        Ok(live) => assert_eq!(
                            live, expected,
                            "{release}: `{method}` without `{field}` is decoded as something else"
                        ),
                        Err(error) => {
                            let (told, path) = lacking_field(&error);
                            let outermost = path.split('.').next();
                            assert_eq!((told, outermost), (method, Some(&*field)), "{release}");
                            named.entry(method.into()).or_default().push(field);
                        }
                    }
                }
            }
        }
    }
    for method in ["user.query", "pool.dataset.query", "ssh.config", "filesystem.stat"] {
        assert!(named.contains_key(method), "nothing of `{method}` is used: {named:?}");
    }
}

/// Whose reply lacks what, as an error tells.
fn lacking_field(error: &DecodeError) -> (&str, &str) {
    match error {
        DecodeError::Field { method, field } => (method, field),
        DecodeError::Read(ReadError::Lacks { method, field }) => (method, field),
        other => panic!("{other}"),
    }
}

/// The members of a reply's entries; choices have none but what they are.
fn fields(reply: &Value) -> Vec<String> {
    let entry = if reply.is_array() { &reply[0] } else { reply };
    entry.as_object().map(|members| members.keys().cloned().collect()).unwrap_or_default()
}

fn remove(reply: &mut Value, field: &str) {
    let entries: Vec<&mut Value> = match reply {
        Value::Array(entries) => entries.iter_mut().collect(),
        other => vec![other],
    };
    for entry in entries {
        if let Some(members) = entry.as_object_mut() {
            members.remove(field);
        }
    }
}
