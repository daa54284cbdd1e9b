//! Replications: the key pair, the connection, the key on the accounts; and which resources rely
//! on each other through them.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Lowering, Replication, want, want_unless_there};
use crate::manifest::document::{End, Replication as Written, Root};
use crate::manifest::source::{Located, Span};
use crate::manifest::value::DatasetPath;
use crate::model::mountpoint;
use crate::model::{Address, Desired, FieldRef, Wanted, placeholder};

/// What stands for a value that another resource has only after apply.
fn reference(address: Address, field: &str) -> Value {
    placeholder::reference(&FieldRef { address, field: field.into() })
}

/// The datasets that the replications go into, each with its system.
pub(super) fn destinations(root: &Root) -> BTreeSet<(&str, &str)> {
    let all = root.replications.value().into_iter().flat_map(|it| it.0.values());
    all.filter_map(|named| {
        let written = named.value.as_ref()?;
        let (_, system) = written.systems()?;
        let dataset = written.destination.value()?.dataset.value()?;
        Some((system.0.as_str(), dataset.0.as_str()))
    })
    .collect()
}

impl Lowering<'_> {
    /// Every replication.
    pub(super) fn replications(&mut self) {
        for (name, named) in self.root.replications.value().iter().flat_map(|it| &it.0) {
            if let Some(written) = &named.value {
                self.replication(&name.0, written, &named.span);
            }
        }
    }

    fn replication(&mut self, name: &str, written: &Written, span: &Span) -> Option<()> {
        let (source, destination) = written.systems()?;
        let admin = written.admin()?;
        let key = Address::new(&source.0, "ssh_keypair", &written.key_name()?);
        let connection = Address::new(&source.0, "ssh_connection", &written.connection_name()?);
        let source_admin = written.source.value()?.admin.value();

        let key_span = written.key.span().unwrap_or(span);
        let mut used = BTreeSet::from([key.clone(), connection.clone()]);
        self.resource(key.clone(), key_span);
        self.connection(written, span, &key, &connection)?;
        for (end, place) in written.authorize_on() {
            let (system, account) = match end {
                End::Source => (source, source_admin?),
                End::Destination => (destination, &admin.value),
            };
            let user = Address::new(&system.0, "user", &account.0);
            self.authorize(user, &key, place.unwrap_or(key_span));
        }
        let account = Address::new(&destination.0, "user", &admin.value.0);
        self.named_account(&account, &admin.span);
        if let Some(span) = written.destination_not_authorized() {
            let desired = self.resource(account.clone(), &admin.span);
            desired.unauthorized_keys.entry(key.clone()).or_insert_with(|| span.place());
        }
        used.insert(account);
        used.insert(Address::singleton(&destination.0, "ssh_service"));

        let from = written.source.value()?.datasets.value().into_iter().flatten();
        let into = written.destination.value()?.dataset.given();
        self.sent(name, &source.0, from);
        self.received(name, &destination.0, into);
        let source_datasets = written.source.value()?.datasets.value();
        let source_datasets: Vec<&DatasetPath> =
            source_datasets.into_iter().flatten().map(|it| &it.value).collect();
        let destination_dataset = written.destination.value()?.dataset.value();
        used.extend(self.datasets_above(&source.0, source_datasets.iter().copied()));
        used.extend(self.datasets_above(&destination.0, destination_dataset));
        for account in used.clone() {
            used.extend(self.datasets_of_home(&account));
        }
        // Nothing logs in to the source's own account: its home and keys are for the way back.
        let mut named = BTreeSet::new();
        if let Some(account) = source_admin.map(|it| Address::new(&source.0, "user", &it.0)) {
            named.extend(self.datasets_of_home(&account));
            named.insert(account);
        }
        for address in &used {
            if let Some(desired) = self.resources.get_mut(address) {
                desired.replications.insert(name.into());
            }
        }
        for address in named.difference(&used) {
            if let Some(desired) = self.resources.get_mut(address) {
                desired.named_by.insert(name.into());
            }
        }

        let replication = Replication {
            source: source.0.clone(),
            source_datasets: source_datasets.into_iter().map(|it| it.0.clone()).collect(),
            destination: destination.0.clone(),
            destination_dataset: destination_dataset.map(|it| it.0.clone()),
            admin: admin.value.0.clone(),
            key,
            connection,
            place: span.place(),
        };
        self.copies(name, &replication);
        self.replications.insert(name.into(), replication);
        Some(())
    }

    /// The connection's fields. What is written counts, in whichever replication it is; only what
    /// none of them writes is derived.
    fn connection(
        &mut self,
        written: &Written,
        span: &Span,
        key: &Address,
        connection: &Address,
    ) -> Option<()> {
        let (_, destination) = written.systems()?;
        let admin = written.admin()?;
        let fields = written.connection.value();
        let own = written.connection.span().unwrap_or(span);
        let key_span = written.key.value().and_then(|key| key.name.span()).unwrap_or(own);
        // A host that the environment does not have is reported, and a field all the same.
        let host = fields.and_then(|fields| fields.host.given());
        let host = host.map(|host| (self.text(host).map(|(host, _)| host.0), &host.span));
        let derived_host = self.url(&destination.0).map(|url| url.host().to_owned());
        let service = Address::singleton(&destination.0, "ssh_service");
        // The connection refers to its port and host keys, whether it is managed or not.
        self.resource(service.clone(), own);

        let desired = self.resource(connection.clone(), own);
        match (host, derived_host) {
            (Some((host, span)), _) => want(desired, "host", host, span),
            (None, Some(host)) => want_unless_there(desired, "host", host, own),
            (None, None) => want_unless_there(desired, "host", Value::Null, own),
        }
        match fields.and_then(|fields| fields.port.given()) {
            Some(port) => want(desired, "port", port.value.0, &port.span),
            None => want_unless_there(desired, "port", reference(service.clone(), "port"), own),
        }
        if let Some(timeout) = fields.and_then(|fields| fields.timeout.given()) {
            want(desired, "timeout", timeout.value.0, &timeout.span);
        }
        want(desired, "username", admin.value.0.as_str(), &admin.span);
        want(desired, "key", key.key(), key_span);
        want(desired, "host_keys", reference(service, "host_keys"), own);
        Some(())
    }

    /// An account that a replication logs in to: if nobody declares it, it has to be there, since
    /// trueup does not make it.
    fn named_account(&mut self, user: &Address, span: &Span) {
        if !self.resources.contains_key(user) {
            let desired = self.resource(user.clone(), span);
            desired.referenced_only = true;
        }
    }

    /// The key among those that log in to an account, which may be named nowhere else.
    fn authorize(&mut self, user: Address, key: &Address, span: &Span) {
        self.named_account(&user, span);
        let desired = self.resource(user, span);
        let keys = desired
            .fields
            .entry("authorized_keys.keys".into())
            .or_insert_with(|| Wanted { value: json!([]), place: Some(span.place()) });
        let key = reference(key.clone(), "public_key");
        if let Value::Array(keys) = &mut keys.value
            && !keys.contains(&key)
        {
            keys.push(key);
        }
    }

    /// The datasets that a replication sends. What nobody declares has to be there, and trueup does
    /// not make it; but what is above a declared one is there or made with that.
    fn sent<'d>(
        &mut self,
        replication: &str,
        system: &str,
        datasets: impl IntoIterator<Item = &'d Located<DatasetPath>>,
    ) {
        for dataset in datasets {
            let address = Address::new(system, "dataset", &dataset.value.0);
            let known = self.resources.contains_key(&address);
            let comes = || self.comes_by_replication(system, &dataset.value);
            if !known && (self.is_above_declared(&address) || comes()) {
                continue;
            }
            let desired = self.resource(address, &dataset.span);
            desired.sent = true;
            desired.replications.insert(replication.into());
            if !known {
                desired.referenced_only = true;
            }
        }
    }

    /// What a replication writes, whether anything declares it or not. What is only the copy of one
    /// of several sources has no place: the manifest names the dataset above it.
    fn copies(&mut self, name: &str, replication: &Replication) {
        for (source, copy) in replication.source_datasets.iter().zip(replication.copies()) {
            let source = Address::new(&replication.source, "dataset", source);
            let copy = Address::new(&replication.destination, "dataset", &copy);
            let desired = match self.resources.get_mut(&copy) {
                Some(declared) => declared,
                None => self.named.entry(copy).or_insert_with_key(|copy| {
                    let mut desired = Desired::new(copy.clone());
                    desired.referenced_only = true;
                    desired
                }),
            };
            desired.copy_of.insert(source);
            desired.replications.insert(name.into());
        }
    }

    /// The datasets that replications write, noted at every account of their system.
    pub(super) fn overwritten(&mut self) {
        for (name, replication) in &self.replications {
            let users = self.resources.values_mut();
            for user in users.filter(|it| it.address.kind == "user") {
                if user.address.system == replication.destination {
                    let copies = replication.copies().into_iter();
                    user.overwritten.extend(copies.map(|copy| (copy, name.clone())));
                }
            }
        }
    }

    /// Whether a replication goes into the dataset or one above it: then it comes with that.
    fn comes_by_replication(&self, system: &str, dataset: &DatasetPath) -> bool {
        dataset.with_ancestors().any(|above| self.destinations.contains(&(system, above)))
    }

    /// The dataset that a replication goes into, if nothing declares it: it is made by the first
    /// replication, so it is only looked at.
    fn received(
        &mut self,
        replication: &str,
        system: &str,
        dataset: Option<&Located<DatasetPath>>,
    ) {
        let Some(dataset) = dataset else { return };
        let address = Address::new(system, "dataset", &dataset.value.0);
        if self.resources.contains_key(&address) {
            return;
        }
        let named = self.named.entry(address.clone());
        let named = named.or_insert_with(|| Desired::new(address));
        named.place.get_or_insert_with(|| dataset.span.place());
        named.replications.insert(replication.into());
        named.referenced_only = true;
    }

    /// Whether a dataset below this one is declared.
    fn is_above_declared(&self, dataset: &Address) -> bool {
        let below = Address::new(&dataset.system, "dataset", &format!("{}/", dataset.key()));
        let after = self.resources.range(&below..);
        let mut inside = after.take_while(|(it, _)| {
            it.system == below.system && it.kind == below.kind && it.key().starts_with(below.key())
        });
        inside.any(|(_, desired)| !desired.referenced_only)
    }

    /// A system's declared datasets that are one of these or above it.
    fn datasets_above<'d>(
        &self,
        system: &str,
        paths: impl IntoIterator<Item = &'d DatasetPath>,
    ) -> Vec<Address> {
        let all = paths.into_iter().flat_map(DatasetPath::with_ancestors);
        all.map(|path| Address::new(system, "dataset", path))
            .filter(|it| self.resources.get(it).is_some_and(|desired| !desired.referenced_only))
            .collect()
    }

    /// The declared datasets that an account's home is in.
    fn datasets_of_home(&self, account: &Address) -> Vec<Address> {
        if account.kind != "user" {
            return Vec::new();
        }
        let home = self.resources.get(account).and_then(|desired| desired.get("home.path"));
        let below = home.and_then(Value::as_str).and_then(mountpoint::dataset_at);
        self.datasets_above(&account.system, below.map(|path| DatasetPath(path.into())).as_ref())
    }
}
