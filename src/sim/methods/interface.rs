//! `interface.*`: the network interfaces.

use serde_json::{Value, json};

use super::super::fault::Fault;
use super::super::method::{Call, Method, Reply};
use super::super::query::{self, Query};
use super::{accepted, plain};

pub(super) const METHODS: &[Method] =
    &[plain("interface.query", &["NETWORK_INTERFACE_READ"], query)];

/// The one interface of a simulated system.
pub(super) const INTERFACE: &str = "enp1s0";

/// What `interface.choices` answers: names, with a description for people.
pub(super) fn choices() -> Value {
    json!({INTERFACE: INTERFACE})
}

fn query(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let [filters, options] = accepted(call, query::parameters())?;
    let state = json!({
        "name": INTERFACE,
        "orig_name": INTERFACE,
        "description": "",
        "mtu": 1500,
        "cloned": false,
        "flags": ["UP", "BROADCAST", "RUNNING", "MULTICAST"],
        "nd6_flags": [],
        "capabilities": [],
        "link_state": "LINK_STATE_UP",
        "media_type": "",
        "media_subtype": "",
        "active_media_type": "",
        "active_media_subtype": "",
        "supported_media": [],
        "media_options": null,
        "link_address": "02:00:00:00:00:01",
        "permanent_link_address": "02:00:00:00:00:01",
        "hardware_link_address": "02:00:00:00:00:01",
        "aliases": [{"type": "INET", "address": "127.0.0.1", "netmask": 8}],
    });
    let entry = json!({
        "id": INTERFACE,
        "name": INTERFACE,
        "fake": false,
        "type": "PHYSICAL",
        "state": state,
        "aliases": [],
        "ipv4_dhcp": true,
        "ipv6_auto": false,
        "description": "",
        "mtu": null,
    });
    Ok(Query::new(filters, options).run(vec![entry])?.into())
}
