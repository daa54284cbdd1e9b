//! From a request to its reply: faults, limits, authorisation, the method, the audit log.
//!
//! Source: `api/base/server/ws_handler/rpc.py` (`process_method_call`) and `main.py`
//! (`authorize_method_call`, `call_with_audit`) of TS-25.10.6.

use std::cell::RefCell;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::Middleware;
use super::secrets::masked;
use crate::call_log::CallRecord;
use crate::fault::Fault;
use crate::fleet::FaultAction;
use crate::method::{Access, Call, Method, Reply};
use crate::methods;
use crate::rate_limit::RateLimit;
use crate::release::Release;
use crate::session::method::{self as session_method, SessionMethod, Visit};
use crate::session::{Client, UNDER_WAY};
use crate::wire::message::Request;
use crate::wire::reply::{self, Traced};

/// What becomes of a call.
#[derive(Debug)]
pub enum Outcome {
    /// This is sent.
    Reply(String),
    /// Nothing is sent.
    Silence,
    /// The connection breaks off.
    Cut,
}

/// A method that was asked for.
#[derive(Clone, Copy)]
pub enum Found {
    /// One of the system.
    System(&'static Method),
    /// One of the connection.
    Session(&'static SessionMethod),
}

/// What a method has done when it returned.
pub(super) struct Ran {
    pub reply: Result<Reply, Fault>,
    pub progress: Vec<(u8, String)>,
    pub audit_note: Option<String>,
}

impl Found {
    fn of(name: &str, version: &str) -> Option<Self> {
        let in_session = session_method::find(name, Release::of(version)).map(Self::Session);
        in_session.or_else(|| methods::find(name, version).map(Self::System))
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::System(method) => method.name,
            Self::Session(method) => method.name,
        }
    }

    fn access(self) -> Access {
        match self {
            Self::System(method) => method.access,
            Self::Session(method) => method.access,
        }
    }

    fn audit(self) -> Option<&'static str> {
        match self {
            Self::System(method) => method.audit,
            Self::Session(method) => method.audit,
        }
    }

    fn rate_limited(self) -> bool {
        !matches!(self, Self::Session(SessionMethod { rate_limited: false, .. }))
    }

    /// Whether it changes the system: the real one audits what does, but for making directories.
    fn mutates(self) -> bool {
        let changes = |method: &Method| method.audit.is_some() || method.name == "filesystem.mkdir";
        matches!(self, Self::System(method) if changes(method))
    }

    /// Whether it is a job; then what it locks.
    fn job_lock(self, params: &[Value]) -> Option<Result<Option<String>, Fault>> {
        match self {
            Self::System(method) => method.job.map(|lock| lock(params)),
            Self::Session(method) => method.job.then_some(Ok(None)),
        }
    }
}

impl Middleware {
    /// Answers a request. Everything up to the first wait happens when this is first polled, so
    /// calls start in the order in which they came.
    pub async fn answer(self: Arc<Self>, client: Arc<Client>, request: Request) -> Outcome {
        let found = Found::of(&request.method, &self.version);
        self.log().calls.push(CallRecord {
            method: request.method.clone(),
            params: request.params.clone(),
            mutates: found.is_some_and(Found::mutates),
            connection: client.number,
        });
        let outcome = match found {
            Some(found) => self.answer_known(found, &client, &request).await,
            None => request.id.as_ref().map_or(Outcome::Silence, |id| {
                Outcome::Reply(reply::error(id, -32601, "Method does not exist"))
            }),
        };
        if !self.latency.is_zero() {
            tokio::time::sleep(self.latency).await;
        }
        outcome
    }

    async fn answer_known(
        self: &Arc<Self>,
        found: Found,
        client: &Arc<Client>,
        request: &Request,
    ) -> Outcome {
        let Request { id, params, .. } = request;
        let text = |make: &dyn Fn(&Value) -> String| match id {
            Some(id) => Outcome::Reply(make(id)),
            None => Outcome::Silence,
        };
        let Some(_under_way) = client.enter() else {
            let message = format!("Maximum number of concurrent calls ({UNDER_WAY}) has exceeded");
            return text(&|id| reply::error(id, -32000, &message));
        };
        // The semaphore is never closed.
        let _slot = client.slots.acquire().await;
        let mut drop_after = false;
        let mut lateness = Duration::ZERO;
        let mut instead = None;
        let befallen = self.breakage().meet(found.name(), found.mutates());
        for action in befallen {
            match action {
                FaultAction::DropBefore => return Outcome::Cut,
                FaultAction::RestartMs(ms) => {
                    self.restart(Duration::from_millis(ms));
                    return Outcome::Cut;
                }
                FaultAction::DropAfter => drop_after = true,
                FaultAction::DelayMs(ms) => tokio::time::sleep(Duration::from_millis(ms)).await,
                FaultAction::RepeatEvents => self.breakage().repeat_events(),
                FaultAction::EndJobLateMs(ms) => lateness = Duration::from_millis(ms),
                FaultAction::Error { errno, reason } => {
                    instead = Some(Err(Fault::error(errno, reason)));
                }
                FaultAction::Result(value) => instead = Some(Ok(value)),
            }
        }
        let result = match instead {
            Some(result) => result,
            None => self.call(found, client, request, lateness).await,
        };
        if drop_after {
            return Outcome::Cut;
        }
        match result {
            Ok(value) => text(&|id| reply::result(id, value.clone())),
            Err(fault) => {
                let frames = self.release() < Release::V26_0;
                let traced = Traced { method: found.name(), params, frames };
                text(&|id| reply::fault(id, &fault, traced))
            }
        }
    }

    async fn call(
        self: &Arc<Self>,
        found: Found,
        client: &Arc<Client>,
        request: &Request,
        lateness: Duration,
    ) -> Result<Value, Fault> {
        let params = request.params.as_slice();
        self.authorize(found, client, params).await?;
        if let Some(lock) = found.job_lock(params) {
            let job = self.start_job(found, client, request, lock?, lateness);
            if client.session().legacy_jobs {
                return Ok(json!(job));
            }
            let ended = self.jobs().find(job)?.ended();
            ended.wait().await;
            return self.jobs().find(job)?.outcome.clone().unwrap_or(Ok(Value::Null));
        }
        let Ran { reply, audit_note, .. } = self.run(found, client, params);
        let result = match reply {
            Ok(reply) => self.settle(reply).await,
            Err(fault) => Err(fault),
        };
        self.audit_call(found, client, params, audit_note, [true, true, result.is_ok()]);
        result
    }

    /// Waits for what a method answers.
    pub(super) async fn settle(self: &Arc<Self>, reply: Reply) -> Result<Value, Fault> {
        let (work, finish) = match reply {
            Reply::Now(value) => return Ok(value),
            Reply::Later(work) => return work.await,
            Reply::Followed(work, finish) => (work, finish),
        };
        let middleware = self.clone();
        let whole = tokio::spawn(async move {
            let outcome = work.await;
            let (reply, events) = {
                let mut system = middleware.system();
                let reply = finish(&mut system, outcome);
                (reply, std::mem::take(&mut system.events))
            };
            events.iter().for_each(|event| middleware.tell(event));
            reply
        });
        // It neither panics nor is it aborted.
        whole.await.unwrap_or_else(|error| Err(Fault::exception("Exception", error.to_string())))
    }

    /// Runs a method, and tells what it changed before its reply goes out.
    pub(super) fn run(
        self: &Arc<Self>,
        found: Found,
        client: &Arc<Client>,
        params: &[Value],
    ) -> Ran {
        let method = match found {
            Found::System(method) => method,
            Found::Session(method) => {
                let visit =
                    Visit { middleware: self, client, params, progress: RefCell::default() };
                let reply = (method.run)(&visit);
                return Ran { reply, progress: visit.progress.take(), audit_note: None };
            }
        };
        let caller = client.caller();
        let (ran, events) = {
            let mut system = self.system();
            let mut call = Call::new(&mut system, &caller, params);
            let reply = methods::call(method, &mut call);
            let Call { progress, audit_note, .. } = call;
            self.follow_ssh(&system);
            let events = std::mem::take(&mut system.events);
            (Ran { reply, progress, audit_note }, events)
        };
        events.iter().for_each(|event| self.tell(event));
        ran
    }

    async fn authorize(
        &self,
        found: Found,
        client: &Client,
        params: &[Value],
    ) -> Result<(), Fault> {
        let caller = client.login().map(|login| login.caller);
        let Some(caller) = caller else {
            if found.access() != Access::Open {
                self.audit_call(found, client, params, None, [false, false, false]);
                return Err(Fault::error(207, "Not authenticated"));
            }
            let address = client.peer.ip().to_string();
            let exceeded = found.rate_limited()
                && super::lock(&self.rate_limit).exceeded(found.name(), &address, Instant::now());
            if exceeded {
                self.audit_call(found, client, params, None, [false, false, false]);
                tokio::time::sleep(RateLimit::pause()).await;
                return Err(Fault::error(16, "Rate Limit Exceeded"));
            }
            return Ok(());
        };
        let allowed = match found.access() {
            Access::Open | Access::LoggedIn => true,
            Access::Roles(roles) => {
                caller.is_full_admin() || roles.iter().any(|role| caller.has(role))
            }
        };
        if !allowed {
            self.audit_call(found, client, params, None, [true, false, false]);
            return Err(Fault::error(13, "Not authorized"));
        }
        Ok(())
    }

    /// Writes an audited call down.
    pub(super) fn audit_call(
        &self,
        found: Found,
        client: &Client,
        params: &[Value],
        note: Option<String>,
        [authenticated, authorized, success]: [bool; 3],
    ) {
        let Some(description) = found.audit() else { return };
        let description = match note {
            Some(note) => format!("{description} {note}"),
            None => description.to_owned(),
        };
        let data = json!({
            "method": found.name(),
            "params": masked(params),
            "description": description,
            "authenticated": authenticated,
            "authorized": authorized,
        });
        self.audit(client, "METHOD_CALL", data, success);
    }
}
