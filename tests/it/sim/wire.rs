//! The wire itself: HTTP, frames, silence, the end.

use std::time::{Duration, Instant};

use serde_json::json;
use tokio::net::TcpStream;

use super::client::{Client, End, get};
use super::one;

#[tokio::test]
async fn http_tells_versions_and_the_boot() {
    let running = one("25.10.6", "").await;
    let address = running.address("box").expect("the system");
    let versions = get(address, "/api/versions").await;
    assert_eq!(versions[0], "v25.04.0");
    assert!(versions.as_array().expect("a list").contains(&json!("v25.10.5")));
    assert!(get(address, "/api/boot_id").await.is_string());
    let log = running.calls("box");
    assert_eq!((log.requests, log.connections, log.logins), (2, 0, 0));
    running.stop().await;
}

#[tokio::test]
async fn frames_that_no_client_should_send_end_the_connection() {
    let running = one("25.10.6", "").await;
    let address = running.address("box").expect("the system");
    let mut client = Client::connect(address).await;
    client.say_bytes(b"{}").await;
    assert_eq!(client.next().await, Err(End::Closed(1003)));
    let mut client = Client::admin(address).await;
    client.say(&"[".repeat(2000)).await;
    assert_eq!(client.next().await, Err(End::Cut));
    running.stop().await;
}

#[tokio::test]
async fn latency_is_added_to_every_reply_and_calls_do_not_wait_for_each_other() {
    let slow = "    latency_ms: 150\n    faults: [{ method: core.ping, do: { delay_ms: 500 } }]\n";
    let running = one("25.10.6", slow).await;
    let mut client = Client::admin(running.address("box").expect("the system")).await;
    let start = Instant::now();
    let first = client.send("core.ping", json!([])).await;
    let second = client.send("auth.me", json!([])).await;
    let sooner = client.next().await.expect("a reply");
    assert!(start.elapsed() >= Duration::from_millis(150));
    assert_eq!(sooner["id"], second);
    assert_eq!(client.next().await.expect("a reply")["id"], first);
    running.stop().await;
}

#[tokio::test]
async fn stopping_says_goodbye_and_frees_the_port() {
    let running = one("26.0.0", "").await;
    let address = running.address("box").expect("the system").clone();
    let mut client = Client::admin(&address).await;
    running.stop().await;
    assert_eq!(client.next().await, Err(End::Closed(1001)));
    let host = address.url.strip_prefix("https://").expect("https");
    assert!(TcpStream::connect(host).await.is_err());
}

#[tokio::test]
async fn a_session_can_be_ended_by_another() {
    let running = one("25.10.6", "").await;
    let address = running.address("box").expect("the system");
    let mut first = Client::admin(address).await;
    let mut second = Client::admin(address).await;
    let filter = json!([[["current", "=", false]], {"select": ["id", "credentials"]}]);
    let sessions = second.result("auth.sessions", filter).await;
    assert_eq!(sessions[0]["credentials"], "API_KEY");
    let ended = second.result("auth.terminate_session", json!([sessions[0]["id"]])).await;
    assert_eq!(ended, true);
    assert_eq!(first.next().await, Err(End::Closed(1000)));
    running.stop().await;
}
