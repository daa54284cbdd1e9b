//! `core.*`: options of the connection, subscriptions, and jobs.
//!
//! Source: `service/core_service.py` and `api/v25_10_0/core.py` of TS-25.10.6.

use serde_json::{Value, json};

use super::method::{SessionMethod, Visit};
use crate::sim::check::{self, Model, boolean, int, optional, required, text};
use crate::sim::fault::Fault;
use crate::sim::job::Job;
use crate::sim::method::{Access, Reply};
use crate::sim::methods;
use crate::sim::query::{self, Query};
use crate::sim::release::Release;

/// The methods.
pub const METHODS: &[SessionMethod] = &[
    SessionMethod::open("core.ping", ping),
    SessionMethod::open("core.set_options", set_options).unlimited(),
    SessionMethod::logged_in("core.subscribe", subscribe),
    SessionMethod::logged_in("core.unsubscribe", unsubscribe),
    SessionMethod::logged_in("core.get_jobs", get_jobs),
    SessionMethod::logged_in("core.job_wait", job_wait).into_job(),
    SessionMethod::logged_in("core.job_abort", job_abort),
];

fn ping(visit: &Visit<'_>) -> Result<Reply, Fault> {
    visit.accept([])?;
    Ok(json!("pong").into())
}

fn set_options(visit: &Visit<'_>) -> Result<Reply, Fault> {
    const OPTIONS: [&str; 3] = ["legacy_jobs", "private_methods", "py_exceptions"];
    let model =
        Model::new("CoreOptions", OPTIONS.map(|name| optional(name, boolean(), false))).partial();
    // Unknown options are ignored: newer clients may send what this server does not have.
    let mut params = visit.params.to_vec();
    if let Some(Value::Object(options)) = params.first_mut() {
        options.retain(|name, _| OPTIONS.contains(&name.as_str()));
    }
    let [options] = check::accept(visit.release(), [required("options", model)], &params)?;
    let mut session = visit.client.session();
    let session = &mut *session;
    for (name, flag) in OPTIONS.into_iter().zip([
        &mut session.legacy_jobs,
        &mut session.private_methods,
        &mut session.py_exceptions,
    ]) {
        *flag = options[name].as_bool().unwrap_or(*flag);
    }
    let echo = json!({
        "legacy_jobs": session.legacy_jobs,
        "private_methods": session.private_methods,
        "py_exceptions": session.py_exceptions,
    });
    Ok(echo.into())
}

fn subscribe(visit: &Visit<'_>) -> Result<Reply, Fault> {
    let [event] = visit.accept([required("event", text())])?;
    let event = event.as_str().unwrap_or_default();
    if !may_subscribe(visit, event) {
        return Err(Fault::error(13, "Not authorized"));
    }
    let ident = visit.client.session().subscribe(event);
    Ok(json!(ident).into())
}

/// Who may read a collection may be told of its changes (`service/crud_service.py`); a name that
/// nobody knows is only for who may everything.
fn may_subscribe(visit: &Visit<'_>, event: &str) -> bool {
    let name = event.split(':').next().unwrap_or(event);
    let caller = visit.caller();
    match name {
        "core.get_jobs" | "system.ready" | "system.reboot" | "system.shutdown" => true,
        "auth.sessions" => caller.is_full_admin(),
        _ => match methods::find(name, visit.middleware.version()).map(|method| method.access) {
            Some(Access::Open | Access::LoggedIn) => true,
            Some(Access::Roles(roles)) => {
                caller.is_full_admin() || roles.iter().any(|role| caller.has(role))
            }
            None => caller.is_full_admin(),
        },
    }
}

fn unsubscribe(visit: &Visit<'_>) -> Result<Reply, Fault> {
    let [ident] = visit.accept([required("id_", text())])?;
    visit.client.session().unsubscribe(ident.as_str().unwrap_or_default());
    Ok(Value::Null.into())
}

fn get_jobs(visit: &Visit<'_>) -> Result<Reply, Fault> {
    let [filters, options] = visit.accept(query::parameters())?;
    let caller = visit.caller();
    let seen = {
        let jobs = visit.middleware.jobs();
        jobs.all().filter(|job| job.readable_by(&caller).is_ok()).map(Job::encode).collect()
    };
    Query::new(filters, options).run(seen).map(Reply::Now)
}

fn job_wait(visit: &Visit<'_>) -> Result<Reply, Fault> {
    let [id] = visit.accept([required("id", int())])?;
    let id = id.as_i64().unwrap_or_default();
    let caller = visit.caller();
    let middleware = visit.middleware.clone();
    let ended = {
        let jobs = middleware.jobs();
        let job = jobs.find(id)?;
        job.readable_by(&caller)?;
        job.ended()
    };
    let wraps_validation = visit.release() >= Release::V26_0;
    Ok(Reply::Later(Box::pin(async move {
        ended.wait().await;
        let outcome = middleware.jobs().find(id)?.outcome.clone().unwrap_or(Ok(Value::Null));
        outcome.map_err(|fault| match &fault {
            Fault::Call { class: "CallError", .. } => fault,
            Fault::Invalid { many: true, .. } if wraps_validation => fault,
            // What is no CallError is wrapped in one (`job.py`, `wait`).
            _ => Fault::error(14, crate::sim::wire::reply::reason(&fault)),
        })
    })))
}

fn job_abort(visit: &Visit<'_>) -> Result<Reply, Fault> {
    let [id] = visit.accept([required("id", int())])?;
    let jobs = visit.middleware.jobs();
    let job = jobs.find(id.as_i64().unwrap_or_default())?;
    job.readable_by(&visit.caller())?;
    job.abort();
    Ok(Value::Null.into())
}
