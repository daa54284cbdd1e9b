//! Accounts.

use serde_json::json;

use super::{Lowering, sorted, switch, want_if, want_unless_there};
use crate::manifest::document::{Admin, System};
use crate::model::{Address, Desired};

impl Lowering<'_> {
    /// A system's accounts.
    pub(super) fn admins(&mut self, name: &str, system: &System) {
        for (admin, named) in system.admins.value().iter().flat_map(|it| &it.0) {
            let desired = self.resource(Address::new(name, "user", &admin.0), &named.span);
            if let Some(admin) = &named.value {
                account(desired, admin);
            }
        }
    }
}

fn account(desired: &mut Desired, admin: &Admin) {
    let Admin {
        full_name,
        shell,
        ssh_access,
        password_login,
        locked,
        groups,
        home,
        sudo,
        authorized_keys,
    } = admin;
    want_if(desired, "full_name", full_name, |it| it.0.clone());
    want_if(desired, "shell", shell, |it| it.0.clone());
    want_if(desired, "ssh_access", ssh_access, |_| true);
    want_if(desired, "password_login", password_login, |it| *it);
    want_if(desired, "locked", locked, |it| *it);
    if let Some(groups) = groups.value() {
        want_if(desired, "groups.names", &groups.names, |names| {
            sorted(names.iter().map(|name| name.value.0.as_str()))
        });
        switch(desired, "groups.exclusive", &groups.exclusive);
    }
    if let Some(home) = home.value() {
        want_if(desired, "home.path", &home.path, |it| it.0.clone());
        want_if(desired, "home.mode", &home.mode, |it| it.text());
    }
    if let Some(sudo) = sudo.value() {
        want_if(desired, "sudo.no_password", &sudo.no_password, |it| it.lines());
        want_if(desired, "sudo.password", &sudo.password, |it| it.lines());
        switch(desired, "sudo.exclusive", &sudo.exclusive);
        // Nothing else means nothing in the list that is left out, either.
        if let Some(exclusive) = sudo.exclusive.given().filter(|it| it.value) {
            for field in ["sudo.no_password", "sudo.password"] {
                want_unless_there(desired, field, json!([]), &exclusive.span);
            }
        }
    }
    if let Some(keys) = authorized_keys.value() {
        want_if(desired, "authorized_keys.keys", &keys.keys, |keys| {
            keys.iter().map(|key| key.value.line().to_owned()).collect::<Vec<_>>()
        });
        switch(desired, "authorized_keys.exclusive", &keys.exclusive);
    }
}
