//! Whether the systems are those that a saved plan was made for.

use std::collections::BTreeMap;

use crate::model::{Endpoint, Observed};

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
