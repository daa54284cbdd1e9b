//! A connection's client: who it is, what it asked to be told, and how to tell it.
//!
//! Source: `api/base/server/app.py` and `auth.py` of TS-25.10.6.

pub mod auth;
pub mod core;
pub mod login;
mod mechanism;
pub mod method;
pub mod scram;
pub mod token;

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};
use tokio::sync::{Notify, Semaphore, mpsc};

use super::caller::{Account, Caller};
use super::clock::{date, now_ms, uuid};
use super::event::Event;
use super::release::Release;
use super::wire::reply;

/// How many calls of a connection run at once (`SoftHardSemaphore(10, 20)`).
const RUNNING: usize = 10;
/// How many may be under way, those that wait included.
pub const UNDER_WAY: usize = 20;

/// One connection.
pub struct Client {
    /// The session's id.
    pub id: String,
    /// Counted from 1.
    pub number: u64,
    /// The peer.
    pub peer: SocketAddr,
    /// Closes the connection from outside (`auth.terminate_session`).
    pub terminate: Notify,
    /// Breaks the connection off: the middleware died.
    pub cut: Notify,
    /// Lets [`RUNNING`] calls run.
    pub slots: Semaphore,
    under_way: AtomicUsize,
    state: Mutex<Session>,
    outbox: mpsc::UnboundedSender<String>,
}

/// What a connection has said about itself so far.
pub struct Session {
    /// Who logged in.
    pub login: Option<Login>,
    /// Whether calls of job methods answer with the job's number.
    pub legacy_jobs: bool,
    /// Echoed by `core.set_options`.
    pub private_methods: bool,
    /// Echoed by `core.set_options`.
    pub py_exceptions: bool,
    /// Who is half logged in, and how many wrong second factors were sent.
    pub second_factor: Option<(Account, u32)>,
    /// How far an exchange of SCRAM messages has come (26.0).
    pub scram: scram::Exchange,
    subscriptions: BTreeMap<String, String>,
}

/// A login, and by what.
#[derive(Clone, Debug)]
pub struct Login {
    /// What it allows.
    pub caller: Caller,
    /// The account at that moment.
    pub account: Account,
    /// `API_KEY`, `LOGIN_PASSWORD`, `LOGIN_TWOFACTOR` or `TOKEN`.
    pub kind: &'static str,
    /// The login's own id, where logins have one.
    pub login_id: Option<String>,
    /// The login that made the token which this one used.
    pub parent: Option<Box<Login>>,
    /// That token.
    pub token: Option<String>,
    /// Whether SCRAM proved it.
    pub scram: bool,
}

impl Login {
    /// `credentials` and `credentials_data`, as sessions and the audit log show them.
    pub fn credentials(&self) -> Value {
        json!({"credentials": self.kind, "credentials_data": self.data()})
    }

    /// What the login is, without how it was made: `credentials.data` of a job.
    pub fn data(&self) -> Value {
        if let Some(parent) = &self.parent {
            return self.with_id(json!({
                "parent": parent.credentials(),
                "username": self.caller.username,
            }));
        }
        let mut data = self.with_id(json!({
            "username": self.caller.username,
            "login_at": date(self.caller.login_at_ms),
        }));
        if let Some((id, name)) = &self.caller.api_key {
            data["api_key"] = json!({"id": id, "name": name});
        }
        data
    }

    fn with_id(&self, mut data: Value) -> Value {
        if let Some(id) = &self.login_id {
            data["login_id"] = json!(id);
        }
        data
    }
}

impl Client {
    /// A client that has just connected, and the frames that are to be sent to it.
    pub fn new(number: u64, peer: SocketAddr) -> (Self, mpsc::UnboundedReceiver<String>) {
        let (outbox, frames) = mpsc::unbounded_channel();
        let session = Session {
            login: None,
            legacy_jobs: true,
            private_methods: false,
            py_exceptions: false,
            second_factor: None,
            scram: scram::Exchange::default(),
            subscriptions: BTreeMap::new(),
        };
        let client = Self {
            id: uuid(),
            number,
            peer,
            terminate: Notify::new(),
            cut: Notify::new(),
            slots: Semaphore::new(RUNNING),
            under_way: AtomicUsize::new(0),
            state: Mutex::new(session),
            outbox,
        };
        (client, frames)
    }

    /// Its state; never held across an await.
    pub fn session(&self) -> MutexGuard<'_, Session> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether somebody is logged in.
    pub fn authenticated(&self) -> bool {
        self.session().login.is_some()
    }

    /// Who is logged in.
    pub fn login(&self) -> Option<Login> {
        self.session().login.clone()
    }

    /// Who calls; nobody before a login.
    pub fn caller(&self) -> Caller {
        self.login().map_or_else(
            || Caller {
                session: self.id.clone(),
                address: self.peer.ip().to_string(),
                ..Caller::default()
            },
            |login| login.caller,
        )
    }

    /// Counts a call in, until the guard goes; `None` if too many are under way.
    pub fn enter(&self) -> Option<UnderWay<'_>> {
        let room = |count| (count < UNDER_WAY).then_some(count + 1);
        let entered = self.under_way.fetch_update(Ordering::SeqCst, Ordering::SeqCst, room);
        entered.is_ok().then(|| UnderWay(self))
    }

    /// Tells it of an event, if it asked for that collection.
    pub fn tell(&self, event: &Event) {
        let wanted = |name: &String| name == "*" || *name == event.collection;
        if self.session().subscriptions.values().any(wanted) {
            // A client that has gone is not told.
            let _ = self.outbox.send(reply::collection_update(event));
        }
    }

    /// The start of an audit entry or a session list's entry: where it comes from.
    pub fn origin(&self) -> String {
        self.peer.to_string()
    }
}

impl Session {
    /// Subscribes to a collection; gives the subscription's id.
    pub fn subscribe(&mut self, collection: &str) -> String {
        let ident = uuid();
        self.subscriptions.insert(ident.clone(), collection.to_owned());
        ident
    }

    /// Ends a subscription; an unknown one is ignored.
    pub fn unsubscribe(&mut self, ident: &str) {
        self.subscriptions.remove(ident);
    }

    /// Logs in.
    pub fn log_in(&mut self, login: Login) {
        self.login = Some(login);
        self.second_factor = None;
        self.scram = scram::Exchange::default();
    }
}

/// A call that is counted in.
pub struct UnderWay<'a>(&'a Client);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Login {
    /// A login that has just happened on this connection.
    pub fn new(
        release: Release,
        client: &Client,
        account: Account,
        roles: BTreeSet<String>,
        kind: &'static str,
        api_key: Option<(i64, String)>,
    ) -> Self {
        let caller = Caller {
            username: account.username.clone(),
            uid: account.uid,
            roles,
            api_key,
            login_at_ms: now_ms(),
            session: client.id.clone(),
            address: client.peer.ip().to_string(),
        };
        let login_id = release.numbers_logins_and_requests().then(uuid);
        Self { caller, account, kind, login_id, parent: None, token: None, scram: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twenty_calls_may_be_under_way_and_one_that_is_refused_does_not_count() {
        let (client, _outbox) = Client::new(1, ([127, 0, 0, 1], 1).into());
        let mut under_way: Vec<UnderWay<'_>> =
            (0..UNDER_WAY).filter_map(|_| client.enter()).collect();
        assert_eq!(under_way.len(), UNDER_WAY);
        assert!(client.enter().is_none() && client.enter().is_none());
        under_way.pop();
        assert!(client.enter().is_some());
    }
}
