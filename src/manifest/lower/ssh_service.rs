//! The SSH service.

use super::{Lowering, sorted, want_if};
use crate::manifest::document::{Ssh, System};
use crate::model::Address;

impl Lowering<'_> {
    /// A system's SSH service, if the manifest mentions it.
    pub(super) fn ssh_service(&mut self, name: &str, system: &System) {
        let Some(ssh) = system.ssh.given() else { return };
        let desired = self.resource(Address::singleton(name, "ssh_service"), &ssh.span);
        let Ssh {
            running,
            start_automatically,
            password_login,
            port,
            interfaces,
            tcp_forwarding,
            compression,
        } = &ssh.value;
        want_if(desired, "running", running, |it| *it);
        want_if(desired, "start_automatically", start_automatically, |it| *it);
        want_if(desired, "password_login", password_login, |it| *it);
        want_if(desired, "port", port, |it| it.0);
        want_if(desired, "interfaces", interfaces, |names| {
            sorted(names.iter().map(|name| name.value.0.as_str()))
        });
        want_if(desired, "tcp_forwarding", tcp_forwarding, |it| *it);
        want_if(desired, "compression", compression, |it| *it);
    }
}
