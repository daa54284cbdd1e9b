//! A system that speaks TLS and WebSocket as TrueNAS does, and then whatever a test wants.

use std::future::Future;
use std::sync::Arc;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::Role;

use crate::api::server::{certificates, welcome};

/// The system; it stops when dropped.
pub struct Hostile {
    /// Where it is.
    pub url: String,
    /// The SHA-256 of its certificate, as a manifest has it.
    pub sha256: String,
    /// What it runs on.
    pub runtime: Runtime,
}

/// A WebSocket that trueup opened.
pub struct Victim(pub WebSocketStream<TlsStream<TcpStream>>);

/// A call that trueup made.
pub struct Call {
    /// The method.
    pub method: String,
    id: Value,
}

impl Hostile {
    /// A system of release 25.10 that does this with every WebSocket.
    pub fn start<F: Future<Output = ()> + Send + 'static>(
        attack: impl Fn(Victim) -> F + Send + Sync + 'static,
    ) -> Self {
        let (leaf, tls, _) = certificates();
        let sha256 = Sha256::digest(&leaf).iter().map(|byte| format!("{byte:02x}")).collect();
        let runtime = Runtime::new().expect("a runtime");
        let tcp = runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("a port");
        let url = format!("https://127.0.0.1:{}", tcp.local_addr().expect("bound").port());
        let acceptor = TlsAcceptor::from(tls);
        let attack = Arc::new(attack);
        runtime.spawn(async move {
            while let Ok((stream, _)) = tcp.accept().await {
                let (acceptor, attack) = (acceptor.clone(), attack.clone());
                tokio::spawn(async move {
                    let stream = acceptor.accept(stream).await.expect("a client that speaks TLS");
                    if let Some(victim) = Victim::upgraded(stream).await {
                        attack(victim).await;
                    }
                });
            }
        });
        Self { url, sha256, runtime }
    }

    /// A manifest with this system and this part of it.
    pub fn manifest(&self, part: &str) -> String {
        let Self { url, sha256, .. } = self;
        format!(
            "version: 1\nsystems:\n  boston: {{ url: '{url}', username: trueup, api_key: {{ env: KEY }}, \
             tls: {{ sha256: '{sha256}' }}, {part} }}\n"
        )
    }
}

impl Victim {
    /// Answers the request for the versions, then the upgrade.
    async fn upgraded(mut stream: TlsStream<TcpStream>) -> Option<Self> {
        loop {
            let request = head(&mut stream).await?;
            if request.starts_with("GET /api/versions ") {
                let body = r#"["v25.04.0","v25.10.0","v25.10.5"]"#;
                let length = body.len();
                let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{body}");
                stream.write_all(answer.as_bytes()).await.ok()?;
                continue;
            }
            let key = request.lines().find_map(|line| {
                let (name, value) = line.split_once(": ")?;
                name.eq_ignore_ascii_case("sec-websocket-key").then_some(value)
            })?;
            let accept = derive_accept_key(key.as_bytes());
            let answer = format!(
                "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                 Sec-WebSocket-Accept: {accept}\r\n\r\n"
            );
            stream.write_all(answer.as_bytes()).await.ok()?;
            let socket = WebSocketStream::from_raw_socket(stream, Role::Server, None).await;
            return Some(Self(socket));
        }
    }

    /// The next call.
    pub async fn call(&mut self) -> Option<Call> {
        while let Some(Ok(message)) = self.0.next().await {
            if let Message::Text(text) = message {
                let mut call: Value = serde_json::from_str(&text).expect("a call");
                let method = call["method"].as_str().expect("a method").to_owned();
                return Some(Call { method, id: call["id"].take() });
            }
        }
        None
    }

    /// Lets trueup in, as far as it takes to get the first call after the login.
    pub async fn first_read(&mut self) -> Option<Call> {
        loop {
            let call = self.call().await?;
            let Some(answer) = polite(&call.method) else { return Some(call) };
            self.answer(&call, &answer.to_string()).await?;
        }
    }

    /// Answers a call with a result.
    pub async fn answer(&mut self, call: &Call, result: &str) -> Option<()> {
        let text = format!(r#"{{"jsonrpc":"2.0","id":{},"result":{result}}}"#, call.id);
        self.send(Message::text(text)).await
    }

    /// Sends a message; `None` if trueup has gone away.
    pub async fn send(&mut self, message: Message) -> Option<()> {
        self.0.send(message).await.ok()
    }

    /// Sends these messages over and over, and reads nothing, until trueup goes away.
    pub async fn flood(&mut self, messages: &[Message]) {
        'flood: loop {
            for message in messages {
                if self.0.feed(message.clone()).await.is_err() {
                    break 'flood;
                }
            }
        }
    }
}

/// What a login is answered with.
pub fn polite(method: &str) -> Option<Value> {
    match method {
        "core.set_options" => Some(json!({ "legacy_jobs": false })),
        "auth.login_ex" => {
            let mut welcome = welcome();
            welcome["user_info"]["privilege"]["roles"] = json!(["FULL_ADMIN"]);
            Some(welcome)
        }
        "auth.mechanism_choices" => Some(json!(["API_KEY_PLAIN"])),
        _ => None,
    }
}

/// A request's head.
async fn head(stream: &mut TlsStream<TcpStream>) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    String::from_utf8(head).ok()
}
