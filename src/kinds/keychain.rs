//! What the kinds `ssh_keypair` and `ssh_connection` share: TrueNAS keeps both in one keychain,
//! with one name space.

use serde_json::{Value, json};

use super::DecodeError;
use super::object::Object;
use super::trace::{Logged, Touched};
use crate::model::Desired;
use crate::truenas_wire::{Read, ReadMethod};

/// The role that shows the attributes of a credential; others see stars instead.
pub(super) const ROLE: &str = "KEYCHAIN_CREDENTIAL_WRITE";

/// What changes the keychain, with the role for it.
pub(super) const WRITES: [(&str, &str); 2] =
    [("keychaincredential.create", ROLE), ("keychaincredential.update", ROLE)];

/// The whole keychain. Its attributes hold private keys: what is decoded is named one by one.
pub(super) fn read() -> Read {
    Read::call(ReadMethod::KeychainCredentialQuery, vec![json!([]), json!({})])
}

/// The entry of that name.
///
/// # Errors
/// An entry that lacks what every entry has.
pub(super) fn entry<'a>(entries: &'a Value, name: &str) -> Result<Option<&'a Value>, DecodeError> {
    for entry in entries.as_array().into_iter().flatten() {
        let object = Object::new("keychaincredential.query", entry);
        if object.text("name")? == name {
            object.number("id")?;
            object.text("type")?;
            object.get("attributes")?;
            return Ok(Some(entry));
        }
    }
    Ok(None)
}

/// What an entry is: `SSH_KEY_PAIR` or `SSH_CREDENTIALS`.
pub(super) fn type_of(entry: &Value) -> &str {
    entry.get("type").and_then(Value::as_str).unwrap_or_default()
}

/// What may be read of an entry's attributes.
pub(super) enum Attributes<'a> {
    /// They are masked: the whole member is the text `********`.
    Masked,
    /// They could not be decrypted: the member is empty (a restored configuration without its
    /// secret seed, `plugins/keychain.py`).
    Undecryptable,
    /// Here they are.
    Shown(&'a Value),
}

/// The attributes of an entry.
pub(super) fn attributes(entry: &Value) -> Attributes<'_> {
    match entry.get("attributes") {
        Some(Value::Object(members)) if members.is_empty() => Attributes::Undecryptable,
        Some(shown @ Value::Object(_)) => Attributes::Shown(shown),
        Some(Value::String(_)) => Attributes::Masked,
        _ => Attributes::Undecryptable,
    }
}

/// A text attribute.
pub(super) fn text<'a>(attributes: &'a Value, name: &str) -> Option<&'a str> {
    attributes.get(name).and_then(Value::as_str)
}

/// `type key` of a key line, without its comment.
pub(super) fn two_words(line: &str) -> Option<String> {
    let mut words = line.split_whitespace();
    Some(format!("{} {}", words.next()?, words.next()?))
}

/// What a call did to the credential of that name. Its attributes are stars in the log, so which
/// of these fields it set is not shown.
pub(super) fn touched(name: &str, logged: &Logged<'_>, fields: &[&'static str]) -> Option<Touched> {
    let described =
        |what: &str| logged.description == format!("{what} Keychain Credential: {name}");
    match logged.method {
        "keychaincredential.delete" if described("Delete") => Some(Touched::Removed),
        "keychaincredential.update" if described("Update") => {
            // A new name changes nothing else.
            logged.object(1)?.contains_key("attributes").then_some(Touched::Whole)
        }
        "keychaincredential.create" if described("Create") => {
            Some(Touched::Created(fields.iter().map(|field| (*field, None)).collect()))
        }
        _ => None,
    }
}

/// The lines of the manifest that use this instead: `replications: { offsite: { key: … } }`.
pub(super) fn adopting(want: &Desired, what: &str) -> String {
    let name = want.replications.first().map_or("NAME", String::as_str);
    format!("write `replications: {{ {name}: {{ {what} }} }}`")
}
