//! `pool.dataset.*`.
//!
//! Source: `plugins/pool_/dataset.py`, `dataset_info.py`, `dataset_recordsize.py` of TS-25.10.6
//! and 26.0.

mod create;
mod delete;
mod entry;
mod model;
mod rules;
mod setting;
#[cfg(test)]
mod tests;
mod update;

use serde_json::{Value, json};

use super::super::check::{nullable, optional, text};
use super::super::fault::Fault;
use super::super::method::{Call, Method, Reply};
use super::super::query::{self, Query};
use super::super::system::System;
use super::{accepted, accepted_by_schema, audited, instance, instance_query, plain};
use entry::View;

pub(super) const METHODS: &[Method] = &[
    plain("pool.dataset.query", &["DATASET_READ"], query),
    plain("pool.dataset.get_instance", &["DATASET_READ"], get_instance),
    audited("pool.dataset.create", &["DATASET_WRITE"], "Pool dataset create", create::create),
    audited("pool.dataset.update", &["DATASET_WRITE"], "Pool dataset update", update::update),
    audited("pool.dataset.delete", &["DATASET_DELETE"], "Pool dataset delete", delete::delete),
    plain("pool.dataset.compression_choices", &["DATASET_READ"], compression_choices),
    plain("pool.dataset.checksum_choices", &["DATASET_READ"], checksum_choices),
    plain("pool.dataset.recordsize_choices", &["DATASET_READ"], recordsize_choices),
];

/// Whether the dataset belongs to the system, which hides it (`internal_datasets_filters`).
pub(super) fn is_internal(name: &str) -> bool {
    const POOLS: [&str; 2] = ["boot-pool", "freenas-boot"];
    const WITHIN: [&str; 5] =
        ["/.system", "/ix-applications", "/ix-apps", "/.ix-virt", "/.truenas_containers"];
    let pool = name.split('/').next().unwrap_or(name);
    POOLS.contains(&pool) || WITHIN.iter().any(|part| name.contains(part))
}

fn query(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let [filters, options] = accepted(call, query::parameters())?;
    Ok(answer(call.system, &Query::new(filters, options))?.into())
}

fn answer(system: &System, query: &Query) -> Result<Value, Fault> {
    let view = View::of(query);
    // Without its children 25.04 only finds the datasets that the one filter names.
    let release = system.generation();
    if !release.has_own_dataset_query() {
        let named = query.filters.len() == 1 && ["id", "name"].iter().any(|key| query.picks(key));
        return query.run(view.entries(system, named));
    }
    let filtered = !query.filters.is_empty();
    if query.counts() {
        return Ok(view.count(system, filtered).into());
    }
    query.run_whole(view.entries(system, filtered))
}

fn get_instance(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let (id, query) = instance_query(call, text())?;
    let found = answer(call.system, &query)?;
    Ok(instance(found, || missing(id.as_str().unwrap_or_default()))?.into())
}

fn missing(name: &str) -> String {
    format!("PoolDataset {name} does not exist")
}

/// The dataset as `get_instance` gives it without options; `None` if users do not see one.
fn found(system: &System, name: &str) -> Option<Value> {
    if is_internal(name) || system.datasets.get(name).is_none() {
        return None;
    }
    Some(View::of(&Query::default()).tree(system, name))
}

/// Tells subscribers of a dataset that was made or changed; gives it as the reply.
fn tell(system: &mut System, msg: &'static str, name: &str) -> Result<Reply, Fault> {
    let fields = found(system, name).ok_or_else(|| Fault::not_found(missing(name)))?;
    system.tell(msg, "pool.dataset.query", name.into(), Some(fields.clone()));
    Ok(fields.into())
}

fn choices(names: &[&str]) -> Value {
    let choices = names.iter().filter(|name| **name != "INHERIT");
    Value::Object(choices.map(|name| ((*name).to_owned(), (*name).into())).collect())
}

fn compression_choices(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let [] = accepted_by_schema(call, [])?;
    Ok(choices(&model::COMPRESSION).into())
}

fn checksum_choices(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let [] = accepted_by_schema(call, [])?;
    let names: Vec<&str> = model::CHECKSUM.into_iter().filter(|name| *name != "OFF").collect();
    Ok(choices(&names).into())
}

fn recordsize_choices(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let [_pool] = accepted_by_schema(call, [optional("pool_name", nullable(text()), Value::Null)])?;
    Ok(json!(rules::RECORD_SIZES).into())
}
