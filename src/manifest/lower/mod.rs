//! From the document to what is desired of each system, in one canonical form.

mod accept_drift;
mod admin;
mod dataset;
mod replication;
mod ssh_service;
mod system;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde_json::Value;

use super::diagnostic::{Diagnostic, Report};
use super::document::Root;
use super::field::Field;
use super::read::Text;
use super::secret;
use super::source::{Located, Span};
use super::value::{EnvName, OrEnv};
use crate::model::link::{Transfer, copies};
use crate::model::{Address, Desired, Endpoint, Link, Place, Wanted};

/// What a manifest asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct Manifest {
    /// The systems by name.
    pub systems: BTreeMap<String, System>,
    /// What is desired, by address.
    pub resources: BTreeMap<Address, Desired>,
    /// The replications by name.
    pub replications: BTreeMap<String, Replication>,
    /// The datasets that replications go into and the manifest does not declare: only looked at.
    pub named: Vec<Desired>,
    /// Identifies the manifest: `sha256:` and 64 hexadecimal digits.
    pub digest: String,
}

/// A system of the manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct System {
    /// How it is reached.
    pub endpoint: Endpoint,
}

/// A replication of the manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replication {
    /// The system where it starts.
    pub source: String,
    /// The datasets that are replicated.
    pub source_datasets: Vec<String>,
    /// The system where it goes.
    pub destination: String,
    /// The dataset that is replicated into, if it is said.
    pub destination_dataset: Option<String>,
    /// The account that the source logs in to.
    pub admin: String,
    /// The key pair, on the source.
    pub key: Address,
    /// The SSH connection, on the source.
    pub connection: Address,
    /// Where the manifest names it.
    pub place: Place,
}

impl Replication {
    /// The datasets that it writes on the destination, in the order of the sources; none if the
    /// manifest does not say where it goes.
    pub fn copies(&self) -> Vec<String> {
        let sources: Vec<&str> = self.source_datasets.iter().map(String::as_str).collect();
        self.destination_dataset.iter().flat_map(|target| copies(&sources, target)).collect()
    }
}

/// What the document desires; `env` looks up an environment variable.
///
/// # Errors
/// Every variable that is not set, or whose value is not what it should be.
pub fn lower(
    root: &Root,
    digest: &str,
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<Manifest, Vec<Diagnostic>> {
    let mut lowering = Lowering::new(root, env);
    lowering.all();
    let report = lowering.reported();
    let Lowering { systems, resources, replications, named, .. } = lowering;
    let named = named.into_values().collect();
    report.or(Manifest { systems, resources, replications, named, digest: digest.into() })
}

/// How these systems are reached, and nothing else of the document.
///
/// # Errors
/// Every variable that is not set, or whose value is not what it should be.
pub fn endpoints(
    root: &Root,
    systems: &BTreeSet<String>,
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<BTreeMap<String, Endpoint>, Vec<Diagnostic>> {
    let mut lowering = Lowering::new(root, env);
    let mut endpoints = BTreeMap::new();
    for (name, named) in root.systems.value().iter().flat_map(|systems| &systems.0) {
        let Some(system) = named.value.as_ref().filter(|_| systems.contains(&name.0)) else {
            continue;
        };
        let endpoint = lowering.endpoint(&name.0, named, system);
        endpoints.extend(endpoint.map(|endpoint| (name.0.clone(), endpoint)));
    }
    lowering.reported().or(endpoints)
}

/// The resources that the document names, as far as that can be known without the environment:
/// every address and every field, but not every value.
pub(super) fn resources(root: &Root) -> BTreeMap<Address, Desired> {
    let mut lowering = Lowering::new(root, &|_| None);
    lowering.all();
    lowering.resources
}

impl Manifest {
    /// The links that the replications go through, by their connection.
    pub fn links(&self) -> Vec<Link> {
        let mut links: BTreeMap<&Address, Link> = BTreeMap::new();
        for (name, replication) in &self.replications {
            let destination = &replication.destination;
            let link = links.entry(&replication.connection).or_insert_with(|| Link {
                connection: replication.connection.clone(),
                key: replication.key.clone(),
                account: Address::new(destination, "user", &replication.admin),
                service: Address::singleton(destination, "ssh_service"),
                replications: BTreeSet::new(),
                transfers: Vec::new(),
            });
            link.replications.insert(name.clone());
            link.transfers.push(Transfer {
                replication: name.clone(),
                sources: replication.source_datasets.clone(),
                target: replication.destination_dataset.clone(),
            });
        }
        links.into_values().collect()
    }

    /// The manifest on a day: which of the accepted differences are still accepted.
    #[must_use]
    pub fn on(mut self, today: Date) -> Self {
        let accepted = self.resources.values_mut().flat_map(|want| want.accepted.values_mut());
        accepted.for_each(|acceptance| acceptance.in_force = today <= acceptance.until);
        self
    }
}

struct Lowering<'a> {
    root: &'a Root,
    env: &'a dyn Fn(&str) -> Option<String>,
    /// The datasets that replications go into, each with its system.
    destinations: BTreeSet<(&'a str, &'a str)>,
    report: Report,
    /// The variables that are not set, each with what is expected in it.
    unset: Vec<(Located<EnvName>, &'static str)>,
    systems: BTreeMap<String, System>,
    resources: BTreeMap<Address, Desired>,
    replications: BTreeMap<String, Replication>,
    named: BTreeMap<Address, Desired>,
}

impl<'a> Lowering<'a> {
    fn new(root: &'a Root, env: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self {
            root,
            env,
            destinations: replication::destinations(root),
            report: Report::default(),
            unset: Vec::new(),
            systems: BTreeMap::new(),
            resources: BTreeMap::new(),
            replications: BTreeMap::new(),
            named: BTreeMap::new(),
        }
    }

    fn all(&mut self) {
        self.systems();
        self.replications();
        self.overwritten();
        self.accept_drift();
    }
}

impl Lowering<'_> {
    fn systems(&mut self) {
        for (name, named) in self.root.systems.value().iter().flat_map(|systems| &systems.0) {
            let Some(system) = &named.value else { continue };
            if let Some(endpoint) = self.endpoint(&name.0, named, system) {
                self.systems.insert(name.0.clone(), System { endpoint });
            }
            self.ssh_service(&name.0, system);
            self.datasets(&name.0, system);
            self.admins(&name.0, system);
        }
    }

    /// The resource at this address; new, it is named at this place.
    fn resource(&mut self, address: Address, span: &Span) -> &mut Desired {
        let place = span.place();
        self.resources.entry(address).or_insert_with_key(|address| {
            let mut desired = Desired::new(address.clone());
            desired.place = Some(place);
            desired
        })
    }

    /// A text that is written, or the value of the variable that it refers to, and whether it is
    /// the latter. Nothing quotes a variable's value: it may be a secret by mistake.
    fn text<T: Text + Clone>(&mut self, given: &Located<OrEnv<T>>) -> Option<(T, bool)> {
        let variable = match &given.value {
            OrEnv::Written(value) => return Some((value.clone(), false)),
            OrEnv::Env(variable) => variable,
        };
        let name = &variable.0;
        let Some(text) = (self.env)(name).filter(|value| !value.is_empty()) else {
            let variable = Located { value: variable.clone(), span: given.span.clone() };
            self.unset.push((variable, T::WHAT));
            return None;
        };
        let (title, help) = match T::parse(&text) {
            Ok(_) if secret::by_form(&text).is_some() => (
                format!("the value of the environment variable `{name}` is a secret"),
                format!("look whether `{name}` was mixed up with another variable"),
            ),
            Ok(value) => return Some((value, true)),
            Err(mistake) => (
                format!("the value of the environment variable `{name}`: {}", mistake.title),
                mistake.help,
            ),
        };
        let label = format!("expected {}", T::WHAT);
        self.report.push(Diagnostic::at(&given.span, title, label).help(help));
        None
    }

    /// Every mistake: the variables that are not set are one, since they are set together.
    fn reported(&mut self) -> Report {
        let mut report = std::mem::take(&mut self.report);
        let mut unset = self.unset.iter();
        if let Some((first, what)) = unset.next() {
            let names: BTreeSet<&str> = self.unset.iter().map(|(it, _)| &*it.value.0).collect();
            let title = match names.len() {
                1 => format!("the environment variable `{}` is not set", first.value.0),
                several => format!("{several} environment variables are not set"),
            };
            let problem = Diagnostic::at(&first.span, title, format!("expected {what}"));
            let problem = unset.fold(problem, |problem, (other, what)| {
                problem.also(&other.span, format!("expected {what}"))
            });
            report.push(problem.help(
                "`export NAME=…` sets one, `set -a; . FILE; set +a` those that a file assigns; \
                 what is no API key may be written here instead",
            ));
        }
        report
    }
}

/// A field of a resource, as a kind knows it.
fn want(desired: &mut Desired, field: &str, value: impl Into<Value>, span: &Span) {
    let wanted = Wanted { value: value.into(), place: Some(span.place()) };
    desired.fields.insert(field.into(), wanted);
}

/// A derived field, where none is written.
fn want_unless_there(desired: &mut Desired, field: &str, value: impl Into<Value>, span: &Span) {
    if !desired.fields.contains_key(field) {
        want(desired, field, value, span);
    }
}

/// A field of a resource, if it is written.
fn want_if<T, V: Into<Value>>(
    desired: &mut Desired,
    name: &str,
    field: &Field<T>,
    value: impl FnOnce(&T) -> V,
) {
    if let Some(given) = field.given() {
        want(desired, name, value(&given.value), &given.span);
    }
}

/// A switch of a resource, if it is written.
fn switch(desired: &mut Desired, name: &str, field: &Field<bool>) {
    if let Some(on) = field.value() {
        desired.switches.insert(name.into(), Value::Bool(*on));
    }
}

/// Each text once, sorted.
fn sorted<'a>(texts: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let texts: std::collections::BTreeSet<&str> = texts.into_iter().collect();
    texts.into_iter().map(str::to_owned).collect()
}
