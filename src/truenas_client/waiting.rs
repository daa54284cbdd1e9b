//! The calls that wait for their replies, and what else callers and the socket's task share.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use serde_json::Value;
use tokio::sync::{OwnedSemaphorePermit, broadcast, oneshot};

use super::closed::Closed;
use super::fault::Fault;
use super::frame::Event;
use super::limits::largest_reply;
use super::traffic::{InUse, Meter};

/// How many events a subscriber may lag behind; it then asks for what is.
const EVENTS: usize = 256;

/// Why a call gave no result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// The system answered with an error.
    Answered(Fault),
    /// The request was never sent.
    NotSent(Closed),
    /// The request is too long to be sent, in bytes.
    TooLong(usize),
    /// The request may have been carried out: no answer will come.
    Lost(Closed),
}

/// A result, and its memory for as long as it is in use.
#[derive(Debug)]
pub(super) struct Received {
    /// The result, in plain JSON.
    pub value: Value,
    /// To be dropped together with it.
    pub in_use: InUse,
}

/// What callers and the socket's task share.
pub(super) struct Shared {
    last_id: AtomicU64,
    /// How many replies came.
    pub answered: AtomicU64,
    waiting: Mutex<BTreeMap<u64, Waiting>>,
    pub events: broadcast::Sender<Event>,
    pub closed: OnceLock<Closed>,
    pub meter: Arc<Meter>,
}

/// A caller, and its place among the calls that run.
pub(super) struct Waiting {
    pub method: String,
    pub reply: oneshot::Sender<Result<Received, Failure>>,
    /// Held until the reply comes, even if the caller gave up: the server counts it until then.
    pub slot: OwnedSemaphorePermit,
}

impl Shared {
    /// No call waits yet.
    pub(super) fn new(meter: Arc<Meter>) -> Self {
        Self {
            last_id: AtomicU64::new(0),
            answered: AtomicU64::new(0),
            waiting: Mutex::default(),
            events: broadcast::Sender::new(EVENTS),
            closed: OnceLock::new(),
            meter,
        }
    }

    /// The number of the next call.
    pub(super) fn next_id(&self) -> u64 {
        self.last_id.fetch_add(1, Ordering::Relaxed) + 1
    }

    fn waiting(&self) -> MutexGuard<'_, BTreeMap<u64, Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that a call waits for its reply.
    pub(super) fn wait(&self, id: u64, call: Waiting) {
        let mut waiting = self.waiting();
        waiting.insert(id, call);
        self.expect(&waiting);
    }

    /// The call that waits for this reply.
    pub(super) fn ended(&self, id: u64) -> Option<Waiting> {
        let mut waiting = self.waiting();
        let call = waiting.remove(&id)?;
        self.expect(&waiting);
        Some(call)
    }

    fn expect(&self, waiting: &BTreeMap<u64, Waiting>) {
        self.meter.expect(waiting.values().map(|call| largest_reply(&call.method)));
    }

    /// How the connection ended.
    pub(super) fn why_closed(&self) -> Closed {
        self.closed.get().cloned().unwrap_or(Closed::Ended)
    }

    /// Tells every call that waits that no reply will come.
    pub(super) fn give_up(&self, closed: &Closed) {
        let waiting = std::mem::take(&mut *self.waiting());
        for waiting in waiting.into_values() {
            let _ = waiting.reply.send(Err(Failure::Lost(closed.clone())));
        }
    }
}
