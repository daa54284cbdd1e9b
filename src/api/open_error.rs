//! Why no session with a system could be had, in words, and what to do about it.

use std::time::Duration;

use super::fault::Fault;
use super::rpc::Closed;
use super::scram::ScramError;
use super::tls::{CertificateRefused, TrustError};
use crate::model::Trust;
use crate::model::release::DIALECTS;

/// Why no session with a system could be had. Displays as what happened and where.
#[derive(Debug, thiserror::Error)]
#[error("{}: {reason}", self.place())]
pub struct OpenError {
    /// The system's name in the manifest; its URL where there is no manifest.
    pub system: String,
    /// Its URL, without any credentials in it.
    pub url: String,
    /// What happened.
    pub reason: Reason,
}

impl OpenError {
    pub(super) fn new(system: &str, url: &str, reason: Reason) -> Self {
        Self { system: without_userinfo(system), url: without_userinfo(url), reason }
    }

    /// What to do now, as a sentence.
    pub fn remedy(&self) -> String {
        self.reason.remedy(&self.url)
    }

    /// The system, and its URL unless that is all it is called.
    fn place(&self) -> String {
        let Self { system, url, .. } = self;
        if system == url { format!("`{system}`") } else { format!("`{system}` ({url})") }
    }
}

/// A URL without what stands before an `@`, which may be a password.
fn without_userinfo(url: &str) -> String {
    match (url.find("://"), url.rfind('@')) {
        (Some(scheme), Some(at)) if scheme < at => {
            let (head, tail) = (url.get(..scheme + 3), url.get(at + 1..));
            format!("{}{}", head.unwrap_or_default(), tail.unwrap_or_default())
        }
        _ => url.to_owned(),
    }
}

/// What came between trueup and a session.
#[derive(Debug, thiserror::Error)]
pub enum Reason {
    /// The URL is no `https://` one; nothing was sent.
    #[error("the URL does not begin with `https://`; nothing was sent")]
    NotHttps,
    /// The URL is malformed, or has more than a host and a port; nothing was sent.
    #[error("the URL is not `https://HOST[:PORT]`; nothing was sent")]
    BadUrl,
    /// There is nothing to check certificates with; nothing was sent.
    #[error(transparent)]
    Trust(TrustError),
    /// The host's name could not be resolved.
    #[error("the host name could not be resolved: {0}")]
    Dns(String),
    /// Nothing listens there.
    #[error("the connection was refused")]
    Refused,
    /// Nothing answered in time.
    #[error("no answer within {0:?}")]
    TimedOut(Duration),
    /// The connection could not be made, or broke at once.
    #[error("it could not be reached: {0}")]
    Unreachable(String),
    /// What listens there does not speak TLS.
    #[error("what answers there does not speak TLS")]
    NoTls,
    /// TLS could not be agreed on.
    #[error("TLS could not be agreed on: {0}")]
    Tls(String),
    /// The certificate is not the expected one. The key was not sent.
    #[error("{0}")]
    Certificate(Box<CertificateRefused>),
    /// It sends elsewhere; redirects are never followed.
    #[error("it redirects to `{to}`, and redirects are not followed")]
    Redirected {
        /// Where to.
        to: String,
    },
    /// It is up, its API is not.
    #[error("its API is not ready (HTTP {status})")]
    NotReady {
        /// The HTTP status.
        status: u16,
    },
    /// What answers is no TrueNAS that has this API.
    #[error("what answers there is older than TrueNAS 25.04, or no TrueNAS: {found}")]
    NotTrueNas {
        /// What `GET /api/versions` got.
        found: String,
    },
    /// It is a TrueNAS, but older than any that trueup speaks to.
    #[error("its API {newest} is older than any that this trueup speaks to")]
    TooOld {
        /// The newest version that it offers.
        newest: String,
    },
    /// It does not open a WebSocket.
    #[error("it did not open a WebSocket: {0}")]
    NoWebSocket(String),
    /// This machine's address may not use the API.
    #[error("it does not admit this machine's address: {0}")]
    AddressNotAllowed(String),
    /// Too many logins from this address, for longer than trueup was willing to wait.
    #[error("it took no more logins from here for {0:.0?} (its limit is 20 a minute)")]
    RateLimited(Duration),
    /// The user name and the key do not belong together.
    #[error("it refused the login: `{username}` and the API key do not belong together")]
    LoginRefused {
        /// The user name that was given.
        username: String,
    },
    /// The key has expired or was revoked.
    #[error("the API key has expired or was revoked")]
    KeyExpired,
    /// A second factor is asked for.
    #[error("it asks `{username}` for a second factor")]
    SecondFactor {
        /// The user name that was given.
        username: String,
    },
    /// It is the standby half of a pair.
    #[error("it is the standby controller of a pair{}", listed(urls))]
    Standby {
        /// Where the active one can be reached.
        urls: Vec<String>,
    },
    /// The account may not use the API.
    #[error("`{username}` may log in but not use the API")]
    NoApiAccess {
        /// The user name that was given.
        username: String,
    },
    /// It takes no API keys.
    #[error("it takes no API keys; the key was not sent. It offers {}", offers(offered))]
    NoKeyLogin {
        /// The mechanisms that it offers.
        offered: Vec<String>,
    },
    /// The exchange that proves the key on both sides failed. The key was not sent.
    #[error("{0}; the key was not sent")]
    Scram(#[from] ScramError),
    /// An answer to the login that trueup does not know.
    #[error("it answered the login with `{0}`, which this trueup does not know")]
    UnknownAnswer(String),
    /// It answered the login with an error.
    #[error("it answered the login with an error: {0}")]
    LoginFault(Fault),
    /// The connection went away during the login.
    #[error("the connection went away during the login: {0}")]
    ConnectionLost(Closed),
}

fn listed(urls: &[String]) -> String {
    match urls {
        [] => String::new(),
        urls => format!("; the active one: {}", urls.join(", ")),
    }
}

fn offers(mechanisms: &[String]) -> String {
    if mechanisms.is_empty() { "nothing".into() } else { mechanisms.join(", ") }
}

impl Reason {
    fn remedy(&self, url: &str) -> String {
        match self {
            Self::NotHttps => {
                "Write an `https://` URL: TrueNAS revokes an API key that reaches it in the clear."
                    .into()
            }
            Self::BadUrl => "Write `https://`, the host, and the port if it is not 443.".into(),
            Self::Trust(TrustError::NoRoots(_)) => format!(
                "Install the CA certificates of the operating system, or pin the system's own \
                 certificate: `trueup trust {url}` shows it."
            ),
            Self::Trust(_) => {
                "Name a PEM file with the certificate authority's certificate.".into()
            }
            Self::Dns(_) => "Check the host in the URL, and this machine's name server.".into(),
            Self::Refused => {
                "Check the host and the port: it must be that of TrueNAS' web interface.".into()
            }
            Self::TimedOut(_) | Self::Unreachable(_) => {
                "Check that the system is up, and that no firewall is in between.".into()
            }
            Self::NoTls => {
                "Use the port of TrueNAS' web interface for HTTPS; if there is none, enable it in \
                 its general settings."
                    .into()
            }
            Self::Tls(_) => {
                "Check what is between here and TrueNAS; it wants TLS 1.2 or 1.3.".into()
            }
            Self::Certificate(refused) if refused.trust == Trust::Roots => format!(
                "The API key was not sent. TrueNAS makes its own certificate, for which nobody \
                 vouches: `trueup trust {url}` shows its fingerprint. Compare it with what the \
                 system itself says, then pin it in the manifest: `tls: {{ sha256: \"…\" }}`."
            ),
            Self::Certificate(_) => format!(
                "The API key was not sent. If the certificate was replaced on purpose, compare \
                 what `trueup trust {url}` shows with the system's own and put that into the \
                 manifest; otherwise somebody may be in between."
            ),
            Self::Redirected { to } => {
                format!("If `{to}` is the system that you mean, write that into the manifest.")
            }
            Self::NotReady { .. } => "Wait until the system has started, then try again.".into(),
            Self::NotTrueNas { .. } | Self::TooOld { .. } => {
                let oldest = DIALECTS.iter().map(|dialect| dialect.line).min();
                match oldest {
                    Some((year, month)) => format!(
                        "Check the URL; this trueup speaks to TrueNAS {year}.{month:02} and newer."
                    ),
                    None => "Check the URL.".into(),
                }
            }
            Self::NoWebSocket(_) => {
                "Check what is between here and TrueNAS: it must pass WebSockets on.".into()
            }
            Self::AddressNotAllowed(_) => {
                "Add this machine's address to the allowed addresses in TrueNAS' general settings."
                    .into()
            }
            Self::RateLimited(_) => {
                "Wait a minute, and see what else logs in from this machine's address.".into()
            }
            Self::LoginRefused { username } => format!(
                "In the web interface, {url}, look under Credentials > Users > API Keys whether \
                 `{username}` exists and owns this key, and whether the key is still there; else \
                 make a new one there. The user name must be that of the key's owner."
            ),
            Self::KeyExpired => format!(
                "Make a new key, or reset this one, in the web interface, {url}: Credentials > \
                 Users > API Keys. TrueNAS revokes a key that reached it in the clear: a proxy \
                 that ends TLS before TrueNAS does that too."
            ),
            Self::SecondFactor { .. } => {
                "Use an API key: it never asks for a second factor.".into()
            }
            Self::Standby { .. } => {
                "Name the active controller, or better the pair's virtual address.".into()
            }
            Self::NoApiAccess { .. } => {
                "Give the account a privilege: it needs a group that a privilege with roles names \
                 (Credentials > Groups > Privileges). To plan, the role READONLY_ADMIN is enough."
                    .into()
            }
            Self::NoKeyLogin { .. } => {
                "Security policies like STIG mode forbid API keys; lift that for this system, or \
                 leave it out."
                    .into()
            }
            Self::Scram(ScramError::NoRandom) => "Check this machine's random numbers.".into(),
            Self::Scram(_) => {
                "Check that it is the system that you mean and what is in between: whoever answers \
                 there has not proven to know the API key."
                    .into()
            }
            Self::UnknownAnswer(_) => "Look for a newer trueup.".into(),
            Self::LoginFault(_) => "See the system's own log, /var/log/middlewared.log.".into(),
            Self::ConnectionLost(_) => "Try again; the system may be restarting.".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_in_a_url_are_not_shown() {
        let error = OpenError::new("a", "https://root:hunter2@host/x@y", Reason::BadUrl);
        assert!(!format!("{error} {error:?} {}", error.remedy()).contains("hunter2"));
        assert_eq!(
            OpenError::new("a", "https://host:8443", Reason::BadUrl).url,
            "https://host:8443"
        );
    }

    #[test]
    fn a_standby_controller_says_where_the_active_one_is() {
        let urls = vec!["https://10.0.0.2".to_owned()];
        let error = OpenError::new("a", "https://a", Reason::Standby { urls });
        assert_eq!(
            error.to_string(),
            "`a` (https://a): it is the standby controller of a pair; the active one: https://10.0.0.2"
        );
    }
}
