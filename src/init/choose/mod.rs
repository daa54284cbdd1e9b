//! What the manifest says, from what two systems have: every task's way from the source to the
//! destination, and where there is no task, the best beginning of a way.

mod account;
mod connection_note;
mod layout;
mod left_out;
mod route;
mod storage;
mod unwritable;

use std::collections::BTreeSet;

use crate::manifest::value::is_loopback;

use super::draft::{Access, Draft, Noted, Replication, Ssh, System};
use super::name;
use super::survey::{POOLS_ROLE, Survey, TASKS_ROLE, Task, Unseen};

use account::{Sudoers, admin};
use route::Route;
use storage::Storage;

/// What is said of something that a plan will create.
const MISSING: &str = "not there yet: apply creates it";

/// One of the two systems.
#[derive(Clone, Debug)]
pub struct End {
    /// Its name in the manifest.
    pub name: String,
    /// How it is reached.
    pub access: Access,
    /// The host of its URL.
    pub url_host: String,
    /// The host that the other system connects to, as far as that is known: its URL's, unless
    /// that leads back to the other system itself.
    pub host: String,
    /// What it has.
    pub survey: Survey,
}

impl End {
    /// Whether a connection's host is this system, as far as names tell.
    fn is_at(&self, host: &str) -> bool {
        let names = [Some(self.host.as_str()), self.survey.hostname.as_deref()];
        names.into_iter().flatten().any(|name| name.eq_ignore_ascii_case(host))
    }
}

/// Chooses what the manifest says. `taken`: the name of a replication that there is already.
pub fn choose(source: &End, destination: &End, taken: &dyn Fn(&str) -> bool) -> Draft {
    let mut draft = Draft { left_out: left_out::lines(source, destination), ..Draft::default() };
    let tasks = tasks(source, destination);
    let mut storage = Storage::of(destination);
    let mut names = BTreeSet::new();
    for (task, route) in routes(&tasks, source, destination) {
        let wanted = match task {
            Some(task) => name::of_replication(&task.name),
            None => format!("{}-to-{}", source.name, destination.name),
        };
        let name = name::free(&wanted, |it| names.contains(it) || taken(it));
        names.insert(name.clone());
        draft.replications.push(replication(name, task, route, source, &mut storage));
    }
    let sudoers = Sudoers::of(&tasks, source);
    let mut on_source = Storage::of(source);
    let admins: BTreeSet<&str> = draft.replications.iter().map(|it| it.admin.as_str()).collect();
    let admins =
        admins.into_iter().filter_map(|name| admin(name, destination, &sudoers, &mut storage));
    let admins = admins.collect();
    let source_admins: BTreeSet<&str> =
        draft.replications.iter().filter_map(|it| it.source_admin.as_deref()).collect();
    let source_admins: Vec<_> = source_admins
        .into_iter()
        .filter_map(|name| admin(name, source, &Sudoers::default(), &mut on_source))
        .collect();
    draft.about = about(source, destination, &tasks);
    draft.warnings = warnings(source, destination, &tasks, &draft.replications);
    draft.systems = vec![
        System {
            note: "the local system: replication starts here",
            ssh: (!source_admins.is_empty()).then(|| ssh(source)),
            datasets: on_source.datasets(),
            admins: source_admins,
            ..system(source)
        },
        System {
            note: "the remote system",
            ssh: Some(ssh(destination)),
            datasets: storage.datasets(),
            admins,
            ..system(destination)
        },
    ];
    layout::settle(&mut draft);
    draft
}

/// The source's tasks that lead to the destination and can be written.
fn tasks<'a>(source: &'a End, destination: &End) -> Vec<&'a Task> {
    let leads = |task: &&Task| !task.pulls && route::task_leads(task, source, destination);
    let can_be_written = |task: &&Task| unwritable::task(task, source).is_none();
    source.survey.tasks.iter().filter(leads).filter(can_be_written).collect()
}

/// Every task with its way; without a task, one way.
fn routes<'a>(
    tasks: &[&'a Task],
    source: &End,
    destination: &End,
) -> Vec<(Option<&'a Task>, Route)> {
    if tasks.is_empty() {
        return vec![(None, Route::best(source, destination))];
    }
    let mut known = BTreeSet::new();
    let each = tasks.iter().map(|task| {
        let connection = task.connection.as_deref().unwrap_or_default();
        let route = Route::through(connection, source, destination);
        // What is said of a connection and a key is said once.
        let route = if known.insert(connection) { route } else { route.without_notes() };
        (Some(*task), route)
    });
    each.collect()
}

fn replication(
    name: String,
    task: Option<&Task>,
    route: Route,
    source: &End,
    storage: &mut Storage<'_>,
) -> Replication {
    let note = match task {
        Some(task) if !task.enabled => format!("the task {:?}, which is disabled", task.name),
        Some(task) if task.name != name => format!("the task {:?}", task.name),
        _ => String::new(),
    };
    let (datasets, dataset) = match task {
        Some(task) => (Noted::new(task.sources.clone(), ""), Some(storage.target(&task.target))),
        None => {
            let place = storage.place_for_copies(&source.name);
            (storage::to_replicate(source), place.map(|name| Noted::new(name, "")))
        }
    };
    Replication {
        name: Noted::new(name, note),
        datasets,
        source_admin: route.source_admin,
        dataset,
        admin: route.account,
        key: route.key,
        connection: route.connection,
    }
}

fn system(end: &End) -> System {
    System {
        name: end.name.clone(),
        note: "",
        access: Some(end.access.clone()),
        ssh: None,
        datasets: Vec::new(),
        admins: Vec::new(),
    }
}

/// The SSH service: what replication needs, and passwords as they are.
fn ssh(end: &End) -> Ssh {
    let unseen = super::survey::Ssh::default();
    let live = end.survey.ssh.as_ref().unwrap_or(&unseen);
    let unless = |fact: Option<bool>, note: &str| match fact {
        Some(false) => Some(note.to_owned()),
        _ => Some(String::new()),
    };
    Ssh {
        running: unless(live.running, "stopped now: apply starts it"),
        starts: unless(live.starts, "off now: apply turns it on"),
        password_login: live.password_login.map(|on| {
            Noted::new(on, if on { "as it is; replication needs no passwords" } else { "as it is" })
        }),
    }
}

/// What a reader should know first.
fn about(source: &End, destination: &End, tasks: &[&Task]) -> Vec<String> {
    let named = |end: &End| match &end.survey.version {
        Some(version) => format!("{} (TrueNAS {version})", end.name),
        None => end.name.clone(),
    };
    let mut about = vec![format!(
        "What `trueup init` found on {} and {} of what replication from the one to the other \
         needs; where there was nothing, the recommended way, and a comment that says so. What \
         this file does not mention is left alone. Look through it, then see what it would do: \
         `trueup plan`.",
        named(source),
        named(destination)
    )];
    if tasks.is_empty() && source.survey.sees(TASKS_ROLE) {
        about.push(format!(
            "{} has no replication task to {} yet: what is to be replicated, and where to, is a \
             proposal.",
            source.name, destination.name
        ));
    }
    if destination.survey.pools.is_empty() && destination.survey.sees(POOLS_ROLE) {
        about.push(format!(
            "{} has no pool: make one in TrueNAS (Storage), then run `trueup init` again.",
            destination.name
        ));
    }
    about
}

/// What makes parts of the manifest guesses.
fn warnings(
    source: &End,
    destination: &End,
    tasks: &[&Task],
    replications: &[Replication],
) -> Vec<String> {
    let mut all: Vec<String> = [source, destination].into_iter().filter_map(unseen).collect();
    let pulls = |task: &&Task| task.pulls && route::task_leads(task, destination, source);
    let pulling: Vec<String> =
        destination.survey.tasks.iter().filter(pulls).map(|it| format!("{:?}", it.name)).collect();
    if !pulling.is_empty() {
        let second = format!(
            " What is proposed here is a second way, into a dataset that no task of {} writes into.",
            destination.name
        );
        all.push(format!(
            "{} fetches from {} already (task {}), which a manifest does not describe.{}",
            destination.name,
            source.name,
            pulling.join(", "),
            if tasks.is_empty() { &second } else { "" }
        ));
    }
    let connections = source.survey.connections.iter();
    let known: BTreeSet<&str> = connections.map(|it| it.name.as_str()).collect();
    let is_new = |it: &Replication| !known.contains(it.connection.name.value.as_str());
    if is_loopback(&destination.url_host) && replications.iter().any(is_new) {
        all.push(format!(
            "The URL of {} has the host `{}`, which on {} is {} itself: make sure that {} reaches \
             {} at `{}`, else write another `connection.host`.",
            destination.name,
            destination.url_host,
            source.name,
            source.name,
            source.name,
            destination.name,
            destination.host
        ));
    }
    all
}

/// What the system's login may not see, and which roles show it.
fn unseen(end: &End) -> Option<String> {
    let all = &end.survey.unseen;
    if all.is_empty() {
        return None;
    }
    let each: Vec<String> =
        all.iter().map(|Unseen { what, role }| format!("{what} ({role})")).collect();
    Some(format!(
        "Not seen on {}: {}. `{}` lacks the roles in brackets; until `trueup init` runs with them, \
         parts of the manifest are guesses.",
        end.name,
        each.join(", "),
        end.access.username
    ))
}
