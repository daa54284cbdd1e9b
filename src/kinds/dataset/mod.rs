//! A ZFS filesystem and the properties that matter for replication.
//!
//! Created with `pool.dataset.create`, changed with `pool.dataset.update`; its name, type and
//! encryption never change, and it is never deleted. A property is compared by its effective
//! value, or by its source where the manifest says `inherit`. The rules that keep TrueNAS from
//! creating one are those of `plugins/pool_/dataset.py` (`do_create`, `__common_validation`).

mod copy;
mod obstacle;
mod property;

use serde_json::{Map, Value, json};

use crate::model::mountpoint;
use crate::model::{Address, Change, Desired, Hint, Live, Reading};
use crate::truenas_wire::{Call, Read, ReadError, ReadMethod, Release, Replies};

use super::object::Object;
use super::trace::{self, Logged, Touched};
use super::{Around, DecodeError, EXISTENCE, Kind, Need, Obstacle};

/// The kind `dataset`.
pub(super) struct Dataset;

/// The managed properties. `encryption` is read as well: with it the reply tells `locked`.
const FIELDS: [&str; 7] =
    ["atime", "comments", "compression", "quota", "readonly", "recordsize", "refquota"];

/// What shows datasets.
const QUERY: &str = "pool.dataset.query";

impl Kind for Dataset {
    fn name(&self) -> &'static str {
        "dataset"
    }

    fn fields(&self) -> &'static [&'static str] {
        &FIELDS
    }

    fn writes(&self) -> &'static [(&'static str, &'static str)] {
        &[("pool.dataset.create", "DATASET_WRITE"), ("pool.dataset.update", "DATASET_WRITE")]
    }

    fn reads(&self, want: &Desired) -> Vec<Read> {
        let name = want.address.key();
        let copies = (!want.copy_of.is_empty()).then(|| copy::snapshots(name));
        std::iter::once(datasets(lineage(name))).chain(copies).collect()
    }

    fn more_reads(&self, want: &Desired, first: &Replies) -> Vec<Read> {
        let name = want.address.key();
        let known = |name: &str| {
            first.entry(&datasets([name]), "id", name).is_ok_and(|entry| entry.is_some())
        };
        if known(name) {
            let is_new = copy::is_without_snapshots(name, first);
            return is_new.then(|| copy::content(name)).into_iter().collect();
        }
        match parent(name) {
            Some(parent) if known(parent) => vec![in_the_way(name, parent)],
            _ => Vec::new(),
        }
    }

    fn decode(&self, want: &Desired, replies: &Replies) -> Result<Live, DecodeError> {
        let name = want.address.key();
        let read = datasets([name]);
        let mut live = Live::absent();
        let entry = match replies.entry(&read, "id", name) {
            Ok(entry) => entry,
            Err(ReadError::Denied) => return Ok(hidden()),
            Err(other) => return Err(other.into()),
        };
        let ancestor = lineage(name)
            .skip(1)
            .find_map(|name| replies.entry(&read, "id", name).ok().flatten().map(|it| (name, it)));
        if let Some((name, entry)) = ancestor {
            live.fact("ancestor", describe(name, entry)?);
        }
        match entry {
            Some(entry) => {
                decode_entry(want, entry, &mut live)?;
                copy::decode(name, replies, &mut live);
            }
            None => {
                let path = parent(name).map(|parent| in_the_way(name, parent));
                let taken = path.map(|read| replies.entry(&read, "name", leaf(name)));
                live.fact("path_taken", matches!(taken, Some(Ok(Some(_)))));
                live.fact("no_parent_path", matches!(taken, Some(Err(ReadError::Missing(_)))));
            }
        }
        Ok(live)
    }

    fn needs(&self, want: &Desired, _: &Live) -> Vec<Need> {
        let system = &want.address.system;
        let nearest: Vec<Address> = lineage(want.address.key())
            .skip(1)
            .map(|name| Address::new(system, self.name(), name))
            .collect();
        vec![Need { nearest, fields: &["readonly"], to_create: true }]
    }

    fn hints(&self, want: &Desired, live: &Live, around: &Around<'_>) -> Vec<Hint> {
        copy::hints(want, live, around)
    }

    fn obstacle(&self, want: &Desired, live: &Live, around: &Around<'_>) -> Option<Obstacle> {
        let name = want.address.key();
        if live.exists {
            return obstacle::existing(name, live);
        }
        if want.referenced_only {
            return Some(match want.sent {
                true => obstacle::no_such_dataset(want, around),
                false => obstacle::no_pool_to_go_into(want, around),
            });
        }
        obstacle::creation(want, live, around)
    }

    fn calls(
        &self,
        want: &Desired,
        live: &Live,
        changes: &[Change],
        on: &Release,
        _: &Around<'_>,
    ) -> Vec<Call> {
        let name = want.address.key();
        let mut properties: Map<String, Value> = changes
            .iter()
            .map(|change| {
                (change.field.clone(), property::on_the_wire(&change.field, &change.after))
            })
            .collect();
        if live.exists {
            return vec![Call::new(
                "pool.dataset.update",
                vec![json!(name), Value::Object(properties)],
            )];
        }
        properties.insert("name".into(), json!(name));
        if want.switched_on("create_ancestors") {
            properties.insert("create_ancestors".into(), json!(true));
        }
        if on.dialect.comments_must_be_sent {
            properties.entry("comments").or_insert(json!(""));
        }
        vec![Call::new("pool.dataset.create", vec![Value::Object(properties)])]
    }

    fn touched(&self, want: &Desired, live: &Live, logged: &Logged<'_>) -> Option<Touched> {
        touched(want.address.key(), live, logged)
    }
}

/// What a call did to the dataset. What one above it sets may be inherited: then it is the value
/// that the dataset has. One above it is only deleted with it if the call says so.
fn touched(name: &str, live: &Live, logged: &Logged<'_>) -> Option<Touched> {
    let at = logged.text(0).or_else(|| logged.member(0, "name"))?;
    let above = name.strip_prefix(at).is_some_and(|rest| rest.starts_with('/'));
    let names = FIELDS.map(|field| (field, field));
    match logged.method {
        "pool.dataset.delete" => {
            let recursive = logged.object(1).and_then(|options| options.get("recursive"));
            let removes = at == name || above && recursive == Some(&json!(true));
            removes.then_some(Touched::Removed)
        }
        "pool.dataset.create" if at == name => {
            let given = logged.object(0)?;
            let mut set = trace::known_fields(given, &names, property::from_the_wire);
            for field in FIELDS {
                // What is left out is inherited from a parent that may have had any value.
                let default = property::default_of_new(field);
                set.entry(field).or_insert(default);
            }
            Some(Touched::Created(set))
        }
        "pool.dataset.update" if at == name || above => {
            let mut set = trace::known_fields(logged.object(1)?, &names, property::from_the_wire);
            if above {
                set.retain(|field, value| {
                    property::is_inheritable(field)
                        && value.is_some()
                        && value.as_ref() == live.get(field)
                });
            }
            (!set.is_empty()).then_some(Touched::Fields(set))
        }
        _ => None,
    }
}

/// The rows of these datasets.
fn datasets<'a>(names: impl IntoIterator<Item = &'a str>) -> Read {
    let options = json!({
        "extra": {
            "flat": true,
            "retrieve_children": false,
            "properties": [
                "atime", "compression", "encryption", "mountpoint", "quota", "readonly",
                "recordsize", "refquota"
            ],
        },
    });
    Read::entries(ReadMethod::PoolDatasetQuery, "id", names, options)
}

/// The entry that stands where the dataset would be mounted, in the directory of its parent.
fn in_the_way(name: &str, parent: &str) -> Read {
    Read::entries(
        ReadMethod::FilesystemListdir,
        "name",
        [leaf(name)],
        json!({ "select": ["name", "type"] }),
    )
    .below(vec![json!(mountpoint::of(parent))])
}

/// The name itself, its parent, and so on up to the pool.
fn lineage(name: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(name), |name| parent(name))
}

fn parent(name: &str) -> Option<&str> {
    name.rsplit_once('/').map(|(parent, _)| parent)
}

fn leaf(name: &str) -> &str {
    name.rsplit_once('/').map_or(name, |(_, leaf)| leaf)
}

/// A dataset of which nothing may be read.
fn hidden() -> Live {
    let fields = FIELDS.into_iter().chain([EXISTENCE]);
    let fields = fields.map(|it| (it.to_string(), Reading::Hidden { role: "DATASET_READ" }));
    Live { exists: true, fields: fields.collect(), ..Live::default() }
}

/// What the rules ask of the nearest existing ancestor.
fn describe(name: &str, entry: &Value) -> Result<Value, DecodeError> {
    let object = Object::new(QUERY, entry);
    Ok(json!({
        "name": name,
        "locked": object.flag("locked")?,
        "volume": is_volume(entry)?,
        "encrypted": object.flag("encrypted")?,
        "readonly": property::effective(entry, "readonly") == Some("on".into()),
        "inherits_readonly": property::inherited(entry, "readonly"),
        "mountpoint": object.text_if_any("mountpoint")?,
    }))
}

fn is_volume(entry: &Value) -> Result<bool, DecodeError> {
    Ok(Object::new(QUERY, entry).text("type")? == "VOLUME")
}

fn decode_entry(want: &Desired, entry: &Value, live: &mut Live) -> Result<(), DecodeError> {
    live.exists = true;
    let volume = is_volume(entry)?;
    let object = Object::new(QUERY, entry);
    live.fact("locked", object.flag("locked")?);
    live.fact("encrypted", object.flag("encrypted")?);
    live.fact("encryption_root", object.text_if_any("encryption_root")?);
    live.fact("volume", volume);
    if volume {
        return Ok(());
    }
    for field in FIELDS {
        let inherits_as_wanted =
            want.get(field) == Some(&json!("inherit")) && property::inherited(entry, field);
        let value = match inherits_as_wanted {
            true => Some("inherit".into()),
            false => property::effective(entry, field),
        };
        let value = value.ok_or_else(|| Object::new(QUERY, entry).lacks(field))?;
        live.field(field, value);
    }
    Ok(())
}
