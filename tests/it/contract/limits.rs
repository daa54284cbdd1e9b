//! Every field that a kind can send takes from a manifest only what the API takes.
//!
//! The calls of every kind, for a resource that is created and for one that is changed, are walked
//! down to their values. Each value either comes from the manifest, and then values around the
//! limits of its schema are written into a manifest: what the manifest accepts must be sent in a
//! call that every release's schema allows. Or it is trueup's own and listed as such. A field that
//! is neither fails the test.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock, Mutex};

use serde_json::{Map, Value, json};
use trueup::kinds::{self, Around};
use trueup::manifest::files::Text;
use trueup::manifest::{self, Manifest};
use trueup::model::{Address, Change, Desired, Live};
use trueup::truenas_wire::{Call, Release};
use trueup_sim::call_log::CallRecord;

use super::replies::live_states;
use super::{RELEASES, Schemas};

/// A field of a call: its method's family and its path in the parameters; what of a manifest its
/// value comes from, `VALUE` standing for the value; and a good text, which is made longer.
type FromManifest = (&'static str, &'static str, &'static str);

/// The fields whose values people write.
const FROM_MANIFEST: [FromManifest; 32] = [
    ("pool.dataset.name", "datasets: { VALUE: {} }", "tank/x"),
    ("pool.dataset.id", "datasets: { VALUE: { atime: on } }", "tank/x"),
    ("pool.dataset.create_ancestors", "datasets: { tank/x: { create_ancestors: VALUE } }", ""),
    ("pool.dataset.atime", "datasets: { tank/x: { atime: VALUE } }", "on"),
    ("pool.dataset.comments", "datasets: { tank/x: { comments: VALUE } }", "a comment"),
    ("pool.dataset.compression", "datasets: { tank/x: { compression: VALUE } }", "zstd"),
    ("pool.dataset.quota", "datasets: { tank/x: { quota: VALUE } }", "1G"),
    ("pool.dataset.readonly", "datasets: { tank/x: { readonly: VALUE } }", "off"),
    ("pool.dataset.recordsize", "datasets: { tank/x: { recordsize: VALUE } }", "128K"),
    ("pool.dataset.refquota", "datasets: { tank/x: { refquota: VALUE } }", "1G"),
    ("user.username", "admins: { VALUE: {} }", "repl"),
    ("user.full_name", "admins: { repl: { full_name: VALUE } }", "A name"),
    ("user.home", "admins: { repl: { home: { path: VALUE } } }", "/mnt/tank/home"),
    ("user.home_mode", "admins: { repl: { home: { path: /mnt/t/r, mode: VALUE } } }", "700"),
    ("user.locked", "admins: { repl: { locked: VALUE } }", ""),
    ("user.shell", "admins: { repl: { shell: VALUE } }", "/usr/bin/bash"),
    ("user.ssh_password_enabled", "admins: { repl: { password_login: VALUE } }", ""),
    ("user.sshpubkey", "admins: { repl: { authorized_keys: { keys: [VALUE] } } }", KEY),
    ("user.sudo_commands[]", "admins: { repl: { sudo: { password: [VALUE] } } }", "/usr/bin/ls"),
    (
        "user.sudo_commands_nopasswd[]",
        "admins: { repl: { sudo: { no_password: [VALUE] } } }",
        "/usr/bin/ls",
    ),
    ("filesystem.path", "admins: { repl: { home: { path: VALUE } } }", "/mnt/tank/home"),
    ("ssh.bindiface[]", "ssh: { interfaces: [VALUE] }", "eth0"),
    ("ssh.compression", "ssh: { compression: VALUE }", ""),
    ("ssh.passwordauth", "ssh: { password_login: VALUE }", ""),
    ("ssh.tcpfwd", "ssh: { tcp_forwarding: VALUE }", ""),
    ("ssh.tcpport", "ssh: { port: VALUE }", ""),
    ("service.enable", "ssh: { start_automatically: VALUE }", ""),
    ("keychaincredential.name", "connection: { name: VALUE }", "far"),
    ("keychaincredential.attributes.host", "connection: { host: VALUE }", "far.example.net"),
    ("keychaincredential.attributes.port", "connection: { port: VALUE }", ""),
    ("keychaincredential.attributes.connect_timeout", "connection: { timeout: VALUE }", ""),
    ("keychaincredential.attributes.username", "admin: VALUE", "repl"),
];

/// Further places that the values of those fields come from.
const DERIVED: [FromManifest; 4] = [
    ("keychaincredential.name", "key: { name: VALUE }", "pair"),
    ("keychaincredential.name", "system: VALUE", "far"),
    (
        "filesystem.options.mode",
        "admins: { repl: { home: { path: /mnt/t/r, mode: VALUE } } }",
        "750",
    ),
    ("filesystem.mode", "admins: { repl: { home: { path: /mnt/t/r, mode: VALUE } } }", "750"),
];

/// The fields whose values are trueup's own, or were read from the system.
const OWN: [&str; 17] = [
    "filesystem.group",
    "filesystem.mode",
    "filesystem.options.mode",
    "filesystem.options.stripacl",
    "filesystem.user",
    "keychaincredential.attributes.private_key",
    "keychaincredential.attributes.remote_host_key",
    "keychaincredential.id",
    "keychaincredential.type",
    "service.id_or_name",
    "service.service",
    "service.silent",
    "service.verb",
    "user.group_create",
    "user.id",
    "user.password_disabled",
    "user.smb",
];

const KEY: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKbZ5w7z5x3VICMdWzLEQl0dajw+0G6ChYfzTn5Mckx6 a";

/// A manifest with that in it, if it is one.
fn manifest(written: &str) -> Option<Manifest> {
    let place = |key: &str| if written.starts_with(key) { written } else { "" };
    let of_system = ["datasets", "admins", "ssh"].map(place).concat();
    let of_replication = ["key", "connection"].map(place).concat();
    let far = written.strip_prefix("system: ").unwrap_or("far");
    let admin = written.strip_prefix("admin: ").unwrap_or("repl");
    let reached = "username: u, api_key: { env: K }";
    let text = format!(
        "version: 1\nsystems:\n  box: {{ url: \"https://box\", {reached}, {of_system} }}\n  \
         {far}: {{ url: \"https://far\", {reached} }}\nreplications:\n  r:\n    \
         source: {{ system: box }}\n    destination: {{ system: {far}, admin: {admin} }}\n    \
         {of_replication}\n"
    );
    let texts = vec![Text { name: "trueup.yaml".into(), text }];
    manifest::parse(texts).ok()?.lower(&|_| None).ok()
}

/// The calls that create or change a resource so that it is as the manifest wants it.
fn calls(release: &str, want: &Desired) -> Vec<Call> {
    let kind = kinds::find(&want.address.kind).expect("a kind");
    let on = Release::of(&format!("{release}.0")).expect("a release");
    let change = |(field, wanted): (&String, &trueup::model::Wanted)| {
        Change::new(field, Value::Null, wanted.value.clone())
    };
    let changes: Vec<Change> = want.fields.iter().map(change).collect();
    let (systems, nothing) = (BTreeMap::new(), BTreeMap::new());
    let around = Around { systems: &systems, desired: &BTreeMap::new(), live: &nothing };
    let states = states(release, want);
    let calls = states.iter().filter(|live| !live.exists || !changes.is_empty());
    calls.flat_map(|live| kind.calls(want, live, &changes, &on, &around)).collect()
}

/// The states that a resource may be found in; they do not depend on its name.
fn states(release: &str, want: &Desired) -> Arc<[Live; 2]> {
    static KNOWN: LazyLock<Mutex<BTreeMap<String, Arc<[Live; 2]>>>> = LazyLock::new(Mutex::default);
    let home = want.get("home.path").cloned().unwrap_or_default();
    let id = format!("{release} {} {home}", want.address.kind);
    let named = |name: &str| Address::new("box", &want.address.kind, name);
    let address = match want.address.kind.as_str() {
        "ssh_service" => want.address.clone(),
        "dataset" => named("tank/x"),
        _ => named("x"),
    };
    let mut known = KNOWN.lock().expect("no panic");
    let make =
        || Arc::new(live_states(Schemas::all(), release, &Desired { address, ..want.clone() }));
    known.entry(id).or_insert_with(make).clone()
}

/// The call as it is sent, with something in place of what is only known then.
fn sent(call: &Call) -> CallRecord {
    let params = call.filled(&|_| Some(json!(1))).expect("everything is known");
    let mut params = Value::Array(params);
    if let Some(secret) = params.pointer_mut("/0/attributes/private_key")
        && secret.is_object()
    {
        *secret = json!("a key");
    }
    let params = params.as_array().expect("a list").clone();
    CallRecord { method: call.method.clone(), params, mutates: true, connection: 1 }
}

/// The fields of a call that hold a value.
fn fields_of(call: &Call) -> BTreeSet<String> {
    let family = call.method.rsplit_once('.').expect("a method").0;
    let method = Schemas::all().method("25.10", &call.method);
    let method = method.or_else(|| Schemas::all().method("25.04", &call.method));
    let names = method.expect("its schema")["param_order"].clone();
    let mut fields = BTreeSet::new();
    for (at, param) in call.params.iter().enumerate() {
        match param {
            Value::Object(members) if !is_hole(members) => leaves(family, param, &mut fields),
            _ => {
                let name = names[at].as_str().expect("a name");
                fields.insert(format!("{family}.{name}"));
            }
        }
    }
    fields
}

fn is_hole(members: &Map<String, Value>) -> bool {
    members.keys().any(|name| name.starts_with('$'))
}

fn leaves(path: &str, value: &Value, fields: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) if !is_hole(members) => {
            members.iter().for_each(|(name, it)| leaves(&format!("{path}.{name}"), it, fields));
        }
        Value::Array(members) => {
            members.iter().for_each(|it| leaves(&format!("{path}[]"), it, fields));
        }
        _ => drop(fields.insert(path.into())),
    }
}

/// What every schema of the field says of its value.
fn schemas_of(field: &str) -> Vec<Value> {
    let mut found = Vec::new();
    for release in RELEASES {
        for verb in ["create", "update", "mkdir", "setperm"] {
            let family = FAMILIES.iter().find(|it| field.starts_with(**it)).expect("a family");
            let path = field.trim_start_matches(family).trim_start_matches('.');
            let Some(method) = Schemas::all().method(release, &format!("{family}.{verb}")) else {
                continue;
            };
            let root = &method["params"];
            for parameter in root["properties"].as_object().expect("parameters").values() {
                let path: Vec<&str> = path.split('.').collect();
                inside(parameter, root, &path, &mut found);
            }
        }
    }
    found
}

/// The kinds whose calls have the field.
fn kinds_of(field: &str) -> &'static [&'static str] {
    match FAMILIES.iter().find(|it| field.starts_with(**it)) {
        Some(&"pool.dataset") => &["dataset"],
        Some(&("user" | "filesystem")) => &["user"],
        Some(&("ssh" | "service")) => &["ssh_service"],
        _ => &["ssh_keypair", "ssh_connection"],
    }
}

const FAMILIES: [&str; 6] =
    ["pool.dataset", "user", "filesystem", "ssh", "service", "keychaincredential"];

/// The schemas at a path, through references and alternatives.
fn inside(schema: &Value, root: &Value, path: &[&str], found: &mut Vec<Value>) {
    if let Some(reference) = schema["$ref"].as_str() {
        let target = root.pointer(reference.trim_start_matches('#')).expect("a definition");
        return inside(target, root, path, found);
    }
    for alternatives in ["anyOf", "oneOf"] {
        for schema in schema[alternatives].as_array().into_iter().flatten() {
            inside(schema, root, path, found);
        }
    }
    match path {
        [] => found.push(schema.clone()),
        [name, rest @ ..] => {
            let (name, items) = name.strip_suffix("[]").map_or((*name, false), |it| (it, true));
            let member = &schema["properties"][name];
            let member = if items { &member["items"] } else { member };
            if !member.is_null() {
                inside(member, root, rest, found);
            }
        }
    }
}

/// Values around the limits of these schemas, as YAML.
fn probes(schemas: &[Value], seed: &str) -> BTreeSet<String> {
    let mut numbers: BTreeSet<i128> =
        [-1, 0, 1, 1 << 16, 1 << 31, 1 << 32, i128::from(i64::MAX), 1 << 63, 1 << 64].into();
    let mut lengths: BTreeSet<usize> = [0, 1, 2, 64, 200, 253, 255, 256, 1024, 4096].into();
    let mut words: BTreeSet<String> =
        ["true", "false", "null", "\"\"", "INHERIT", "7E", "8E", "16E", "none"]
            .map(Into::into)
            .into();
    for schema in schemas {
        let texts = schema["enum"].as_array().into_iter().flatten().chain(schema.get("const"));
        words.extend(texts.map(|it| it.to_string()));
        assert!(schema["pattern"].is_null(), "no value is made from a pattern: {schema}");
        for limit in ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"] {
            numbers.extend(schema[limit].as_i64().map(i128::from));
        }
        for limit in ["minLength", "maxLength"] {
            let length = schema[limit].as_u64().and_then(|it| usize::try_from(it).ok());
            lengths.extend(length.filter(|it| *it < 100_000));
        }
    }
    let around = |it: &i128| [it - 1, *it, it + 1];
    words.extend(numbers.iter().flat_map(around).map(|number| number.to_string()));
    lengths.insert(seed.len());
    let around = |it: &usize| [it.saturating_sub(1), *it, it + 1];
    for length in lengths.iter().flat_map(around).filter(|_| !seed.is_empty()) {
        words.insert(json!(longer(seed, length)).to_string());
    }
    words
}

/// A good text made as long as that, in names of a usual length where it is a path or a host.
fn longer(seed: &str, length: usize) -> String {
    let filler = match seed {
        _ if seed.starts_with("/mnt/") => "/xxxxxxx",
        "far.example.net" => ".xxxxxxx",
        _ => "x",
    };
    let filled = seed.chars().chain(filler.chars().cycle()).take(length).collect::<String>();
    filled.trim_end_matches(['/', '.', ' ']).into()
}

#[test]
fn a_manifest_accepts_only_values_that_every_release_accepts() {
    let mut wrong = BTreeSet::new();
    for (field, written, seed) in FROM_MANIFEST.iter().chain(&DERIVED) {
        let schemas = schemas_of(field);
        assert!(!schemas.is_empty() || *field == "pool.dataset.id", "{field} is in no schema");
        let (mut accepted, mut refused) = (0, 0);
        for probe in probes(&schemas, seed) {
            let Some(manifest) = manifest(&written.replace("VALUE", &probe)) else {
                refused += 1;
                continue;
            };
            accepted += 1;
            let kinds = kinds_of(field);
            for release in RELEASES {
                let wanted = manifest.resources.values();
                let wanted = wanted.filter(|want| kinds.contains(&want.address.kind.as_str()));
                let calls = wanted.flat_map(|want| calls(release, want));
                let violations = calls
                    .flat_map(|call| Schemas::all().violations(release, &sent(&call)))
                    .map(|it| format!("{}: {}", written.replace("VALUE", shortened(&probe)), it));
                wrong.extend(violations.map(|it| shortened(&it).to_owned()));
            }
        }
        assert!(accepted > 0 && refused > 0, "{written}: {accepted} accepted, {refused} refused");
    }
    let wrong: Vec<String> = wrong.into_iter().collect();
    assert!(wrong.is_empty(), "accepted, and refused by TrueNAS:\n{}", wrong.join("\n"));
}

fn shortened(text: &str) -> &str {
    text.char_indices().nth(300).map_or(text, |(end, _)| &text[..end])
}

/// A manifest that asks for everything that there is to ask for.
const EVERYTHING: &str = "datasets: { tank/x: { create_ancestors: true, atime: on, comments: c, \
     compression: zstd, quota: 1G, readonly: off, recordsize: 1M, refquota: 1G } }, \
     admins: { repl: { full_name: R, shell: /usr/bin/bash, ssh_access: true, password_login: true, \
     locked: false, groups: { names: [wheel] }, home: { path: /mnt/tank/repl, mode: \"700\" }, \
     sudo: { no_password: zfs, password: [/usr/bin/ls] }, authorized_keys: { keys: [] } } }, \
     ssh: { running: true, start_automatically: true, password_login: true, port: 22, \
     interfaces: [eth0], tcp_forwarding: true, compression: true }";

#[test]
fn every_field_that_is_sent_has_a_source() {
    let mut manifest = manifest(EVERYTHING).expect("a manifest");
    for want in manifest.resources.values_mut() {
        let fields = kinds::find(&want.address.kind).expect("a kind").fields();
        let unwritten = |field: &&&str| !want.fields.contains_key(**field);
        let missing: Vec<&&str> = fields.iter().filter(unwritten).collect();
        if want.address.system == "box" && want.address.kind != "ssh_connection" {
            assert!(missing.is_empty(), "{}: {missing:?}", want.address);
        } else if want.address.kind == "ssh_connection" {
            want.fields.insert("timeout".into(), json!(10).into());
        }
    }
    let mut sent = BTreeSet::new();
    for release in RELEASES {
        let calls = manifest.resources.values().flat_map(|want| calls(release, want));
        sent.extend(calls.flat_map(|call| fields_of(&call)));
    }
    let listed = FROM_MANIFEST.iter().map(|(field, ..)| *field).chain(OWN);
    let listed: BTreeSet<String> = listed.map(Into::into).collect();
    let unlisted: Vec<_> = sent.difference(&listed).collect();
    let unsent: Vec<_> = listed.difference(&sent).collect();
    assert!(
        unlisted.is_empty() && unsent.is_empty(),
        "not listed: {unlisted:?}; not sent: {unsent:?}"
    );
}
