//! Secrets that are made when a call is sent, and forgotten with it.

use serde_json::Value;
use ssh_key::rand_core::OsRng;
use ssh_key::{Algorithm, LineEnding, PrivateKey};

/// A secret that could not be made.
#[derive(Debug, thiserror::Error)]
pub(super) enum SecretError {
    /// The system's random numbers or the key's encoding failed.
    #[error("no key could be generated: {0}")]
    Key(#[from] ssh_key::Error),
    /// A plan asks for something that this version does not make.
    #[error("`{0}` is no kind of secret that this trueup makes")]
    Unknown(String),
}

/// The parameters with every `{"$secret": KIND}` replaced by a new secret.
pub(super) fn filled(params: Vec<Value>) -> Result<Vec<Value>, SecretError> {
    params.into_iter().map(one).collect()
}

fn one(value: Value) -> Result<Value, SecretError> {
    Ok(match value {
        Value::Object(members) => {
            if let (1, Some(kind)) = (members.len(), members.get("$secret")) {
                return made(kind.as_str().unwrap_or_default());
            }
            let members = members.into_iter().map(|(name, member)| Ok((name, one(member)?)));
            Value::Object(members.collect::<Result<_, SecretError>>()?)
        }
        Value::Array(members) => {
            Value::Array(members.into_iter().map(one).collect::<Result<_, _>>()?)
        }
        other => other,
    })
}

fn made(kind: &str) -> Result<Value, SecretError> {
    match kind {
        "ed25519" => {
            let mut key = PrivateKey::random(&mut OsRng, Algorithm::Ed25519)?;
            key.set_comment("trueup");
            Ok(Value::from(key.to_openssh(LineEnding::LF)?.as_str()))
        }
        other => Err(SecretError::Unknown(other.into())),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_key_is_a_new_one() {
        let make = || filled(vec![json!({ "a": [{ "$secret": "ed25519" }] })]).expect("a key");
        let (first, second) = (make(), make());
        assert_ne!(first, second);
        let text = first[0]["a"][0].as_str().expect("text");
        let key = PrivateKey::from_openssh(text).expect("an OpenSSH key");
        assert_eq!(key.algorithm(), Algorithm::Ed25519);
    }

    #[test]
    fn an_unknown_kind_is_refused() {
        assert!(filled(vec![json!({ "$secret": "rsa" })]).is_err());
    }
}
