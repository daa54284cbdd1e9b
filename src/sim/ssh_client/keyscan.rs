//! `ssh-keyscan`: asks a server for its key of every type.
//!
//! Source: `plugins/keychain.py` (`remote_ssh_host_key_scan`) of TS-25.10.6; the texts are those of
//! OpenSSH 9.2.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use russh::Preferred;
use russh::client::{self, Config, Handler};
use russh::keys::{Algorithm, EcdsaCurve, HashAlg, PublicKey, PublicKeyOrCertificate};
use tokio::net::TcpStream;

use super::names::Names;

/// How many types are asked for, one connection each: two of them are of hardware keys.
const TYPES: usize = 5;

/// What `ssh-keyscan` wrote to its error stream, having found nothing; often nothing at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NothingFound(pub String);

/// The keys of a server, `TYPE BASE64` each.
///
/// # Errors
/// [`NothingFound`]
pub async fn scan(
    names: &Names,
    host: &str,
    port: i64,
    timeout: i64,
) -> Result<Vec<String>, NothingFound> {
    let bad_port = || NothingFound(format!("Bad port '{port}'\n"));
    let port = u16::try_from(port).ok().filter(|port| *port > 0).ok_or_else(bad_port)?;
    let bad_timeout = || NothingFound(format!("Bad timeout '{timeout}'\n"));
    let timeout = u64::try_from(timeout).ok().filter(|it| *it > 0).ok_or_else(bad_timeout)?;
    let timeout = Duration::from_secs(timeout);
    let address = names
        .resolve(host)
        .map_err(|error| NothingFound(format!("getaddrinfo {host}: {error}\n").repeat(TYPES)))?;
    let rsa = |hash| Algorithm::Rsa { hash: Some(hash) };
    let types = [
        vec![rsa(HashAlg::Sha512), rsa(HashAlg::Sha256)],
        vec![Algorithm::Ecdsa { curve: EcdsaCurve::NistP256 }],
        vec![Algorithm::Ed25519],
    ];
    let mut keys = Vec::new();
    let mut closed = false;
    for algorithms in types {
        match ask(SocketAddr::new(address, port), algorithms, timeout).await {
            Answer::Key(key) => keys.push(key),
            Answer::Closed => closed = true,
            Answer::Nothing => {}
        }
    }
    match keys.is_empty() {
        false => Ok(keys.iter().filter_map(two_words).collect()),
        true if closed => {
            let text = format!("{host}: Connection closed by remote host\n");
            Err(NothingFound(text.repeat(TYPES)))
        }
        true => Err(NothingFound(String::new())),
    }
}

fn two_words(key: &PublicKey) -> Option<String> {
    let line = key.to_openssh().ok()?;
    Some(line.split(' ').take(2).collect::<Vec<_>>().join(" "))
}

enum Answer {
    Key(PublicKey),
    Closed,
    Nothing,
}

async fn ask(address: SocketAddr, algorithms: Vec<Algorithm>, timeout: Duration) -> Answer {
    let Ok(Ok(stream)) = tokio::time::timeout(timeout, TcpStream::connect(address)).await else {
        return Answer::Nothing;
    };
    let config = Config {
        preferred: Preferred { key: algorithms.into(), ..Preferred::DEFAULT },
        nodelay: true,
        ..Config::default()
    };
    let seen = Arc::new(Mutex::new(None));
    let looking = client::connect_stream(Arc::new(config), stream, Look(seen.clone()));
    let ended = tokio::time::timeout(timeout, looking).await;
    match (seen.lock().unwrap_or_else(PoisonError::into_inner).take(), ended) {
        (Some(key), _) => Answer::Key(key),
        (None, Ok(_)) => Answer::Closed,
        (None, Err(_)) => Answer::Nothing,
    }
}

/// Looks at the server's key, and goes.
struct Look(Arc<Mutex<Option<PublicKey>>>);

impl Handler for Look {
    type Error = russh::Error;

    async fn check_server_key(
        &mut self,
        shown: &PublicKeyOrCertificate,
    ) -> Result<bool, Self::Error> {
        if let PublicKeyOrCertificate::PublicKey { key, .. } = shown {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(key.clone());
        }
        Ok(false)
    }
}
