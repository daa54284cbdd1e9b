//! The SSH client of the tests.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use russh::client::{self, Config, Handler, Msg};
use russh::keys::key::{PrivateKeyWithHashAlg, safe_rng};
use russh::keys::{Algorithm, HashAlg, PrivateKey, PublicKeyOrCertificate};
use russh::{Channel, ChannelMsg, Disconnect};
use tokio::net::{TcpSocket, TcpStream};
use trueup_sim::sshd::host_keys::new_rsa;

use super::keys::PublicKeys;
use super::{ASKED, ClientKey, LoginDecision};

/// The keys that the client has.
pub struct Keys {
    pub ed25519: PrivateKey,
    pub rsa: PrivateKey,
}

impl Keys {
    /// New keys.
    pub fn generate() -> Self {
        Self {
            ed25519: PrivateKey::random(&mut safe_rng(), Algorithm::Ed25519).expect("a key"),
            rsa: new_rsa(2048, "").expect("a key"),
        }
    }

    /// Their public halves, and those of strangers.
    pub fn public(&self) -> PublicKeys {
        let stranger = PrivateKey::random(&mut safe_rng(), Algorithm::Ed25519).expect("a key");
        PublicKeys {
            own: PublicKeys::text(self.ed25519.public_key()),
            other_type: PublicKeys::text(self.rsa.public_key()),
            stranger: PublicKeys::text(stranger.public_key()),
        }
    }

    pub fn private(&self, key: ClientKey) -> &PrivateKey {
        match key {
            ClientKey::Ed25519 => &self.ed25519,
            ClientKey::RsaSha256 | ClientKey::RsaSha512 => &self.rsa,
        }
    }
}

impl ClientKey {
    pub fn hash(self) -> Option<HashAlg> {
        match self {
            Self::Ed25519 => None,
            Self::RsaSha256 => Some(HashAlg::Sha256),
            Self::RsaSha512 => Some(HashAlg::Sha512),
        }
    }
}

struct AnyHost;

impl Handler for AnyHost {
    type Error = russh::Error;

    async fn check_server_key(
        &mut self,
        _key: &PublicKeyOrCertificate,
    ) -> Result<bool, Self::Error> {
        Ok(true)
    }
}

/// Connects from an address of loopback.
pub async fn connect(from: Ipv4Addr, to: SocketAddr) -> io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::new(from.into(), 0))?;
    socket.connect(to).await
}

/// Logs in, opens two sessions, and runs the command in the first one.
pub async fn log_in(
    stream: TcpStream,
    account: &str,
    keys: &Keys,
    key: ClientKey,
) -> LoginDecision {
    let config = Config {
        nodelay: true,
        inactivity_timeout: Some(Duration::from_secs(20)),
        ..Config::default()
    };
    let Ok(mut session) = client::connect_stream(Arc::new(config), stream, AnyHost).await else {
        return LoginDecision::Refused;
    };
    let private = Arc::new(keys.private(key).clone());
    let private = PrivateKeyWithHashAlg::new(private, key.hash());
    let authenticated = session.authenticate_publickey(account, private).await;
    if !authenticated.is_ok_and(|result| result.success()) {
        return LoginDecision::Refused;
    }
    let first = session.channel_open_session().await;
    let second = session.channel_open_session().await;
    let sessions = usize::from(first.is_ok()) + usize::from(second.is_ok());
    let output = match first {
        Ok(channel) => run(channel).await,
        Err(_) => String::new(),
    };
    // The server is gone where it has ended the connection itself.
    let _ = session.disconnect(Disconnect::ByApplication, "", "").await;
    LoginDecision::LoggedIn { sessions, output }
}

/// What the command writes to both streams.
async fn run(mut channel: Channel<Msg>) -> String {
    let mut output = Vec::new();
    if channel.exec(true, ASKED).await.is_err() {
        return String::new();
    }
    while let Some(message) = channel.wait().await {
        if let ChannelMsg::Data { data } | ChannelMsg::ExtendedData { data, .. } = message {
            output.extend_from_slice(&data);
        }
    }
    String::from_utf8_lossy(&output).into_owned()
}
