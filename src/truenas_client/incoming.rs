//! What comes in over a WebSocket: replies to their calls, events to whoever listens, and how much
//! of anything else is taken.

use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::SplitStream;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Message;

use super::closed::Closed;
use super::excess::Excess;
use super::frame::{self, Frame, RawReply, Reply};
use super::http::Socket;
use super::limits::largest_reply;
use super::traffic::Unrequested;
use super::waiting::{Failure, Received, Shared};
use crate::model::secret::masked;

/// Receives until the connection ends.
pub(super) async fn hear(
    mut stream: SplitStream<Socket>,
    shared: &Shared,
    patience: Duration,
) -> Closed {
    let mut unrequested = Unrequested::new(Instant::now());
    loop {
        let message = match tokio::time::timeout(patience, stream.next()).await {
            Err(_) => return Closed::Silent(patience),
            Ok(None) => return Closed::BySystem { code: None, text: String::new() },
            Ok(Some(Err(error))) => return Closed::from_error(&error),
            Ok(Some(Ok(message))) => message,
        };
        let answered = match message {
            Message::Text(text) => {
                shared.meter.message_received();
                hear_text(shared, &text)
            }
            Message::Close(frame) => {
                return Closed::BySystem {
                    code: frame.as_ref().map(|frame| frame.code.into()),
                    text: frame.map(|it| masked(&it.reason).into_owned()).unwrap_or_default(),
                };
            }
            // TrueNAS sends none.
            Message::Binary(_) => return Closed::Garbled,
            Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => Ok(false),
        };
        match answered {
            Ok(true) => {}
            Ok(false) => {
                if let Err(excess) = unrequested.count(Instant::now()) {
                    return Closed::Excess(excess);
                }
            }
            Err(closed) => return closed,
        }
    }
}

/// Takes one message; gives whether it was the reply to a call that waits.
fn hear_text(shared: &Shared, text: &str) -> Result<bool, Closed> {
    let bytes = text.len();
    let garbled = |error: serde_json::Error| {
        tracing::debug!(bytes, line = error.line(), "no JSON-RPC");
        Closed::Garbled
    };
    match frame::parsed(text).map_err(garbled)? {
        Frame::Reply { id, body } => {
            let Some(call) = shared.ended(id) else {
                tracing::debug!(id, bytes, "reply to no call");
                return Ok(false);
            };
            tracing::trace!(id, method = call.method, bytes, "reply");
            shared.answered.fetch_add(1, Ordering::Relaxed);
            let (result, garbled) = match received(shared, &call.method, &body, bytes) {
                Ok(result) => (result, Ok(())),
                Err(error) => (Err(Failure::Lost(Closed::Garbled)), Err(garbled(error))),
            };
            drop(call.slot);
            // The caller may have given up.
            let _ = call.reply.send(result);
            garbled.map(|()| true)
        }
        Frame::Event(event) => {
            // Nobody may be listening.
            let _ = shared.events.send(event);
            Ok(false)
        }
        Frame::Other => {
            tracing::debug!(bytes, "unexpected message");
            Ok(false)
        }
    }
}

/// The reply to a call, unless it is too large for one of its method, or together with the others.
fn received(
    shared: &Shared,
    method: &str,
    body: &RawReply<'_>,
    bytes: usize,
) -> Result<Result<Received, Failure>, serde_json::Error> {
    let limit = largest_reply(method);
    if bytes > limit {
        return Ok(Err(Failure::Lost(Closed::Excess(Excess::Reply { bytes, limit }))));
    }
    let in_use = match shared.meter.traffic.reserve(bytes, body.weight()) {
        Ok(in_use) => in_use,
        Err(excess) => return Ok(Err(Failure::Lost(Closed::Excess(excess)))),
    };
    Ok(match body.parsed()? {
        Reply::Result(value) => Ok(Received { value, in_use }),
        Reply::Error(error) => Err(Failure::Answered(error.fault(method))),
    })
}
