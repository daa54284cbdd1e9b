//! What keeps a replication from running: everything that is judged over several resources of a
//! link. Pure; plan, drift and the proof of a link ask here, so that they never disagree.
//!
//! A check that finds nothing wrong says nothing. What could not be read is no failing check: it is
//! listed as unverifiable, and nobody calls the replication in sync.

mod account;
mod command;
mod connection;
mod datasets;
mod facts;
mod key;
mod sshd_options;
mod sudo;

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::kinds::Account;
use crate::model::{Address, FieldRef, Link, Place};

pub(crate) use facts::Facts;

/// A check that failed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// The replications that it is about.
    pub replications: BTreeSet<String>,
    /// Whether they fail because of it.
    pub verdict: Verdict,
    /// The resource that is wrong.
    pub address: Address,
    /// Which field of it; one that trueup does not manage has a name of its own
    /// (`home.ancestors`, `options`). `null`: the whole resource.
    pub field: Option<String>,
    /// What the system reports there; `null` where that is said in `what`.
    pub live: Value,
    /// What is wrong and what follows from it, as a sentence without its full stop.
    pub what: String,
    /// What to do about it, likewise.
    pub remedy: String,
    /// Where the manifest asks for it to be so: `trueup.yaml:31`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manifest: Option<String>,
    /// Other fields whose difference may be the cause as well.
    #[serde(skip)]
    pub(crate) others: Vec<FieldRef>,
}

/// What a failing check means for the replication.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It fails.
    Breaks,
    /// It may fail: that depends on what trueup cannot read.
    MayBreak,
}

impl Check {
    /// Whether a login and a listing of datasets tell that it is so; what they do not try is sudo,
    /// and what is sent and received.
    pub(crate) fn is_about_login(&self) -> bool {
        let is_sudo = self.field.as_deref() == Some("sudo.no_password");
        !is_sudo && self.address.kind != "dataset"
    }

    /// Whether the check is about a field of a resource, or about the whole resource.
    pub(crate) fn is_about(&self, address: &Address, field: Option<&str>) -> bool {
        let own = self.address == *address && self.field.as_deref() == field;
        own || self.others.iter().any(|it| it.address == *address && Some(&*it.field) == field)
    }

    /// What to do about it, and where the manifest asks for it to be so.
    pub(crate) fn remedy_with_place(&self) -> String {
        match &self.manifest {
            Some(place) => format!("{} ({place})", self.remedy),
            None => self.remedy.clone(),
        }
    }
}

/// Every check of a link that fails, the login first.
pub(crate) fn judge(link: &Link, facts: &Facts<'_>) -> Vec<Check> {
    let mut checker = Checker { link, facts, failed: Vec::new() };
    checker.datasets();
    checker.key_pair();
    checker.connection();
    checker.service();
    checker.account();
    checker.failed
}

/// What decides whether a link works and may not be read: resource, field and role.
pub(crate) fn unseen(link: &Link, facts: &Facts<'_>) -> Vec<(Address, &'static str, &'static str)> {
    let mut all = Vec::new();
    let fields = [
        (&link.connection, "host"),
        (&link.key, "public_key"),
        (&link.service, "port"),
        (&link.service, "running"),
        (&link.account, "shell"),
    ];
    for (address, field) in fields {
        if let Some(role) = facts.hidden(address, field) {
            all.push((address.clone(), field, role));
        }
    }
    let account = facts.live.get(&link.account).and_then(Account::of);
    if account.is_some_and(|account| account.present.hidden) {
        all.push((link.account.clone(), "home.mode", "FILESYSTEM_ATTRS_READ"));
    }
    all
}

/// The checks of one link while they are made.
struct Checker<'a> {
    link: &'a Link,
    facts: &'a Facts<'a>,
    failed: Vec<Check>,
}

impl Checker<'_> {
    /// Notes a failing check. The remedy is what to do where `apply` does not restore it.
    fn fails(
        &mut self,
        verdict: Verdict,
        address: &Address,
        field: Option<&str>,
        what: impl Into<String>,
        remedy: impl Into<String>,
    ) -> &mut Check {
        let accepted = field.and_then(|field| self.facts.accepted(address, field));
        let place = field.and_then(|field| self.facts.place(address, field));
        self.failed.push(Check {
            replications: self.link.replications.clone(),
            verdict,
            address: address.clone(),
            field: field.map(Into::into),
            live: field.and_then(|it| self.facts.value(address, it)).cloned().unwrap_or_default(),
            what: what.into(),
            remedy: accepted.unwrap_or_else(|| remedy.into()),
            manifest: place.map(Place::to_string),
            others: Vec::new(),
        });
        let last = self.failed.len() - 1;
        &mut self.failed[last]
    }

    /// The destination's name.
    fn remote(&self) -> &str {
        &self.link.service.system
    }
}
