//! `privilege.*`: which groups hold which roles.

use serde_json::{Value, json};

use super::super::fault::Fault;
use super::super::method::{Call, Method, Reply};
use super::super::query::datastore::Columns;
use super::super::system::System;
use super::{group, plain, query as answer_query};

pub(super) const METHODS: &[Method] = &[plain("privilege.query", &["PRIVILEGE_READ"], query)];

const COLUMNS: Columns =
    &["id", "builtin_name", "name", "local_groups", "ds_groups", "roles", "web_shell"];

fn query(call: &mut Call<'_>) -> Result<Reply, Fault> {
    answer_query(call, COLUMNS, entries(call.system))
}

fn entries(system: &System) -> Vec<Value> {
    system
        .accounts
        .privileges
        .values()
        .map(|privilege| {
            let holds = |gid: u32| privilege.local_groups.contains(&gid);
            let groups: Vec<Value> = system
                .accounts
                .groups
                .values()
                .filter(|group| holds(group.gid))
                .map(|group| group::entry(system, group))
                .collect();
            json!({
                "id": privilege.id,
                "builtin_name": privilege.builtin_name,
                "name": privilege.name,
                "local_groups": groups,
                "ds_groups": [],
                "roles": privilege.roles,
                "web_shell": privilege.web_shell,
            })
        })
        .collect()
}
