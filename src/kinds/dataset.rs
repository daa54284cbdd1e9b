//! A ZFS filesystem and the properties that matter for replication.
//!
//! Created with `pool.dataset.create`, changed with `pool.dataset.update`; its name, type and
//! encryption never change, and it is never deleted. A property is compared by its effective
//! value, or by its source where the manifest says `inherit`. The rules that keep TrueNAS from
//! creating one are those of `plugins/pool_/dataset.py` (`do_create`, `__common_validation`).

use serde_json::{Map, Value, json};

use crate::model::nearest::nearest_path;
use crate::model::{
    Address, BlockedReason, Call, Change, Desired, Live, Read, ReadError, ReadMethod, Reading,
    Release, Replies, size,
};

use super::object::Object;
use super::trace::{self, Logged, Touched};
use super::{Around, Breaks, DecodeError, Kind, Need, Obstacle};

/// The kind `dataset`.
pub struct Dataset;

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

    fn reads(&self, want: &Desired) -> Vec<Read> {
        let name = want.address.key();
        vec![datasets(lineage(name))]
    }

    fn more_reads(&self, want: &Desired, first: &Replies) -> Vec<Read> {
        let name = want.address.key();
        let known = |name: &str| {
            first.entry(&datasets([name]), "id", name).is_ok_and(|entry| entry.is_some())
        };
        match parent(name) {
            Some(parent) if !known(name) && known(parent) => vec![in_the_way(name, parent)],
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
            Some(entry) => decode_entry(want, entry, &mut live)?,
            None => {
                let path = parent(name).map(|parent| in_the_way(name, parent));
                let taken = path.and_then(|read| replies.entry(&read, "name", leaf(name)).ok());
                live.fact("path_taken", taken.flatten().is_some());
            }
        }
        Ok(live)
    }

    fn needs(&self, want: &Desired) -> Vec<Need> {
        let system = &want.address.system;
        let nearest: Vec<Address> = lineage(want.address.key())
            .skip(1)
            .map(|name| Address::new(system, self.name(), name))
            .collect();
        vec![Need { nearest, fields: &["readonly"], to_create: true }]
    }

    fn obstacle(&self, want: &Desired, live: &Live, around: &Around<'_>) -> Option<Obstacle> {
        let name = want.address.key();
        if live.exists {
            return existing_obstacle(name, live);
        }
        if want.is_only_named() {
            return Some(no_such_dataset(want, around));
        }
        creation_obstacle(want, live, around)
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
            .map(|change| (change.field.clone(), on_the_wire(&change.field, &change.after)))
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

    fn breaks(&self, field: &str, _: &Value, _: &Value) -> Breaks {
        match field {
            "quota" | "refquota" | "readonly" => Breaks::Unknown,
            _ => Breaks::No,
        }
    }

    /// What is sent has to be there (zettarepl, `replication/run.py`,
    /// `check_target_existence_and_type`); what is received into is made where it is missing
    /// (`run_replication_step`).
    fn breaks_when_missing(&self, want: &Desired) -> Breaks {
        if want.sent { Breaks::Yes("there is nothing to send") } else { Breaks::Unknown }
    }
}

/// What a call did to the dataset. What one above it sets may be inherited: then it is the value
/// that the dataset has.
fn touched(name: &str, live: &Live, logged: &Logged<'_>) -> Option<Touched> {
    let at = logged.text(0).or_else(|| logged.member(0, "name"))?;
    let above = name.strip_prefix(at).is_some_and(|rest| rest.starts_with('/'));
    match logged.method {
        "pool.dataset.delete" if at == name || above => Some(Touched::Removed),
        "pool.dataset.create" if at == name => Some(Touched::Whole),
        "pool.dataset.update" if at == name || above => {
            let names = FIELDS.map(|field| (field, field));
            let set = trace::fields(logged.object(1), &names, from_the_wire);
            let Touched::Fields(mut set) = set else { return None };
            if above {
                set.retain(|field, value| value.is_some() && value.as_ref() == live.get(field));
            }
            Some(Touched::Fields(set))
        }
        _ => None,
    }
}

/// A property in the manifest's form; `None` if what is sent does not say the effective value.
fn from_the_wire(field: &str, value: &Value) -> Option<Value> {
    match (field, value) {
        ("quota" | "refquota", Value::Null) => Some(json!("none")),
        ("quota" | "refquota", value) => {
            let bytes = value.as_u64()?;
            Some(if bytes == 0 { json!("none") } else { json!(size::show(bytes)) })
        }
        (_, Value::String(text)) if text == "INHERIT" => None,
        ("comments" | "recordsize", text) => Some(text.clone()),
        (_, text) => Some(json!(text.as_str()?.to_ascii_lowercase())),
    }
}

/// The rows of these datasets.
fn datasets<'a>(names: impl IntoIterator<Item = &'a str>) -> Read {
    let options = json!({
        "extra": {
            "flat": true,
            "retrieve_children": false,
            "properties": [
                "atime", "compression", "encryption", "quota", "readonly", "recordsize", "refquota"
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
    .below(vec![json!(format!("/mnt/{parent}"))])
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
    let fields = FIELDS.map(|field| (field.to_string(), Reading::Hidden { role: "DATASET_READ" }));
    Live { exists: true, fields: fields.into(), ..Live::default() }
}

/// What the rules ask of the nearest existing ancestor.
fn describe(name: &str, entry: &Value) -> Result<Value, DecodeError> {
    let object = Object::new(QUERY, entry);
    Ok(json!({
        "name": name,
        "locked": object.flag("locked")?,
        "volume": is_volume(entry)?,
        "readonly": property(entry, "readonly") == Some("on".into()),
        "inherits_readonly": inherited(entry, "readonly"),
    }))
}

fn is_volume(entry: &Value) -> Result<bool, DecodeError> {
    Ok(Object::new(QUERY, entry).text("type")? == "VOLUME")
}

fn decode_entry(want: &Desired, entry: &Value, live: &mut Live) -> Result<(), DecodeError> {
    live.exists = true;
    let volume = is_volume(entry)?;
    live.fact("locked", Object::new(QUERY, entry).flag("locked")?);
    live.fact("volume", volume);
    if volume {
        return Ok(());
    }
    for field in FIELDS {
        let inherits_as_wanted =
            want.get(field) == Some(&json!("inherit")) && inherited(entry, field);
        let value = match field {
            _ if inherits_as_wanted => Some("inherit".into()),
            "comments" => Some(comments(entry)),
            "quota" | "refquota" => quota(entry, field),
            _ => property(entry, field),
        };
        let value = value.ok_or_else(|| Object::new(QUERY, entry).lacks(field))?;
        live.field(field, value);
    }
    Ok(())
}

/// A property's effective value as ZFS writes it: `zstd`, `on`, `128K`.
fn property(entry: &Value, name: &str) -> Option<String> {
    let property = entry.get(name)?;
    match name {
        "recordsize" => {
            let bytes = property.get("parsed").and_then(Value::as_u64);
            bytes.map(size::show).or_else(|| text(property, "value"))
        }
        _ => text(property, "value").or_else(|| text(property, "rawvalue")),
    }
    .map(|value| if name == "recordsize" { value } else { value.to_ascii_lowercase() })
}

fn text(property: &Value, part: &str) -> Option<String> {
    property.get(part)?.as_str().map(Into::into)
}

/// A quota's exact size, or `none`.
fn quota(entry: &Value, name: &str) -> Option<String> {
    match entry.get(name)?.get("parsed")? {
        Value::Null => Some("none".into()),
        bytes => {
            bytes.as_u64().map(|bytes| if bytes == 0 { "none".into() } else { size::show(bytes) })
        }
    }
}

/// The comment: a user property that later releases show among those, 25.04 beside them.
fn comments(entry: &Value) -> String {
    let among_user_properties = entry.get("user_properties").and_then(|it| it.get("comments"));
    among_user_properties
        .or_else(|| entry.get("comments"))
        .and_then(|property| text(property, "rawvalue"))
        .unwrap_or_default()
}

/// Whether the property's value comes from above rather than from the dataset itself.
fn inherited(entry: &Value, name: &str) -> bool {
    let source = entry.get(name).and_then(|property| text(property, "source"));
    matches!(source.as_deref(), Some("INHERITED" | "DEFAULT"))
}

/// A value as the API takes it.
fn on_the_wire(field: &str, value: &Value) -> Value {
    let text = value.as_str().unwrap_or_default();
    match field {
        "comments" => value.clone(),
        "quota" | "refquota" => json!(size::parse(text).unwrap_or(0)),
        "recordsize" if text != "inherit" => value.clone(),
        _ => json!(text.to_ascii_uppercase()),
    }
}

fn flag(fact: Option<&Value>, name: &str) -> bool {
    fact.and_then(|fact| fact.get(name)).and_then(Value::as_bool).unwrap_or(false)
}

fn existing_obstacle(name: &str, live: &Live) -> Option<Obstacle> {
    if live.get("volume") == Some(&Value::Bool(true)) {
        return Some(Obstacle {
            reason: BlockedReason::IsVolume,
            remedy: format!(
                "`{name}` is a volume, and a dataset's type never changes; name a filesystem"
            ),
        });
    }
    (live.get("locked") == Some(&Value::Bool(true))).then(|| Obstacle {
        reason: BlockedReason::Locked,
        remedy: format!("`{name}` is locked; unlock it in TrueNAS (Datasets › Unlock)"),
    })
}

fn no_such_dataset(want: &Desired, around: &Around<'_>) -> Obstacle {
    let (system, name) = (&want.address.system, want.address.key());
    let others = around
        .desired
        .keys()
        .filter(|it| it.system == *system && it.kind == want.address.kind && **it != want.address);
    let meant = nearest_path(name, others.map(Address::key));
    let correct = match meant {
        Some(meant) => format!("did you mean `{meant}`? If not, declare"),
        None => "correct the name, or declare".into(),
    };
    Obstacle {
        reason: BlockedReason::NoSuchDataset,
        remedy: format!(
            "without it the replication fails, and nothing else names it; {correct} it under \
             `systems.{system}.datasets`"
        ),
    }
}

/// Why TrueNAS would refuse to create the dataset, in the order of its own checks.
fn creation_obstacle(want: &Desired, live: &Live, around: &Around<'_>) -> Option<Obstacle> {
    let name = want.address.key();
    let Some(wanted_parent) = parent(name) else {
        return Some(Obstacle {
            reason: BlockedReason::PoolRoot,
            remedy: format!("there is no pool `{name}`, and trueup does not create pools"),
        });
    };
    let parent_address = Address::new(&want.address.system, &want.address.kind, wanted_parent);
    let planned = around.desired.contains_key(&parent_address);
    let Some(ancestor) = live.get("ancestor") else {
        let pool = name.split('/').next().unwrap_or(name);
        return Some(Obstacle {
            reason: BlockedReason::NoSuchPool,
            remedy: format!(
                "the system has no pool `{pool}`; create or import it, or name one of its pools"
            ),
        });
    };
    let ancestor_name = ancestor.get("name").and_then(Value::as_str).unwrap_or_default();
    let ancestor = Some(ancestor);
    if ancestor_name != wanted_parent && !planned && !want.switched_on("create_ancestors") {
        return Some(Obstacle {
            reason: BlockedReason::NoParent,
            remedy: format!(
                "its parent `{wanted_parent}` does not exist; name it under `datasets` too, or \
                 write `create_ancestors: true` here"
            ),
        });
    }
    if let Some(remedy) = read_only_parent(want, ancestor_name, ancestor, around) {
        return Some(Obstacle { reason: BlockedReason::ParentReadonly, remedy });
    }
    if flag(ancestor, "volume") {
        return Some(Obstacle {
            reason: BlockedReason::ParentIsVolume,
            remedy: format!("`{ancestor_name}` is a volume, which has no children"),
        });
    }
    if flag(ancestor, "locked") {
        return Some(Obstacle {
            reason: BlockedReason::ParentLocked,
            remedy: format!("unlock `{ancestor_name}` in TrueNAS (Datasets › Unlock)"),
        });
    }
    (live.get("path_taken") == Some(&Value::Bool(true))).then(|| Obstacle {
        reason: BlockedReason::PathInTheWay,
        remedy: format!(
            "/mnt/{name} exists and is no dataset; move its content away and remove it, or choose \
             another name"
        ),
    })
}

/// What to do about a parent that will be read-only when the dataset is created, if it will:
/// because the manifest makes it so, or because it is and the manifest does not change that.
/// `existing` is the nearest ancestor that is there, as [`describe`] has it.
fn read_only_parent(
    want: &Desired,
    existing: &str,
    described: Option<&Value>,
    around: &Around<'_>,
) -> Option<String> {
    let is_read_only = flag(described, "readonly");
    for above in lineage(want.address.key()).skip(1) {
        let address = Address::new(&want.address.system, &want.address.kind, above);
        let wanted = around.brought_about(&address, "readonly").and_then(Value::as_str);
        let there = above == existing || around.live.get(&address).is_some_and(|it| it.exists);
        match wanted {
            Some("off") => return None,
            Some("on") if !(there && is_read_only) => {
                return Some(format!(
                    "the manifest makes `{above}` read-only, and then nothing can be created in \
                     it; write `readonly: off` for `{above}` until this dataset is there"
                ));
            }
            Some("on") => break,
            _ if above == existing && !flag(described, "inherits_readonly") => {
                if wanted == Some("inherit") {
                    return None;
                }
                break;
            }
            _ => {}
        }
    }
    is_read_only.then(|| {
        format!(
            "`{existing}` is read-only (a replication's target usually is), and nothing can be \
             created in it; choose another parent, or write `readonly: off` for `{existing}`"
        )
    })
}
