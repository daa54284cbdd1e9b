//! Requests that a web page makes are refused. A page on the internet can make a browser connect
//! to loopback: straight, which its `Origin` shows, or under a name that it lets resolve to
//! 127.0.0.1 (DNS rebinding), which the `Host` shows.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// The names under which the systems of the fleet may be asked.
pub type Names = Arc<BTreeSet<String>>;

/// Lets through what asks for this system by a name of its own, and comes from no other page.
pub async fn refuse_foreign(State(names): State<Names>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    let (host, origin) = (text(headers, header::HOST), text(headers, header::ORIGIN));
    if !host.is_none_or(|host| is_own(host, &names)) {
        return (StatusCode::FORBIDDEN, "403: unknown Host").into_response();
    }
    // A page's own server is its origin; programs send none, or the server that they ask.
    let page = origin.map(|origin| origin.split_once("://").map(|(_, authority)| authority));
    if page.is_some_and(|page| page.is_none() || page != host) {
        return (StatusCode::FORBIDDEN, "403: foreign Origin").into_response();
    }
    next.run(request).await
}

/// A header's text; what is no text is no name either.
fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name).map(|value| value.to_str().unwrap_or_default())
}

/// Whether a `Host` is loopback or a name of the fleet, whatever its port.
fn is_own(host: &str, names: &BTreeSet<String>) -> bool {
    let Ok(authority) = host.parse::<Authority>() else { return false };
    let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
    let is_loopback = host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    is_loopback || host == "localhost" || names.contains(&host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_and_names_of_the_fleet_are_own() {
        let names = BTreeSet::from(["chicago.example.net".to_owned()]);
        for host in ["127.0.0.1:4", "127.9.9.9", "[::1]:8443", "LocalHost", "Chicago.Example.net:1"]
        {
            assert!(is_own(host, &names), "{host}");
        }
        for host in
            ["evil.example", "127.0.0.1.evil.example:4", "192.0.2.1", "user@evil", "", "a b"]
        {
            assert!(!is_own(host, &names), "{host}");
        }
    }
}
