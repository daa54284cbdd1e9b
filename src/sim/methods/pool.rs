//! `pool.*` besides its datasets and tasks.

use serde_json::{Value, json};

use super::super::check::{int, list, one_of, optional};
use super::super::fault::Fault;
use super::super::method::{Call, Method, Reply};
use super::super::query::datastore::Columns;
use super::super::release::Release;
use super::super::system::System;
use super::{accepted, instance, instance_query, plain, query as answer_query};

pub(super) const METHODS: &[Method] = &[
    plain("pool.query", &["POOL_READ"], query),
    plain("pool.get_instance", &["POOL_READ"], get_instance),
    plain(
        "pool.filesystem_choices",
        &["DATASET_READ", "POOL_READ", "READONLY_ADMIN"],
        filesystem_choices,
    ),
];

const COLUMNS: Columns = &["id", "name", "guid"];

fn query(call: &mut Call<'_>) -> Result<Reply, Fault> {
    answer_query(call, COLUMNS, entries(call.system))
}

fn get_instance(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let (id, query) = instance_query(call, int())?;
    let found = query.run_extended(COLUMNS, entries(call.system))?;
    Ok(instance(found, || format!("Pool {id} does not exist"))?.into())
}

/// Source: `plugins/pool_/pool.py` (`transform_extend`).
fn entries(system: &System) -> Vec<Value> {
    let mut pools: Vec<_> = system.datasets.pools.iter().collect();
    pools.sort_by_key(|(_, pool)| pool.id);
    pools
        .into_iter()
        .map(|(name, pool)| {
            let free = system.datasets.available(name);
            let allocated = pool.size - free.min(pool.size);
            let online = pool.status == "ONLINE";
            let mut entry = json!({
                "id": pool.id,
                "name": name,
                "guid": pool.guid,
                "status": pool.status,
                "path": format!("/mnt/{name}"),
                "scan": null,
                "expand": null,
                "is_upgraded": true,
                "healthy": online,
                "warning": false,
                "status_code": if online { "OK" } else { "UNKNOWN" },
                "status_detail": null,
                "size": pool.size,
                "allocated": allocated,
                "free": free,
                "freeing": 0,
                "dedup_table_size": 0,
                "dedup_table_quota": "auto",
                "fragmentation": "0",
                "size_str": pool.size.to_string(),
                "allocated_str": allocated.to_string(),
                "free_str": free.to_string(),
                "freeing_str": "0",
                "autotrim": {
                    "parsed": "off",
                    "rawvalue": "off",
                    "source": "DEFAULT",
                    "value": "off",
                },
                "topology": {
                    "data": [],
                    "log": [],
                    "cache": [],
                    "spare": [],
                    "special": [],
                    "dedup": [],
                },
            });
            if system.generation() >= Release::V26_0 {
                entry["all_sed"] = false.into();
            }
            entry
        })
        .collect()
}

fn filesystem_choices(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let kinds = ["FILESYSTEM", "VOLUME"];
    let [types] = accepted(call, [optional("types", list(one_of(&kinds)), json!(kinds))])?;
    let wanted = types.as_array().cloned().unwrap_or_default();
    let datasets = &call.system.datasets;
    let names = datasets.names().filter(|name| {
        let kind = datasets.get(name).map(|dataset| dataset.kind.name());
        !super::pool_dataset::is_internal(name)
            && kind.is_some_and(|kind| wanted.iter().any(|wanted| wanted == kind))
    });
    Ok(names.map(Value::from).collect::<Value>().into())
}
