//! The methods of the simulated API, a file per service of the middleware.

mod api_key;
#[cfg(test)]
mod ask;
mod audit;
mod filesystem;
mod group;
mod interface;
mod keychaincredential;
mod pool;
mod pool_dataset;
mod pool_snapshottask;
mod ports;
mod privilege;
mod replication;
mod schedule;
mod service;
mod snapshot_name;
mod ssh;
mod system;
mod task_state;
mod tasks;
mod user;
mod wrapper;

use serde_json::Value;

use super::check::{Field, Shape, accept, accept_by_schema, required};
use super::fault::Fault;
use super::method::{Access, Call, Lock, Method, Reply};
use super::query::{self, Query, datastore::Columns};
use super::release::Release;

/// What a method does.
type Run = fn(&mut Call<'_>) -> Result<Reply, Fault>;

/// Every method of a release.
pub fn all(release: &str) -> impl Iterator<Item = &'static Method> + use<> {
    let release = Release::of(release);
    [
        api_key::METHODS,
        audit::METHODS,
        filesystem::METHODS,
        filesystem::jobs(release),
        group::METHODS,
        interface::METHODS,
        keychaincredential::METHODS,
        pool::METHODS,
        pool_dataset::METHODS,
        pool_snapshottask::METHODS,
        privilege::METHODS,
        replication::METHODS,
        replication::one_time(release),
        service::METHODS,
        ssh::METHODS,
        system::METHODS,
        system::guarded(release),
        user::METHODS,
    ]
    .into_iter()
    .flatten()
    .chain(service::verbs(release))
}

/// The method of that name, if the release has it.
pub fn find(name: &str, release: &str) -> Option<&'static Method> {
    all(release).find(|method| method.name == name)
}

/// Calls a method as the middleware does.
///
/// # Errors
/// What the method refuses, and a number of parameters that its wrapper does not take.
pub fn call(method: &Method, call: &mut Call<'_>) -> Result<Reply, Fault> {
    wrapper::check(method.name, call.system.generation(), call.params)?;
    (method.run)(call)
}

const fn plain(name: &'static str, roles: &'static [&'static str], run: Run) -> Method {
    Method { name, access: Access::Roles(roles), job: None, audit: None, run }
}

const fn audited(
    name: &'static str,
    roles: &'static [&'static str],
    description: &'static str,
    run: Run,
) -> Method {
    Method { name, access: Access::Roles(roles), job: None, audit: Some(description), run }
}

const fn job(
    name: &'static str,
    roles: &'static [&'static str],
    description: &'static str,
    lock: Lock,
    run: Run,
) -> Method {
    Method { name, access: Access::Roles(roles), job: Some(lock), audit: Some(description), run }
}

/// The parameters of the call, checked.
fn accepted<const N: usize>(call: &Call<'_>, fields: [Field; N]) -> Result<[Value; N], Fault> {
    accept(call.system.generation(), fields, call.params)
}

/// The parameters of a call that 25.04 checks by its schema, checked.
fn accepted_by_schema<const N: usize>(
    call: &Call<'_>,
    fields: [Field; N],
) -> Result<[Value; N], Fault> {
    match call.system.generation().checks_by_schema() {
        true => accept_by_schema(fields, call.params),
        false => accepted(call, fields),
    }
}

/// Answers a query whose order the database takes care of.
fn query(call: &Call<'_>, columns: Columns, entries: Vec<Value>) -> Result<Reply, Fault> {
    let [filters, options] = accepted(call, query::parameters())?;
    Ok(Query::new(filters, options).run_extended(columns, entries)?.into())
}

/// The parameters of `get_instance`: the key, and the query for it.
fn instance_query(call: &Call<'_>, key: Shape) -> Result<(Value, Query), Fault> {
    let [id, options] = accepted(call, [required("id", key), query::options()])?;
    Ok((id.clone(), Query::one("id", id, options)))
}

/// What `get_instance` makes of the query's answer.
fn instance(found: Value, missing: impl FnOnce() -> String) -> Result<Value, Fault> {
    match found {
        Value::Array(found) => found.into_iter().next().ok_or_else(|| Fault::not_found(missing())),
        Value::Number(count) if count.as_i64() == Some(0) => Err(Fault::not_found(missing())),
        Value::Number(_) => Err(Fault::exception("TypeError", "'int' object is not subscriptable")),
        _ => Err(Fault::Call {
            errno: 22,
            reason: "0".into(),
            class: "KeyError",
            repr: "KeyError(0)".into(),
        }),
    }
}

/// The text that an argument has at a place, for the audit log: arguments may be anything.
fn text_at(params: &[Value], index: usize, name: &str) -> Option<String> {
    params.get(index)?.get(name)?.as_str().map(str::to_owned)
}

/// Whether a path is another, or below it.
fn is_within(path: &str, other: &str) -> bool {
    path.strip_prefix(other).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

pub(crate) use tasks::add_tasks;

/// What is shown in place of a secret (`api/base/types/string.py`).
const SECRET: &str = "********";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_release_has_each_method_once() {
        for release in ["25.04.2.6", "25.10.6", "26.0.0", "27.0.0"] {
            let mut names: Vec<&str> = all(release).map(|method| method.name).collect();
            names.sort_unstable();
            let count = names.len();
            names.dedup();
            assert_eq!(names.len(), count, "{release}");
            assert!(find("pool.dataset.create", release).is_some());
            assert!(find("nonsense.query", release).is_none());
        }
    }
}
