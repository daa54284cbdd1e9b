//! What changes of an account widen, or could lock somebody out of.

use serde_json::Value;

use crate::model::authorized_key::key_of;
use crate::model::placeholder::as_reference;
use crate::model::{Change, Desired, Risk};

use super::KEYS;
use super::account::Account;
use super::group::Group;
use super::key_line::options_of;
use super::sudo::{ALL, runs_zfs};
use crate::model::field::texts;

/// The risks of the changes, each with its consequence.
pub(super) fn risks(
    want: &Desired,
    account: &Account,
    changes: &[Change],
    own: bool,
) -> Vec<(Risk, String)> {
    let (system, name) = (&want.address.system, want.address.key());
    let mut all: Vec<(Risk, String)> =
        changes.iter().flat_map(|change| of_change(system, name, change)).collect();
    let joins = changes.iter().filter(|change| change.field == "groups.names");
    let joins = joins.flat_map(|change| added(&change.before, &change.after));
    // A group of an account's name becomes its own when the account is made.
    let own_group = account.entry.is_none().then(|| name.to_owned());
    let groups: Vec<String> = joins.chain(own_group).collect();
    all.extend(joined(system, name, &groups, &account.groups));
    if own && !changes.is_empty() {
        all.push((
            Risk::ChangesOwnAccount,
            format!("trueup logs in to {system} as {name}; a mistake here locks trueup itself out"),
        ));
    }
    all
}

fn of_change(system: &str, name: &str, change: &Change) -> Vec<(Risk, String)> {
    let before = texts(Some(&change.before));
    match change.field.as_str() {
        "sudo.no_password" | "sudo.password" => widened_sudo(system, name, change, &before),
        KEYS => keys(system, name, change, &before),
        "shell" if !change.before.is_null() => vec![(
            Risk::ChangesShell,
            format!("{name} on {system} gets the login shell {}", shown(&change.after)),
        )],
        "password_login" if change.after == Value::Bool(true) => vec![(
            Risk::OpensPasswordLogin,
            format!("whoever knows or guesses {name}'s password logs in to {system} over SSH"),
        )],
        "locked" if change.after == Value::Bool(true) => vec![(
            Risk::LocksAccount,
            format!(
                "nobody logs in to {system} as {name} with a password any more; its keys go on \
                 working until they are removed"
            ),
        )],
        _ => Vec::new(),
    }
}

/// The members of a list that are new.
fn added(before: &Value, after: &Value) -> Vec<String> {
    let before = texts(Some(before));
    texts(Some(after)).into_iter().filter(|it| !before.contains(it)).collect()
}

/// What an account may do by the groups that it joins.
fn joined(system: &str, name: &str, new: &[String], groups: &[Group]) -> Option<(Risk, String)> {
    let gives_sudo = |name: &str| {
        let of_name = groups.iter().find(|group| group.name == name);
        of_name.is_some_and(|it| !it.sudo.is_empty() || !it.sudo_no_password.is_empty())
    };
    let new = new.iter().map(String::as_str);
    let widening: Vec<&str> = new.filter(|it| *it == ADMINISTRATORS || gives_sudo(it)).collect();
    let rights = match widening.as_slice() {
        [] => return None,
        [ADMINISTRATORS] => "administers TrueNAS".to_owned(),
        _ => "has their sudo, too".to_owned(),
    };
    let consequence = format!(
        "whoever logs in as {name} is in {} on {system}, and {rights}",
        widening.join(", ")
    );
    Some((Risk::WidensSudo, consequence))
}

/// Whose members have every role, on a fresh system (`FULL_ADMIN`).
const ADMINISTRATORS: &str = "builtin_administrators";

fn widened_sudo(
    system: &str,
    name: &str,
    change: &Change,
    before: &[String],
) -> Vec<(Risk, String)> {
    let after = texts(Some(&change.after));
    let new: Vec<String> = after.into_iter().filter(|it| !before.contains(it)).collect();
    if new.is_empty() || before.iter().any(|it| it == ALL) {
        return Vec::new();
    }
    // `zfs` alone is root in effect: it mounts, destroys and runs programs.
    let root = runs_zfs(&new);
    let how =
        if change.field == "sudo.no_password" { "without a password" } else { "with its password" };
    let consequence = if root {
        format!("whoever logs in as {name} is in effect root on {system}, {how}")
    } else {
        format!("whoever logs in as {name} runs {} as root on {system}, {how}", new.join(", "))
    };
    vec![(Risk::WidensSudo, consequence)]
}

fn keys(system: &str, name: &str, change: &Change, before: &[String]) -> Vec<(Risk, String)> {
    let had = |line: &str| before.iter().any(|it| key_of(it) == key_of(line));
    let members = change.after.as_array().map(Vec::as_slice).unwrap_or_default();
    let after = texts(Some(&change.after));
    let as_before = |line: &str| {
        let same = |it: &&String| key_of(it) == key_of(line);
        before.iter().filter(same).any(|it| options_of(it) == options_of(line))
    };
    let added = members.iter().filter(|member| match member.as_str() {
        Some(line) => key_of(line).is_some() && !had(line),
        None => as_reference(member).is_some(),
    });
    let is_key = |line: &&String| key_of(line).is_some();
    let other = after.iter().filter(is_key).filter(|line| had(line) && !as_before(line));
    let kept = |line: &String| after.iter().any(|it| key_of(it) == key_of(line));
    let gone = before.iter().filter(is_key).filter(|line| !kept(line));
    [
        (Risk::AddsKey, added.count(), ["another key logs", "more keys log"], ""),
        (Risk::AddsKey, other.count(), ["one key logs", "keys log"], " with other options"),
        (Risk::RemovesKey, gone.count(), ["one key no longer logs", "keys no longer log"], ""),
    ]
    .into_iter()
    .filter(|(_, count, ..)| *count > 0)
    .map(|(risk, count, [one, several], how)| {
        let keys = if count == 1 { one.to_owned() } else { format!("{count} {several}") };
        (risk, format!("{keys} in to {system} as {name}{how}"))
    })
    .collect()
}

fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), Into::into)
}
