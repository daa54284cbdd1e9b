//! One connection for two requests that follow each other closely.
//!
//! hyper hands a connection back to its pool in a task of its own, a moment after the reply was read
//! to its end. The next request does not wait for that: it begins to connect at once, and now and
//! then the system sees a second connection.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use reqwest::ClientBuilder;
use tokio::sync::watch;
use tower::util::MapFutureLayer;

/// How long to wait for a connection that should be free any moment. A server that closed it
/// without saying so costs this once.
const MOMENT: Duration = Duration::from_millis(500);

type Connected<C> = Result<C, Box<dyn std::error::Error + Send + Sync>>;

/// Holds back new connections while another one is about to be free.
#[derive(Clone, Debug)]
pub(super) struct Reuse(Arc<watch::Sender<Connecting>>);

/// What becomes of an attempt to connect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Connecting {
    /// It is made.
    Allowed,
    /// It waits a moment.
    Waits,
    /// It is given up: the request went over another connection.
    Needless,
}

impl Reuse {
    /// Holds nothing back.
    pub(super) fn new() -> Self {
        Self(Arc::new(watch::Sender::new(Connecting::Allowed)))
    }

    /// A client that asks before it connects.
    pub(super) fn watching(&self, client: ClientBuilder) -> ClientBuilder {
        let states = self.0.clone();
        client.connector_layer(MapFutureLayer::new(
            move |connecting: BoxFuture<'static, Connected<_>>| {
                let mut states = states.subscribe();
                async move {
                    let decided = states.wait_for(|state| *state != Connecting::Waits);
                    drop(tokio::time::timeout(MOMENT, decided).await);
                    let needless = *states.borrow() == Connecting::Needless;
                    if needless { Err("not needed".into()) } else { connecting.await }
                }
            },
        ))
    }

    /// The connection that was just used is about to be free.
    pub(super) fn expect(&self) {
        self.0.send_replace(Connecting::Waits);
    }

    /// Sends a request, over the connection that was [expected](Self::expect) if there is one.
    pub(super) async fn send<F: Future>(&self, request: F) -> F::Output {
        self.0.send_if_modified(|state| {
            let over = *state == Connecting::Needless;
            if over {
                *state = Connecting::Allowed;
            }
            over
        });
        let output = request.await;
        self.0.send_replace(Connecting::Needless);
        output
    }
}
