//! Jobs: calls that answer with a number first, wait for each other, and tell of their progress.
//!
//! Source: `job.py` of TS-25.10.6.

mod queue;

use std::sync::Arc;

use serde_json::{Value, json};
use tokio::sync::{Notify, oneshot, watch};

use super::caller::Caller;
use super::clock::{date, now_ms};
use super::fault::Fault;
use super::wire::reply;

pub use queue::Jobs;

/// Where a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Another job holds its lock.
    Waiting,
    /// At work.
    Running,
    /// Ended with a result.
    Success,
    /// Ended with an error.
    Failed,
    /// Stopped by `core.job_abort`.
    Aborted,
}

impl State {
    fn name(self) -> &'static str {
        match self {
            Self::Waiting => "WAITING",
            Self::Running => "RUNNING",
            Self::Success => "SUCCESS",
            Self::Failed => "FAILED",
            Self::Aborted => "ABORTED",
        }
    }

    fn ended(self) -> bool {
        !matches!(self, Self::Waiting | Self::Running)
    }
}

/// What a job starts from.
pub struct Order {
    /// The method.
    pub method: String,
    /// Its parameters, secrets masked.
    pub arguments: Value,
    /// The request's id, unless that is nothing; `None` where jobs do not tell it.
    pub message_ids: Option<Vec<Value>>,
    /// Type and data of the login.
    pub credentials: Value,
    /// The account.
    pub owner: String,
    /// What it locks.
    pub lock: Option<String>,
}

/// A job.
pub struct Job {
    /// Its number.
    pub id: i64,
    /// Percent and description of its progress.
    pub progress: (u8, String),
    /// Where it is.
    pub state: State,
    /// What it ended with; `None` until then, and for an aborted one.
    pub outcome: Option<Result<Value, Fault>>,
    order: Order,
    started_ms: i64,
    finished_ms: Option<i64>,
    abort: Arc<Notify>,
    ended: watch::Sender<bool>,
}

/// Waits for the end of a job.
pub struct Ended(watch::Receiver<bool>);

impl Ended {
    /// Returns when the job has ended, or is gone.
    pub async fn wait(mut self) {
        // A job that was forgotten has ended.
        let _ = self.0.wait_for(|ended| *ended).await;
    }
}

/// What lets a job run: its turn on the lock, and what stops it.
pub struct Signals {
    /// Comes when the lock is its own.
    pub turn: oneshot::Receiver<()>,
    /// Comes when somebody aborts it.
    pub abort: Arc<Notify>,
}

impl Job {
    /// Whether the caller may see it, and stop it.
    ///
    /// # Errors
    /// EPERM: only full administrators see what others started.
    pub fn readable_by(&self, caller: &Caller) -> Result<(), Fault> {
        if caller.is_full_admin() || caller.username == self.order.owner {
            return Ok(());
        }
        Err(Fault::error(1, "Job is not owned by current session"))
    }

    /// Something to wait on.
    pub fn ended(&self) -> Ended {
        Ended(self.ended.subscribe())
    }

    /// Stops it, if it has not ended.
    pub fn abort(&self) {
        self.abort.notify_one();
    }

    /// Takes over a step of progress; false if it changes nothing.
    pub fn advance(&mut self, percent: u8, description: &str) -> bool {
        let before = self.progress.clone();
        self.progress.0 = percent;
        if !description.is_empty() {
            description.clone_into(&mut self.progress.1);
        }
        self.progress != before
    }

    /// Ends it.
    pub fn end(&mut self, outcome: Option<Result<Value, Fault>>) {
        self.state = match &outcome {
            Some(Ok(_)) => State::Success,
            Some(Err(_)) => State::Failed,
            None => State::Aborted,
        };
        self.outcome = outcome;
        self.finished_ms = Some(now_ms());
    }

    /// The job as `core.get_jobs` shows it.
    pub fn encode(&self) -> Value {
        let order = &self.order;
        let failure = self.outcome.as_ref().and_then(|outcome| outcome.as_ref().err());
        let mut job = json!({
            "id": self.id,
            "method": order.method,
            "arguments": order.arguments,
            "transient": false,
            "description": null,
            "abortable": false,
            "logs_path": null,
            "logs_excerpt": null,
            "progress": {"percent": self.progress.0, "description": self.progress.1, "extra": null},
            "result": self.outcome.as_ref().and_then(|outcome| outcome.as_ref().ok()),
            "result_encoding_error": null,
            "error": failure.map(reply::reason),
            "exception": failure.map(|fault| {
                format!("Traceback (most recent call last):\n{}: {}\n", reply::class(fault), reply::reason(fault))
            }),
            "exc_info": failure.map(exc_info),
            "state": self.state.name(),
            "time_started": date(self.started_ms),
            "time_finished": self.finished_ms.map(date),
            "credentials": order.credentials,
        });
        if let Some(ids) = &order.message_ids {
            job["message_ids"] = ids.as_slice().into();
        }
        job
    }
}

fn exc_info(fault: &Fault) -> Value {
    let (class, errno, extra) = match fault {
        Fault::Invalid { complaints, many } => {
            let errno = if *many { None } else { complaints.first().map(|c| c.errno) };
            ("VALIDATION", errno, reply::extra(complaints))
        }
        Fault::Call { class: "CallError", errno, .. } => ("CallError", Some(*errno), Value::Null),
        Fault::Call { class, .. } => (*class, None, Value::Null),
    };
    json!({"repr": reply::repr(fault), "type": class, "errno": errno, "extra": extra})
}
