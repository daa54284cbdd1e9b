//! What other files of the same manifest say already: that is not written again, since several files
//! are one manifest in which no field is given twice.

use std::collections::BTreeMap;

use crate::manifest::Declared;
use crate::model::{Address, Endpoint};

use super::draft::{Draft, Ssh, System};

/// What other files say already.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// What they declare.
    pub declared: Declared,
    /// How their systems are reached, as far as the environment tells.
    pub endpoints: BTreeMap<String, Endpoint>,
}

impl Known {
    /// How the system with this URL is reached.
    pub fn endpoint(&self, url: &str) -> Option<&Endpoint> {
        self.endpoints.values().find(|it| it.url.eq_ignore_ascii_case(url))
    }

    /// Whether they have a system of that name.
    pub fn has_system(&self, name: &str) -> bool {
        self.declared.systems.contains(name)
    }

    /// Takes out of a draft what they say already.
    pub fn leave_out(&self, draft: &mut Draft) {
        for system in draft.systems.iter_mut().filter(|it| self.has_system(&it.name)) {
            self.leave_out_of(system);
        }
    }

    fn leave_out_of(&self, system: &mut System) {
        system.access = None;
        let name = system.name.clone();
        let declares = |kind: &str, resource: &str| {
            let known = self.declared.resources.get(&Address::new(&name, kind, resource));
            known.is_some_and(|it| !it.referenced_only)
        };
        system.datasets.retain(|it| !declares("dataset", &it.name));
        system.admins.retain(|it| !declares("user", &it.name.value));
        let service = self.declared.resources.get(&Address::singleton(&name, "ssh_service"));
        let says = |field: &str| service.is_some_and(|it| it.fields.contains_key(field));
        let rest = system.ssh.take().map(|ssh| Ssh {
            running: ssh.running.filter(|_| !says("running")),
            starts: ssh.starts.filter(|_| !says("start_automatically")),
            password_login: ssh.password_login.filter(|_| !says("password_login")),
        });
        system.ssh = rest.filter(|ssh| *ssh != Ssh::default());
    }
}
