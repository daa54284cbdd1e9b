//! `privilege.*`: which groups hold which roles.

use serde_json::{Value, json};

use super::super::fault::Fault;
use super::super::method::{Access, Call, Method, Reply};
use super::super::query::datastore::Columns;
use super::super::query::{self, Query};
use super::super::role;
use super::super::system::System;
use super::{accepted, group, plain, query as answer_query};

pub(super) const METHODS: &[Method] = &[
    plain("privilege.query", &["PRIVILEGE_READ"], query_privileges),
    Method {
        name: "privilege.roles",
        access: Access::LoggedIn,
        job: None,
        audit: None,
        run: roles,
    },
];

const COLUMNS: Columns =
    &["id", "builtin_name", "name", "local_groups", "ds_groups", "roles", "web_shell"];

fn query_privileges(call: &mut Call<'_>) -> Result<Reply, Fault> {
    answer_query(call, COLUMNS, entries(call.system))
}

/// Every role there is; `builtin` ones are not made to be given to people.
fn roles(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let [filters, options] = accepted(call, query::parameters())?;
    let known = role::all(call.system.release());
    let entries = known.iter().map(|name| {
        let title = match name.as_str() {
            "FULL_ADMIN" => Vec::new(),
            _ => role::includes(name, &known),
        };
        json!({
            "name": name,
            "title": name,
            "includes": title,
            "builtin": !role::FOR_PEOPLE.contains(&name.as_str()),
            "stig": null,
        })
    });
    Ok(Query::new(filters, options).run(entries.collect())?.into())
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
