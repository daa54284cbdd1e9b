//! What a person should know of a dataset before the first run of a replication into it.
//!
//! The engine's own rules (zettarepl, `replication/run.py`: `check_encrypted_target`;
//! `dataset/data.py`: `ensure_has_no_data`). They depend on settings of the task that trueup does
//! not manage, so nothing here is called broken. A dataset with snapshots has received before, or
//! is compared by them: nothing is said of it.

use serde_json::{Value, json};

use crate::kinds::Around;
use crate::model::mountpoint;
use crate::model::{Address, Desired, Hint, Live};
use crate::truenas_wire::{Read, ReadMethod, Replies};

/// How many snapshots a dataset has.
pub(super) fn snapshots(name: &str) -> Read {
    let options = json!({
        "extra": {
            "flat": true,
            "retrieve_children": false,
            "properties": ["mountpoint"],
            "snapshots_count": true,
        },
    });
    Read::entries(ReadMethod::PoolDatasetQuery, "id", [name], options)
}

/// Something that is in the dataset, if anything is.
pub(super) fn content(name: &str) -> Read {
    let filters = json!([["name", "!=", ".zfs"]]);
    let options = json!({ "select": ["name"], "limit": 1 });
    let params = vec![json!(mountpoint::of(name)), filters, options];
    Read::call(ReadMethod::FilesystemListdir, params)
}

/// Whether the dataset is there and has no snapshots.
pub(super) fn is_without_snapshots(name: &str, replies: &Replies) -> bool {
    let entry = replies.entry(&snapshots(name), "id", name);
    let count = entry.ok().flatten().and_then(|it| it.get("snapshot_count")?.as_u64());
    count == Some(0)
}

/// Notes what the replies say of a dataset that is there.
pub(super) fn decode(name: &str, replies: &Replies, live: &mut Live) {
    let entry = replies.entry(&snapshots(name), "id", name);
    if let Ok(Some(count)) = entry.map(|entry| entry.and_then(|it| it.get("snapshot_count"))) {
        live.fact("snapshots", count.clone());
    }
    let content = replies.get(&content(name)).ok();
    if let Some(first) = content.and_then(|entries| entries.pointer("/0/name")) {
        live.fact("content", first.clone());
    }
}

/// What the first run would stumble over.
pub(super) fn hints(want: &Desired, live: &Live, around: &Around<'_>) -> Vec<Hint> {
    if want.copy_of.is_empty() {
        return Vec::new();
    }
    if !live.exists {
        return missing(want, live, around).into_iter().collect();
    }
    if live.get("snapshots").and_then(Value::as_u64) != Some(0) {
        return Vec::new();
    }
    [data(live), encryption(want, live, around)].into_iter().flatten().collect()
}

fn data(live: &Live) -> Option<Hint> {
    let first = live.get("content")?.as_str()?;
    Some(Hint {
        what: format!(
            "it holds data (`{first}`) and has no snapshots, so the first run refuses to \
             overwrite it"
        ),
        remedy:
            "move the data away, or name a destination that is empty or does not exist; a task \
                 that replicates from scratch destroys what is there"
                .into(),
    })
}

/// What keeps an empty dataset from receiving an encrypted or a plain source.
fn encryption(want: &Desired, live: &Live, around: &Around<'_>) -> Option<Hint> {
    let name = want.address.key();
    if live.get("encryption_root") == Some(&json!(name)) {
        return Some(Hint {
            what: "it is its own encryption root, and TrueNAS does not replicate into such a \
                   dataset"
                .into(),
            remedy: "name a dataset below it that the first run creates".into(),
        });
    }
    if live.get("encrypted") == Some(&json!(true)) {
        return None;
    }
    existing_for_encrypted(want, around)
}

/// An encrypted source and a dataset that is there before the first run.
fn existing_for_encrypted(want: &Desired, around: &Around<'_>) -> Option<Hint> {
    let source = want.copy_of.iter().find(|source| is_encrypted(source, around) == Some(true))?;
    Some(Hint {
        what: format!(
            "`{}` is encrypted, and TrueNAS sends it only into a dataset that does not exist yet",
            source.key()
        ),
        remedy: "declare only the dataset above this one, and let the first run create it".into(),
    })
}

/// What a run that makes the dataset stumbles over, or one that finds it made by the manifest.
fn missing(want: &Desired, live: &Live, around: &Around<'_>) -> Option<Hint> {
    let ancestor = live.get("ancestor")?;
    let below_encrypted = ancestor.get("encrypted") == Some(&json!(true));
    if !want.referenced_only {
        return if below_encrypted { None } else { existing_for_encrypted(want, around) };
    }
    let source = want.copy_of.iter().find(|source| is_encrypted(source, around) == Some(false));
    let name = ancestor.get("name").and_then(Value::as_str).filter(|_| below_encrypted)?;
    Some(Hint {
        what: format!(
            "`{name}` is encrypted and `{}` is not, so the task has to encrypt what it sends",
            source?.key()
        ),
        remedy: "turn on encryption in the replication task, and let it inherit".into(),
    })
}

fn is_encrypted(dataset: &Address, around: &Around<'_>) -> Option<bool> {
    around.live.get(dataset)?.get("encrypted")?.as_bool()
}
