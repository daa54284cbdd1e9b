//! A command on a remote system, over SSH as zettarepl does it with paramiko.
//!
//! Sources: zettarepl `transport/base_ssh.py`, paramiko `client.py`, `auth_handler.py`.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use russh::client::{self, AuthResult, Config, Handle, Handler};
use russh::keys::key::PrivateKeyWithHashAlg;
use russh::keys::{Algorithm, HashAlg, PrivateKey, PublicKey, PublicKeyOrCertificate};
use russh::{ChannelMsg, MethodKind, Preferred};
use tokio::net::TcpStream;

use super::failure::Failure;
use super::host_keys::{self, KnownHost, Trust, fingerprint};
use super::names::Names;

/// How long a command may write nothing.
const SILENCE: Duration = Duration::from_secs(10);

/// The attributes of an `SSH_CREDENTIALS`, with the private half of its key pair.
#[derive(Clone)]
pub struct Connection {
    /// Name or address.
    pub host: String,
    /// Port.
    pub port: i64,
    /// The remote account.
    pub username: String,
    /// The private key; a pair may have none.
    pub private_key: Option<String>,
    /// The host keys, a line each.
    pub host_keys: String,
    /// How long connecting may take.
    pub timeout: Duration,
    /// Whether an account other than root runs `zfs` with sudo.
    pub sudo: bool,
}

impl Connection {
    /// What zettarepl says when it cannot read the keys of a connection: then the task that uses
    /// it is none.
    pub fn unreadable(&self) -> Option<String> {
        let host_keys = KnownHost::parse(&self.host, 22, &self.host_keys).map(|_| ());
        let own = private_key(self.private_key.as_deref().unwrap_or_default()).map(|_| ());
        let failure = own.and(host_keys).err()?;
        Some(failure.text())
    }
}

/// Runs a command on the remote system; gives what it wrote.
///
/// # Errors
/// [`Failure`]
pub async fn run(
    names: &Names,
    connection: &Connection,
    words: &[&str],
) -> Result<String, Failure> {
    RemoteShell::open(names, connection).await?.execute(words).await
}

/// A connection that is open and authenticated.
pub struct RemoteShell {
    session: Handle<Server>,
    sudo: bool,
}

impl RemoteShell {
    /// Connects to the remote system and logs in.
    ///
    /// # Errors
    /// [`Failure`]
    pub async fn open(names: &Names, connection: &Connection) -> Result<Self, Failure> {
        let session = open_session(names, connection).await?;
        Ok(Self { session, sudo: connection.sudo && connection.username != "root" })
    }

    /// Runs a command; gives what it wrote.
    ///
    /// # Errors
    /// [`Failure`]
    pub async fn execute(&self, words: &[&str]) -> Result<String, Failure> {
        execute(&self.session, &wrapped(self.sudo, words)).await
    }
}

async fn open_session(names: &Names, connection: &Connection) -> Result<Handle<Server>, Failure> {
    let port = u16::try_from(connection.port).map_err(|_| {
        Failure::Exception("OverflowError", "connect(): port must be 0-65535.".to_owned())
    })?;
    let known = KnownHost::parse(&connection.host, port, &connection.host_keys)?;
    let key = private_key(connection.private_key.as_deref().unwrap_or_default())?;
    let stream = connect(names, connection, port).await?;
    let seen = Arc::new(Mutex::new(None));
    let config = Config {
        preferred: Preferred { key: known.preferred().into(), ..Preferred::DEFAULT },
        nodelay: true,
        ..Config::default()
    };
    let server = Server { known: known.clone(), seen: seen.clone() };
    let connecting = client::connect_stream(Arc::new(config), stream, server);
    let connected = tokio::time::timeout(connection.timeout, connecting).await;
    let seen = seen.lock().unwrap_or_else(PoisonError::into_inner).take();
    let mut session = match (connected, seen) {
        (Ok(Ok(session)), _) => session,
        (_, Some((Trust::Other, key))) => {
            let text = format!(
                "Host key for server '{}' does not match: got '{}', expected '{}'",
                connection.host,
                host_keys::base64(&key),
                known.expected_instead_of(&key)
            );
            return Err(Failure::OtherHostKey { fingerprint: fingerprint(&key), text });
        }
        (_, Some((Trust::NoneNamed, _))) => {
            let host = &connection.host;
            let host = if port == 22 { host.clone() } else { format!("[{host}]:{port}") };
            let text = format!("Server '{host}' not found in known_hosts");
            return Err(Failure::connection("SSHException", &text));
        }
        (Err(_), _) => return Err(Failure::connection("TimeoutError", "timed out")),
        (Ok(Err(_)), None) => {
            let text = "Error reading SSH protocol banner";
            return Err(Failure::connection("SSHException", text));
        }
        (Ok(Err(_)), Some(_)) => return Err(Failure::Connection("EOFError()".to_owned())),
    };
    authenticate(&mut session, connection, key).await?;
    Ok(session)
}

/// The command as it is sent: with the directories of system programs, and errors in its output.
fn wrapped(sudo: bool, words: &[&str]) -> String {
    let command = words.first().copied().unwrap_or_default();
    let privileged = ["python3", "zfs"].iter().any(|prefix| command.starts_with(prefix));
    let sudo = if sudo && privileged { "sudo " } else { "" };
    let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
    let words = words.join(" ");
    let inner = format!("PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin {sudo}{words} 2>&1");
    format!("sh -c {}", quoted(&inner))
}

/// Python's `shlex.quote`.
fn quoted(word: &str) -> String {
    let safe = |c: char| c.is_ascii_alphanumeric() || "@%+=:,./-_".contains(c);
    if !word.is_empty() && word.chars().all(safe) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\"'\"'"))
}

/// paramiko reads PEM files of RSA and EC keys, and OpenSSH's own format.
fn private_key(text: &str) -> Result<PrivateKey, Failure> {
    let unreadable = |text: &str| Err(Failure::connection("SSHException", text));
    if text.is_empty() {
        return unreadable("no lines in OPENSSH private key file");
    }
    let begin = text.lines().find_map(|line| {
        line.strip_prefix("-----BEGIN ")?.trim_end().strip_suffix(" PRIVATE KEY-----")
    });
    match begin {
        Some("RSA" | "EC" | "OPENSSH") => match russh::keys::decode_secret_key(text, None) {
            Ok(key) => Ok(key),
            Err(_) => unreadable("Invalid key"),
        },
        _ => unreadable("not a valid OPENSSH private key file"),
    }
}

async fn connect(names: &Names, connection: &Connection, port: u16) -> Result<TcpStream, Failure> {
    let address: IpAddr = names
        .resolve(&connection.host)
        .map_err(|error| Failure::Connection(format!("gaierror(-3, '{error}')")))?;
    let connecting = TcpStream::connect(SocketAddr::new(address, port));
    let refused = || {
        let text = format!("Unable to connect to port {port} on {address}");
        Failure::Connection(format!("NoValidConnectionsError(None, '{text}')"))
    };
    match tokio::time::timeout(connection.timeout, connecting).await {
        Ok(Ok(stream)) => Ok(stream),
        Err(_) => Err(Failure::connection("TimeoutError", "timed out")),
        Ok(Err(error)) => Err(match error.kind() {
            io::ErrorKind::ConnectionRefused | io::ErrorKind::HostUnreachable => refused(),
            _ => {
                let number = error.raw_os_error().unwrap_or_default();
                let text = error.to_string();
                let text = text.split(" (os error").next().unwrap_or_default().to_owned();
                Failure::Connection(format!("OSError({number}, '{text}')"))
            }
        }),
    }
}

/// Looks at the server's key, and remembers it for the error.
struct Server {
    known: KnownHost,
    seen: Arc<Mutex<Option<(Trust, PublicKey)>>>,
}

impl Handler for Server {
    type Error = russh::Error;

    async fn check_server_key(
        &mut self,
        shown: &PublicKeyOrCertificate,
    ) -> Result<bool, Self::Error> {
        let PublicKeyOrCertificate::PublicKey { key, .. } = shown else { return Ok(false) };
        let trust = self.known.judge(key);
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some((trust, key.clone()));
        Ok(trust == Trust::Known)
    }
}

async fn authenticate(
    session: &mut Handle<Server>,
    connection: &Connection,
    key: PrivateKey,
) -> Result<(), Failure> {
    let hash = match key.algorithm() {
        Algorithm::Rsa { .. } => session.best_supported_rsa_hash().await.ok().flatten(),
        _ => None,
    };
    let key = PrivateKeyWithHashAlg::new(Arc::new(key), hash.unwrap_or(Some(HashAlg::Sha512)));
    let asked = session.authenticate_publickey(&connection.username, key);
    match tokio::time::timeout(connection.timeout, asked).await {
        Err(_) => Err(Failure::connection("AuthenticationException", "Authentication timeout.")),
        Ok(Err(_)) => {
            let text = "Authentication failed: transport shut down or saw EOF";
            Err(Failure::connection("AuthenticationException", text))
        }
        Ok(Ok(AuthResult::Success)) => Ok(()),
        Ok(Ok(AuthResult::Failure { remaining_methods, .. })) => {
            let offered: Vec<MethodKind> = remaining_methods.iter().copied().collect();
            if offered.contains(&MethodKind::PublicKey) {
                let text = "Authentication failed.";
                return Err(Failure::connection("AuthenticationException", text));
            }
            let mut offered: Vec<String> =
                offered.iter().map(|method| format!("'{}'", <&str>::from(method))).collect();
            if offered.is_empty() {
                // Python splits an empty text into one empty name.
                offered.push("''".to_owned());
            }
            Err(Failure::Connection(format!(
                "BadAuthenticationType('Bad authentication type', [{}])",
                offered.join(", ")
            )))
        }
    }
}

async fn execute(session: &Handle<Server>, command: &str) -> Result<String, Failure> {
    let broken = |_| Failure::connection("SSHException", "SSH session not active");
    let mut channel = session.channel_open_session().await.map_err(broken)?;
    channel.exec(true, command).await.map_err(broken)?;
    let mut output = Vec::new();
    let mut status = None;
    loop {
        match tokio::time::timeout(SILENCE, channel.wait()).await {
            Err(_) => return Err(Failure::Connection("TimeoutError()".to_owned())),
            Ok(None) => break,
            Ok(Some(ChannelMsg::Data { data })) => output.extend_from_slice(&data),
            Ok(Some(ChannelMsg::ExitStatus { exit_status })) => status = Some(exit_status),
            Ok(Some(ChannelMsg::Failure)) => {
                return Err(Failure::connection("SSHException", "Channel closed."));
            }
            Ok(Some(_)) => {}
        }
    }
    let output = String::from_utf8_lossy(&output).into_owned();
    match status {
        Some(0) => Ok(output),
        Some(status) => Err(Failure::Command { status, output }),
        None => Err(Failure::Command { status: u32::MAX, output: NO_STATUS.to_owned() }),
    }
}

/// What zettarepl says when the server did not tell how the command ended.
const NO_STATUS: &str = "The SSH server did not provide the command’s exit code. This usually \
    indicates that the remote process was terminated unexpectedly due to a software or hardware \
    fault on the remote server, or that the connection was closed before the command completed. \
    Please check the remote server’s logs and connection stability for more details.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_wrapped_as_zettarepl_does() {
        assert_eq!(
            wrapped(false, &["zfs", "create", "-p", "tank/a b"]),
            "sh -c 'PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin zfs create -p '\"'\"'tank/a b'\"'\"' 2>&1'"
        );
    }

    #[test]
    fn keys_that_paramiko_does_not_read() {
        for (text, told) in [
            ("", "no lines in OPENSSH private key file"),
            ("garbage\n", "not a valid OPENSSH private key file"),
            (
                "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
                "not a valid OPENSSH private key file",
            ),
        ] {
            let failure = private_key(text).expect_err(text);
            assert_eq!(failure, Failure::connection("SSHException", told));
        }
    }
}
