//! Accounts: settings that contradict each other, and homes and keys that repeat.

use std::collections::BTreeMap;

use crate::manifest::diagnostic::{Diagnostic, Report};
use crate::manifest::document::{Admin, System};
use crate::manifest::field::Field;
use crate::manifest::source::Span;

/// Reports what does not fit together under `admins`.
pub(super) fn check(system: &System, report: &mut Report) {
    let mut homes: BTreeMap<&str, &Span> = BTreeMap::new();
    for named in system.admins.value().iter().flat_map(|admins| admins.0.values()) {
        let Some(admin) = &named.value else { continue };
        can_log_in(admin, report);
        exclusive(admin, report);
        keys(admin, report);
        groups(admin, report);
        if let Some(path) = admin.home.value().and_then(|home| home.path.given()) {
            match homes.get(path.value.0.as_str()) {
                Some(first) => report.push(
                    Diagnostic::at(&path.span, "two accounts have the same home", "here again")
                        .also(first, "first here")
                        .help("give each account a directory of its own: TrueNAS insists on it"),
                ),
                None => drop(homes.insert(&path.value.0, &path.span)),
            }
        }
    }
}

/// What keeps an account from logging in although it should.
fn can_log_in(admin: &Admin, report: &mut Report) {
    let Some(access) = admin.ssh_access.given() else { return };
    let mut contradiction = |span: &Span, title: &str, help: &str| {
        report.push(
            Diagnostic::at(span, title, "").also(&access.span, "it should log in").help(help),
        );
    };
    if let Some(locked) = admin.locked.given().filter(|locked| locked.value) {
        contradiction(
            &locked.span,
            "an account with `ssh_access` cannot be locked",
            "write `locked: false`, or leave `ssh_access` out",
        );
    }
    if let Some(shell) = admin.shell.given()
        && (shell.value.0.ends_with("/nologin") || shell.value.0.ends_with("/false"))
    {
        contradiction(
            &shell.span,
            "an account with `ssh_access` needs a login shell",
            "write `shell: /usr/bin/bash`, or leave `shell` out",
        );
    }
    if let Some(mode) = admin.home.value().and_then(|home| home.mode.given())
        && mode.value.0 & 0o002 != 0
    {
        contradiction(
            &mode.span,
            "sshd refuses keys in a home that everybody may write to",
            "write \"700\" or \"755\"",
        );
    }
}

/// `exclusive` that does not say which are left.
fn exclusive(admin: &Admin, report: &mut Report) {
    let mut check = |exclusive: Option<&Field<bool>>, empty: bool, write: &str| {
        if let Some(exclusive) = exclusive.and_then(Field::given)
            && exclusive.value
            && empty
        {
            let title = "`exclusive` without a list";
            report.push(
                Diagnostic::at(&exclusive.span, title, "everything would be taken away")
                    .help(format!("if that is meant, write {write} too")),
            );
        }
    };
    let groups = admin.groups.value();
    let empty = groups.is_some_and(|groups| groups.names.is_missing());
    check(groups.map(|groups| &groups.exclusive), empty, "`names: []`");
    let sudo = admin.sudo.value();
    let empty = sudo.is_some_and(|it| it.no_password.is_missing() && it.password.is_missing());
    check(sudo.map(|sudo| &sudo.exclusive), empty, "`no_password: []`");
    let keys = admin.authorized_keys.value();
    let empty = keys.is_some_and(|keys| keys.keys.is_missing());
    check(keys.map(|keys| &keys.exclusive), empty, "`keys: []`");
}

/// How many groups an account may be in besides its own (`plugins/account.py`).
const MOST_GROUPS: usize = 64;

/// More groups than an account may be in.
fn groups(admin: &Admin, report: &mut Report) {
    let names = admin.groups.value().and_then(|groups| groups.names.value());
    if let Some(excess) = names.and_then(|names| names.get(MOST_GROUPS)) {
        let title = "an account has too many groups";
        let label = format!("group number {}", MOST_GROUPS + 1);
        let help = format!("name at most {MOST_GROUPS}: TrueNAS takes no more");
        report.push(Diagnostic::at(&excess.span, title, label).help(help));
    }
}

/// A key that is listed twice.
fn keys(admin: &Admin, report: &mut Report) {
    let keys = admin.authorized_keys.value().and_then(|keys| keys.keys.value());
    let mut known: BTreeMap<&str, &Span> = BTreeMap::new();
    for key in keys.into_iter().flatten() {
        match known.get(key.value.key()) {
            Some(first) => report.push(
                Diagnostic::at(&key.span, "this key is listed twice", "here again")
                    .also(first, "first here")
                    .help("leave one of them out; options and comments do not make it another key"),
            ),
            None => drop(known.insert(key.value.key(), &key.span)),
        }
    }
}
