//! What becomes of an account's home: from every state that it may be in.

use serde_json::{Value, json};

use crate::kinds::{Around, compared};
use crate::model::{BlockedReason, Desired, Finding, KeptReason, Live, State};

use super::account::{Account, Home, is_home};
use super::finding::{blocked, implied};
use super::home_obstacle::new_home_obstacle;
use super::place::{Inhabitant, Refusal, Stat};
use super::reads;

/// The mode of a home that trueup makes or mends.
pub(super) const HOME_MODE: &str = "700";

/// What becomes of the home. `keys_change`: the key file is written anyway, which mends the owner
/// and mode of it and of `.ssh` (recorded: scenario `homes`).
pub(super) fn findings(
    want: &Desired,
    live: &Live,
    account: &Account,
    around: &Around<'_>,
    keys_change: bool,
) -> Vec<Finding> {
    if !reads::needs_home(want) || !is_home(&account.wanted.path) {
        return Vec::new();
    }
    if account.wanted.hidden {
        return hidden(want);
    }
    let immutable = account.entry.as_ref().is_some_and(|entry| entry.immutable);
    if immutable {
        return of_immutable(want, live, account, keys_change);
    }
    let moves = account.wanted.path != account.present.path;
    if moves {
        new_home(want, live, account, around)
    } else {
        same_home(want, live, account, keys_change)
    }
}

/// What shows owners and modes.
pub(super) const ROLE: &str = "FILESYSTEM_ATTRS_READ";

fn hidden(want: &Desired) -> Vec<Finding> {
    ["home.path", "home.mode"]
        .iter()
        .filter(|field| want.fields.contains_key(**field))
        .map(|field| Finding {
            field: (*field).into(),
            before: Value::Null,
            after: want.get(field).cloned().unwrap_or_default(),
            state: State::Unverifiable { role: ROLE, system: want.address.system.clone() },
        })
        .collect()
}

/// The home of a builtin account or of the installation's administrator: TrueNAS moves neither,
/// and what is there counts as usable.
fn of_immutable(want: &Desired, live: &Live, account: &Account, keys_change: bool) -> Vec<Finding> {
    let remedy = format!(
        "TrueNAS does not change the home of `{}`, which is a builtin account or the \
         installation's administrator; leave `home` out, or use another account",
        want.address.key()
    );
    let fixed = |field: &str| {
        want.fields.contains_key(field).then(|| {
            let finding = compared(want, live, field);
            match finding.state {
                State::Changes => blocked(finding, BlockedReason::Immutable, remedy.clone()),
                _ => finding,
            }
        })
    };
    let mut all: Vec<Finding> = ["home.mode", "home.path"].into_iter().filter_map(fixed).collect();
    if let Some(who) = account.inhabitant().filter(|_| !keys_change) {
        all.extend(below(live, &account.present, who, want.address.key()));
    }
    all
}

/// An account that gets its first home, or a new one because the old one is gone.
fn new_home(want: &Desired, live: &Live, account: &Account, around: &Around<'_>) -> Vec<Finding> {
    let path = compared(want, live, "home.path");
    if let Some((reason, remedy)) = new_home_obstacle(want, account, around) {
        let mut all = vec![blocked(path, reason, remedy.clone())];
        if want.fields.contains_key("home.mode") {
            all.push(blocked(compared(want, live, "home.mode"), reason, remedy));
        }
        return all;
    }
    let mode = want.get("home.mode").cloned().unwrap_or_else(|| json!(HOME_MODE));
    vec![path, implied_unless_equal("home.mode", live, mode)]
}

fn implied_unless_equal(field: &str, live: &Live, after: Value) -> Finding {
    if live.get(field) == Some(&after) {
        let state = State::Kept(KeptReason::Equal);
        return Finding { field: field.into(), before: after.clone(), after, state };
    }
    implied(field, live, after)
}

/// The home that the account has: there at all, and as sshd accepts it.
fn same_home(want: &Desired, live: &Live, account: &Account, keys_change: bool) -> Vec<Finding> {
    let mut all = Vec::new();
    if want.fields.contains_key("home.path") {
        all.push(compared(want, live, "home.path"));
    }
    let exact = want.get("home.mode");
    let home = &account.present;
    let (Some(directory), Some(who)) = (&home.directory, account.inhabitant()) else {
        all.push(implied("home.directory", live, json!("present")));
        all.push(implied("home.mode", live, exact.cloned().unwrap_or_else(|| json!(HOME_MODE))));
        return all;
    };
    let refused = Refusal::of(directory, who);
    match exact {
        Some(_) => all.push(compared(want, live, "home.mode")),
        None if refused.mode => all.push(implied("home.mode", live, json!(HOME_MODE))),
        None => {}
    }
    let future_mode =
        exact.and_then(Value::as_str).and_then(|mode| u64::from_str_radix(mode, 8).ok());
    let future = Stat { mode: future_mode.unwrap_or(directory.mode), ..directory.clone() };
    if refused.owner || Refusal::of(&future, who).owner {
        all.push(implied("home.owner", live, json!(want.address.key())));
    }
    // sshd does not look at an ACL, but it may be what gives the mode that sshd refuses.
    if directory.acl && all.iter().any(|it| it.field != "home.path" && it.state == State::Changes) {
        all.push(implied("home.acl", live, json!(false)));
    }
    if !keys_change {
        all.extend(below(live, home, who, want.address.key()));
    }
    all
}

/// The `.ssh` and `authorized_keys` of a home that sshd refuses.
fn below(live: &Live, home: &Home, who: Inhabitant, name: &str) -> Vec<Finding> {
    let files = [
        ("home.ssh_directory", &home.ssh, reads::ssh_directory(&home.path), "700"),
        ("home.key_file", &home.key_file, reads::key_file(&home.path), "600"),
    ];
    let refused = files.into_iter().filter_map(|(field, stat, path, mode)| {
        let stat = stat.as_ref().filter(|it| Refusal::of(it, who).any())?;
        let finding = implied(field, live, json!(format!("{mode} {name}")));
        if stat.kind != "SYMLINK" {
            return Some(finding);
        }
        let remedy = format!(
            "{path} is a link, which TrueNAS does not change the owner or mode of; put what it \
             leads to in its place"
        );
        Some(blocked(finding, BlockedReason::LinkInHome, remedy))
    });
    refused.collect()
}
