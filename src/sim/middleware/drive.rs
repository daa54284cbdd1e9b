//! Driving a job from its start to its end.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::dispatch::{Found, Ran};
use super::secrets::masked;
use super::{Client, Middleware};
use crate::fault::Fault;
use crate::job::{Order, Signals, State};
use crate::wire::message::Request;

/// A job that is being driven.
struct Driven {
    id: i64,
    found: Found,
    client: Arc<Client>,
    params: Vec<Value>,
    /// How long after its work it ends.
    lateness: Duration,
}

impl Middleware {
    /// Takes a job on, and lets it run on its own: it goes on when the connection is gone.
    pub(super) fn start_job(
        self: &Arc<Self>,
        found: Found,
        client: &Arc<Client>,
        request: &Request,
        lock: Option<String>,
        lateness: Duration,
    ) -> i64 {
        let params = request.params.as_slice();
        let login = client.login();
        let order = Order {
            method: found.name().to_owned(),
            arguments: masked(params),
            message_ids: self
                .release()
                .numbers_logins_and_requests()
                .then(|| request.id.iter().filter(|id| is_truthy(id)).cloned().collect()),
            credentials: login.as_ref().map_or(
                Value::Null,
                |login| serde_json::json!({"type": login.kind, "data": login.data()}),
            ),
            owner: login.map(|login| login.caller.username).unwrap_or_default(),
            lock,
        };
        let (id, signals) = {
            let mut jobs = self.jobs();
            let (id, signals) = jobs.add(order);
            if let Ok(job) = jobs.find(id) {
                self.tell_of_job("added", job);
            }
            (id, signals)
        };
        let driven =
            Driven { id, found, client: client.clone(), params: params.to_vec(), lateness };
        tokio::spawn(self.clone().drive(driven, signals));
        id
    }

    /// The audit log names whoever is logged in on the connection when the job ends: nobody, if
    /// that is closed by then (`main.py`, `job_on_finish_cb`).
    async fn drive(self: Arc<Self>, driven: Driven, Signals { turn, abort }: Signals) {
        let Driven { id, found, client, params, lateness } = driven;
        let mut note = None;
        let held = tokio::select! {
            biased;
            () = abort.notified() => false,
            // Its lock's queue lives as long as the middleware.
            _ = turn => true,
        };
        let outcome = if held {
            self.change_job(id, |job| {
                job.state = State::Running;
                true
            });
            let work = self.work(id, found, &client, &params, &mut note);
            tokio::select! {
                biased;
                outcome = work => Some(outcome),
                () = abort.notified() => None,
            }
        } else {
            None
        };
        if !lateness.is_zero() {
            tokio::time::sleep(lateness).await;
        }
        let success = matches!(outcome, Some(Ok(_)));
        self.change_job(id, |job| {
            job.end(outcome);
            success && job.advance(100, "")
        });
        self.audit_call(found, &client, &params, note, [true, true, success]);
        self.change_job(id, |_| true);
        self.jobs().release(id, held);
    }

    async fn work(
        self: &Arc<Self>,
        id: i64,
        found: Found,
        client: &Arc<Client>,
        params: &[Value],
        note: &mut Option<String>,
    ) -> Result<Value, Fault> {
        let Ran { reply, progress, audit_note } = self.run(found, client, params);
        *note = audit_note;
        for (percent, description) in progress {
            self.change_job(id, |job| job.advance(percent, &description));
        }
        self.settle(reply?).await
    }

    /// Changes a job, and tells of it if that changed something.
    fn change_job(&self, id: i64, change: impl FnOnce(&mut crate::job::Job) -> bool) {
        let mut jobs = self.jobs();
        if let Some(job) = jobs.find_mut(id)
            && change(job)
        {
            self.tell_of_job("changed", job);
        }
    }
}

/// Whether Python takes the id for one: `0`, `false` and the empty text are none.
fn is_truthy(id: &Value) -> bool {
    match id {
        Value::Null | Value::Bool(false) => false,
        Value::Number(number) => number.as_i64() != Some(0),
        Value::String(text) => !text.is_empty(),
        _ => true,
    }
}
