//! `api_key.*`: the keys that log in.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::super::clock::date;
use super::super::fault::Fault;
use super::super::method::{Call, Method, Reply};
use super::super::query::datastore::Columns;
use super::super::release::Release;
use super::super::system::System;
use super::{SECRET, plain, query as answer_query};

pub(super) const METHODS: &[Method] = &[plain("api_key.query", &["API_KEY_READ"], query)];

const COLUMNS: Columns =
    &["id", "name", "user_identifier", "key", "created_at", "expiry", "revoked_reason"];

/// Whoever has none of these sees only its own keys (`plugins/api_key.py`).
fn query(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let clear = call.caller.has("API_KEY_WRITE");
    answer_query(call, COLUMNS, entries(call.system, clear))
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
                "revoked_reason": null,
            });
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
