//! One WebSocket connection, from its first frame to its last.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::middleware::{Middleware, Outcome};
use super::release::Release;
use super::session::Client;
use super::wire::message::{Refusal, parse};
use super::wire::reply;

/// The longest frame that aiohttp takes, in bytes.
const LONGEST_FRAME: usize = 4 << 20;
/// How long the peer has to answer a close frame.
const CLOSING: Duration = Duration::from_secs(2);

/// How a connection ends.
enum End {
    /// With a close frame.
    Close(u16, String),
    /// Without one: the socket goes.
    Cut,
    /// The same, since the middleware died, and with it the calls under way.
    Died,
    /// The peer has gone.
    Gone,
    /// The simulator stops, and waits for nobody.
    Stop,
}

/// Serves a connection until it ends, or the simulator stops. `agent` is who opened it.
pub async fn serve(
    mut socket: WebSocket,
    middleware: Arc<Middleware>,
    peer: SocketAddr,
    agent: &str,
    mut stop: watch::Receiver<bool>,
) {
    let (client, mut outbox) = middleware.connect(peer, agent);
    let mut calls = FuturesUnordered::new();
    let end = tokio::select! {
        end = converse(&mut socket, &middleware, &client, &mut outbox, &mut calls) => end,
        _ = stop.wait_for(|stopped| *stopped) => End::Stop,
    };
    middleware.disconnect(&client);
    // Up to 25.10 calls go on when their connection is gone; later releases cancel them.
    if middleware.release() < Release::V26_0 && !matches!(end, End::Died) {
        tokio::spawn(calls.for_each(|_| std::future::ready(())));
    }
    match end {
        End::Cut | End::Died | End::Gone => {}
        End::Close(code, reason) => {
            say_goodbye(&mut socket, code, reason).await;
            let heard = async { while let Some(Ok(_)) = socket.recv().await {} };
            tokio::select! {
                () = heard => {}
                () = sleep(CLOSING) => {}
                _ = stop.wait_for(|stopped| *stopped) => {}
            }
        }
        End::Stop => say_goodbye(&mut socket, 1001, String::new()).await,
    }
}

async fn converse(
    socket: &mut WebSocket,
    middleware: &Arc<Middleware>,
    client: &Arc<Client>,
    outbox: &mut mpsc::UnboundedReceiver<String>,
    calls: &mut FuturesUnordered<BoxFuture<'static, Outcome>>,
) -> End {
    let mut silent_since = Instant::now();
    loop {
        let mut send = None;
        tokio::select! {
            biased;
            // What a call changed is told before the call is answered.
            Some(text) = outbox.recv() => send = Some(text),
            Some(outcome) = calls.next(), if !calls.is_empty() => match outcome {
                Outcome::Reply(text) => send = Some(text),
                Outcome::Silence => {}
                Outcome::Cut => return End::Cut,
            },
            () = client.cut.notified() => return End::Died,
            () = client.terminate.notified() => return End::Close(1000, String::new()),
            frame = socket.recv() => {
                silent_since = Instant::now();
                match frame {
                    None | Some(Err(_) | Ok(Message::Close(_))) => return End::Gone,
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                    Some(Ok(Message::Binary(_))) => {
                        let reason = "Invalid websocket message type: <WSMsgType.BINARY: 2>";
                        return End::Close(1003, reason.to_owned());
                    }
                    Some(Ok(Message::Text(text))) => match receive(&text, middleware, client) {
                        Ok(Some(call)) => calls.push(call),
                        Ok(None) => {}
                        Err(Heard::Say(text)) => send = Some(text),
                        Err(Heard::End(end)) => return end,
                    },
                }
            }
            () = sleep_until(silent_since + middleware.idle_timeout()) => return End::Cut,
        }
        if let Some(text) = send {
            silent_since = Instant::now();
            if socket.send(Message::Text(text.into())).await.is_err() {
                return End::Gone;
            }
        }
    }
}

/// What a message that is no call leads to.
enum Heard {
    Say(String),
    End(End),
}

fn receive(
    text: &str,
    middleware: &Arc<Middleware>,
    client: &Arc<Client>,
) -> Result<Option<BoxFuture<'static, Outcome>>, Heard> {
    if text.len() > LONGEST_FRAME {
        let reason = format!("Message size {} exceeds limit {LONGEST_FRAME}", text.len());
        return Err(Heard::End(End::Close(1009, reason)));
    }
    match parse(text, client.authenticated(), middleware.release()) {
        Ok(request) => Ok(Some(Box::pin(middleware.clone().answer(client.clone(), request)))),
        Err(Refusal::Silence) => Ok(None),
        Err(Refusal::Error { id, code, message }) => {
            Err(Heard::Say(reply::error(&id, code, &message)))
        }
        Err(Refusal::Close(code, reason)) => Err(Heard::End(End::Close(code, reason.to_owned()))),
        Err(Refusal::Cut) => Err(Heard::End(End::Cut)),
    }
}

async fn say_goodbye(socket: &mut WebSocket, code: u16, reason: String) {
    let frame = CloseFrame { code, reason: reason.into() };
    // A peer that has gone does not hear it.
    let _ = timeout(CLOSING, socket.send(Message::Close(Some(frame)))).await;
}
