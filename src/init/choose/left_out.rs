//! What replicates on or between these systems and is not in the manifest, and what belongs to the
//! way between them and a manifest cannot hold: a line each, with the reason.

use crate::init::survey::{Connection, Survey, Task};
use crate::init::writable::writable;
use crate::manifest::value::{DatasetPath, KeychainName};
use crate::model::yaml::scalar;

use super::unwritable::{self, said};
use super::{End, route, storage};

/// Every line.
pub(super) fn lines(source: &End, destination: &End) -> Vec<String> {
    let mut all = tasks(source, destination);
    all.extend(credentials(source, destination));
    all.extend(datasets(source));
    all
}

/// A line for every task that the manifest does not cover.
fn tasks(source: &End, destination: &End) -> Vec<String> {
    let at_source = source.survey.tasks.iter().filter_map(|task| {
        let host = whereto(task, &source.survey);
        let why = match host {
            None => format!("copies within {}", source.name),
            Some(host) if task.pulls => format!("fetches from {host}"),
            Some(host) if !route::task_leads(task, source, destination) => {
                format!("goes to {host}{}", adopting(task, source, destination))
            }
            Some(_) => unwritable::task(task, source)?,
        };
        Some(format!("{}: the task {:?} {why}", source.name, task.name))
    });
    let between = destination.survey.tasks.iter();
    let between = between.filter(|task| route::task_leads(task, destination, source));
    let at_destination = between.filter_map(|task| {
        let verb = if task.pulls { "fetches from" } else { "goes to" };
        let host = whereto(task, &destination.survey)?;
        let sources = task.sources.join(", ");
        Some(format!(
            "{}: the task {:?} {verb} {host} ({sources} → {})",
            destination.name, task.name, task.target
        ))
    });
    at_source.chain(at_destination).collect()
}

/// The host that a task's connection leads to, or the connection; `None` if it stays.
fn whereto(task: &Task, survey: &Survey) -> Option<String> {
    let name = task.connection.as_deref()?;
    let known = survey.connections.iter().find(|it| it.name == name);
    let host = known.and_then(|it| it.target.as_ref()).map(|it| it.host.clone());
    let host = host.filter(|it| !it.is_empty());
    Some(host.unwrap_or_else(|| format!("the connection {name:?}")))
}

/// The fields that adopt a task's connection if the destination has moved: offered where something
/// speaks for it, and where the manifest would make another connection beside it.
fn adopting(task: &Task, source: &End, destination: &End) -> String {
    let known = source.survey.connections.iter();
    let Some(connection) = known.into_iter().find(|it| Some(&it.name) == task.connection.as_ref())
    else {
        return String::new();
    };
    let evidence = likeness(connection, source, destination);
    let nothing_leads = super::tasks(source, destination).is_empty();
    if unwritable::connection(connection).is_some() || (evidence.is_none() && !nothing_leads) {
        return String::new();
    }
    let mut fields = format!("`connection: {{ name: {} }}`", scalar(&connection.name));
    if let Some(pair) = connection.target.as_ref().and_then(|it| it.pair.as_ref()) {
        fields += &format!(" and `key: {{ name: {} }}`", scalar(pair));
    }
    let evidence = evidence.map(|it| format!(" ({it})")).unwrap_or_default();
    format!(
        "; if that is {}{evidence}, write {fields} in its replication: apply then points the \
         connection to where {} is now",
        destination.name, destination.name
    )
}

/// What speaks for it that a connection which leads elsewhere led to the destination before that
/// got another name, port or host keys.
fn likeness(connection: &Connection, source: &End, destination: &End) -> Option<String> {
    let target = connection.target.as_ref()?;
    let pair = target.pair.as_deref().and_then(|name| route::find_pair(name, source));
    let accepting = pair.map(|pair| route::accounts_of(pair, destination)).unwrap_or_default();
    if accepting.iter().any(|it| it.name == target.account) {
        return Some(format!("its key logs in to {} there", target.account));
    }
    let same_host = destination.is_at(&target.host);
    same_host.then(|| format!("it is the same host, but port {} and other host keys", target.port))
}

/// Credentials of the source that lead to the destination and that a manifest cannot hold.
fn credentials(source: &End, destination: &End) -> Vec<String> {
    let survey = &source.survey;
    let in_task = |it: &&Connection| {
        survey.tasks.iter().any(|task| task.connection.as_ref() == Some(&it.name))
    };
    let connections = survey.connections.iter().filter(|it| !in_task(it));
    let connections = connections.filter(|it| route::connection_leads(it, destination));
    let connections = connections.filter_map(|it| {
        Some(format!(
            "{}: the connection {:?} {}",
            source.name,
            it.name,
            unwritable::connection(it)?
        ))
    });
    let pairs = survey.pairs.iter().filter_map(|it| {
        let mistake = writable::<KeychainName>(&it.name).err()?;
        let account = route::accounts_of(it, destination).first()?.name.clone();
        let why = said("its name", &it.name, &mistake);
        Some(format!(
            "{}: the key pair {:?}, which logs in to {account}: {why}",
            source.name, it.name
        ))
    });
    connections.chain(pairs).collect()
}

/// Datasets that would be proposed, but for their names.
fn datasets(source: &End) -> Vec<String> {
    let all = storage::worth_replicating(source);
    all.filter_map(|name| {
        let mistake = writable::<DatasetPath>(name).err()?;
        Some(format!("{}: {}", source.name, said("the dataset", name, &mistake)))
    })
    .collect()
}
