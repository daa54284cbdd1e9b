//! An SSH key pair in the keychain of the system where a replication starts.
//!
//! Found by its name; an existing pair of any type is used as it is. A new one is ed25519,
//! generated when the step is sent, and its private half is never shown and never on disk.

use serde_json::{Value, json};

use crate::model::call::secret_hole;
use crate::model::{
    BlockedReason, Call, Change, Desired, Finding, Live, Read, ReadError, Reading, Release,
    Replies, State,
};

use super::keychain::{self, Attributes};
use super::trace::{Logged, Touched};
use super::{Around, Breaks, DecodeError, Kind, Obstacle};

/// The kind `ssh_keypair`.
pub struct SshKeypair;

impl Kind for SshKeypair {
    fn name(&self) -> &'static str {
        "ssh_keypair"
    }

    fn fields(&self) -> &'static [&'static str] {
        &[]
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
        let Some(entry) = keychain::entry(entries, want.address.key()) else { return Ok(live) };
        live.exists = true;
        live.fact("id", entry.get("id").cloned().unwrap_or_default());
        live.fact("type", keychain::type_of(entry));
        match keychain::attributes(entry) {
            Attributes::Masked => {
                live.fields.insert("public_key".into(), hidden);
            }
            Attributes::Undecryptable => live.fact("undecryptable", true),
            Attributes::Shown(shown) => {
                live.fact("has_private_half", keychain::text(shown, "private_key").is_some());
                if let Some(key) = keychain::text(shown, "public_key") {
                    live.field("public_key", key.trim());
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
            "attributes": { "private_key": secret_hole("ed25519") },
        });
        vec![Call::new("keychaincredential.create", vec![pair])]
    }

    fn touched(&self, want: &Desired, _: &Live, logged: &Logged<'_>) -> Option<Touched> {
        keychain::touched(want.address.key(), logged)
    }

    fn breaks(&self, _: &str, _: &Value, _: &Value) -> Breaks {
        Breaks::Yes("the connection has no key to log in with")
    }
}

/// Why an existing entry of that name is no pair that a connection can use.
fn unusable(want: &Desired, live: &Live) -> Option<Obstacle> {
    let name = want.address.key();
    if live.get("type") == Some(&json!("SSH_CREDENTIALS")) {
        return Some(Obstacle {
            reason: BlockedReason::NameTaken,
            remedy: format!(
                "`{name}` is the name of an SSH connection, and TrueNAS has one name space for \
                 both; give the key another name"
            ),
        });
    }
    if live.get("undecryptable") == Some(&Value::Bool(true)) {
        return Some(Obstacle {
            reason: BlockedReason::KeyUndecryptable,
            remedy: format!(
                "TrueNAS cannot decrypt the pair `{name}` (a configuration that was restored \
                 without its secret seed); delete it in TrueNAS, or name another pair"
            ),
        });
    }
    (live.get("has_private_half") == Some(&Value::Bool(false))).then(|| Obstacle {
        reason: BlockedReason::NoPrivateKey,
        remedy: format!(
            "the pair `{name}` has only a public half, so nothing can log in with it; name \
             another pair, or import the private half in TrueNAS"
        ),
    })
}
