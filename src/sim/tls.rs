//! The certificate of a system, and connections that speak TLS with it.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use sha2::{Digest, Sha256};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// Why a system has no certificate.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// It could not be made.
    #[error("cannot make a certificate: {0}")]
    Certificate(#[from] rcgen::Error),
    /// It could not be used.
    #[error("cannot use the certificate: {0}")]
    Config(#[from] rustls::Error),
}

/// A self-signed certificate, ready to serve with.
pub struct Identity {
    config: Arc<ServerConfig>,
    digest: Vec<u8>,
}

impl Identity {
    /// A new one for a host name, and whatever else it is called.
    ///
    /// # Errors
    /// [`TlsError`], if a name is no host name.
    pub fn new(hostname: &str, names: &[String]) -> Result<Self, TlsError> {
        let mut subjects: Vec<String> = names.to_vec();
        subjects.extend([hostname, "localhost", "127.0.0.1", "::1"].map(str::to_owned));
        let mut params = CertificateParams::new(subjects)?;
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, hostname);
        let key = KeyPair::generate()?;
        let certificate = params.self_signed(&key)?.der().clone();
        let digest = Sha256::digest(&certificate).to_vec();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)?;
        Ok(Self { config: Arc::new(config), digest })
    }

    /// SHA-256 over the certificate's DER, as openssl prints it: `4E:1F:…`.
    pub fn sha256(&self) -> String {
        let bytes: Vec<String> = self.digest.iter().map(|byte| format!("{byte:02X}")).collect();
        bytes.join(":")
    }

    /// What a login is bound to that is bound to this certificate (RFC 5929,
    /// `tls-server-end-point`): its digest by the hash that it is signed with, SHA-256.
    pub fn channel_binding(&self) -> Vec<u8> {
        self.digest.clone()
    }
}

/// Accepts TLS connections; a slow handshake holds up nobody else.
pub struct TlsListener {
    address: SocketAddr,
    accepted: mpsc::Receiver<(TlsStream<TcpStream>, SocketAddr)>,
    accepting: AbortHandle,
}

impl TlsListener {
    /// Listens with that certificate.
    ///
    /// # Errors
    /// If the socket has no address.
    pub fn new(listener: TcpListener, identity: &Identity) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let acceptor = TlsAcceptor::from(identity.config.clone());
        let (done, accepted) = mpsc::channel(64);
        let accepting = tokio::spawn(async move {
            loop {
                // A failed accept is the peer's doing, or passes; the listener stays.
                let Ok((stream, peer)) = listener.accept().await else {
                    tokio::task::yield_now().await;
                    continue;
                };
                let (acceptor, done) = (acceptor.clone(), done.clone());
                tokio::spawn(async move {
                    let _ = stream.set_nodelay(true);
                    if let Ok(stream) = acceptor.accept(stream).await {
                        let _ = done.send((stream, peer)).await;
                    }
                });
            }
        });
        Ok(Self { address, accepted, accepting: accepting.abort_handle() })
    }
}

impl Drop for TlsListener {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        match self.accepted.recv().await {
            Some(accepted) => accepted,
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.address)
    }
}

/// The address of a connection's peer.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub SocketAddr);

impl Connected<IncomingStream<'_, TlsListener>> for Peer {
    fn connect_info(stream: IncomingStream<'_, TlsListener>) -> Self {
        Self(*stream.remote_addr())
    }
}
