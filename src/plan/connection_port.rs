//! Connections to another port than the one that the destination's SSH service listens on.
//!
//! That is right where something in front of the destination forwards the port, which no API shows,
//! so it is only a hint: the manifest names the port, and nothing differs from it.

use serde_json::Value;

use crate::model::placeholder::refs;
use crate::model::{Address, Link};

use super::Inputs;

/// The hints about the selected connections.
pub(super) fn hints(inputs: &Inputs<'_>) -> Vec<String> {
    inputs.links.iter().filter_map(|link| hint(link, inputs)).collect()
}

fn hint(link: &Link, inputs: &Inputs<'_>) -> Option<String> {
    let connection = &link.connection;
    let want = inputs.desired.get(connection).filter(|want| inputs.selection.selects(want))?;
    let wanted = want.fields.get("port").filter(|wanted| refs(&wanted.value).is_empty())?;
    if want.accepts("port") {
        return None;
    }
    let (port, listens) = (&wanted.value, service_port(&link.service, inputs)?);
    let url = &inputs.observed.systems.get(&link.service.system)?.url;
    let is_same_host = want.get("host")?.as_str()?.eq_ignore_ascii_case(host_of(url));
    if port == listens || !is_same_host {
        return None;
    }
    let place = wanted.place.as_ref().map(|place| format!(" ({place})")).unwrap_or_default();
    Some(format!(
        "{connection}: it goes to port {port}{place}, and {}'s SSH service listens on {listens}; \
         leave `port` out of `connection`, unless that port is forwarded",
        link.service.system
    ))
}

/// The port that the service listens on once the plan is applied.
fn service_port<'a>(service: &Address, inputs: &'a Inputs<'_>) -> Option<&'a Value> {
    let want = inputs.desired.get(service).filter(|want| !want.accepts("port"));
    let wanted = want.and_then(|want| want.get("port")).filter(|port| refs(port).is_empty());
    wanted.or_else(|| inputs.observed.live.get(service)?.get("port"))
}

/// The host of a system's URL, an IPv6 address without its brackets.
fn host_of(url: &str) -> &str {
    let authority = url.strip_prefix("https://").unwrap_or(url);
    let (rest, end) = match authority.strip_prefix('[') {
        Some(address) => (address, ']'),
        None => (authority, ':'),
    };
    rest.split_once(end).map_or(rest, |(host, _)| host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_of_a_url_has_no_port_and_no_brackets() {
        assert_eq!(host_of("https://nas.example.net"), "nas.example.net");
        assert_eq!(host_of("https://192.0.2.1:8443"), "192.0.2.1");
        assert_eq!(host_of("https://[2001:db8::1]:8443"), "2001:db8::1");
    }
}
