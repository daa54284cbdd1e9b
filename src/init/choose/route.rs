//! The way from the source to the destination: a connection, its key pair, and the account that it
//! logs in to.
//!
//! A connection leads to the destination if it trusts one of the destination's own host keys, or
//! else names its host and port. What a key pair is called does not matter: it is the one that the
//! connection uses, or that the destination already accepts.

use crate::init::draft::{Connection as Written, Noted};
use crate::init::name;
use crate::init::survey::{Account, Connection, KEYCHAIN_ROLE, Pair, Target, Task};
use crate::init::writable::writable;
use crate::manifest::value::{AdminName, KeychainName};

use super::connection_note::connection_note;
use super::{End, MISSING, unwritable};

/// The account that trueup proposes.
const PROPOSED: &str = "replicator";

/// The port of a destination that does not say.
const SSH_PORT: u64 = 22;

/// A connection's timeout where nobody gave another (`api/v25_10_5/keychain.py`).
const TIMEOUT: u64 = 10;

/// The longest timeout that a manifest takes; a longer one is left alone.
const LONGEST_TIMEOUT: u64 = 3600;

/// A way.
#[derive(Clone, Debug)]
pub(super) struct Route {
    /// The connection.
    pub connection: Written,
    /// The key pair.
    pub key: Noted<String>,
    /// The account on the destination.
    pub account: String,
    /// An account on the source that the key logs in to as well.
    pub source_admin: Option<String>,
}

/// Whether a connection leads to the destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Leads {
    /// It trusts one of its host keys.
    ByHostKey,
    /// It names its host and port, but trusts other host keys.
    ByName,
    /// It leads somewhere else.
    Elsewhere,
    /// That may not be seen.
    Unseen,
}

fn leads(connection: &Connection, destination: &End) -> Leads {
    let Some(target) = &connection.target else { return Leads::Unseen };
    let ssh = destination.survey.ssh.as_ref();
    let port = ssh.and_then(|ssh| ssh.port).unwrap_or(SSH_PORT);
    if ssh.is_some_and(|ssh| !ssh.host_keys.is_disjoint(&target.host_keys)) {
        Leads::ByHostKey
    } else if destination.is_at(&target.host) && target.port == port {
        Leads::ByName
    } else {
        Leads::Elsewhere
    }
}

/// Whether a task of the source leads to the destination. Where that may not be seen, the only
/// connection is taken to, and one with the destination's name.
pub(super) fn task_leads(task: &Task, source: &End, destination: &End) -> bool {
    let Some(name) = &task.connection else { return false };
    let known = source.survey.connections.iter().find(|it| it.name == *name);
    match known.map(|it| leads(it, destination)) {
        Some(Leads::ByHostKey | Leads::ByName) => true,
        Some(Leads::Elsewhere) => false,
        Some(Leads::Unseen) => guessed(name, source, destination),
        None => source.survey.connections.is_empty() || name.contains(&destination.name),
    }
}

/// Whether a connection is known to lead to the destination.
pub(super) fn connection_leads(connection: &Connection, destination: &End) -> bool {
    matches!(leads(connection, destination), Leads::ByHostKey | Leads::ByName)
}

fn guessed(connection: &str, source: &End, destination: &End) -> bool {
    let alone = source.survey.connections.len() == 1;
    alone || connection.to_lowercase().contains(&destination.name)
}

impl Route {
    /// The way through this connection.
    pub(super) fn through(connection: &str, source: &End, destination: &End) -> Self {
        let known = source.survey.connections.iter().find(|it| it.name == connection);
        match known.and_then(|it| it.target.as_ref().map(|target| (it, target))) {
            Some((it, target)) => seen(it, target, source, destination),
            None => {
                let guess = beginning(source, destination);
                let note = format!(
                    "where it leads and as whom could not be seen: `{}` is a guess",
                    guess.account
                );
                let name = Noted::new(connection.into(), note);
                Self { connection: Written { name, ..guess.connection }, ..guess }
            }
        }
    }

    /// The best way where no task tells one: a connection that leads there, or what there is of
    /// key pairs and accounts, or what trueup proposes.
    pub(super) fn best(source: &End, destination: &End) -> Self {
        let of = |wanted: Leads| {
            let can_be_written = |it: &&Connection| unwritable::connection(it).is_none();
            let mut all = source.survey.connections.iter().filter(can_be_written);
            all.find(|it| leads(it, destination) == wanted)
        };
        let guess = of(Leads::Unseen).filter(|it| guessed(&it.name, source, destination));
        match of(Leads::ByHostKey).or_else(|| of(Leads::ByName)).or(guess) {
            Some(connection) => Self::through(&connection.name, source, destination),
            None => beginning(source, destination),
        }
    }

    /// The same way, of which everything is said already.
    pub(super) fn without_notes(mut self) -> Self {
        self.connection.name.note.clear();
        self.key.note.clear();
        self
    }
}

fn seen(connection: &Connection, target: &Target, source: &End, destination: &End) -> Route {
    let from_scratch = beginning(source, destination);
    let pair = target.pair.as_deref().and_then(|name| find_pair(name, source));
    let account = target.account.clone();
    let key = match pair {
        Some(pair) => Noted::new(pair.name.clone(), accepted(pair, &account, destination)),
        None => Noted::new(
            from_scratch.key.value,
            "the connection's own pair is gone or unusable: apply gives it this one",
        ),
    };
    let own_port = destination.survey.ssh.as_ref().and_then(|ssh| ssh.port);
    let other_port = own_port.filter(|own| *own != target.port);
    let other_host = !target.host.eq_ignore_ascii_case(&destination.url_host);
    Route {
        source_admin: pair.and_then(|pair| owner_on_source(pair, source)),
        connection: Written {
            name: Noted::new(connection.name.clone(), connection_note(target, destination)),
            host: other_host.then(|| target.host.clone()),
            port: other_port.map(|_| target.port),
            timeout: Some(target.timeout)
                .filter(|it| *it != TIMEOUT && (1..=LONGEST_TIMEOUT).contains(it)),
        },
        key,
        account,
    }
}

/// A way without a connection: what there is of key pairs and accounts.
fn beginning(source: &End, destination: &End) -> Route {
    let taken = |name: &str| {
        let survey = &source.survey;
        survey.pairs.iter().any(|it| it.name == name)
            || survey.connections.iter().any(|it| it.name == name)
    };
    let connection = name::free(&destination.name, taken);
    let (pair, why) = pair(source, destination);
    let account = account(pair, destination);
    let missing = if source.survey.sees(KEYCHAIN_ROLE) {
        MISSING
    } else {
        "whether it is there could not be seen"
    };
    let key = match pair {
        Some(pair) if why.is_empty() => {
            Noted::new(pair.name.clone(), accepted(pair, &account, destination))
        }
        Some(pair) => Noted::new(pair.name.clone(), why),
        None => {
            let proposed = format!("{}-to-{}", source.name, destination.name);
            Noted::new(name::free(&proposed, |it| taken(it) || it == connection), missing)
        }
    };
    Route {
        source_admin: pair.and_then(|pair| owner_on_source(pair, source)),
        connection: Written {
            name: Noted::new(connection, missing),
            host: Some(destination.host.clone()).filter(|it| *it != destination.url_host),
            ..Written::default()
        },
        key,
        account,
    }
}

fn is_usable(pair: &Pair) -> bool {
    pair.usable && writable::<KeychainName>(&pair.name).is_ok()
}

/// The usable key pair of that name.
pub(super) fn find_pair<'a>(name: &str, source: &'a End) -> Option<&'a Pair> {
    source.survey.pairs.iter().filter(|it| is_usable(it)).find(|it| it.name == name)
}

/// The key pair to begin with, and why that one where it is a guess: one that the destination
/// accepts, one with the name that trueup would give, or the only one that no connection uses.
fn pair<'a>(source: &'a End, destination: &End) -> (Option<&'a Pair>, String) {
    let survey = &source.survey;
    let pairs: Vec<&Pair> = survey.pairs.iter().filter(|it| is_usable(it)).collect();
    if let Some(pair) = pairs.iter().find(|pair| !accounts_of(pair, destination).is_empty()) {
        return (Some(pair), String::new());
    }
    let proposed = format!("{}-to-{}", source.name, destination.name);
    if let Some(pair) = find_pair(&proposed, source) {
        return (Some(pair), String::new());
    }
    let used = |pair: &Pair| {
        let of = |it: &Connection| it.target.as_ref()?.pair.clone();
        survey.connections.iter().filter_map(of).any(|name| name == pair.name)
    };
    let free: Vec<&Pair> = pairs.into_iter().filter(|pair| !used(pair)).collect();
    match free[..] {
        [only] => (Some(only), format!("the only pair that {} has to spare", source.name)),
        _ => (None, String::new()),
    }
}

/// The destination's accounts that accept a key.
pub(super) fn accounts_of<'a>(pair: &Pair, destination: &'a End) -> Vec<&'a Account> {
    let Some(key) = &pair.public_key else { return Vec::new() };
    let accounts = destination.survey.accounts.iter().flatten();
    accounts.filter(|it| it.keys.contains(key) && writable::<AdminName>(&it.name).is_ok()).collect()
}

/// What is said of a key that its account does not accept yet.
fn accepted(pair: &Pair, account: &str, destination: &End) -> String {
    let accepting = accounts_of(pair, destination);
    let unseen = pair.public_key.is_none() || destination.survey.accounts.is_none();
    if unseen || accepting.iter().any(|it| it.name == account) {
        return String::new();
    }
    format!("{account} on {} does not accept it yet: apply adds it", destination.name)
}

/// The source's own account that accepts the key too, as the documentation has it.
fn owner_on_source(pair: &Pair, source: &End) -> Option<String> {
    accounts_of(pair, source).first().map(|it| it.name.clone())
}

/// The account to begin with: one that accepts the key, or where the key may not be seen, the only
/// one that accepts any and may run zfs; one with the name that trueup would give, the only ordinary
/// one that may run zfs, or the only one that is called after replication.
fn account(pair: Option<&Pair>, destination: &End) -> String {
    let ordinary = |it: &&Account| !it.immutable && writable::<AdminName>(&it.name).is_ok();
    let everybody = || destination.survey.accounts.iter().flatten();
    let accounts: Vec<&Account> = everybody().filter(ordinary).collect();
    let accepting = pair.and_then(|pair| accounts_of(pair, destination).into_iter().next());
    let proposed = || accounts.iter().copied().find(|it| it.name == PROPOSED);
    let runs_zfs = |it: &&Account| {
        it.name == "root" || it.sudo.iter().any(|it| it == "ALL" || it == "/usr/sbin/zfs")
    };
    let ready = |it: &&Account| !it.keys.is_empty() && runs_zfs(it);
    let called_so = |it: &&Account| it.name.to_lowercase().starts_with("repl");
    let unseen = pair.is_some_and(|pair| pair.public_key.is_none());
    let found = accepting
        .or_else(|| only(everybody().filter(ready)).filter(|_| unseen))
        .or_else(proposed)
        .or_else(|| only(accounts.iter().copied().filter(runs_zfs)))
        .or_else(|| only(accounts.iter().copied().filter(called_so)));
    found.map_or_else(|| PROPOSED.into(), |it| it.name.clone())
}

/// The only one there is.
fn only<'a>(mut all: impl Iterator<Item = &'a Account>) -> Option<&'a Account> {
    let first = all.next()?;
    all.next().is_none().then_some(first)
}
