//! The systems of a run, logged in or why not, and what was read of them.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use secrecy::SecretString;

use crate::model::{Address, Desired, Endpoint};
use crate::observe::{System, Systems, by_system, observe, observe_system};
use crate::plan::identity::shared_hosts;
use crate::truenas_client::{self, Options, Patience, Session};
use crate::truenas_wire::Observed;

use super::exit::Problem;
use super::progress::Progress;
use super::{Exit, Failure, Network, output, shell};

/// Systems, and what was read of them.
pub(super) struct Reached {
    /// Every resource that is read.
    pub desired: BTreeMap<Address, Desired>,
    /// The systems of those, logged in or why not.
    pub systems: Systems,
    /// What was read of them.
    pub observed: Observed,
}

impl Reached {
    /// Logs in to the systems of these resources, many at once, and reads them.
    ///
    /// # Errors
    /// A key that cannot be read, or no system that can.
    pub(super) async fn reach(
        endpoints: &BTreeMap<String, Endpoint>,
        desired: BTreeMap<Address, Desired>,
        network: Network,
    ) -> Result<Self, Failure> {
        let reached = Self::look(endpoints, desired, &[], network).await?;
        reached.nothing_read().map_or(Ok(reached), Err)
    }

    /// Logs in to the systems of these resources, many at once, and reads of them what can be read;
    /// beside them what is only looked at. A system is read as soon as it is logged in to.
    ///
    /// # Errors
    /// A key that cannot be read, or one machine under several names.
    pub(super) async fn look(
        endpoints: &BTreeMap<String, Endpoint>,
        desired: BTreeMap<Address, Desired>,
        looked_at: &[&Desired],
        network: Network,
    ) -> Result<Self, Failure> {
        let wanted = by_system(desired.values().chain(looked_at.iter().copied()));
        let names: BTreeSet<&str> = wanted.keys().copied().collect();
        let keys = keys(endpoints, &names)?;
        let progress = Progress::reading(&names);
        let with_outage = Duration::from_secs(network.reconnect_timeout.into());
        let options = Options {
            call_timeout: Duration::from_secs(network.call_timeout.get().into()),
            patience: Patience { with_outage, ..Patience::default() },
            on_notice: progress.notices(),
            ..Options::default()
        };
        let each = keys.into_iter().filter_map(|(name, key)| {
            let (endpoint, options) = (endpoints.get(&name)?, &options);
            let wanted = wanted.get(name.as_str()).map(Vec::as_slice).unwrap_or_default();
            Some(async move {
                let session = Session::open(endpoint, key, options).await;
                let system = System { endpoint: endpoint.clone(), session };
                let reading = observe_system(&system, wanted).await;
                (name, system, reading)
            })
        });
        let mut each = stream::iter(each).buffer_unordered(network.parallel.get());
        let mut systems = Systems::new();
        let mut observed = Observed { at: Timestamp::now(), ..Observed::default() };
        while let Some((name, system, (seen, live))) = each.next().await {
            systems.insert(name.clone(), system);
            observed.systems.insert(name, seen);
            observed.live.extend(live);
        }
        drop(each);
        progress.done();
        refuse_shared_hosts(&observed)?;
        Ok(Self { desired, systems, observed })
    }

    /// Reads everything again.
    pub(super) async fn observe_again(&self) -> Observed {
        observe(&self.systems, self.desired.values()).await
    }

    /// Every system that could not be read, as a failure before anything was sent.
    pub(super) fn unread(&self) -> Option<Failure> {
        let mut failure = Failure::told(Exit::Failed);
        for (name, seen) in &self.observed.systems {
            if let Some(why) = &seen.failure {
                let message = format!("`{name}` ({}) could not be read: {why}", seen.url);
                failure.problems.push(Problem { message, remedy: seen.remedy.clone() });
            }
        }
        (!failure.problems.is_empty()).then_some(failure)
    }

    /// The same, if no system could be read.
    pub(super) fn nothing_read(&self) -> Option<Failure> {
        let none = self.observed.systems.values().all(|seen| seen.failure.is_some());
        self.unread().filter(|_| none)
    }
}

/// Refuses a manifest that has one machine under several names: what is written for one of them
/// would be done to the other.
fn refuse_shared_hosts(observed: &Observed) -> Result<(), Failure> {
    let mut failure = Failure::told(Exit::Failed);
    for shared in shared_hosts(observed) {
        failure = failure.also(
            shared.to_string(),
            "correct the `url` of all but one of them (a variable may hold the wrong value); \
             nothing was changed",
        );
    }
    if failure.problems.is_empty() { Ok(()) } else { Err(failure) }
}

/// The API keys of the systems.
fn keys(
    endpoints: &BTreeMap<String, Endpoint>,
    systems: &BTreeSet<&str>,
) -> Result<BTreeMap<String, SecretString>, Failure> {
    let env = |name: &str| std::env::var(name).ok();
    let mut keys = BTreeMap::new();
    let mut failure = Failure::told(Exit::Usage);
    for name in systems {
        let Some(endpoint) = endpoints.get(*name) else { continue };
        match truenas_client::key::read(endpoint, &env) {
            Ok(key) => {
                if let Some(file) = truenas_client::key::exposed_file(endpoint, &env) {
                    output::warn(&format!(
                        "others can read `{}`, the API key of `{name}`; run `chmod 600 {}`",
                        file.display(),
                        shell::path(file)
                    ));
                }
                keys.insert((*name).to_string(), key);
            }
            Err(error) => failure
                .problems
                .push(Problem { message: error.to_string(), remedy: Some(error.remedy()) }),
        }
    }
    if failure.problems.is_empty() { Ok(keys) } else { Err(failure) }
}
