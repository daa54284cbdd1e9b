//! Why no session with a system could be had, in words, and what to do about it.

use std::time::Duration;

use super::closed::Closed;
use super::fault::Fault;
use super::proxy::Proxy;
use super::scram::ScramError;
use super::tls::{CertificateRefused, TrustError};
use crate::model::secret::masked;
use crate::model::visible::visible;

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
    /// It could not be reached, and connections to it go through a proxy.
    #[error("{reason}; the connection goes through {proxy}")]
    ThroughProxy {
        /// The proxy.
        proxy: Proxy,
        /// What happened.
        reason: Box<Reason>,
    },
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
    #[error("it redirects to `{}`, and redirects are not followed", visible(to))]
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
    #[error("its API {} is older than any that this trueup speaks to", visible(newest))]
    TooOld {
        /// The newest version that it offers.
        newest: String,
    },
    /// It does not open a WebSocket.
    #[error("it did not open a WebSocket: {0}")]
    NoWebSocket(String),
    /// This machine's address may not use the API.
    #[error("it does not admit this machine's address: {}", visible(.0))]
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
    /// The system refused a SCRAM exchange before the key was proven: it knows no such key of that
    /// user that is in force.
    #[error(
        "it refused the login: the API key has expired, was revoked or deleted, or is not \
         `{username}`'s"
    )]
    KeyNotInForce {
        /// The user name that was given.
        username: String,
    },
    /// The system knows the key by its number, and its secret is another.
    #[error(
        "it refused the login: the API key is wrong, although `{username}` has one of its number"
    )]
    WrongKey {
        /// The user name that was given.
        username: String,
    },
    /// The key has expired or was revoked.
    #[error("the API key has expired or was revoked")]
    KeyExpired,
    /// The system closed the connection before it answered.
    #[error("it closed the connection")]
    Closed,
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
    #[error("`{username}` may log in but not use the API: the account has no role")]
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
    #[error("it answered the login with `{}`, which this trueup does not know", visible(.0))]
    UnknownAnswer(String),
    /// It answered the login with an error.
    #[error("it answered the login with an error: {0}")]
    LoginFault(Fault),
    /// The connection went away during the login.
    #[error("{}", during_login(.0))]
    ConnectionLost(Closed),
}

fn during_login(closed: &Closed) -> String {
    match closed {
        Closed::Excess(excess) => format!("it {excess}"),
        closed => format!("the connection went away during the login: {closed}"),
    }
}

fn listed(urls: &[String]) -> String {
    match urls {
        [] => String::new(),
        urls => format!("; the active one: {}", visible(&masked(&urls.join(", ")))),
    }
}

fn offers(mechanisms: &[String]) -> String {
    if mechanisms.is_empty() {
        "nothing".into()
    } else {
        visible(&masked(&mechanisms.join(", "))).into_owned()
    }
}

impl Reason {
    /// Whether it may pass while a system restarts. What says that another system answers, or that
    /// the login is not welcome, does not.
    pub(super) fn may_pass(&self) -> bool {
        if let Self::ThroughProxy { reason, .. } = self {
            return reason.may_pass();
        }
        if matches!(self, Self::ConnectionLost(closed) if closed.is_excess()) {
            return false;
        }
        matches!(
            self,
            Self::Dns(_)
                | Self::Refused
                | Self::TimedOut(_)
                | Self::Unreachable(_)
                | Self::Tls(_)
                | Self::NotReady { .. }
                | Self::LoginFault(_)
                | Self::ConnectionLost(_)
        )
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
