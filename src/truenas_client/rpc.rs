//! Calls over one WebSocket: one task owns the socket, many callers wait for their replies.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::stream::SplitSink;
use futures_util::{SinkExt, StreamExt};
use secrecy::zeroize::Zeroizing;
use serde_json::Value;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, broadcast, mpsc, oneshot};
use tokio::time::{Instant, MissedTickBehavior};
use tokio_tungstenite::tungstenite::{Bytes, Message, Utf8Bytes};

use super::closed::Closed;
use super::frame::{self, Event};
use super::http::Socket;
use super::incoming::hear;
use super::waiting::{Failure, Received, Shared, Waiting};
use crate::truenas_wire::call::LONGEST_REQUEST;

/// The server runs 20 calls of a connection and refuses the next (rpc.py, `SoftHardSemaphore`); a
/// job holds its place until it ends. Two places are left for what was given up but still runs.
pub(super) const MOST_CALLS: usize = 18;

/// A connection that calls can be made on. The connection is closed when the last clone is gone.
#[derive(Clone)]
pub(super) struct Rpc {
    requests: mpsc::UnboundedSender<Request>,
    slots: Arc<Semaphore>,
    shared: Arc<Shared>,
}

struct Request {
    id: u64,
    text: Zeroizing<String>,
    waiting: Waiting,
}

impl fmt::Debug for Rpc {
    // Requests hold secrets: none of them is shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rpc").field("closed", &self.shared.closed.get()).finish_non_exhaustive()
    }
}

impl Rpc {
    /// Starts the task that owns the socket and pings every so often.
    pub(super) fn start(socket: Socket, keep_alive: Duration) -> Self {
        let (requests, queue) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared::new(socket.get_ref().meter.clone()));
        tokio::spawn(run(socket, queue, shared.clone(), keep_alive));
        Self { requests, slots: Arc::new(Semaphore::new(MOST_CALLS)), shared }
    }

    /// Calls a method and waits for its reply, at most so long from when it has a place.
    ///
    /// # Errors
    /// What happened instead of a result.
    pub(super) async fn call(
        &self,
        method: &str,
        params: &[Value],
        timeout: Duration,
    ) -> Result<Value, Failure> {
        self.receive(method, params, timeout).await.map(|received| received.value)
    }

    /// The same for a result that is kept.
    ///
    /// # Errors
    /// What happened instead of a result.
    pub(super) async fn receive(
        &self,
        method: &str,
        params: &[Value],
        timeout: Duration,
    ) -> Result<Received, Failure> {
        let id = self.shared.next_id();
        let text = frame::request(id, method, params)
            .map_err(|error| Failure::NotSent(Closed::Broken(error.to_string())))?;
        if text.len() > LONGEST_REQUEST {
            return Err(Failure::TooLong(text.len()));
        }
        let slot = self.slot(timeout).await?;
        let (reply, answer) = oneshot::channel();
        let waiting = Waiting { method: method.to_owned(), reply, slot };
        let request = Request { id, text, waiting };
        self.requests.send(request).map_err(|_| Failure::NotSent(self.shared.why_closed()))?;
        match tokio::time::timeout(timeout, answer).await {
            Ok(Ok(reply)) => reply,
            Ok(Err(_)) => Err(Failure::Lost(self.shared.why_closed())),
            Err(_) => Err(Failure::Lost(Closed::NoAnswer(timeout))),
        }
    }

    /// A place among the calls that run. It is waited for as long as other calls are answered.
    async fn slot(&self, timeout: Duration) -> Result<OwnedSemaphorePermit, Failure> {
        loop {
            let answered = self.shared.answered.load(Ordering::Relaxed);
            match tokio::time::timeout(timeout, self.slots.clone().acquire_owned()).await {
                Ok(slot) => return slot.map_err(|_| Failure::NotSent(Closed::Ended)),
                Err(_) if answered == self.shared.answered.load(Ordering::Relaxed) => {
                    return Err(Failure::NotSent(Closed::NoAnswer(timeout)));
                }
                Err(_) => {}
            }
        }
    }

    /// What happens from now on in collections that are subscribed to.
    pub(super) fn events(&self) -> broadcast::Receiver<Event> {
        self.shared.events.subscribe()
    }

    /// How the connection ended, if it did.
    pub(super) fn closed(&self) -> Option<&Closed> {
        self.shared.closed.get()
    }
}

/// Owns the socket until it ends, then tells everybody who waits.
async fn run(
    socket: Socket,
    mut queue: mpsc::UnboundedReceiver<Request>,
    shared: Arc<Shared>,
    keep_alive: Duration,
) {
    let (sink, stream) = socket.split();
    let closed = tokio::select! {
        closed = hear(stream, &shared, keep_alive * 3) => closed,
        closed = speak(sink, &mut queue, &shared, keep_alive) => closed,
    };
    tracing::debug!(%closed, "connection ended");
    // Before anybody is told, so that whoever is told finds the reason.
    let closed = shared.closed.get_or_init(|| closed).clone();
    queue.close();
    while let Ok(Request { id: _, text: _, waiting }) = queue.try_recv() {
        let _ = waiting.reply.send(Err(Failure::NotSent(closed.clone())));
    }
    shared.give_up(&closed);
}

/// Sends what is asked for, and a ping now and then.
async fn speak(
    mut sink: SplitSink<Socket, Message>,
    queue: &mut mpsc::UnboundedReceiver<Request>,
    shared: &Shared,
    keep_alive: Duration,
) -> Closed {
    let mut ping = tokio::time::interval_at(Instant::now() + keep_alive, keep_alive);
    ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let message = tokio::select! {
            request = queue.recv() => match request {
                Some(Request { id, text, waiting }) if !waiting.reply.is_closed() => {
                    tracing::trace!(id, method = waiting.method, bytes = text.len(), "call");
                    // Noted first: a request of which a part is sent may be carried out.
                    shared.wait(id, waiting);
                    // Zeroized once the WebSocket has dropped it; its write buffer has it masked.
                    let text = Utf8Bytes::try_from(Bytes::from_owner(text));
                    Message::Text(text.expect("a string must be UTF-8"))
                }
                Some(_given_up) => continue,
                None => break,
            },
            _ = ping.tick() => Message::Ping(Default::default()),
        };
        if let Err(error) = sink.send(message).await {
            return Closed::from_error(&error);
        }
    }
    // Saying goodbye is a courtesy that must not keep anybody.
    let _ = tokio::time::timeout(Duration::from_secs(1), sink.close()).await;
    Closed::Ended
}
