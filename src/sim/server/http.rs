//! What a system answers over HTTP: its API versions, and the WebSockets that speak them.

use std::io;
use std::sync::Arc;

use axum::Router;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{ConnectInfo, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::sync::{mpsc, watch};

use super::browser::{Names, refuse_foreign};
use crate::connection;
use crate::middleware::Middleware;
use crate::release::Release;
use crate::tls::{Peer, TlsListener};

/// Larger than what the middleware itself refuses, so that its refusal is the one that is met.
const LARGEST_MESSAGE: usize = 16 << 20;

/// What the routes share.
#[derive(Clone)]
pub struct App {
    /// The system.
    pub middleware: Arc<Middleware>,
    /// The names of the fleet.
    pub names: Names,
    /// True once the simulator stops.
    pub stop: watch::Receiver<bool>,
    /// Held by every connection, and never sent on.
    pub alive: mpsc::Sender<()>,
}

/// Serves until it is dropped.
pub async fn serve(listener: TlsListener, app: App) -> io::Result<()> {
    let foreign = from_fn_with_state(app.names.clone(), refuse_foreign);
    let router = Router::new()
        .route("/api/versions", get(versions))
        .route("/api/boot_id", get(boot_id))
        .route("/api/{version}", get(upgrade))
        .layer(foreign)
        .with_state(app);
    axum::serve(listener, router.into_make_service_with_connect_info::<Peer>()).await
}

async fn versions(State(app): State<App>) -> Response {
    if let Err(bad_gateway) = arrive(&app.middleware).await {
        return bad_gateway;
    }
    json(&serde_json::json!(api_versions(app.middleware.version())))
}

async fn boot_id(State(app): State<App>) -> Response {
    if let Err(bad_gateway) = arrive(&app.middleware).await {
        return bad_gateway;
    }
    json(&serde_json::json!(app.middleware.boot_id()))
}

async fn upgrade(
    State(app): State<App>,
    Path(version): Path<String>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, axum::extract::ws::rejection::WebSocketUpgradeRejection>,
) -> Response {
    if let Err(bad_gateway) = arrive(&app.middleware).await {
        return bad_gateway;
    }
    let known = api_versions(app.middleware.version());
    if version != "current" && !known.contains(&version) {
        return (StatusCode::NOT_FOUND, "404: Not Found").into_response();
    }
    let agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
    let agent = agent.unwrap_or_default().to_owned();
    match upgrade {
        Ok(upgrade) => {
            upgrade.max_message_size(LARGEST_MESSAGE).on_upgrade(move |socket| async move {
                connection::serve(socket, app.middleware, peer.0, &agent, app.stop).await;
                drop(app.alive);
            })
        }
        Err(_) => (StatusCode::BAD_REQUEST, "400: No WebSocket UPGRADE hdr: None").into_response(),
    }
}

/// Counts a request in; while the middleware does not run, nginx answers in its place.
async fn arrive(middleware: &Middleware) -> Result<(), Response> {
    middleware.log().requests += 1;
    tokio::time::sleep(middleware.latency()).await;
    if middleware.is_down() {
        let page = "<html><head><title>502 Bad Gateway</title></head></html>";
        return Err((StatusCode::BAD_GATEWAY, page).into_response());
    }
    Ok(())
}

fn json(value: &serde_json::Value) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], value.to_string()).into_response()
}

/// The versions of the API that a release speaks, oldest first: those since 25.04 that were out
/// when it was made (`main.py`, `api_versions_handler`). 27 has let go of two of 25.10's.
fn api_versions(release: &str) -> Vec<String> {
    let series = |name: &'static str, last| (0..=last).map(move |n: u32| format!("{name}.{n}"));
    let patch = release.split('.').nth(2).and_then(|patch| patch.parse::<u32>().ok()).unwrap_or(0);
    let of_25_04 = series("v25.04", 2);
    match Release::of(release) {
        Release::V25_04 => series("v25.04", patch.min(2)).collect(),
        Release::V25_10 => of_25_04.chain(series("v25.10", patch.min(5))).collect(),
        Release::V26_0 => of_25_04.chain(series("v25.10", 5)).chain(series("v26.0", 0)).collect(),
        Release::V27_0 => {
            let later = ["v25.10.0", "v25.10.1", "v25.10.2", "v25.10.5", "v26.0.0", "v27.0.0"];
            of_25_04.chain(later.map(Into::into)).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::api_versions;

    #[test]
    fn a_release_speaks_what_came_before_it() {
        let newest = |release| api_versions(release).last().cloned().unwrap_or_default();
        assert_eq!(api_versions("25.04.2.6").join(" "), "v25.04.0 v25.04.1 v25.04.2");
        assert_eq!(
            api_versions("25.10.1").join(" "),
            "v25.04.0 v25.04.1 v25.04.2 v25.10.0 v25.10.1"
        );
        assert_eq!(newest("25.10.6"), "v25.10.5");
        assert_eq!(newest("26.0.0"), "v26.0.0");
        assert_eq!(newest("27.0.0"), "v27.0.0");
    }
}
