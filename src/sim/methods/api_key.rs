//! `api_key.*`: the keys that log in.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::super::caller::Key;
use super::super::check::{
    Errors, Field, Model, boolean, int, nullable, object, optional, required, texts,
};
use super::super::clock::{date, now_ms};
use super::super::fault::Fault;
use super::super::method::{Call, Method, Reply};
use super::super::query::datastore::Columns;
use super::super::release::Release;
use super::super::scram::Verifier;
use super::super::system::System;
use super::super::system::accounts::ApiKey;
use super::{SECRET, accepted, audited, plain, query as answer_query, text_at};
use rand::Rng;
use rand::distr::Alphanumeric;

pub(super) const METHODS: &[Method] = &[
    plain("api_key.query", &["API_KEY_READ"], query),
    audited("api_key.create", WRITE, "Create API key", create),
    audited("api_key.update", WRITE, "Update API key", update),
    audited("api_key.delete", WRITE, "Delete API key", delete),
];

const WRITE: &[&str] = &["READONLY_ADMIN", "API_KEY_WRITE"];
/// How many letters stand behind the `-` of a key.
const SECRET_LENGTH: usize = 64;
const COLLECTION: &str = "api_key.query";

const COLUMNS: Columns =
    &["id", "name", "user_identifier", "key", "created_at", "expiry", "revoked_reason"];

/// Whoever has none of these sees only its own keys (`plugins/api_key.py`).
fn query(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let clear = call.caller.has("API_KEY_WRITE");
    answer_query(call, COLUMNS, entries(call.system, clear))
}

fn fields(creating: bool) -> Vec<Field> {
    let expiry = nullable(object());
    let mut fields = vec![
        required("name", texts::non_empty().max(200)),
        optional("expires_at", expiry, Value::Null),
    ];
    if creating {
        fields.push(required("username", texts::non_empty()));
    } else {
        fields.push(required("reset", boolean()));
    }
    fields
}

/// The end that a call sets: `{"$date": milliseconds}`; none for null.
fn end(data: &Value) -> Option<i64> {
    data["expires_at"]["$date"].as_i64()
}

/// Rules that both calls have (`_validate`).
fn validate(
    system: &System,
    schema: &str,
    id: Option<i64>,
    name: &str,
    end: Option<i64>,
) -> Errors {
    let mut errors = Errors::new();
    let mut others = system.accounts.keys.values().filter(|other| Some(other.key.id) != id);
    if others.any(|other| other.key.name == name) {
        errors.add(schema, "name must be unique");
    }
    if end.is_some_and(|at| at < now_ms()) {
        errors.add(schema, "Expiration date is in the past");
    }
    errors
}

/// Who may not write all keys may write its own.
fn allowed(call: &Call<'_>, owner: &str) -> Result<(), Fault> {
    let caller = call.caller;
    if caller.is_full_admin() || caller.has("API_KEY_WRITE") || caller.username == owner {
        return Ok(());
    }
    let message = format!(
        "{}: authenticated user lacks privileges to create or modify API keys of other users.",
        caller.username
    );
    Err(Fault::error(13, message))
}

fn new_secret() -> String {
    let letters = rand::rng().sample_iter(Alphanumeric);
    letters.take(SECRET_LENGTH).map(char::from).collect()
}

/// What SCRAM checks a new key with: in as many rounds as the fleet's keys.
fn verifier(system: &System) -> Arc<Verifier> {
    let rounds = system.accounts.keys.values().next().map(|known| known.key.scram.iterations);
    Arc::new(Verifier::new(rounds))
}

/// The entry of a key, which subscribers are told of; with the key itself where it is new.
fn answer(call: &mut Call<'_>, told: &'static str, id: i64, secret: Option<&str>) -> Value {
    let shown = entries(call.system, true).into_iter().find(|entry| entry["id"] == id);
    let mut shown = shown.unwrap_or_default();
    if let Some(secret) = secret {
        shown["key"] = format!("{id}-{secret}").into();
    }
    // A new key still has the text that was written to the database.
    if told == "added" {
        shown["user_identifier"] = shown["user_identifier"].to_string().into();
    }
    call.system.tell_entry(told, COLLECTION, id.into(), shown.clone());
    shown
}

fn create(call: &mut Call<'_>) -> Result<Reply, Fault> {
    call.audit_note = text_at(call.params, 0, "name");
    let model = Model::new("ApiKeyCreate", fields(true));
    let [data] = accepted(call, [required("api_key_create", model)])?;
    let text = |name: &str| data[name].as_str().unwrap_or_default().to_owned();
    let (name, username) = (text("name"), text("username"));
    allowed(call, &username)?;
    let system = &mut *call.system;
    let mut errors = validate(system, "api_key_create", None, &name, end(&data));
    match system.accounts.user(&username) {
        None => errors.add("api_key_create", "User does not exist."),
        Some(user) if system.accounts.privileges_of_user(user).is_empty() => {
            errors.add("api_key_create", "User lacks privilege role membership.");
        }
        Some(_) => {}
    }
    errors.check()?;
    let id = system.accounts.keys.keys().next_back().map_or(1, |last| last + 1);
    let secret = new_secret();
    let key = Key {
        id,
        name,
        username,
        secret: secret.clone(),
        expires_at: end(&data),
        scram: verifier(system),
    };
    system.accounts.keys.insert(id, ApiKey { key, created_ms: now_ms() });
    Ok(answer(call, "added", id, Some(&secret)).into())
}

fn existing(call: &mut Call<'_>, id: &Value) -> Result<Key, Fault> {
    let found = id.as_i64().and_then(|id| call.system.api_key(id));
    let key = found.ok_or_else(|| Fault::not_found(format!("ApiKey {id} does not exist")))?;
    call.audit_note = Some(key.name.clone());
    allowed(call, &key.username)?;
    Ok(key)
}

fn update(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let model = Model::new("ApiKeyUpdate", fields(false)).partial();
    let [id, data] = accepted(call, [required("id", int()), required("api_key_update", model)])?;
    let mut key = existing(call, &id)?;
    if let Some(name) = data["name"].as_str() {
        name.clone_into(&mut key.name);
    }
    if data.get("expires_at").is_some() {
        key.expires_at = end(&data);
    }
    let dated = key.expires_at.filter(|at| *at >= 0);
    validate(call.system, "api_key_update", Some(key.id), &key.name, dated).check()?;
    let secret = (data["reset"] == json!(true)).then(new_secret);
    if let Some(secret) = &secret {
        key.secret.clone_from(secret);
        key.scram = verifier(call.system);
        key.expires_at = dated;
    }
    let id = key.id;
    if let Some(known) = call.system.accounts.keys.get_mut(&id) {
        known.key = key;
    }
    Ok(answer(call, "changed", id, secret.as_deref()).into())
}

fn delete(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let [id] = accepted(call, [required("id", int())])?;
    let key = existing(call, &id)?;
    call.system.accounts.keys.remove(&key.id);
    call.system.tell("removed", COLLECTION, id, None);
    Ok(Value::Bool(true).into())
}

fn entries(system: &System, clear: bool) -> Vec<Value> {
    let secret = |text: &str| Value::from(if clear { text } else { SECRET });
    system
        .accounts
        .keys
        .values()
        .map(|api_key| {
            let key = &api_key.key;
            let user = system.accounts.user(&key.username);
            let revoked = key.expires_at.is_some_and(|at| at < 0);
            let mut entry = json!({
                "id": key.id,
                "name": key.name,
                "username": key.username,
                "user_identifier": user.map(|user| user.id),
                "created_at": date(api_key.created_ms),
                "expires_at": key.expires_at.filter(|at| *at >= 0).map(date),
                "local": user.is_some(),
                "revoked": revoked,
            });
            if system.generation().shows_immutable_groups_and_reasons() {
                entry["revoked_reason"] = Value::Null;
            }
            if system.generation() < Release::V26_0 {
                let hash = format!("$pbkdf2-sha512$rounds=500000$simulated${}", key.id);
                entry["keyhash"] = secret(&hash);
            } else {
                entry["iterations"] = key.scram.iterations.get().into();
                entry["salt"] = secret(&STANDARD.encode(&key.scram.salt));
                let [stored, server] = if clear {
                    let keys = key.scram.keys(&key.secret);
                    [&keys.stored, &keys.server].map(|key| STANDARD.encode(key))
                } else {
                    <[String; 2]>::default()
                };
                entry["stored_key"] = secret(&stored);
                entry["server_key"] = secret(&server);
            }
            entry
        })
        .collect()
}
