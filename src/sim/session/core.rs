//! `core.*`: options of the connection, subscriptions, and jobs.
//!
//! Source: `service/core_service.py` and `api/v25_10_0/core.py` of TS-25.10.6.

use serde_json::{Value, json};

use super::method::{SessionMethod, Visit};
use crate::check::{self, Model, boolean, int, optional, required, text};
use crate::fault::Fault;
use crate::job::Job;
use crate::method::{Access, Reply};
use crate::methods;
use crate::query::{self, Query};
use crate::release::Release;

/// `core.ping` of a release.
pub fn ping_of(release: Release) -> &'static SessionMethod {
    const OPEN: &SessionMethod = &SessionMethod::open("core.ping", ping);
    const LOGGED_IN: &SessionMethod = &SessionMethod::logged_in("core.ping", ping);
    if release.pings_anybody() { OPEN } else { LOGGED_IN }
}

/// The methods that every release has alike.
pub const METHODS: &[SessionMethod] = &[
    SessionMethod::open("core.set_options", set_options).unlimited(),
    SessionMethod::open("system.boot_id", boot_id),
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

fn boot_id(visit: &Visit<'_>) -> Result<Reply, Fault> {
    visit.accept([])?;
    Ok(json!(visit.middleware.boot_id()).into())
}

fn set_options(visit: &Visit<'_>) -> Result<Reply, Fault> {
    const OPTIONS: [&str; 3] = ["py_exceptions", "legacy_jobs", "private_methods"];
    let known =
        if visit.release().jobs_may_answer_with_results() { &OPTIONS[..] } else { &OPTIONS[..1] };
    let options = known.iter().map(|name| optional(name, boolean(), false));
    let model = Model::new("CoreOptions", options).partial();
    // Unknown options are ignored: newer clients may send what this server does not have.
    let mut params = visit.params.to_vec();
    if let Some(Value::Object(options)) = params.first_mut() {
        options.retain(|name, _| known.contains(&name.as_str()));
    }
    let [options] = check::accept(visit.release(), [required("options", model)], &params)?;
    let mut session = visit.client.session();
    let session = &mut *session;
    for (name, flag) in OPTIONS.into_iter().zip([
        &mut session.py_exceptions,
        &mut session.legacy_jobs,
        &mut session.private_methods,
    ]) {
        *flag = options[name].as_bool().unwrap_or(*flag);
    }
    if !visit.release().jobs_may_answer_with_results() {
        return Ok(Value::Null.into());
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
        let job = jobs.find(id).map_err(|missing| no_job(visit, id, missing))?;
        job.readable_by(&caller)?;
        visit.progress.borrow_mut().push(job.progress.clone());
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
            _ => Fault::error(14, crate::wire::reply::reason(&fault)),
        })
    })))
}

fn job_abort(visit: &Visit<'_>) -> Result<Reply, Fault> {
    let [id] = visit.accept([required("id", int())])?;
    let id = id.as_i64().unwrap_or_default();
    let jobs = visit.middleware.jobs();
    let job = jobs.find(id).map_err(|missing| no_job(visit, id, missing))?;
    job.readable_by(&visit.caller())?;
    job.abort();
    Ok(Value::Null.into())
}

/// What is said of a job that does not exist: 25.04 does not catch the lookup's exception.
fn no_job(visit: &Visit<'_>, id: i64, missing: Fault) -> Fault {
    if visit.release().jobs_may_answer_with_results() {
        return missing;
    }
    Fault::Call {
        errno: 22,
        reason: id.to_string(),
        class: "KeyError",
        repr: format!("KeyError({id})"),
    }
}
