//! Takes connections of a system's SSH port over, one session each.

use std::net::SocketAddr;
use std::sync::{Arc, Weak};
use std::time::Duration;

use russh::keys::{Algorithm, EcdsaCurve, HashAlg};
use russh::server::{self, Config};
use russh::{Disconnect, MethodKind, MethodSet, Preferred, SshId};
use tokio::net::TcpStream;
use tokio::sync::watch;

use super::super::middleware::Middleware;
use super::super::ssh_port::SshServer;
use super::session::Session;

/// What Debian's sshd calls itself.
const VERSION: &str = "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u6";
/// `MaxAuthTries`
const ATTEMPTS: usize = 6;

/// The SSH server of a system.
pub struct Sshd {
    middleware: Weak<Middleware>,
    stop: watch::Receiver<bool>,
}

impl Sshd {
    /// The server of the system that the middleware looks after; its sessions end with `stop`.
    pub fn new(middleware: Weak<Middleware>, stop: watch::Receiver<bool>) -> Self {
        Self { middleware, stop }
    }
}

impl SshServer for Sshd {
    fn serve(&self, connection: TcpStream, peer: SocketAddr) {
        let (Some(middleware), Ok(local)) = (self.middleware.upgrade(), connection.local_addr())
        else {
            return;
        };
        tokio::spawn(serve(middleware, connection, peer, local, self.stop.clone()));
    }
}

async fn serve(
    middleware: Arc<Middleware>,
    connection: TcpStream,
    peer: SocketAddr,
    local: SocketAddr,
    mut stop: watch::Receiver<bool>,
) {
    let host_keys = middleware.system().ssh.host_keys().clone();
    // A system's first connection may have to wait until its RSA key is made.
    let Ok(keys) = tokio::task::spawn_blocking(move || host_keys.private()).await else { return };
    let config = Config {
        server_id: SshId::Standard(VERSION.into()),
        methods: MethodSet::from(&[MethodKind::PublicKey, MethodKind::Password][..]),
        // Nobody is kept out here by time.
        auth_rejection_time: Duration::ZERO,
        max_auth_attempts: ATTEMPTS,
        keys,
        preferred: Preferred {
            key: vec![
                Algorithm::Rsa { hash: Some(HashAlg::Sha512) },
                Algorithm::Rsa { hash: Some(HashAlg::Sha256) },
                Algorithm::Ecdsa { curve: EcdsaCurve::NistP256 },
                Algorithm::Ed25519,
                // Clients may still sign with it: `PubkeyAcceptedAlgorithms` decides.
                Algorithm::Rsa { hash: None },
            ]
            .into(),
            ..Preferred::DEFAULT
        },
        nodelay: true,
        ..Config::default()
    };
    let session = Session::new(middleware, peer, local);
    let running = match server::run_stream(Arc::new(config), connection, session).await {
        Ok(running) => running,
        Err(error) => {
            tracing::debug!(%peer, %error, "an SSH connection did not come about");
            return;
        }
    };
    let handle = running.handle();
    let stopped = async {
        // Whoever holds the other end is gone with the fleet.
        let _ = stop.wait_for(|stopped| *stopped).await.map(drop);
    };
    tokio::select! {
        ended = running => if let Err(error) = ended {
            tracing::debug!(%peer, %error, "an SSH connection ended");
        },
        () = stopped => {
            // It may be gone already.
            let _ = handle.disconnect(Disconnect::ByApplication, String::new(), String::new()).await;
        }
    }
}
