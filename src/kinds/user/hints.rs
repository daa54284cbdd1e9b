//! What a person should know of an account: what keeps a replication's key from working although
//! everything that the manifest asks for is so.

use crate::model::{Desired, Hint, Live};

use super::above::{MAKE_ENTERABLE, cannot_enter};
use super::account::Account;
use super::group::Group;
use super::place::Stat;
use super::sudo;
use crate::model::field::texts;

/// The hints at an account.
pub(super) fn hints(want: &Desired, live: &Live, account: &Account) -> Vec<Hint> {
    let mut all: Vec<Hint> = account
        .above
        .iter()
        .filter_map(|(path, stat)| not_entered(want, account, path, stat))
        .collect();
    all.extend(["sudo.no_password", "sudo.password"].iter().filter_map(|it| root(want, live, it)));
    all.extend(group_with_all(want, account));
    all
}

/// More sudo than the manifest asks for: `ALL` satisfies it, and stays.
fn root(want: &Desired, live: &Live, field: &str) -> Option<Hint> {
    let all = |list: Vec<String>| list == [sudo::ALL];
    let wanted = texts(want.get(field));
    let stays = all(texts(live.get(field))) && !want.switched_on("sudo.exclusive");
    (stays && !wanted.is_empty() && !all(wanted)).then(|| Hint {
        what: format!("{field} is ALL already: every command as root, not only what is written"),
        remedy: "to narrow it, add `exclusive: true` under `sudo`; to keep it, write `all`".into(),
    })
}

/// A group that allows everything beside a list that is to hold nothing else.
fn group_with_all(want: &Desired, account: &Account) -> Option<Hint> {
    let all = |group: &&Group| group.sudo_no_password.iter().any(|command| command == sudo::ALL);
    let group = account.groups_to_be(want).find(all)?;
    want.switched_on("sudo.exclusive").then(|| Hint {
        what: format!(
            "`sudo` is exclusive, but the group `{}` lets it run every command without a password",
            group.name
        ),
        remedy: "take the account out of the group, or the rule from the group".into(),
    })
}

/// A directory above the home that the account may not enter: sshd reads its keys as the account.
/// Of accounts that replications log in to the checks of their links say so.
fn not_entered(want: &Desired, account: &Account, path: &str, stat: &Stat) -> Option<Hint> {
    // What an ACL says more is not read.
    if !want.replications.is_empty() || stat.acl || account.enters(stat) {
        return None;
    }
    Some(Hint {
        what: format!(
            "{}, so sshd cannot read its keys",
            cannot_enter(want.address.key(), path, stat)
        ),
        remedy: MAKE_ENTERABLE.into(),
    })
}
