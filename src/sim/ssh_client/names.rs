//! The names that a simulated system can resolve: those of its fleet, and `localhost`.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

/// Names, and where they lead.
#[derive(Clone, Debug, Default)]
pub struct Names(BTreeMap<String, IpAddr>);

/// There is no name server, so nothing is known of any other name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Temporary failure in name resolution")]
pub struct NoNameServer;

impl Names {
    /// The names of a fleet's systems.
    pub fn new(hosts: &BTreeMap<String, IpAddr>) -> Self {
        Self(hosts.iter().map(|(name, address)| (name.to_lowercase(), *address)).collect())
    }

    /// Where a name leads; an address leads to itself.
    ///
    /// # Errors
    /// [`NoNameServer`]
    pub fn resolve(&self, host: &str) -> Result<IpAddr, NoNameServer> {
        let name = host.trim_end_matches('.').to_lowercase();
        if let Ok(address) = host.parse() {
            return Ok(address);
        }
        match self.0.get(&name) {
            Some(address) => Ok(*address),
            None if name == "localhost" => Ok(Ipv4Addr::LOCALHOST.into()),
            None => Err(NoNameServer),
        }
    }
}
