//! A client that knows nothing but WebSockets and JSON: it shares no code with the one under test.

use std::io;
use std::sync::Arc;

use futures_util::{SinkExt, StreamExt};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, SignatureScheme};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};
use tokio_tungstenite::{WebSocketStream, client_async};
use trueup_sim::ready::Address;

/// A WebSocket to a simulated system.
pub struct Client {
    socket: WebSocketStream<TlsStream<TcpStream>>,
    number: i64,
    /// Notifications that came while a reply was awaited.
    pub told: Vec<Value>,
}

/// How a connection ended.
#[derive(Debug, PartialEq, Eq)]
pub enum End {
    /// With a close frame of that code.
    Closed(u16),
    /// Without one.
    Cut,
}

impl Client {
    /// Connects to `/api/current`.
    pub async fn connect(address: &Address) -> Self {
        let host = host(address);
        let stream = tls(address).await.expect("a TLS connection");
        let url = format!("wss://{host}/api/current");
        let (socket, _) = client_async(url, stream).await.expect("a WebSocket");
        Self { socket, number: 0, told: Vec::new() }
    }

    /// Connects and logs in as the administrator.
    pub async fn admin(address: &Address) -> Self {
        let mut client = Self::connect(address).await;
        let reply = client.log_in(&address.username, &address.api_key).await;
        assert_eq!(reply["response_type"], "SUCCESS", "{reply}");
        client
    }

    /// `API_KEY_PLAIN`
    pub async fn log_in(&mut self, username: &str, key: &str) -> Value {
        self.login_ex(json!({"mechanism": "API_KEY_PLAIN", "username": username, "api_key": key}))
            .await
    }

    /// `auth.login_ex`
    pub async fn login_ex(&mut self, data: Value) -> Value {
        self.result("auth.login_ex", json!([data])).await
    }

    /// The result of a call.
    pub async fn result(&mut self, method: &str, params: Value) -> Value {
        let reply = self.call(method, params).await;
        reply.get("result").cloned().unwrap_or_else(|| panic!("{method}: {reply}"))
    }

    /// `error.data` of a call, or the error if it has none.
    pub async fn error(&mut self, method: &str, params: Value) -> Value {
        let reply = self.call(method, params).await;
        let error = reply.get("error").unwrap_or_else(|| panic!("{method}: {reply}"));
        error.get("data").unwrap_or(error).clone()
    }

    /// The reply to a call.
    pub async fn call(&mut self, method: &str, params: Value) -> Value {
        let id = self.send(method, params).await;
        self.reply(id).await.expect("a reply")
    }

    /// Sends a call; gives its id.
    pub async fn send(&mut self, method: &str, params: Value) -> i64 {
        self.number += 1;
        let call = json!({"jsonrpc": "2.0", "id": self.number, "method": method, "params": params});
        self.say(&call.to_string()).await;
        self.number
    }

    /// Sends a text as it is.
    pub async fn say(&mut self, text: &str) {
        self.socket.send(Message::Text(Utf8Bytes::from(text))).await.expect("sent");
    }

    /// Sends bytes.
    pub async fn say_bytes(&mut self, bytes: &'static [u8]) {
        self.socket.send(Message::Binary(bytes.into())).await.expect("sent");
    }

    /// The next message.
    pub async fn next(&mut self) -> Result<Value, End> {
        loop {
            match self.socket.next().await {
                Some(Ok(Message::Text(text))) => {
                    return Ok(serde_json::from_str(&text).expect("JSON"));
                }
                Some(Ok(Message::Close(Some(frame)))) => {
                    return Err(End::Closed(frame.code.into()));
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                _ => return Err(End::Cut),
            }
        }
    }

    /// The reply to that id; notifications are kept.
    pub async fn reply(&mut self, id: i64) -> Result<Value, End> {
        loop {
            let message = self.next().await?;
            if message["id"] == id {
                return Ok(message);
            }
            assert!(message.get("method").is_some(), "not awaited: {message}");
            self.told.push(message);
        }
    }
}

/// The body of a GET.
pub async fn get(address: &Address, path: &str) -> Value {
    let response = get_as(address, path, &format!("Host: {}\r\n", host(address))).await;
    let (_, body) = response.split_once("\r\n\r\n").expect("a body");
    serde_json::from_str(body).unwrap_or_else(|_| panic!("{response}"))
}

/// The response to a GET with these headers.
pub async fn get_as(address: &Address, path: &str, headers: &str) -> String {
    let mut stream = tls(address).await.expect("a TLS connection");
    let request = format!("GET {path} HTTP/1.1\r\n{headers}Connection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut response = Vec::new();
    // The server may close without saying goodbye.
    let _ = stream.read_to_end(&mut response).await;
    String::from_utf8(response).expect("text")
}

/// `127.0.0.1:40123`
pub fn host(address: &Address) -> &str {
    address.url.strip_prefix("https://").expect("https")
}

async fn tls(address: &Address) -> io::Result<TlsStream<TcpStream>> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Pin(address.tls_sha256.clone())))
        .with_no_client_auth();
    let stream = TcpStream::connect(host(address)).await?;
    let name = ServerName::try_from("localhost").expect("a name");
    TlsConnector::from(Arc::new(config)).connect(name, stream).await
}

/// Takes the one certificate that the ready line tells of.
#[derive(Debug)]
struct Pin(String);

impl ServerCertVerifier for Pin {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let digest = Sha256::digest(end_entity);
        let shown: Vec<String> = digest.iter().map(|byte| format!("{byte:02X}")).collect();
        assert_eq!(shown.join(":"), self.0, "the ready line's fingerprint");
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        rustls::crypto::ring::default_provider()
            .signature_verification_algorithms
            .supported_schemes()
    }
}
