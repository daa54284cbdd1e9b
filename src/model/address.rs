//! How a resource, and a field of it, is named: `chicago/dataset/backup/boston#readonly`.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// `system/kind/name`: split at the first two slashes, the name verbatim. A kind of which a
/// system has exactly one has no name (`chicago/ssh_service`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    /// The system's name in the manifest.
    pub system: String,
    /// The kind's name: `dataset`, `ssh_service`.
    pub kind: String,
    /// The natural key within the kind; `None` for a singleton.
    pub name: Option<String>,
}

impl Address {
    /// A resource that is one of several of its kind.
    pub fn new(system: &str, kind: &str, name: &str) -> Self {
        Self { system: system.into(), kind: kind.into(), name: Some(name.into()) }
    }

    /// The only resource of its kind on a system.
    pub fn singleton(system: &str, kind: &str) -> Self {
        Self { system: system.into(), kind: kind.into(), name: None }
    }

    /// The address without its system, as shown under a system's heading.
    pub fn local(&self) -> String {
        match &self.name {
            Some(name) => format!("{}/{name}", self.kind),
            None => self.kind.clone(),
        }
    }

    /// The natural key; empty for a singleton.
    pub fn key(&self) -> &str {
        self.name.as_deref().unwrap_or_default()
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.system, self.local())
    }
}

/// A text that is no address.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "`{0}` is no address; one looks like `chicago/user/replicator`: system, kind and name, as in a plan"
)]
pub struct NotAnAddress(String);

impl FromStr for Address {
    type Err = NotAnAddress;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.splitn(3, '/');
        match (parts.next(), parts.next(), parts.next()) {
            (Some(system), Some(kind), name)
                if !system.is_empty() && !kind.is_empty() && name != Some("") =>
            {
                Ok(Self { system: system.into(), kind: kind.into(), name: name.map(Into::into) })
            }
            _ => Err(NotAnAddress(text.into())),
        }
    }
}

impl Serialize for Address {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Address {
    fn schema_name() -> Cow<'static, str> {
        "Address".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "`system/kind/name`, split at the first two slashes; `system/kind` for a kind of which a system has one",
            "pattern": "^[a-z0-9][a-z0-9-]*/[a-z_]+(/.+)?$"
        })
    }
}

/// A field of a resource, written `address#field`; the field follows the last `#`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FieldRef {
    /// Whose field.
    pub address: Address,
    /// The field's manifest path below the resource.
    pub field: String,
}

impl FieldRef {
    /// The field of a resource.
    pub fn new(address: Address, field: impl Into<String>) -> Self {
        Self { address, field: field.into() }
    }
}

impl fmt::Display for FieldRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.address, self.field)
    }
}

impl FromStr for FieldRef {
    type Err = NotAnAddress;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (address, field) = text.rsplit_once('#').ok_or_else(|| NotAnAddress(text.into()))?;
        Ok(Self { address: address.parse()?, field: field.into() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_verbatim_after_the_second_slash() {
        let address: Address = "chicago/dataset/backup/boston #1".parse().expect("an address");
        assert_eq!(address, Address::new("chicago", "dataset", "backup/boston #1"));
        assert_eq!(address.to_string(), "chicago/dataset/backup/boston #1");
    }

    #[test]
    fn a_singleton_has_no_name() {
        let address: Address = "chicago/ssh_service".parse().expect("an address");
        assert_eq!(address, Address::singleton("chicago", "ssh_service"));
        assert_eq!(address.local(), "ssh_service");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in ["", "chicago", "/dataset/x", "chicago//x", "chicago/dataset/"] {
            assert!(text.parse::<Address>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn the_field_follows_the_last_hash() {
        let field: FieldRef = "a/dataset/p/x#y#readonly".parse().expect("a field");
        assert_eq!(field.address, Address::new("a", "dataset", "p/x#y"));
        assert_eq!(field.field, "readonly");
    }
}
