//! From the source to the remote's SSH service: the key pair, the connection, whether anything
//! listens there, and as whom the connection logs in.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::model::placeholder::refs;
use crate::model::{Address, FieldRef};

use super::{Checker, Verdict};

impl Checker<'_> {
    pub(super) fn key_pair(&mut self) {
        let key = &self.link.key;
        let what = "the connection has no key to log in with";
        match self.facts.exists(key) {
            Some(false) => {
                let remedy =
                    format!("`{}` has no key pair `{}`: apply makes it", key.system, key.key());
                self.fails(Verdict::Breaks, key, None, what, remedy);
            }
            Some(true) if self.is_unusable(key) => {
                let remedy = "TrueNAS has no private half that it can use: name another pair with \
                              `key: { name: … }`";
                self.fails(Verdict::Breaks, key, None, what, remedy);
            }
            _ => {}
        }
    }

    /// A pair that TrueNAS cannot decrypt, or that has only its public half.
    fn is_unusable(&self, key: &Address) -> bool {
        let fact = |name: &str| self.facts.value(key, name).and_then(Value::as_bool);
        fact("undecryptable") == Some(true) || fact("has_private_half") == Some(false)
    }

    pub(super) fn connection(&mut self) {
        let connection = &self.link.connection;
        match self.facts.exists(connection) {
            None => return,
            Some(false) => {
                let what = "the source has no connection to the remote";
                let remedy = format!(
                    "`{}` has no SSH connection `{}`: apply makes it",
                    connection.system,
                    connection.key()
                );
                self.fails(Verdict::Breaks, connection, None, what, remedy);
                return;
            }
            Some(true) => {}
        }
        const ELSEWHERE: &str = "the source logs in somewhere else, or as somebody else";
        let host = self.facts.desired(connection, "host").cloned();
        let username = Some(Value::from(self.link.account.key()));
        let key = Some(Value::from(self.link.key.key()));
        let fields = [
            ("host", host, ELSEWHERE),
            ("username", username, ELSEWHERE),
            ("key", key, "the source logs in with another key"),
        ];
        for (field, expected, what) in fields {
            let live = self.facts.value(connection, field);
            if live.is_some() && expected.is_some() && live != expected.as_ref() {
                self.fails(Verdict::Breaks, connection, Some(field), what, EDIT_CONNECTION);
            }
        }
        self.port();
        self.host_keys();
    }

    /// The connection goes to the port that the manifest names, or else to the one that the
    /// service listens on.
    fn port(&mut self) {
        let (connection, service) = (&self.link.connection, &self.link.service);
        let live = self.facts.value(connection, "port").filter(|it| refs(it).is_empty());
        let wanted = self.facts.desired(connection, "port").filter(|it| refs(it).is_empty());
        let Some(live) = live else { return };
        if let Some(wanted) = wanted {
            if live != wanted {
                let what = format!("the connection goes to port {live}, not {wanted}");
                self.fails(Verdict::Breaks, connection, Some("port"), what, EDIT_CONNECTION);
            }
            return;
        }
        let Some(listens) = self.facts.value(service, "port") else { return };
        if live != listens {
            let what = format!(
                "the connection goes to port {live}, and {}'s SSH service listens on {listens}",
                service.system
            );
            let field = FieldRef::new(connection.clone(), "port");
            let remedy = "run `trueup apply`, which gives the connection the service's own port";
            let check = self.fails(Verdict::Breaks, service, Some("port"), what, remedy);
            check.others.push(field);
        }
    }

    /// A pinned key of a type that the remote shows must be the one that it shows, and at least one
    /// must be shown.
    fn host_keys(&mut self) {
        let (connection, service) = (&self.link.connection, &self.link.service);
        let pinned = self.facts.value(connection, "host_keys").filter(|it| refs(it).is_empty());
        let shown = self.facts.value(service, "host_keys");
        let (Some(pinned), Some(shown)) = (pinned, shown) else { return };
        let (pinned, shown) = (by_type(pinned), by_type(shown));
        let another = pinned
            .iter()
            .any(|(kind, keys)| shown.get(kind).is_some_and(|it| it.is_disjoint(keys)));
        if another || !pinned.keys().any(|kind| shown.contains_key(kind)) {
            let what = "the source does not trust the remote's host key";
            let remedy = format!(
                "run `trueup apply`, which pins the host keys that {}'s own API reports",
                service.system
            );
            let field = FieldRef::new(service.clone(), "host_keys");
            let check = self.fails(Verdict::Breaks, connection, Some("host_keys"), what, remedy);
            check.others.push(field);
        }
    }

    pub(super) fn service(&mut self) {
        let service = &self.link.service;
        if self.facts.value(service, "running") == Some(&Value::Bool(false)) {
            let remote = self.remote();
            let remedy = match self.facts.desired(service, "running") {
                Some(Value::Bool(false)) => {
                    "the manifest stops it: write `running: true`".to_owned()
                }
                Some(_) => "run `trueup apply`, which starts it".to_owned(),
                None => format!("write `ssh: {{ running: true }}` for {remote}, and apply"),
            };
            let what = "nothing answers while the SSH service is stopped";
            self.fails(Verdict::Breaks, service, Some("running"), what, remedy);
        }
        if self.facts.differs(service, "interfaces") {
            let what = "the SSH service listens on other interfaces than the manifest names";
            self.fails(Verdict::MayBreak, service, Some("interfaces"), what, "run `trueup apply`");
        }
        self.sshd_options();
    }
}

const EDIT_CONNECTION: &str = "run `trueup apply`, which sets it to what the manifest asks for";

/// Host keys by their type.
fn by_type(keys: &Value) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut all: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for key in keys.as_array().into_iter().flatten().filter_map(Value::as_str) {
        let (kind, key) = key.split_once(' ').unwrap_or((key, ""));
        all.entry(kind).or_default().insert(key);
    }
    all
}
