//! A server on loopback that answers as a script says, and remembers what was asked.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::get;
use axum::serve::Listener;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use secrecy::SecretString;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::server::TlsStream;
use trueup::model::{Endpoint, KeySource, Trust};
use trueup::truenas_client::{OpenError, Options, Patience, Session};

/// The key that tests log in with.
pub const KEY: &str = "1-TheKeyThatNobodyMaySee";

/// A call that the server got.
pub struct Asked {
    /// On which connection, counted from one.
    pub socket: usize,
    /// How often this method has been asked for, this time included.
    pub nth: usize,
    /// The method.
    pub method: String,
    /// The parameters.
    pub params: Value,
}

/// What the server does with a call.
pub enum Answer {
    /// Answers with this result.
    Result(Value),
    /// Answers with this error object.
    Error(Value),
    /// Sends this text as it stands.
    Raw(String),
    /// Sends these texts, then answers with this result.
    After(Vec<Value>, Value),
    /// Waits until so many calls wait, then answers them all, the last one first.
    HeldUntil(usize, Value),
    /// Never answers.
    Nothing,
    /// Goes away without a word.
    Cut,
    /// Stays, and neither reads nor writes any more.
    Freeze,
    /// Closes the connection with this code and reason.
    Close(u16, &'static str),
}

type Script = dyn Fn(&Asked) -> Answer + Send + Sync;

/// The server; it stops when dropped.
pub struct Server {
    /// Where it is.
    pub url: String,
    /// Its leaf certificate's DER.
    pub leaf: Vec<u8>,
    /// The certificate of the authority that signed it, in PEM.
    pub ca_pem: String,
    seen: Arc<Seen>,
    task: tokio::task::JoinHandle<()>,
}

/// What the server remembers.
#[derive(Default)]
struct Seen {
    connections: AtomicUsize,
    sockets: AtomicUsize,
    methods: Mutex<BTreeMap<String, usize>>,
    most_waiting: AtomicUsize,
    pinged: Notify,
    goodbye: Notify,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    /// A server of release 25.10 that answers as the script says.
    pub async fn start(script: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Self {
        let versions = json!(["v25.04.0", "v25.10.0", "v25.10.5"]).to_string();
        Self::with_versions(StatusCode::OK, versions, script).await
    }

    /// A server that answers `GET /api/versions` with this.
    pub async fn with_versions(
        status: StatusCode,
        body: impl Into<String>,
        script: impl Fn(&Asked) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let (leaf, tls, ca_pem) = certificates();
        let seen = Arc::new(Seen::default());
        let body = body.into();
        let script: Arc<Script> = Arc::new(script);
        let state = (script, seen.clone());
        let current = move |upgrade: WebSocketUpgrade| async move {
            let (script, seen) = state;
            upgrade.on_upgrade(move |socket| async move { serve(socket, &*script, &seen).await })
        };
        let versions = move || async move { (status, [("location", "https://elsewhere/")], body) };
        let router = Router::new()
            .route("/api/versions", get(|| async move { versions().await.into_response() }))
            .route("/api/current", get(current));
        let tcp = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("https://127.0.0.1:{}", tcp.local_addr().expect("bound").port());
        let listener = TlsListener { tcp, acceptor: TlsAcceptor::from(tls), seen: seen.clone() };
        let task = tokio::spawn(async move {
            let _ = axum::serve(listener, router).await;
        });
        Self { url, leaf, ca_pem, seen, task }
    }

    /// The SHA-256 of its certificate.
    pub fn sha256(&self) -> [u8; 32] {
        Sha256::digest(&self.leaf).into()
    }

    /// How to reach it, believing this.
    pub fn endpoint(&self, trust: Trust) -> Endpoint {
        Endpoint {
            system: "boston".into(),
            url: self.url.clone(),
            username: "trueup".into(),
            api_key: KeySource::Env("KEY".into()),
            trust,
            place: None,
        }
    }

    /// Opens a session with these options.
    pub async fn open_with(&self, options: &Options) -> Result<Session, OpenError> {
        let endpoint = self.endpoint(Trust::Certificate(vec![self.sha256()]));
        Session::open(&endpoint, SecretString::from(KEY), options).await
    }

    /// Opens a session.
    pub async fn open(&self) -> Result<Session, OpenError> {
        self.open_with(&hasty()).await
    }

    /// How many TCP connections it accepted.
    pub fn connections(&self) -> usize {
        self.seen.connections.load(Ordering::SeqCst)
    }

    /// How often a method was asked for.
    pub fn times(&self, method: &str) -> usize {
        self.seen.methods.lock().expect("no panic").get(method).copied().unwrap_or_default()
    }

    /// Waits until a client sent a ping.
    pub async fn pinged(&self) {
        self.seen.pinged.notified().await;
    }

    /// Waits until a client closed its connection properly.
    pub async fn goodbye(&self) {
        self.seen.goodbye.notified().await;
    }

    /// How many calls waited at the same time, at most.
    pub fn most_waiting(&self) -> usize {
        self.seen.most_waiting.load(Ordering::SeqCst)
    }
}

/// Options whose pauses are so short that no test waits for them.
pub fn hasty() -> Options {
    let moment = Duration::ZERO..=Duration::from_millis(2);
    Options {
        patience: Patience {
            with_rate_limit: Duration::from_secs(20),
            rate_limit_pause: moment.clone(),
            refusal_pause: moment.clone(),
            with_outage: Duration::from_millis(100),
            outage_pause: moment.clone(),
            crowd_pause: moment,
        },
        ..Options::default()
    }
}

/// What a system that lets everybody in answers.
pub fn friendly(asked: &Asked) -> Answer {
    Answer::Result(match asked.method.as_str() {
        "core.set_options" => json!({ "legacy_jobs": false, "private_methods": false }),
        "auth.login_ex" => welcome(),
        "auth.mechanism_choices" => json!(["API_KEY_PLAIN", "PASSWORD_PLAIN"]),
        _ => Value::Null,
    })
}

/// What a successful login is answered with.
pub fn welcome() -> Value {
    json!({ "response_type": "SUCCESS", "authenticator": "LEVEL_1", "user_info": {
        "pw_name": "trueup", "privilege": { "roles": { "$set": ["SSH_READ", "SSH_WRITE"] } } } })
}

/// The error that a call is refused with.
pub fn refusal(errno: i64, errname: &str, reason: &str) -> Answer {
    Answer::Error(json!({ "code": -32001, "message": "Method call error", "data": {
        "error": errno, "errname": errname, "reason": format!("[{errname}] {reason}"),
        "trace": { "formatted": "secret trace" }, "extra": null } }))
}

async fn serve(mut socket: WebSocket, script: &Script, seen: &Seen) {
    let number = seen.sockets.fetch_add(1, Ordering::SeqCst) + 1;
    let mut held: Vec<(Value, Value)> = Vec::new();
    let mut enough = usize::MAX;
    while let Some(Ok(message)) = socket.recv().await {
        match message {
            // Whatever was sent before the pong has been received now: this is all that waits.
            Message::Pong(mark) if *mark == *b"held" => {
                seen.most_waiting.fetch_max(held.len(), Ordering::SeqCst);
                for (id, result) in held.drain(..).rev() {
                    let reply = json!({ "jsonrpc": "2.0", "id": id, "result": result });
                    let _ = socket.send(Message::text(reply.to_string())).await;
                }
            }
            Message::Text(text) => {
                let request: Value = serde_json::from_str(&text).expect("a request");
                let method = request["method"].as_str().expect("a method").to_owned();
                let nth = {
                    let mut methods = seen.methods.lock().expect("no panic");
                    let times = methods.entry(method.clone()).or_default();
                    *times += 1;
                    *times
                };
                let (id, params) = (request["id"].clone(), request["params"].clone());
                let reply = |result: Value| json!({ "jsonrpc": "2.0", "id": id, "result": result });
                let texts = match script(&Asked { socket: number, nth, method, params }) {
                    Answer::Result(result) => vec![reply(result).to_string()],
                    Answer::Error(error) => {
                        vec![json!({ "jsonrpc": "2.0", "id": id, "error": error }).to_string()]
                    }
                    Answer::Raw(text) => vec![text],
                    Answer::After(before, result) => {
                        let texts = before.iter().map(Value::to_string);
                        texts.chain([reply(result).to_string()]).collect()
                    }
                    Answer::HeldUntil(count, result) => {
                        held.push((id, result));
                        enough = count;
                        Vec::new()
                    }
                    Answer::Nothing => Vec::new(),
                    Answer::Cut => return,
                    Answer::Freeze => std::future::pending().await,
                    Answer::Close(code, reason) => {
                        let frame = CloseFrame { code, reason: reason.into() };
                        let _ = socket.send(Message::Close(Some(frame))).await;
                        continue;
                    }
                };
                for text in texts {
                    let _ = socket.send(Message::text(text)).await;
                }
                if held.len() == enough {
                    let _ = socket.send(Message::Ping(b"held".as_slice().into())).await;
                }
            }
            Message::Ping(_) => seen.pinged.notify_one(),
            Message::Close(_) => seen.goodbye.notify_one(),
            _ => {}
        }
    }
}

/// A leaf for `127.0.0.1`, its server side, and the authority that signed it.
/// A leaf's DER, what a server needs to speak TLS with it, and the authority's PEM.
pub fn certificates() -> (Vec<u8>, Arc<ServerConfig>, String) {
    let mut authority = CertificateParams::new(Vec::new()).expect("parameters");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.distinguished_name.push(DnType::CommonName, "Test authority");
    let key = KeyPair::generate().expect("a key");
    let authority = CertifiedIssuer::self_signed(authority, key).expect("an authority");
    let mut leaf = CertificateParams::new(vec!["127.0.0.1".into()]).expect("parameters");
    leaf.distinguished_name.push(DnType::CommonName, "truenas.local");
    let key = KeyPair::generate().expect("a key");
    let leaf = leaf.signed_by(&key, &authority).expect("a leaf");
    let private = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let tls = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], private)
        .expect("a certificate and its key");
    (leaf.der().to_vec(), Arc::new(tls), authority.pem())
}

struct TlsListener {
    tcp: TcpListener,
    acceptor: TlsAcceptor,
    seen: Arc<Seen>,
}

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let Ok((tcp, from)) = self.tcp.accept().await else { continue };
            self.seen.connections.fetch_add(1, Ordering::SeqCst);
            if let Ok(tls) = self.acceptor.accept(tcp).await {
                return (tls, from);
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<SocketAddr> {
        self.tcp.local_addr()
    }
}
