//! A read-only request as data.
//!
//! The methods are a closed list of ones that change nothing, so whoever can only send a [`Read`]
//! cannot write.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

/// The methods that read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReadMethod {
    /// `audit.query`: who did what.
    AuditQuery,
    /// `system.version_short`: `25.10.6`.
    SystemVersionShort,
    /// `system.host_id`: the machine's stable identity.
    SystemHostId,
    /// `system.info`: the host name, and much that is dropped.
    SystemInfo,
    /// `pool.query`
    PoolQuery,
    /// `pool.dataset.query`
    PoolDatasetQuery,
    /// `filesystem.listdir`
    FilesystemListdir,
    /// `filesystem.stat`
    FilesystemStat,
    /// `group.query`
    GroupQuery,
    /// `keychaincredential.query`
    KeychainCredentialQuery,
    /// `replication.query`
    ReplicationQuery,
    /// `ssh.config`
    SshConfig,
    /// `ssh.bindiface_choices`
    SshBindifaceChoices,
    /// `service.query`
    ServiceQuery,
    /// `user.query`
    UserQuery,
    /// `user.shell_choices`
    UserShellChoices,
}

impl ReadMethod {
    /// The method's name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AuditQuery => "audit.query",
            Self::SystemVersionShort => "system.version_short",
            Self::SystemHostId => "system.host_id",
            Self::SystemInfo => "system.info",
            Self::PoolQuery => "pool.query",
            Self::PoolDatasetQuery => "pool.dataset.query",
            Self::FilesystemListdir => "filesystem.listdir",
            Self::FilesystemStat => "filesystem.stat",
            Self::GroupQuery => "group.query",
            Self::KeychainCredentialQuery => "keychaincredential.query",
            Self::ReplicationQuery => "replication.query",
            Self::SshConfig => "ssh.config",
            Self::SshBindifaceChoices => "ssh.bindiface_choices",
            Self::ServiceQuery => "service.query",
            Self::UserQuery => "user.query",
            Self::UserShellChoices => "user.shell_choices",
        }
    }
}

/// One read. Reads that differ only in the keys they ask for are sent as one.
#[derive(Clone, Debug, PartialEq)]
pub struct Read {
    /// The method.
    pub method: ReadMethod,
    /// What it asks for.
    pub what: What,
}

/// What a read asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// Exactly these parameters.
    Params(Vec<Value>),
    /// The entries of a `*.query` method whose `field` is one of `keys`.
    Entries {
        /// The parameters before the filters: the path of `filesystem.listdir`.
        before: Vec<Value>,
        /// The field that identifies an entry: `id`, `username`.
        field: &'static str,
        /// Which entries.
        keys: BTreeSet<String>,
        /// Further filters, in the query language.
        filters: Vec<Value>,
        /// The query options.
        options: Value,
    },
}

impl Read {
    /// A read with exactly these parameters.
    pub fn call(method: ReadMethod, params: Vec<Value>) -> Self {
        Self { method, what: What::Params(params) }
    }

    /// The entries of a query whose `field` is one of `keys`.
    pub fn entries<K: Into<String>>(
        method: ReadMethod,
        field: &'static str,
        keys: impl IntoIterator<Item = K>,
        options: Value,
    ) -> Self {
        let keys = keys.into_iter().map(Into::into).collect();
        Self {
            method,
            what: What::Entries { before: Vec::new(), field, keys, filters: Vec::new(), options },
        }
    }

    /// The same read with one more filter.
    pub fn filtered(mut self, filter: Value) -> Self {
        if let What::Entries { filters, .. } = &mut self.what {
            filters.push(filter);
        }
        self
    }

    /// The same read with parameters before the filters.
    pub fn below(mut self, parameters: Vec<Value>) -> Self {
        if let What::Entries { before, .. } = &mut self.what {
            *before = parameters;
        }
        self
    }

    /// What two reads must share to be sent as one request, and what a reply is found by.
    pub(super) fn shape(&self) -> String {
        let rest = match &self.what {
            What::Params(params) => json!(params),
            What::Entries { before, field, keys: _, filters, options } => {
                json!([before, field, filters, options])
            }
        };
        format!("{} {rest}", self.method.name())
    }

    /// The positional parameters to send.
    pub fn params(&self) -> Vec<Value> {
        match &self.what {
            What::Params(params) => params.clone(),
            What::Entries { before, field, keys, filters, options } => {
                let mut all = vec![json!([field, "in", keys])];
                all.extend(filters.iter().cloned());
                let mut params = before.clone();
                params.extend([Value::Array(all), options.clone()]);
                params
            }
        }
    }
}

/// The reads with those that can be one request made one, each below `max_bytes` on the wire.
pub fn merged(reads: impl IntoIterator<Item = Read>, max_bytes: usize) -> Vec<Read> {
    let mut by_shape: BTreeMap<String, Read> = BTreeMap::new();
    for read in reads {
        match by_shape.entry(read.shape()) {
            std::collections::btree_map::Entry::Vacant(free) => {
                free.insert(read);
            }
            std::collections::btree_map::Entry::Occupied(mut known) => {
                if let (What::Entries { keys, .. }, What::Entries { keys: more, .. }) =
                    (&mut known.get_mut().what, read.what)
                {
                    keys.extend(more);
                }
            }
        }
    }
    by_shape.into_values().flat_map(|read| split(read, max_bytes)).collect()
}

/// A read whose keys fit into `max_bytes`, as often as it takes.
fn split(read: Read, max_bytes: usize) -> Vec<Read> {
    let Read { method, what: What::Entries { before, field, keys, filters, options } } = read
    else {
        return vec![read];
    };
    let mut parts: Vec<BTreeSet<String>> = vec![BTreeSet::new()];
    let mut bytes = 0;
    for key in keys {
        let size = json!(key).to_string().len() + 2;
        if bytes + size > max_bytes && bytes > 0 {
            parts.push(BTreeSet::new());
            bytes = 0;
        }
        bytes += size;
        if let Some(part) = parts.last_mut() {
            part.insert(key);
        }
    }
    parts
        .into_iter()
        .map(|keys| Read {
            method,
            what: What::Entries {
                before: before.clone(),
                field,
                keys,
                filters: filters.clone(),
                options: options.clone(),
            },
        })
        .collect()
}

/// Why a read gave nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The login lacks the role.
    #[error("not authorized")]
    Denied,
    /// There is no such thing (ENOENT).
    #[error("{0}")]
    Missing(String),
    /// The read was never sent.
    #[error("`{0}` was not asked")]
    NotAsked(&'static str),
    /// An entry of the reply lacks the field that it is found by.
    #[error("the reply to `{method}` has no usable `{field}`")]
    Lacks {
        /// Whose reply.
        method: &'static str,
        /// The field.
        field: &'static str,
    },
    /// The connection was lost, and the system could not be reached again; or the system sent more
    /// than is accepted, and would do so again.
    #[error("{0}")]
    Unreachable(String),
    /// Anything else; the text is the system's, shortened to its reason.
    #[error("{0}")]
    Failed(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn datasets(keys: &[&str]) -> Read {
        Read::entries(ReadMethod::PoolDatasetQuery, "id", keys.iter().copied(), json!({}))
    }

    #[test]
    fn reads_of_one_shape_are_one_request() {
        let config = Read::call(ReadMethod::SshConfig, vec![]);
        let all = merged(
            [datasets(&["a", "b"]), config.clone(), datasets(&["b", "c"]), config.clone()],
            1000,
        );
        assert_eq!(all, vec![datasets(&["a", "b", "c"]), config]);
        assert_eq!(all[0].params(), vec![json!([["id", "in", ["a", "b", "c"]]]), json!({})]);
    }

    #[test]
    fn a_request_that_would_be_too_large_is_several() {
        let parts = merged([datasets(&["aaaa", "bbbb", "cccc"])], 16);
        assert_eq!(parts, vec![datasets(&["aaaa", "bbbb"]), datasets(&["cccc"])]);
    }
}
