//! Datasets as `pool.dataset.query` shows them.
//!
//! Source: `plugins/pool_/dataset_query_utils.py` of TS-25.10.6.

use serde_json::{Map, Value, json};

use super::super::super::query::Query;
use super::super::super::release::Release;
use super::super::super::system::System;
use super::super::super::system::datasets::{Kind, parent, pool_of};
use super::super::super::system::property::{
    NAMED_USER_PROPERTIES, Of, PROPERTIES, Property, named,
};

/// Properties that come with the facts of the encryption (`build_set_of_zfs_props`).
const ENCRYPTION: [&str; 5] =
    ["encryption", "encryptionroot", "keyformat", "keylocation", "keystatus"];

/// What a query's `extra` asks to be shown of a dataset.
pub(super) struct View {
    /// ZFS's names of properties; `None` for the usual ones.
    properties: Option<Vec<String>>,
    user_properties: bool,
    snapshots: bool,
    snapshot_count: bool,
    children: bool,
    flat: bool,
}

impl View {
    /// What the query asks for.
    pub(super) fn of(query: &Query) -> Self {
        let flag = |name: &str, default: bool| {
            query
                .extra
                .get(name)
                .map_or(default, |value| value.as_bool().unwrap_or(!value.is_null()))
        };
        let names = query.extra.get("properties").and_then(Value::as_array).map(|names| {
            names.iter().filter_map(|name| name.as_str().map(str::to_owned)).collect()
        });
        Self {
            properties: names,
            user_properties: flag("retrieve_user_props", true),
            snapshots: flag("snapshots", false),
            snapshot_count: flag("snapshots_count", false),
            children: flag("retrieve_children", true),
            flat: flag("flat", true),
        }
    }

    /// The entries that the query's filters look at.
    pub(super) fn entries(&self, system: &System, filtered: bool) -> Vec<Value> {
        let roots = shown(system).filter(|name| parent(name).is_none());
        if !self.children {
            let names: Vec<&str> = if filtered { shown(system).collect() } else { roots.collect() };
            return names.into_iter().map(|name| self.entry(system, name)).collect();
        }
        let trees = roots.map(|name| self.tree(system, name));
        if !filtered && !self.flat {
            return trees.collect();
        }
        let mut flat = Vec::new();
        for tree in trees {
            flatten(tree, &mut flat);
        }
        flat
    }

    /// How many datasets there are to look at: filters do not make it less.
    pub(super) fn count(&self, system: &System, filtered: bool) -> usize {
        let everything = self.children || filtered;
        shown(system).filter(|name| everything || parent(name).is_none()).count()
    }

    /// One dataset with everything below it.
    pub(super) fn tree(&self, system: &System, name: &str) -> Value {
        let mut entry = self.entry(system, name);
        let children = shown(system).filter(|other| parent(other) == Some(name));
        entry["children"] = children.map(|child| self.tree(system, child)).collect();
        entry
    }

    /// One dataset without its children.
    fn entry(&self, system: &System, name: &str) -> Value {
        let datasets = &system.datasets;
        let Some(dataset) = datasets.get(name) else { return Value::Null };
        let mut entry = Map::new();
        let wanted: Vec<&Property> = self.wanted(dataset.kind, system.generation());
        for property in &wanted {
            if let Some((raw, source)) = datasets.effective(name, property.name) {
                let value = property.shown_value(&raw, &source, system.generation());
                entry.insert(property.shown.to_owned(), value);
            }
        }
        let release = system.generation();
        let asked_for = wanted.iter().any(|property| property.name == "mountpoint");
        let mountpoint = match dataset.kind {
            Kind::Volume => None,
            Kind::Filesystem if asked_for => Some(datasets.mountpoint_property(name)),
            Kind::Filesystem => datasets.mounted_at(name),
        };
        entry.insert("id".into(), name.into());
        entry.insert("name".into(), name.into());
        entry.insert("pool".into(), pool_of(name).into());
        entry.insert("type".into(), dataset.kind.name().into());
        if release.has_own_dataset_query() || asked_for || dataset.kind == Kind::Volume {
            entry.insert("mountpoint".into(), mountpoint.into());
        }
        if release.has_own_dataset_query() || self.children {
            entry.insert("children".into(), json!([]));
        }
        if self.shows_encryption() {
            let root = datasets.encryption_root(name);
            let loaded = root.map(|(_, encryption)| encryption.key_loaded);
            entry.insert("encrypted".into(), root.is_some().into());
            entry.insert("encryption_root".into(), root.map(|(root, _)| root).into());
            entry.insert("key_loaded".into(), loaded.unwrap_or_default().into());
            entry.insert("locked".into(), datasets.is_locked(name).into());
        }
        if self.user_properties {
            let mut properties = user_properties(system, name);
            if !release.has_own_dataset_query()
                && let Some(properties) = properties.as_object_mut()
            {
                entry.extend(take_named(properties));
            }
            entry.insert("user_properties".into(), properties);
        }
        if self.snapshots {
            entry.insert("snapshots".into(), json!([]));
        }
        if self.snapshot_count {
            entry.insert("snapshot_count".into(), dataset.snapshots.into());
        }
        Value::Object(entry)
    }

    fn shows_encryption(&self) -> bool {
        let is_wanted =
            |name: &String| ENCRYPTION.iter().any(|property| property.eq_ignore_ascii_case(name));
        self.properties.as_ref().is_none_or(|names| names.iter().any(is_wanted))
    }

    /// What is shown of a dataset of that kind. The mountpoint is shown even without properties.
    fn wanted(&self, kind: Kind, release: Release) -> Vec<&'static Property> {
        let has = |property: &&Property| {
            // 26.0 shows volumes' small blocks too (`BASE_VOL_PROPS`).
            let both = property.of == Of::Both
                || (property.name == "special_small_blocks" && release >= Release::V26_0);
            both || matches!(
                (property.of, kind),
                (Of::Filesystem, Kind::Filesystem) | (Of::Volume, Kind::Volume)
            )
        };
        match self.properties.as_deref() {
            None => PROPERTIES.iter().filter(has).filter(|property| property.base).collect(),
            Some([]) if !release.has_own_dataset_query() => Vec::new(),
            Some([]) => named("mountpoint").into_iter().filter(has).collect(),
            Some(names) => names
                .iter()
                .filter_map(|name| named(name))
                .filter(has)
                .filter(|property| property.name != "type")
                .collect(),
        }
    }
}

/// The datasets that users see.
fn shown(system: &System) -> impl Iterator<Item = &str> {
    system.datasets.names().filter(|name| !super::is_internal(name))
}

fn flatten(tree: Value, flat: &mut Vec<Value>) {
    let children = tree["children"].as_array().cloned().unwrap_or_default();
    flat.push(tree);
    for child in children {
        flatten(child, flat);
    }
}

/// All of them are told to be local, inherited or not (`normalize_user_properties`).
fn user_properties(system: &System, name: &str) -> Value {
    let shown = system.datasets.user_properties(name).into_iter().map(|(name, value)| {
        let api = NAMED_USER_PROPERTIES.iter().find(|(_, property)| *property == name);
        let name = api.map_or(name, |(api, _)| (*api).to_owned());
        let value = json!({
            "parsed": value,
            "rawvalue": value,
            "value": value,
            "source": "LOCAL",
            "source_info": null,
        });
        (name, value)
    });
    Value::Object(shown.collect())
}

/// Takes out what 25.04 shows beside the properties of ZFS: comments, quota thresholds and the like.
fn take_named(properties: &mut Map<String, Value>) -> Map<String, Value> {
    let named = NAMED_USER_PROPERTIES.iter().filter_map(|(api, _)| {
        let mut value = properties.remove(*api)?;
        value.as_object_mut().and_then(|value| value.remove("source_info"));
        Some(((*api).to_owned(), value))
    });
    named.collect()
}
