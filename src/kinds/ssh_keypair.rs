//! An SSH key pair in the keychain of the system where a replication starts.
//!
//! Found by its name; an existing pair of any type is used as it is. A new one is ed25519,
//! generated when the step is sent, and its private half is never shown and never on disk.

use serde_json::{Value, json};

use crate::model::placeholder::{new_secret, refs};
use crate::model::yaml::scalar;
use crate::model::{
    Address, BlockedReason, Change, Desired, FieldRef, Finding, Hint, Live, Reading, State,
    authorized_key,
};
use crate::truenas_wire::{Call, Read, ReadError, Release, Replies};

use super::keychain::{self, Attributes};
use super::trace::{Logged, Touched};
use super::{Around, DecodeError, Kind, Obstacle};

/// The kind `ssh_keypair`.
pub(super) struct SshKeypair;

impl Kind for SshKeypair {
    fn name(&self) -> &'static str {
        "ssh_keypair"
    }

    fn fields(&self) -> &'static [&'static str] {
        &[]
    }

    fn writes(&self) -> &'static [(&'static str, &'static str)] {
        &keychain::WRITES
    }

    fn reads(&self, _: &Desired) -> Vec<Read> {
        vec![keychain::read()]
    }

    fn decode(&self, want: &Desired, replies: &Replies) -> Result<Live, DecodeError> {
        let hidden = Reading::Hidden { role: keychain::ROLE };
        let mut live = Live::absent();
        let entries = match replies.get(&keychain::read()) {
            Ok(entries) => entries,
            Err(ReadError::Denied) => {
                live.exists = true;
                live.fields.insert("public_key".into(), hidden);
                return Ok(live);
            }
            Err(other) => return Err(other.into()),
        };
        let Some(entry) = keychain::entry(entries, want.address.key())? else {
            live.fact("others", others(entries));
            return Ok(live);
        };
        live.fact("type", keychain::type_of(entry));
        if keychain::type_of(entry) != "SSH_KEY_PAIR" {
            return Ok(live);
        }
        live.exists = true;
        live.fact("id", entry.get("id").cloned().unwrap_or_default());
        match keychain::attributes(entry) {
            Attributes::Masked => {
                live.fields.insert("public_key".into(), hidden);
            }
            Attributes::Undecryptable => live.fact("undecryptable", true),
            Attributes::Shown(shown) => {
                live.fact("has_private_half", keychain::text(shown, "private_key").is_some());
                let reported = keychain::text(shown, "public_key").unwrap_or_default();
                match authorized_key::public_key(reported) {
                    Ok((line, _)) => live.field("public_key", line),
                    Err(error) => live.fact("public_key_error", error.to_string()),
                }
            }
        }
        Ok(live)
    }

    fn findings(&self, want: &Desired, live: &Live, _: &Around<'_>) -> Vec<Finding> {
        let wrong = if live.exists { unusable(want, live) } else { None };
        wrong
            .into_iter()
            .map(|obstacle| Finding {
                field: "private_key".into(),
                before: json!("unusable"),
                after: json!("present"),
                state: State::Blocked { reason: obstacle.reason, remedy: obstacle.remedy },
            })
            .collect()
    }

    fn obstacle(&self, want: &Desired, live: &Live, _: &Around<'_>) -> Option<Obstacle> {
        let name = want.address.key();
        (live.get("type") == Some(&json!("SSH_CREDENTIALS"))).then(|| Obstacle {
            reason: BlockedReason::NameTaken,
            remedy: format!(
                "`{name}` is the name of an SSH connection, and TrueNAS has one name space for \
                 both; give the key another name"
            ),
        })
    }

    fn hints(&self, want: &Desired, live: &Live, around: &Around<'_>) -> Vec<Hint> {
        let others = live.get("others").and_then(Value::as_array);
        let near = |other: &Value| {
            let (name, key) = (other.get("name")?.as_str()?, other.get("public_key")?.as_str()?);
            let account = authorised_where_this_is_to_be(want, key, around)?;
            let adopting = keychain::adopting(want, &format!("key: {{ name: {} }}", scalar(name)));
            Some(Hint {
                what: format!("the pair `{name}` logs in to `{account}` already"),
                remedy: format!("to use it instead of making another one, {adopting}"),
            })
        };
        others.into_iter().flatten().filter_map(near).collect()
    }

    fn calls(
        &self,
        want: &Desired,
        _: &Live,
        _: &[Change],
        _: &Release,
        _: &Around<'_>,
    ) -> Vec<Call> {
        let pair = json!({
            "name": want.address.key(),
            "type": "SSH_KEY_PAIR",
            "attributes": { "private_key": new_secret("ed25519") },
        });
        vec![Call::new("keychaincredential.create", vec![pair])]
    }

    fn touched(&self, want: &Desired, _: &Live, logged: &Logged<'_>) -> Option<Touched> {
        keychain::touched(want.address.key(), logged, self.fields())
    }
}

/// The pairs under other names that something can log in with: name and `type key`.
fn others(entries: &Value) -> Vec<Value> {
    let pair = |entry: &Value| {
        let Attributes::Shown(shown) = keychain::attributes(entry) else { return None };
        keychain::text(shown, "private_key")?;
        let key = keychain::two_words(keychain::text(shown, "public_key")?)?;
        Some(json!({ "name": entry.get("name")?, "public_key": key }))
    };
    let pairs = entries.as_array().into_iter().flatten();
    pairs.filter(|it| keychain::type_of(it) == "SSH_KEY_PAIR").filter_map(pair).collect()
}

/// The account that is to let this pair in and lets that key in already.
fn authorised_where_this_is_to_be<'a>(
    want: &Desired,
    key: &str,
    around: &'a Around<'_>,
) -> Option<&'a Address> {
    let this = FieldRef { address: want.address.clone(), field: "public_key".into() };
    around.desired.values().find_map(|other| {
        let to_be = other.fields.iter().find(|(_, it)| refs(&it.value).contains(&this))?;
        let lines = around.live.get(&other.address)?.get(to_be.0)?.as_array()?;
        let mut lines = lines.iter().filter_map(Value::as_str);
        lines.any(|it| !it.starts_with('#') && it.contains(key)).then_some(&other.address)
    })
}

/// Why an existing pair of that name is none that a connection can use.
fn unusable(want: &Desired, live: &Live) -> Option<Obstacle> {
    let name = want.address.key();
    if live.get("undecryptable") == Some(&Value::Bool(true)) {
        return Some(Obstacle {
            reason: BlockedReason::KeyUndecryptable,
            remedy: format!(
                "TrueNAS cannot decrypt the pair `{name}` (a configuration that was restored \
                 without its secret seed); delete it in TrueNAS, or name another pair"
            ),
        });
    }
    if live.get("has_private_half") == Some(&Value::Bool(false)) {
        return Some(Obstacle {
            reason: BlockedReason::NoPrivateKey,
            remedy: format!(
                "the pair `{name}` has only a public half, so nothing can log in with it; name \
                 another pair, or import the private half in TrueNAS"
            ),
        });
    }
    let error = live.get("public_key_error")?.as_str()?;
    let system = &want.address.system;
    Some(Obstacle {
        reason: BlockedReason::InvalidPublicKey,
        remedy: format!(
            "`{system}` reports an invalid public key for the pair `{name}`: {error}; expected one \
             line `TYPE BASE64 [comment]`; find out what `{system}` stores there, or name another \
             pair"
        ),
    })
}
