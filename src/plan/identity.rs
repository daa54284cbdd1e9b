//! Whether the systems are those that a saved plan was made for.

use std::collections::BTreeMap;

use crate::model::Endpoint;
use crate::truenas_wire::Observed;

use super::{Plan, System};

/// A system that is another one than the plan was made for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Stranger {
    /// The manifest names another URL.
    #[error("the plan was made for `{system}` at {planned}, and the manifest has it at {now}")]
    Url {
        /// Which system.
        system: String,
        /// The plan's URL.
        planned: String,
        /// The manifest's.
        now: String,
    },
    /// Another machine answers.
    #[error("`{system}` is another machine: the plan's host id is {planned}, this one's is {now}")]
    Host {
        /// Which system.
        system: String,
        /// The plan's host id.
        planned: String,
        /// The one that was read.
        now: String,
    },
    /// The machine does not say which one it is.
    #[error("`{system}` had the host id {planned} when the plan was made, and shows none now")]
    NoHost {
        /// Which system.
        system: String,
        /// The plan's host id.
        planned: String,
    },
    /// It was updated, or rolled back.
    #[error("`{system}` ran {planned} when the plan was made, and runs {now}")]
    Release {
        /// Which system.
        system: String,
        /// The plan's release.
        planned: String,
        /// The one that was read.
        now: String,
    },
}

/// Several systems of the manifest that are one machine.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} are the same system: {} report the host id {host_id}{}", listed(.systems), both_or_all(.systems), self.named())]
pub struct SharedHost {
    /// What they report.
    pub host_id: String,
    /// What the machine calls itself.
    pub hostname: Option<String>,
    /// Their names and URLs.
    pub systems: Vec<(String, String)>,
}

impl SharedHost {
    fn named(&self) -> String {
        let name = self.hostname.as_ref();
        name.map(|name| format!(" and the hostname `{name}`")).unwrap_or_default()
    }
}

fn listed(systems: &[(String, String)]) -> String {
    let names: Vec<String> =
        systems.iter().map(|(name, url)| format!("`{name}` ({url})")).collect();
    names.join(" and ")
}

const fn both_or_all(systems: &[(String, String)]) -> &'static str {
    if systems.len() == 2 { "both" } else { "all" }
}

/// The systems that are one machine under several names. A system that does not say which machine
/// it is cannot be compared.
pub fn shared_hosts(observed: &Observed) -> Vec<SharedHost> {
    let mut by_host: BTreeMap<&str, SharedHost> = BTreeMap::new();
    for (name, seen) in &observed.systems {
        let Some(host_id) = &seen.host_id else { continue };
        let shared = by_host.entry(host_id).or_insert_with(|| SharedHost {
            host_id: host_id.clone(),
            hostname: seen.hostname.clone(),
            systems: Vec::new(),
        });
        shared.systems.push((name.clone(), seen.url.clone()));
    }
    by_host.into_values().filter(|shared| shared.systems.len() > 1).collect()
}

/// The systems that the manifest has at another URL: known before any of them is contacted.
pub fn moved(plan: &Plan, endpoints: &BTreeMap<String, Endpoint>) -> Vec<Stranger> {
    let moved = |(name, endpoint): (&String, &Endpoint)| {
        let planned = &plan.systems.get(name)?.url;
        (*planned != endpoint.url).then(|| Stranger::Url {
            system: name.clone(),
            planned: planned.clone(),
            now: endpoint.url.clone(),
        })
    };
    endpoints.iter().filter_map(moved).collect()
}

/// The systems that are another machine or run another release. A plan without a host id says
/// nothing of the machine.
pub fn strangers(plan: &Plan, observed: &Observed) -> Vec<Stranger> {
    let mut found = Vec::new();
    for (name, seen) in &observed.systems {
        let Some(System { host_id, release, .. }) = plan.systems.get(name) else { continue };
        let system = || name.clone();
        match (host_id.clone(), seen.host_id.clone()) {
            (Some(planned), Some(now)) if planned != now => {
                found.push(Stranger::Host { system: system(), planned, now });
            }
            (Some(planned), None) => found.push(Stranger::NoHost { system: system(), planned }),
            _ => {}
        }
        let now = seen.release.as_ref().map(|release| release.version.clone());
        let (planned, now) = (release.clone().unwrap_or_default(), now.unwrap_or_default());
        if planned != now {
            found.push(Stranger::Release { system: system(), planned, now });
        }
    }
    found
}
