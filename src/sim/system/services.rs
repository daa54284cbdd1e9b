//! The other services: whether they start at boot, and whether they run.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::fleet::{FleetError, ServiceSpec};
use super::super::release::Release;

/// A service.
#[derive(Clone, Debug)]
pub struct Service {
    /// Its number.
    pub id: i64,
    /// Its name in `service.query`.
    pub name: &'static str,
    /// Whether it starts at boot.
    pub enable: bool,
    /// Whether it runs; for `ssh`, the service itself knows.
    pub running: bool,
}

/// What `services_services` holds on a fresh system.
const SERVICES: [(i64, &str); 8] = [
    (4, "cifs"),
    (6, "ftp"),
    (7, "iscsitarget"),
    (9, "nfs"),
    (10, "snmp"),
    (11, "ssh"),
    (14, "ups"),
    (26, "nvmet"),
];

/// The services of a system.
#[derive(Clone, Debug)]
pub struct Services(Vec<Service>);

impl Services {
    /// The services as the fleet says; all are stopped on a fresh system.
    ///
    /// # Errors
    /// If the fleet names one that does not exist.
    pub fn new(
        specs: &BTreeMap<String, ServiceSpec>,
        release: Release,
    ) -> Result<Self, FleetError> {
        let newer = (release >= Release::V26_0).then_some((27, "webshare"));
        let mut all: Vec<Service> = SERVICES
            .into_iter()
            .chain(newer)
            .map(|(id, name)| Service { id, name, enable: false, running: false })
            .collect();
        for (name, spec) in specs {
            let known = all.iter_mut().find(|s| s.name == name && name != "ssh");
            let service = known.ok_or_else(|| {
                FleetError::in_system("", format!("there is no service `{name}` to be set"))
            })?;
            (service.enable, service.running) = (spec.enable, spec.running);
        }
        Ok(Self(all))
    }

    /// All of them, by number.
    pub fn iter(&self) -> impl Iterator<Item = &Service> {
        self.0.iter()
    }

    /// The one of that name.
    pub fn get(&self, name: &str) -> Option<&Service> {
        self.0.iter().find(|service| service.name == name)
    }

    /// The one of that name, to be changed.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Service> {
        self.0.iter_mut().find(|service| service.name == name)
    }
}

impl Service {
    /// The service as `service.query` shows it.
    pub fn entry(&self, running: bool) -> Value {
        let pids: Vec<i64> = running.then_some(4000 + self.id).into_iter().collect();
        json!({
            "id": self.id,
            "service": self.name,
            "enable": self.enable,
            "state": if running { "RUNNING" } else { "STOPPED" },
            "pids": pids,
        })
    }
}
