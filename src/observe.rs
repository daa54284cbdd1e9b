//! Reads what the manifest names: every kind's reads on every system at once.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use jiff::Timestamp;
use serde_json::Value;

use crate::kinds::{self, DecodeError, Kind};
use crate::model::{Address, Desired, Endpoint, Live};
use crate::truenas_client::{OpenError, Reader, Session};
use crate::truenas_wire::{Observed, Read, ReadMethod, Release, Replies, Roles, Seen};

/// The systems of a run.
pub type Systems = BTreeMap<String, System>;

/// A system of a run.
#[derive(Debug)]
pub struct System {
    /// How it is reached.
    pub endpoint: Endpoint,
    /// The login, or why there is none.
    pub session: Result<Session, OpenError>,
}

/// What was read of one system.
pub type SystemReading = (Seen, BTreeMap<Address, Live>);

/// Reads these resources, all systems at once.
pub async fn observe<'a>(
    systems: &Systems,
    resources: impl Iterator<Item = &'a Desired>,
) -> Observed {
    let wanted = by_system(resources);
    let each = systems.iter().map(async |(name, system)| {
        let wanted = wanted.get(name.as_str()).map(Vec::as_slice).unwrap_or_default();
        (name.clone(), observe_system(system, wanted).await)
    });
    let mut observed = Observed { at: Timestamp::now(), ..Observed::default() };
    for (name, (seen, live)) in join_all(each).await {
        observed.systems.insert(name, seen);
        observed.live.extend(live);
    }
    observed
}

/// The resources by their system.
pub fn by_system<'a>(
    resources: impl Iterator<Item = &'a Desired>,
) -> BTreeMap<&'a str, Vec<&'a Desired>> {
    let mut by_system: BTreeMap<&str, Vec<&Desired>> = BTreeMap::new();
    for want in resources {
        by_system.entry(&want.address.system).or_default().push(want);
    }
    by_system
}

/// Reads these resources of one system, in one round of reads and at most one more.
pub async fn observe_system(system: &System, wanted: &[&Desired]) -> SystemReading {
    match &system.session {
        Ok(session) => read_system(&system.endpoint, session, wanted).await,
        Err(error) => (unreachable(&system.endpoint, error), BTreeMap::new()),
    }
}

/// Reads one resource.
///
/// # Errors
/// A reply that its kind cannot make sense of.
pub async fn observe_one(reader: &Reader, want: &Desired) -> Result<Live, DecodeError> {
    let Some(kind) = kinds::find(&want.address.kind) else { return Ok(Live::absent()) };
    let replies = read(reader, &[(kind, want)], Vec::new()).await;
    kind.decode(want, &replies)
}

async fn read_system(endpoint: &Endpoint, session: &Session, wanted: &[&Desired]) -> SystemReading {
    let pairs: Vec<(&dyn Kind, &Desired)> =
        wanted.iter().filter_map(|want| Some((kinds::find(&want.address.kind)?, *want))).collect();
    let replies = read(&session.reader(), &pairs, vec![version(), host_id(), system_info()]).await;
    let text = |read: &Read| replies.get(read).ok().and_then(Value::as_str).map(String::from);
    let exact = text(&version()).and_then(|version| Release::of(&version));
    let mut seen = Seen {
        url: endpoint.url.clone(),
        username: endpoint.username.clone(),
        release: Some(exact.unwrap_or_else(|| session.release.clone())),
        host_id: text(&host_id()),
        hostname: hostname(&replies),
        roles: session.roles.clone(),
        failure: None,
        remedy: None,
    };
    let mut live = BTreeMap::new();
    for (kind, want) in pairs {
        match kind.decode(want, &replies) {
            Ok(it) => {
                live.insert(want.address.clone(), it);
            }
            Err(error) => {
                let failure = format!("`{}`: {error}", want.address);
                seen.failure.get_or_insert(failure);
            }
        }
    }
    (seen, live)
}

/// One round of reads, and one more for what the first made known.
async fn read(reader: &Reader, pairs: &[(&dyn Kind, &Desired)], others: Vec<Read>) -> Replies {
    let first = pairs.iter().flat_map(|(kind, want)| kind.reads(want));
    let mut replies = reader.read_all(others.into_iter().chain(first)).await;
    let more: Vec<Read> =
        pairs.iter().flat_map(|(kind, want)| kind.more_reads(want, &replies)).collect();
    if !more.is_empty() {
        replies.extend(reader.read_all(more).await);
    }
    replies
}

fn unreachable(endpoint: &Endpoint, error: &OpenError) -> Seen {
    Seen {
        url: endpoint.url.clone(),
        username: endpoint.username.clone(),
        release: None,
        host_id: None,
        hostname: None,
        roles: Roles::default(),
        failure: Some(error.reason.to_string()),
        remedy: Some(error.remedy()),
    }
}

fn version() -> Read {
    Read::call(ReadMethod::SystemVersionShort, vec![])
}

fn host_id() -> Read {
    Read::call(ReadMethod::SystemHostId, vec![])
}

/// The method has much more to say, all of which is dropped. It needs the role that
/// `system.host_id` needs.
fn system_info() -> Read {
    Read::call(ReadMethod::SystemInfo, vec![])
}

fn hostname(replies: &Replies) -> Option<String> {
    let info = replies.get(&system_info()).ok()?;
    info.get("hostname")?.as_str().filter(|name| !name.is_empty()).map(String::from)
}
