//! A method of the simulated API: who may call it, whether it is a job, and what it does.

use std::future::Future;
use std::pin::Pin;

use serde_json::Value;

use super::caller::Caller;
use super::fault::Fault;
use super::system::System;

/// Who may call a method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Anybody, before login too (`no_auth_required`).
    Open,
    /// Whoever is logged in (`no_authz_required`).
    LoggedIn,
    /// Whoever holds one of these roles; an empty list means full administrators only.
    Roles(&'static [&'static str]),
}

/// What a job method locks while it runs (`@job(lock=...)`).
pub type Lock = fn(&[Value]) -> Result<Option<String>, Fault>;

/// What a method answers with.
pub enum Reply {
    /// The result, at once.
    Now(Value),
    /// Work that waits for the network or for time; it runs without holding the system.
    Later(Work),
    /// The same, and what its end does to the system. It comes to its end even if nobody waits for
    /// it any more.
    Followed(Work, Finish),
}

/// Work that takes time.
pub type Work = Pin<Box<dyn Future<Output = Result<Value, Fault>> + Send>>;

/// What the end of such work does to the system; gives the reply.
pub type Finish = Box<dyn FnOnce(&mut System, Result<Value, Fault>) -> Result<Value, Fault> + Send>;

impl From<Value> for Reply {
    fn from(value: Value) -> Self {
        Self::Now(value)
    }
}

/// One call while it runs.
pub struct Call<'a> {
    /// The system that is called; changes to it are the method's effect.
    pub system: &'a mut System,
    /// Who calls.
    pub caller: &'a Caller,
    /// The positional parameters as they were sent.
    pub params: &'a [Value],
    /// What the job tells of its progress: percent and description. Ignored for plain calls.
    pub progress: Vec<(u8, String)>,
    /// What the audit log adds to the method's description (`audit_extended`): `Update user` is
    /// shown as `Update user audited` with `audited` here.
    pub audit_note: Option<String>,
}

impl<'a> Call<'a> {
    /// A call that has told nothing yet.
    pub fn new(system: &'a mut System, caller: &'a Caller, params: &'a [Value]) -> Self {
        Self { system, caller, params, progress: Vec::new(), audit_note: None }
    }
}

/// A method of the API.
pub struct Method {
    /// `pool.dataset.create`
    pub name: &'static str,
    /// Who may call it.
    pub access: Access,
    /// Jobs answer with a number first; their lock decides what waits for what.
    pub job: Option<Lock>,
    /// Audited methods leave an entry with this description in the audit log.
    pub audit: Option<&'static str>,
    /// Checks the arguments and does the work.
    pub run: fn(&mut Call<'_>) -> Result<Reply, Fault>,
}
