//! What a manifest cannot hold as it is, and why.

use crate::init::survey::{Connection, Task};
use crate::init::writable::writable;
use crate::manifest::read::Mistake;
use crate::manifest::value::{AdminName, DatasetPath, Host, KeychainName};

use super::End;

/// Why a manifest cannot hold a task as it is.
pub(super) fn task(task: &Task, source: &End) -> Option<String> {
    let connection = task.connection.as_deref().unwrap_or_default();
    let known = source.survey.connections.iter().find(|it| it.name == connection);
    if let Some(why) = known.and_then(self::connection) {
        return Some(format!("uses a connection that {why}"));
    }
    if let Err(mistake) = writable::<KeychainName>(connection) {
        return Some(format!(
            "cannot be written: {}",
            said("its connection", connection, &mistake)
        ));
    }
    let mut names = task.sources.iter().chain([&task.target]);
    names.find_map(|name| {
        let mistake = writable::<DatasetPath>(name).err()?;
        Some(format!("cannot be written: {}", said("its dataset", name, &mistake)))
    })
}

/// Why a manifest cannot hold a connection as it is.
pub(super) fn connection(connection: &Connection) -> Option<String> {
    let why =
        |what: &str, value: &str, mistake: Option<Mistake>| Some(said(what, value, &mistake?));
    let reason =
        why("its name", &connection.name, writable::<KeychainName>(&connection.name).err());
    let of_target = || {
        let target = connection.target.as_ref()?;
        let pair = target.pair.as_deref().unwrap_or_default();
        let pair_mistake = target.pair.as_deref().and_then(|it| writable::<KeychainName>(it).err());
        let port = u16::try_from(target.port).ok().filter(|port| *port > 0);
        why("its account", &target.account, writable::<AdminName>(&target.account).err())
            .or_else(|| why("its host", &target.host, writable::<Host>(&target.host).err()))
            .or_else(|| why("its key pair", pair, pair_mistake))
            .or_else(|| port.is_none().then(|| format!("its port {} does not exist", target.port)))
    };
    reason.or_else(of_target).map(|reason| format!("cannot be written: {reason}"))
}

/// A mistake in a value, as part of a sentence.
pub(super) fn said(what: &str, value: &str, mistake: &Mistake) -> String {
    let label = if mistake.label.is_empty() { &mistake.help } else { &mistake.label };
    format!("{what} {value:?}: {}: {label}", mistake.title)
}
