//! Methods that belong to the connection: login, subscriptions, jobs.

use std::cell::RefCell;
use std::sync::Arc;

use serde_json::Value;

use super::{Client, Login, auth, core};
use crate::caller::Caller;
use crate::check::{self, Field};
use crate::fault::Fault;
use crate::method::{Access, Reply};
use crate::middleware::Middleware;
use crate::release::Release;

/// A call of such a method.
pub struct Visit<'a> {
    /// The system's middleware.
    pub middleware: &'a Arc<Middleware>,
    /// The connection.
    pub client: &'a Arc<Client>,
    /// The positional parameters.
    pub params: &'a [Value],
    /// What the job tells of its progress: percent and description.
    pub progress: RefCell<Vec<(u8, String)>>,
}

impl Visit<'_> {
    /// Who is logged in; methods that are not open are only called after a login.
    ///
    /// # Errors
    /// The refusal of somebody who has logged out in the meantime.
    pub fn login(&self) -> Result<Login, Fault> {
        self.client.login().ok_or_else(|| Fault::error(207, "Not authenticated"))
    }

    /// Who calls.
    pub fn caller(&self) -> Caller {
        self.client.caller()
    }

    /// The release that is spoken.
    pub fn release(&self) -> Release {
        self.middleware.release()
    }

    /// The parameters, checked and with their defaults.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn accept<const N: usize>(&self, fields: [Field; N]) -> Result<[Value; N], Fault> {
        check::accept(self.release(), fields, self.params)
    }
}

/// A method of the connection.
pub struct SessionMethod {
    /// `auth.login_ex`
    pub name: &'static str,
    /// Who may call it.
    pub access: Access,
    /// Whether it is a job.
    pub job: bool,
    /// Whether calls before login are counted.
    pub rate_limited: bool,
    /// What the audit log calls it.
    pub audit: Option<&'static str>,
    /// Does the work.
    pub run: fn(&Visit<'_>) -> Result<Reply, Fault>,
}

impl SessionMethod {
    const fn new(
        name: &'static str,
        access: Access,
        run: fn(&Visit<'_>) -> Result<Reply, Fault>,
    ) -> Self {
        Self { name, access, job: false, rate_limited: true, audit: None, run }
    }

    pub(super) const fn open(
        name: &'static str,
        run: fn(&Visit<'_>) -> Result<Reply, Fault>,
    ) -> Self {
        Self::new(name, Access::Open, run)
    }

    pub(super) const fn logged_in(
        name: &'static str,
        run: fn(&Visit<'_>) -> Result<Reply, Fault>,
    ) -> Self {
        Self::new(name, Access::LoggedIn, run)
    }

    pub(super) const fn with_roles(
        name: &'static str,
        roles: &'static [&'static str],
        run: fn(&Visit<'_>) -> Result<Reply, Fault>,
    ) -> Self {
        Self::new(name, Access::Roles(roles), run)
    }

    pub(super) const fn unlimited(mut self) -> Self {
        self.rate_limited = false;
        self
    }

    pub(super) const fn into_job(mut self) -> Self {
        self.job = true;
        self
    }

    pub(super) const fn audited(mut self, description: &'static str) -> Self {
        self.audit = Some(description);
        self
    }
}

/// The method of that name.
pub fn find(name: &str, release: Release) -> Option<&'static SessionMethod> {
    let methods = auth::METHODS.iter().chain(auth::old_logins(release)).chain(core::METHODS);
    methods.chain([core::ping_of(release)]).find(|method| method.name == name)
}
