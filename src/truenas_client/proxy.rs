//! The proxy that the environment names for a system, so that errors can name it.
//!
//! reqwest decides by the same rules: `HTTPS_PROXY` before `ALL_PROXY`, in upper case before lower
//! case, unless `NO_PROXY` excludes the host.

use std::fmt;

use hyper_util::client::proxy::matcher::Matcher;
use reqwest::Url;

/// The variables that name a proxy for `https://`, in their order.
const VARIABLES: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

/// A proxy that connections to a system go through. Displays without its credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proxy {
    /// Its URL, without user name and password.
    url: String,
    /// The environment variable that names it.
    variable: &'static str,
    /// The system's host.
    host: String,
}

impl Proxy {
    /// The proxy for a system's URL, if the environment names one.
    pub(super) fn of(system: &Url) -> Option<Self> {
        let matched = Matcher::from_env().intercept(&system.as_str().parse().ok()?)?;
        let set = |name: &&str| std::env::var(name).is_ok_and(|value| !value.is_empty());
        let variable = VARIABLES.into_iter().find(set)?;
        let uri = matched.uri();
        let scheme = uri.scheme_str().unwrap_or("http");
        let port = uri.port_u16().map(|port| format!(":{port}")).unwrap_or_default();
        let url = format!("{scheme}://{}{port}", uri.host().unwrap_or_default());
        let host = system.host_str().unwrap_or_default().trim_matches(['[', ']']).into();
        Some(Self { url, variable, host })
    }

    /// What to do if the system cannot be reached through it.
    pub(super) fn remedy(&self) -> String {
        format!(
            "Check the proxy, or go around it: unset {}, or set `NO_PROXY={}`.",
            self.variable, self.host
        )
    }
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the proxy `{}`, which {} names", self.url, self.variable)
    }
}
