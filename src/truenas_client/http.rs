//! The HTTP before the WebSocket: what is checked, asked and upgraded on one connection.
//!
//! The upgrade is reqwest's own. The crate `reqwest-websocket` 0.6 does the same, but on tungstenite
//! 0.28, whose limit of 16 MiB a frame can only be raised through a type that it does not export:
//! TrueNAS sends every reply as one frame.

use std::error::Error;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{
    CONNECTION, HeaderMap, HeaderName, LOCATION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY,
    SEC_WEBSOCKET_VERSION, UPGRADE,
};
use reqwest::{Response, StatusCode, Upgraded, Url};
use rustls::{ClientConfig, OtherError};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

use super::closed::is_closed;
use super::limits::{LARGEST_REPLY, LARGEST_WRITE_BUFFER};
use super::open_error::Reason;
use super::options::Options;
use super::proxy::Proxy;
use super::reuse::Reuse;
use super::tls::CertificateRefused;
use super::traffic::{Meter, Metered, READ_AHEAD, Traffic};
use crate::model::secret::masked;
use crate::truenas_wire::Release;

/// The list of versions has some dozen entries; what is longer is something else.
const LONGEST_VERSIONS: usize = 64 << 10;

/// The socket that a session speaks on.
pub(super) type Socket = WebSocketStream<Metered<Upgraded>>;

/// A system's HTTP side. Every connection it makes is TLS with a certificate that is believed.
#[derive(Clone, Debug)]
pub(super) struct Http {
    client: reqwest::Client,
    reuse: Reuse,
    base: Url,
    timeout: Duration,
    proxy: Option<Proxy>,
    traffic: Arc<Traffic>,
}

/// A system's URL: `https://HOST[:PORT]` and nothing else.
pub(super) fn checked(url: &str) -> Result<Url, Reason> {
    let base = Url::parse(url).map_err(|_| Reason::BadUrl)?;
    if base.scheme() != "https" {
        return Err(Reason::NotHttps);
    }
    let bare = base.username().is_empty()
        && base.password().is_none()
        && base.path() == "/"
        && base.query().is_none()
        && base.fragment().is_none();
    if bare && base.host_str().is_some() { Ok(base) } else { Err(Reason::BadUrl) }
}

/// A request that was not answered.
pub(super) enum Failure {
    /// It could not be sent, or its answer not received.
    Request(reqwest::Error),
    /// It took too long.
    TimedOut,
}

impl Http {
    /// Nothing is sent yet.
    pub(super) fn new(base: Url, tls: ClientConfig, options: &Options) -> Result<Self, Reason> {
        let reuse = Reuse::new();
        let client = reuse
            .watching(reqwest::Client::builder())
            .tls_backend_preconfigured(tls)
            .https_only(true)
            // HTTP/2 knows no upgrade to a WebSocket that nginx would pass on.
            .http1_only()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(options.connect_timeout)
            .user_agent(&options.client_name)
            .build()
            .map_err(|error| Reason::Unreachable(innermost(&error)))?;
        let proxy = Proxy::of(&base);
        let timeout = options.connect_timeout;
        Ok(Self { client, reuse, base, timeout, proxy, traffic: Arc::default() })
    }

    /// The newest API that the system offers, as a release.
    pub(super) async fn release(&self) -> Result<Release, Reason> {
        let mut response = self.versions_request().await.map_err(|failure| match failure {
            Failure::Request(error) => self.reason(&error),
            Failure::TimedOut => self.timed_out(),
        })?;
        let status = response.status();
        let location = response.headers().get(LOCATION).and_then(|to| to.to_str().ok());
        if let Some(to) = location.filter(|_| status.is_redirection()) {
            return Err(Reason::Redirected { to: masked(to).into_owned() });
        }
        if let 502..=504 = status.as_u16() {
            return Err(Reason::NotReady { status: status.as_u16() });
        }
        let stays = response
            .headers()
            .get(CONNECTION)
            .is_none_or(|value| !value.as_bytes().eq_ignore_ascii_case(b"close"));
        // Read to its end, so that the connection is free for the upgrade.
        let body = tokio::time::timeout(self.timeout, body(&mut response));
        let body = body.await.map_err(|_| self.timed_out())?.map_err(|e| self.reason(&e))?;
        if stays {
            self.reuse.expect();
        }
        if status != StatusCode::OK {
            let found = format!("`GET /api/versions` got HTTP {}", status.as_u16());
            return Err(Reason::NotTrueNas { found });
        }
        let no_list = || Reason::NotTrueNas {
            found: "`GET /api/versions` got something other than a list of versions".into(),
        };
        let versions: Vec<String> =
            body.and_then(|body| serde_json::from_slice(&body).ok()).ok_or_else(no_list)?;
        let newest = versions.into_iter().max_by_key(|version| numbers(version));
        let newest = newest.ok_or_else(no_list)?;
        let version = newest.strip_prefix('v').unwrap_or(&newest);
        Release::of(version).ok_or_else(|| Reason::TooOld { newest: newest.clone() })
    }

    /// Asks for the versions and gives what answers, whatever it is.
    pub(super) async fn versions_request(&self) -> Result<Response, Failure> {
        self.get("/api/versions", HeaderMap::new()).await
    }

    /// Opens the WebSocket, on the connection that the versions came over if it is still there.
    pub(super) async fn websocket(&self) -> Result<Socket, Reason> {
        let key = generate_key();
        let mut headers = HeaderMap::new();
        let mut header = |name: HeaderName, value: &str| {
            let value = value.parse().map_err(|_| Reason::NoWebSocket("its key is invalid".into()));
            value.map(|value| headers.insert(name, value))
        };
        header(CONNECTION, "Upgrade")?;
        header(UPGRADE, "websocket")?;
        header(SEC_WEBSOCKET_VERSION, "13")?;
        header(SEC_WEBSOCKET_KEY, &key)?;
        let response =
            self.get("/api/current", headers).await.map_err(|failure| match failure {
                Failure::Request(error) => self.reason(&error),
                Failure::TimedOut => self.timed_out(),
            })?;
        match response.status() {
            StatusCode::SWITCHING_PROTOCOLS => {}
            status @ (StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT) => {
                return Err(Reason::NotReady { status: status.as_u16() });
            }
            status => return Err(Reason::NoWebSocket(format!("HTTP {}", status.as_u16()))),
        }
        let accepted = response.headers().get(SEC_WEBSOCKET_ACCEPT);
        if accepted.is_none_or(|accepted| accepted != derive_accept_key(key.as_bytes()).as_str()) {
            return Err(Reason::NoWebSocket("its answer belongs to another question".into()));
        }
        let upgraded = response.upgrade().await.map_err(|error| self.reason(&error))?;
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_AHEAD)
            .max_write_buffer_size(LARGEST_WRITE_BUFFER)
            .max_message_size(Some(LARGEST_REPLY))
            .max_frame_size(Some(LARGEST_REPLY));
        let metered = Metered::new(upgraded, Meter::new(self.traffic.clone()));
        Ok(WebSocketStream::from_raw_socket(metered, Role::Client, Some(config)).await)
    }

    async fn get(&self, path: &str, headers: HeaderMap) -> Result<Response, Failure> {
        let mut url = self.base.clone();
        url.set_path(path);
        let request = self.reuse.send(self.client.get(url).headers(headers).send());
        match tokio::time::timeout(self.timeout, request).await {
            Ok(answer) => answer.map_err(Failure::Request),
            Err(_) => Err(Failure::TimedOut),
        }
    }

    /// That an answer took too long.
    pub(super) fn timed_out(&self) -> Reason {
        self.through_proxy(Reason::TimedOut(self.timeout))
    }

    /// The reason, with the proxy that may be behind it.
    fn through_proxy(&self, reason: Reason) -> Reason {
        match &self.proxy {
            Some(proxy) => Reason::ThroughProxy { proxy: proxy.clone(), reason: Box::new(reason) },
            None => reason,
        }
    }

    /// What a failed request means.
    pub(super) fn reason(&self, error: &reqwest::Error) -> Reason {
        if let Some(refused) = cause::<CertificateRefused>(error) {
            return Reason::Certificate(Box::new(refused.clone()));
        }
        if error.is_timeout() {
            return self.timed_out();
        }
        self.through_proxy(Self::reason_of_connection(error))
    }

    /// What it means that no connection could be made.
    fn reason_of_connection(error: &reqwest::Error) -> Reason {
        if error.is_dns() {
            return Reason::Dns(innermost(error));
        }
        if chain(error).any(|error| {
            error
                .downcast_ref::<io::Error>()
                .is_some_and(|error| error.kind() == io::ErrorKind::ConnectionRefused)
        }) {
            return Reason::Refused;
        }
        match cause::<rustls::Error>(error) {
            Some(rustls::Error::InvalidMessage(_)) => Reason::NoTls,
            Some(error) => Reason::Tls(error.to_string()),
            None if closed(error) => Reason::Closed,
            None => Reason::Unreachable(innermost(error)),
        }
    }
}

/// The whole body; `None` if it is too long to be a list of versions.
async fn body(response: &mut Response) -> Result<Option<Vec<u8>>, reqwest::Error> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        body.extend_from_slice(&chunk);
        if body.len() > LONGEST_VERSIONS {
            return Ok(None);
        }
    }
    Ok(Some(body))
}

/// The numbers in a version, to compare by: `v25.10.5` is before `v26.0.0`.
fn numbers(version: &str) -> Vec<u64> {
    version.split(|c: char| !c.is_ascii_digit()).filter_map(|number| number.parse().ok()).collect()
}

/// The cause of an error that is a `T`.
pub(super) fn cause<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    chain(error).find_map(|error| error.downcast_ref())
}

/// An error and what caused it, outermost first. An [`io::Error`] and a [`rustls::Error`] hide the
/// error that they carry from `source`.
fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| {
        if let Some(inner) = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            return Some(inner);
        }
        if let Some(rustls::Error::Other(OtherError(inner))) = error.downcast_ref() {
            return Some(inner.as_ref());
        }
        error.source()
    })
}

/// Whether the other side closed the connection, with or without a word.
fn closed(error: &reqwest::Error) -> bool {
    cause::<io::Error>(error).is_some_and(is_closed)
        || cause::<hyper::Error>(error).is_some_and(hyper::Error::is_incomplete_message)
}

/// The text of the first cause, which says most.
fn innermost(error: &(dyn Error + 'static)) -> String {
    chain(error).last().map(ToString::to_string).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_and_a_host_is_accepted() {
        for url in ["http://nas", "ws://nas", "wss://nas", "ftp://nas"] {
            assert!(matches!(checked(url), Err(Reason::NotHttps)), "{url}");
        }
        for url in ["nas", "", "https://", "https://u:p@nas", "https://nas/ui", "https://nas/?a#b"]
        {
            assert!(matches!(checked(url), Err(Reason::BadUrl)), "{url}");
        }
    }

    #[test]
    fn versions_compare_by_their_numbers() {
        assert!(numbers("v25.10.10") > numbers("v25.10.5"));
        assert!(numbers("v26.0.0") > numbers("v25.10.5"));
    }
}
