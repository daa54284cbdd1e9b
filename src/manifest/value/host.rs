//! Where a system is: the API's address, and the host that SSH connects to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use schemars::JsonSchema;

use crate::manifest::read::{Mistake, Text};

/// The address of a system's API: `https://HOST[:PORT]`, nothing behind it.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(example = "https://nas.example.net")]
pub struct Url(
    #[schemars(regex(pattern = r"^https://[^/@?#\s]+/?$"))]
    String,
);

impl Url {
    /// The address without a slash at its end.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// The host, an IPv6 address without its brackets.
    pub fn host(&self) -> &str {
        let authority = self.0.trim_start_matches("https://");
        split_port(authority).map_or(authority, |(host, _)| host)
    }
}

impl Text for Url {
    const WHAT: &'static str = "the address of a TrueNAS, `https://HOST`";

    fn parse(text: &str) -> Result<Self, Mistake> {
        let example = "write `https://HOST` or `https://HOST:PORT`";
        let Some((scheme, rest)) = text.split_once("://") else {
            let title = "an address begins with `https://`";
            return Err(Mistake::new(title, "", example));
        };
        if rest.contains('@') {
            return Err(Mistake::new(
                "an address has no user name",
                "",
                "write the user name under `username`, and where the API key is under `api_key`",
            ));
        }
        match scheme.to_ascii_lowercase().as_str() {
            "https" => {}
            "http" | "ws" => {
                return Err(Mistake::new(
                    "an API key is never sent in the clear",
                    "not encrypted",
                    "write `https://`: TrueNAS revokes an API key that reaches it unencrypted; a \
                     self-signed certificate is pinned with `tls: { sha256: … }`, which \
                     `trueup trust URL` prints",
                ));
            }
            _ => return Err(Mistake::new("an address begins with `https://`", "", example)),
        }
        let authority = rest.strip_suffix('/').unwrap_or(rest);
        if authority.contains(['/', '?', '#']) {
            return Err(Mistake::new(
                "an address has no path",
                "",
                format!("{example}: the API's path is known"),
            ));
        }
        match split_port(authority) {
            Some((host, port)) if is_host(host) && port.is_none_or(is_port) => {
                Ok(Self(format!("https://{authority}")))
            }
            Some((host, _)) if is_host(host) => {
                Err(Mistake::new("a port is a number between 1 and 65535", "", example))
            }
            _ => Err(Mistake::new("this is no host", "", example)),
        }
    }
}

/// The host that an SSH connection goes to: a name or an address.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(example = "nas.example.net")]
pub struct Host(#[schemars(regex(pattern = r"^[^/@\s\[\]]+$"))] pub String);

impl Text for Host {
    const WHAT: &'static str = "a host name or an address";

    fn parse(text: &str) -> Result<Self, Mistake> {
        let help = if text.contains("://") {
            "write the host alone, without a scheme"
        } else if text.contains('@') {
            "write the host alone: the user is `destination.admin`"
        } else if is_host(text) {
            return Ok(Self(text.into()));
        } else if split_port(text).is_some_and(|(host, port)| is_host(host) && port.is_some()) {
            "write the host alone, and the port under `port`"
        } else {
            "write a host name, or an IPv4 or IPv6 address without brackets"
        };
        Err(Mistake::new("this is no host", "", help))
    }
}

/// Whether whoever connects to a host connects to itself: `localhost` and addresses like it.
pub fn is_loopback(host: &str) -> bool {
    let name = host.trim_end_matches('.').to_ascii_lowercase();
    let is_own = |it: IpAddr| it.to_canonical().is_loopback() || it.is_unspecified();
    host.parse().is_ok_and(is_own) || name == "localhost" || name.ends_with(".localhost")
}

/// A host, out of its brackets if it is an IPv6 address, and the text after its colon.
fn split_port(authority: &str) -> Option<(&str, Option<&str>)> {
    if let Some(rest) = authority.strip_prefix('[') {
        let (host, port) = rest.split_once(']')?;
        host.parse::<Ipv6Addr>().ok()?;
        return match port {
            "" => Some((host, None)),
            _ => Some((host, Some(port.strip_prefix(':')?))),
        };
    }
    match authority.split_once(':') {
        Some((host, port)) => Some((host, Some(port))),
        None => Some((authority, None)),
    }
}

fn is_port(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u16>().is_ok_and(|port| port > 0)
}

fn is_host(text: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    text.parse::<Ipv6Addr>().is_ok()
        || text.parse::<Ipv4Addr>().is_ok()
        || text.len() <= 253 && text.strip_suffix('.').unwrap_or(text).split('.').all(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_is_what_ssh_connects_to() {
        for (url, host) in [
            ("https://nas.example.net/", "nas.example.net"),
            ("https://10.0.0.1:8443", "10.0.0.1"),
            ("HTTPS://[fd00::1]:8443", "fd00::1"),
        ] {
            assert_eq!(Url::parse(url).map(|url| url.host().to_owned()), Ok(host.into()), "{url}");
        }
    }

    #[test]
    fn loopback_hosts_lead_to_whoever_connects() {
        for own in
            ["localhost", "LOCALHOST.", "a.localhost", "127.0.0.1", "127.8.0.1", "::1", "0.0.0.0"]
        {
            assert!(is_loopback(own), "{own}");
        }
        for other in ["nas", "localhost.example.net", "10.0.0.1", "fd00::1", "128.0.0.1"] {
            assert!(!is_loopback(other), "{other}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for url in [
            "",
            "nas",
            "http://nas",
            "wss://nas",
            "https://",
            "https://nas/ui",
            "https://nas:0",
            "https://nas:65536",
            "https://nas:+1",
            "https://a b",
            "https://[fd00::1",
            "https://fd00::1",
            "https://u:p@nas",
            "https://nas?x",
        ] {
            assert!(Url::parse(url).is_err(), "{url}");
        }
        for host in ["", "https://nas", "root@nas", "nas:22", "[fd00::1]", "a..b", "nas/"] {
            assert!(Host::parse(host).is_err(), "{host}");
        }
    }
}
