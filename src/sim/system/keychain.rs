//! The keychain: key pairs and connections, of one set of names.

use serde_json::{Map, Value, json};

/// A keychain credential.
#[derive(Clone, Debug, PartialEq)]
pub struct Credential {
    /// Its number.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// `SSH_KEY_PAIR` or `SSH_CREDENTIALS`.
    pub kind: String,
    /// The attributes of that type.
    pub attributes: Map<String, Value>,
}

impl Credential {
    /// The credential as `keychaincredential.query` shows it, secrets and all.
    pub fn entry(&self) -> Value {
        json!({
            "id": self.id,
            "name": self.name,
            "type": self.kind,
            "attributes": self.attributes,
        })
    }
}

/// The credentials of a system.
#[derive(Clone, Debug, Default)]
pub struct Keychain {
    credentials: Vec<Credential>,
    last: i64,
}

impl Keychain {
    /// All of them, by number.
    pub fn iter(&self) -> impl Iterator<Item = &Credential> {
        self.credentials.iter()
    }

    /// The one with that number.
    pub fn get(&self, id: i64) -> Option<&Credential> {
        self.credentials.iter().find(|credential| credential.id == id)
    }

    /// The one with that number, to be changed.
    pub fn get_mut(&mut self, id: i64) -> Option<&mut Credential> {
        self.credentials.iter_mut().find(|credential| credential.id == id)
    }

    /// Adds one; gives its number.
    pub fn add(&mut self, name: &str, kind: &str, attributes: Map<String, Value>) -> i64 {
        self.last += 1;
        let (name, kind) = (name.to_owned(), kind.to_owned());
        self.credentials.push(Credential { id: self.last, name, kind, attributes });
        self.last
    }

    /// Removes one.
    pub fn remove(&mut self, id: i64) {
        self.credentials.retain(|credential| credential.id != id);
    }

    /// The connections that use a key pair.
    pub fn using(&self, pair: i64) -> impl Iterator<Item = &Credential> {
        self.credentials.iter().filter(move |credential| {
            credential.kind == "SSH_CREDENTIALS"
                && credential.attributes.get("private_key").and_then(Value::as_i64) == Some(pair)
        })
    }
}
