//! What to do about a system that no session could be had with.

use super::closed::Closed;
use super::open_error::Reason;
use super::scram::ScramError;
use super::tls::TrustError;
use crate::model::Trust;
use crate::truenas_wire::release::DIALECTS;

impl Reason {
    /// What to do about it, as a sentence.
    pub(super) fn remedy(&self, url: &str) -> String {
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
            Self::ThroughProxy { proxy, reason } => {
                format!("{} {}", proxy.remedy(), reason.remedy(url))
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
                 make a new one there. The user name must be that of the key's owner. Up to 25.10, \
                 an account without a role is refused in the same way: give it a privilege \
                 (Credentials > Groups > Privileges)."
            ),
            Self::KeyNotInForce { username } => format!(
                "In the web interface, {url}, look under Credentials > Users > API Keys: create a \
                 new key for `{username}` or reset this one, or correct the user name, which must \
                 be that of the key's owner."
            ),
            Self::WrongKey { .. } => format!(
                "Check that the key was copied whole. If it was reset since, take its new value; \
                 else create a new one in the web interface, {url}: Credentials > Users > API Keys."
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
            Self::ConnectionLost(Closed::Excess(_)) => format!(
                "No TrueNAS does this: check the URL, what is between here and there, and whether \
                 the certificate is still the system's own: `trueup trust {url}` shows its \
                 fingerprint."
            ),
            Self::ConnectionLost(_) | Self::Closed => {
                "Try again; the system may be restarting.".into()
            }
        }
    }
}
