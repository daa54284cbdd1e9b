//! The pools and datasets that the fleet describes.

use serde_json::Value;

use super::wrong;
use crate::clock::now_ms;
use crate::fleet::{DatasetSpec, FleetError, SystemSpec};
use crate::release::Release;
use crate::system::datasets::{self, Dataset, Datasets, Encryption, Kind, Pool};
use crate::system::files::Files;
use crate::system::property;

/// How big a pool is if nobody says, bytes.
const POOL_SIZE: u64 = 100 << 30;

/// The pools and datasets, and what is mounted of them.
pub(super) fn add_storage(
    spec: &SystemSpec,
    release: Release,
    datasets: &mut Datasets,
    files: &mut Files,
) -> Result<(), FleetError> {
    let created = now_ms() / 1000;
    for (id, (name, pool)) in (1..).zip(&spec.pools) {
        datasets.pools.insert(
            name.clone(),
            Pool {
                id,
                guid: (rand::random::<u64>() >> 1).to_string(),
                status: pool.status.clone().unwrap_or_else(|| "ONLINE".to_owned()),
                size: pool.size.unwrap_or(POOL_SIZE),
            },
        );
        // Source: `plugins/pool_/pool.py` (`do_create`, `fsoptions`).
        let mut root = Dataset::new(Kind::Filesystem, created);
        for (property, value) in [
            ("aclinherit", "passthrough"),
            ("aclmode", "discard"),
            ("acltype", "posix"),
            ("atime", "off"),
            ("compression", "lz4"),
            ("xattr", "sa"),
        ] {
            root.local.insert(property.to_owned(), value.to_owned());
        }
        datasets.insert(name.as_str(), root);
        files.ensure_directory(&format!("/mnt/{name}"), 0o755);
    }
    for (name, dataset) in &spec.datasets {
        let pool = datasets::pool_of(name);
        if !datasets.pools.contains_key(pool) {
            return Err(wrong(format!("dataset `{name}` is in no pool: add `{pool}` to `pools`")));
        }
        if !datasets::is_valid_name(name) {
            return Err(wrong(format!("`{name}` is no name for a dataset")));
        }
        let missing: Vec<String> = datasets::ancestors(name)
            .filter(|above| datasets.get(above).is_none())
            .map(str::to_owned)
            .collect();
        for above in missing.into_iter().rev() {
            datasets.insert(above.as_str(), api_made(&DatasetSpec::default(), release, created));
        }
        let mut made = api_made(dataset, release, created);
        if let Some(mine) = datasets.get(name) {
            // A pool's root keeps what the pool was made with.
            let mut local = mine.local.clone();
            local.append(&mut made.local);
            made.local = local;
        }
        datasets.insert(name.as_str(), made);
    }
    let is_filesystem =
        |name: &&str| datasets.get(name).is_some_and(|d| d.kind == Kind::Filesystem);
    let mounted: Vec<String> = datasets
        .names()
        .filter(is_filesystem)
        .map(|name| datasets.mountpoint_property(name))
        .filter(|path| path.starts_with('/'))
        .collect();
    for path in mounted {
        files.ensure_directory(&path, 0o755);
    }
    Ok(())
}

/// A dataset as `pool.dataset.create` would have made it.
fn api_made(spec: &DatasetSpec, release: Release, created: i64) -> Dataset {
    let volume = spec.kind.as_deref() == Some("VOLUME");
    let mut made = Dataset::new(if volume { Kind::Volume } else { Kind::Filesystem }, created);
    if volume {
        made.local.insert("volsize".into(), spec.volsize.unwrap_or(1 << 30).to_string());
    } else {
        made.local.insert("xattr".into(), "sa".into());
    }
    for (property, value) in [
        ("acltype", &spec.acltype),
        ("atime", &spec.atime),
        ("compression", &spec.compression),
        ("copies", &spec.copies),
        ("dedup", &spec.deduplication),
        ("exec", &spec.exec),
        ("readonly", &spec.readonly),
        ("recordsize", &spec.recordsize),
        ("snapdir", &spec.snapdir),
        ("sync", &spec.sync),
    ] {
        if let Some(raw) = value.as_ref().and_then(|value| raw_value(property, value)) {
            made.local.insert(property.to_owned(), raw);
        }
    }
    for (property, bytes) in [("quota", spec.quota), ("refquota", spec.refquota)] {
        if let Some(bytes) = bytes {
            made.local.insert(property.to_owned(), bytes.to_string());
        }
    }
    if let Some(mountpoint) = &spec.mountpoint {
        made.local.insert("mountpoint".into(), mountpoint.clone());
    }
    // 26.0 takes the default of `comments` for a text of its own (`plugins/pool_/utils.py`).
    let literal = (release >= Release::V26_0).then(|| "INHERIT".to_owned());
    if let Some(comments) = spec.comments.clone().or(literal) {
        made.user.insert(property::COMMENTS.to_owned(), comments);
    }
    made.user.extend(spec.user_properties.clone());
    made.received = spec.received.clone();
    made.snapshots = spec.snapshots;
    if spec.encrypted || spec.locked {
        made.encryption = Some(Encryption {
            key_format: "hex",
            algorithm: "aes-256-gcm".into(),
            iterations: 0,
            key_loaded: !spec.locked,
        });
    }
    made
}

/// A property's value as ZFS keeps it; `None` for `INHERIT`.
fn raw_value(property: &str, value: &Value) -> Option<String> {
    let text = match value {
        Value::Bool(true) => "on".to_owned(),
        Value::Bool(false) => "off".to_owned(),
        Value::String(text) => text.to_lowercase(),
        other => other.to_string(),
    };
    match property {
        _ if text == "inherit" => None,
        "recordsize" => Some(bytes_of(&text).unwrap_or(131_072).to_string()),
        _ => Some(text),
    }
}

/// The number of bytes that `128K`, `1M` or `512` stand for.
pub fn bytes_of(size: &str) -> Option<u64> {
    let size = size.trim_end_matches(['b', 'B']);
    let (number, unit) = match size.find(|c: char| !c.is_ascii_digit()) {
        Some(at) => size.split_at(at),
        None => (size, ""),
    };
    let shift = match unit.to_ascii_uppercase().as_str() {
        "" => 0,
        "K" => 10,
        "M" => 20,
        "G" => 30,
        "T" => 40,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(1 << shift)
}
