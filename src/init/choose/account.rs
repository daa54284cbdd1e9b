//! An account as it is, and what it lacks for replication.

use std::collections::BTreeSet;

use crate::init::draft::{Admin, Noted, Sudo};
use crate::init::survey::{Account, Task};
use crate::init::writable::writable;
use crate::manifest::value::HomePath;

use super::storage::Storage;
use super::{End, MISSING};

/// Homes that stand for none (`plugins/account_/constants.py`).
const NO_HOME: [&str; 3] = ["", "/var/empty", "/nonexistent"];

/// Which accounts need sudo.
#[derive(Debug, Default)]
pub(super) struct Sudoers {
    /// The accounts whose tasks use it.
    by_tasks: BTreeSet<String>,
    /// There is no task that could tell.
    all: bool,
}

impl Sudoers {
    /// What the tasks tell; without any, every account needs it.
    pub(super) fn of(tasks: &[&Task], source: &End) -> Self {
        let account = |task: &&&Task| {
            let name = task.connection.as_deref()?;
            let known = source.survey.connections.iter().find(|it| it.name == name)?;
            Some(known.target.as_ref()?.account.clone())
        };
        let using = tasks.iter().filter(|task| task.sudo);
        Self { by_tasks: using.filter_map(|task| account(&task)).collect(), all: tasks.is_empty() }
    }

    fn need(&self, name: &str) -> bool {
        self.all || self.by_tasks.contains(name)
    }
}

/// The account as the manifest has it; `None` if accounts may not be seen: then only the
/// replication names it.
pub(super) fn admin(
    name: &str,
    end: &End,
    sudoers: &Sudoers,
    storage: &mut Storage<'_>,
) -> Option<Admin> {
    let accounts = end.survey.accounts.as_ref()?;
    let Some(account) = accounts.iter().find(|it| it.name == name) else {
        return Some(Admin {
            name: Noted::new(name.into(), MISSING),
            home: storage.home_for(name).map(|path| Noted::new(path, "")),
            ssh_access: "a login shell, a usable home, not locked".into(),
            sudo: Some(Noted::new(Sudo::Zfs, "all that replication needs")),
        });
    };
    Some(Admin {
        name: Noted::new(name.into(), note(account)),
        home: home(account, storage),
        ssh_access: access(account),
        sudo: sudo(account, sudoers.need(name)),
    })
}

fn note(account: &Account) -> String {
    if account.immutable {
        return "an account of replication's own, with sudo for zfs, would be enough".into();
    }
    match writable::<HomePath>(&account.home) {
        Err(mistake) if !NO_HOME.contains(&account.home.as_str()) => format!(
            "its home {:?} stays as it is, since a manifest cannot name it: {}",
            account.home, mistake.label
        ),
        _ => String::new(),
    }
}

fn home(account: &Account, storage: &mut Storage<'_>) -> Option<Noted<String>> {
    if account.immutable {
        return None;
    }
    if NO_HOME.contains(&account.home.as_str()) {
        let path = storage.home_for(&account.name)?;
        let now = if account.home.is_empty() { "none" } else { account.home.as_str() };
        return Some(Noted::new(path, format!("{now} now: apply gives it this one")));
    }
    // A home that the manifest cannot name stays as it is.
    writable::<HomePath>(&account.home).ok()?;
    storage.holds_home(&account.home);
    Some(Noted::new(account.home.clone(), ""))
}

fn access(account: &Account) -> String {
    let no_shell = ["nologin", "false"].iter().any(|it| account.shell.ends_with(it));
    match (account.locked, no_shell) {
        (true, _) => "locked now: apply unlocks it".into(),
        (false, true) => format!("{} now: apply gives it /usr/bin/bash", account.shell),
        (false, false) => String::new(),
    }
}

fn sudo(account: &Account, needed: bool) -> Option<Noted<Sudo>> {
    let has = |command: &str| account.sudo.iter().any(|it| it == command);
    if account.name == "root" {
        return None;
    }
    if has("ALL") {
        return Some(Noted::new(Sudo::All, "as it is; `zfs` is all that replication needs"));
    }
    if has("/usr/sbin/zfs") {
        return Some(Noted::new(Sudo::Zfs, ""));
    }
    needed.then(|| Noted::new(Sudo::Zfs, "not allowed yet: apply allows it"))
}
