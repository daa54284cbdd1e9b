//! `privilege.*`: which groups hold which roles.
//!
//! Source: `plugins/account_/privilege.py` of TS-25.04.2.6, TS-25.10.6 and 26.0.

mod change;
#[cfg(test)]
mod tests;

use serde_json::{Value, json};

use super::super::check::int;
use super::super::fault::Fault;
use super::super::method::{Access, Call, Method, Reply};
use super::super::query::datastore::Columns;
use super::super::query::{self, Query};
use super::super::role;
use super::super::system::System;
use super::super::system::accounts::Privilege;
use super::{accepted, audited, group, instance, instance_query, plain, query as answer_query};

pub(super) const METHODS: &[Method] = &[
    plain("privilege.query", READ, query_privileges),
    plain("privilege.get_instance", READ, get_instance),
    audited("privilege.create", WRITE, "Create privilege", change::create),
    audited("privilege.update", WRITE, "Update privilege", change::update),
    audited("privilege.delete", WRITE, "Delete privilege", change::delete),
    Method {
        name: "privilege.roles",
        access: Access::LoggedIn,
        job: None,
        audit: None,
        run: roles,
    },
];

const READ: &[&str] = &["PRIVILEGE_READ"];
const WRITE: &[&str] = &["PRIVILEGE_WRITE"];
const COLLECTION: &str = "privilege.query";
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
    system.accounts.privileges.values().map(|privilege| entry(system, privilege)).collect()
}

/// A privilege as `privilege.query` shows it; a group that is gone is shown by its gid.
fn entry(system: &System, privilege: &Privilege) -> Value {
    let groups: Vec<Value> = privilege
        .local_groups
        .iter()
        .map(|gid| match system.accounts.group_of_gid(*gid) {
            Some(group) => group::entry(system, group),
            None => json!({"gid": gid, "sid": null, "group": null}),
        })
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
}

fn get_instance(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let (id, query) = instance_query(call, int())?;
    let found = query.run_extended(COLUMNS, entries(call.system))?;
    Ok(instance(found, || missing(&id))?.into())
}

fn missing(id: &Value) -> String {
    format!("Privilege {id} does not exist")
}

fn existing(system: &System, id: &Value) -> Result<Privilege, Fault> {
    let found = id.as_i64().and_then(|id| system.accounts.privileges.get(&id));
    found.cloned().ok_or_else(|| Fault::not_found(missing(id)))
}
