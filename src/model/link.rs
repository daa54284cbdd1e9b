//! A link: what a replication goes through from its source to its destination.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::address::Address;

/// An SSH connection, and what it reaches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// The connection, on the source.
    pub connection: Address,
    /// The key pair that it uses, on the source.
    pub key: Address,
    /// The account that it logs in to, on the destination.
    pub account: Address,
    /// The destination's SSH service.
    pub service: Address,
    /// The replications that go through it.
    pub replications: BTreeSet<String>,
    /// What they send, and where to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub transfers: Vec<Transfer>,
}

/// What one replication sends over a link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Transfer {
    /// The replication.
    pub replication: String,
    /// The datasets that it sends.
    pub sources: Vec<String>,
    /// The dataset that it goes into, if the manifest says so.
    pub target: Option<String>,
}
