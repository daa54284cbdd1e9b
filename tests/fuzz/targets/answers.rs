//! What two systems answer to every read: a recorded pair on which `quickstart.yaml` was applied.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::kinds;
use crate::manifest::Manifest;
use crate::model::{Address, Desired};
use crate::truenas_client::ejson;
use crate::truenas_wire::read::What;
use crate::truenas_wire::{Observed, Read, ReadError, Release, Replies, Roles, Seen};

/// Replies by system and method, those of `filesystem.stat` by path too.
static RECORDED: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(include_str!("base/replies.json")).expect("the replies must be JSON")
});

/// What systems answer.
#[derive(Clone)]
pub struct Answers {
    /// Replies by system and method.
    pub replies: Value,
    /// Methods that are refused, and with what.
    pub errors: BTreeMap<String, ReadError>,
    /// Whether a query returns all entries, whatever was asked for.
    pub ignores_filters: bool,
}

impl Answers {
    /// What was recorded.
    pub fn recorded() -> Self {
        Self { replies: RECORDED.clone(), errors: BTreeMap::new(), ignores_filters: false }
    }

    /// Systems with nothing of what a manifest could name.
    pub fn nothing_there() -> Self {
        let mut answers = Self::recorded();
        for replies in answers.replies.as_object_mut().into_iter().flat_map(|it| it.values_mut()) {
            for method in ["pool.dataset.query", "user.query", "keychaincredential.query"] {
                replies[method] = json!([]);
            }
            replies["filesystem.stat"] = json!({});
        }
        answers
    }

    /// The reply to a read of a system; one that was not recorded is like the destination.
    pub fn reply(&self, system: &str, read: &Read) -> Result<Value, ReadError> {
        let method = read.method.name();
        if let Some(error) = self.errors.get(method) {
            return Err(error.clone());
        }
        let replies = self.replies.get(system).or_else(|| self.replies.get("chicago"));
        let reply = replies.and_then(|it| it.get(method)).cloned().unwrap_or_default();
        let missing = || ReadError::Missing("no such path".into());
        let reply = match &read.what {
            What::Params(params) if method == "filesystem.stat" => {
                let path = params.first().and_then(Value::as_str).unwrap_or_default();
                reply.get(path).cloned().ok_or_else(missing)?
            }
            What::Entries { field, keys, .. } if !self.ignores_filters => match reply {
                Value::Array(entries) => {
                    let is_asked_for = |entry: &Value| {
                        let key = entry.get(*field).and_then(Value::as_str);
                        key.is_none_or(|key| keys.contains(key))
                    };
                    entries.into_iter().filter(is_asked_for).collect()
                }
                other => other,
            },
            _ => reply,
        };
        Ok(ejson::decoded(reply))
    }

    /// The replies of a system to these reads.
    pub fn replies_to(&self, system: &str, reads: impl IntoIterator<Item = Read>) -> Replies {
        let mut replies = Replies::at(Timestamp::from_second(1_796_095_571).expect("a time"));
        for read in crate::truenas_wire::read::merged(reads, 30_000) {
            replies.insert(&read, self.reply(system, &read));
        }
        replies
    }

    /// What is read of the systems, as [`crate::observe`] reads it.
    pub fn observe(&self, manifest: &Manifest, desired: &BTreeMap<Address, Desired>) -> Observed {
        let mut observed = Observed::default();
        for name in manifest.systems.keys() {
            let mut seen = seen(name);
            let here: Vec<&Desired> =
                desired.values().filter(|want| want.address.system == *name).collect();
            let pairs = || here.iter().filter_map(|it| Some((kinds::find(&it.address.kind)?, *it)));
            let reads = pairs().flat_map(|(kind, want)| kind.reads(want));
            let mut replies = self.replies_to(name, reads);
            let more: Vec<Read> =
                pairs().flat_map(|(kind, want)| kind.more_reads(want, &replies)).collect();
            replies.extend(self.replies_to(name, more));
            for (kind, want) in pairs() {
                let live = kind.decode(want, &replies);
                assert_eq!(live, kind.decode(want, &replies), "it is decoded in two ways");
                match live {
                    Ok(live) => drop(observed.live.insert(want.address.clone(), live)),
                    Err(error) => {
                        seen.failure.get_or_insert(format!("`{}`: {error}", want.address));
                    }
                }
            }
            observed.systems.insert(name.clone(), seen);
        }
        observed
    }
}

/// A system that could be read.
fn seen(name: &str) -> Seen {
    Seen {
        url: format!("https://{name}"),
        username: "trueup".into(),
        release: Release::of("25.10.6"),
        host_id: None,
        hostname: None,
        roles: Roles::from_iter(["FULL_ADMIN"]),
        failure: None,
        remedy: None,
    }
}
