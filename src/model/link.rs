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

/// The datasets that a replication writes: a single source becomes the target itself; of several,
/// each keeps below the target its path below what they have in common (zettarepl,
/// `replication/task/dataset.py`). Without a source it is the target. In the order of the sources.
pub fn copies(sources: &[&str], target: &str) -> Vec<String> {
    if sources.is_empty() {
        return vec![target.into()];
    }
    let parts = |dataset: &str| dataset.split('/').map(str::to_string).collect::<Vec<_>>();
    let common = |a: Vec<String>, b: Vec<String>| {
        a.into_iter().zip(b).take_while(|(a, b)| a == b).map(|(part, _)| part).collect()
    };
    let all: Vec<Vec<String>> = sources.iter().map(|source| parts(source)).collect();
    let shared = all.iter().cloned().reduce(common).unwrap_or_default().len();
    let copy = |source: &Vec<String>| {
        let below = source[shared..].iter();
        below.fold(target.to_string(), |copy, part| format!("{copy}/{part}"))
    };
    all.iter().map(copy).collect()
}

#[cfg(test)]
mod tests {
    use super::copies;

    #[test]
    fn sources_keep_their_path_below_what_they_share() {
        assert_eq!(copies(&[], "b/x"), ["b/x"]);
        assert_eq!(copies(&["t/data"], "b/x"), ["b/x"]);
        assert_eq!(copies(&["t/data", "t/home"], "b/x"), ["b/x/data", "b/x/home"]);
        assert_eq!(copies(&["t/data", "t/data/sub"], "b/x"), ["b/x", "b/x/sub"]);
        assert_eq!(copies(&["t/dat", "t/data"], "b/x"), ["b/x/dat", "b/x/data"]);
        assert_eq!(copies(&["t/a/c", "u/a/c"], "b/x"), ["b/x/t/a/c", "b/x/u/a/c"]);
    }
}
