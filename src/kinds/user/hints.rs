//! What a person should know of an account: what keeps a replication's key from working although
//! everything that the manifest asks for is so.

use serde_json::Value;

use crate::kinds::Around;
use crate::model::call::as_hole;
use crate::model::{Address, Desired, Hint, Live};

use super::account::Account;
use super::findings::{KEYS, texts};
use super::key_line::{each_option, key_of, options_of};
use super::place::Stat;
use super::sudo;

/// The hints at an account.
pub fn hints(want: &Desired, live: &Live, account: &Account, around: &Around<'_>) -> Vec<Hint> {
    let mut all: Vec<Hint> = account
        .above
        .iter()
        .filter_map(|(path, stat)| not_entered(want, account, path, stat))
        .collect();
    all.extend(restricted(want, account, around));
    all.extend(["sudo.no_password", "sudo.password"].iter().filter_map(|it| root(want, live, it)));
    all.extend(cannot_receive(want, live, account));
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

/// An account that a replication logs in to and that nothing lets run zfs as root: it lists
/// datasets, and receives none.
fn cannot_receive(want: &Desired, live: &Live, account: &Account) -> Option<Hint> {
    let is_root = account.entry.as_ref().is_some_and(|entry| entry.uid == 0);
    let to_be_made = account.entry.is_none() && want.is_only_named();
    if want.replications.is_empty() || is_root || to_be_made {
        return None;
    }
    let field = "sudo.no_password";
    let stays = !want.switched_on("sudo.exclusive");
    let of_its_own = sudo::mentions_zfs(&texts(want.get(field)))
        || stays && sudo::mentions_zfs(&texts(live.get(field)));
    if of_its_own
        || account.groups_to_be(want).any(|group| sudo::mentions_zfs(&group.sudo_no_password))
    {
        return None;
    }
    Some(Hint {
        what: "it has no sudo for zfs without a password, and only root receives datasets".into(),
        remedy: "write `sudo: { no_password: zfs }`, unless `zfs allow` lets it receive".into(),
    })
}

/// A directory above the home that the account may not enter: sshd reads its keys as the account.
fn not_entered(want: &Desired, account: &Account, path: &str, stat: &Stat) -> Option<Hint> {
    // What an ACL says more is not read.
    if stat.acl || enters(account, stat) {
        return None;
    }
    Some(Hint {
        what: format!(
            "`{}` cannot enter {path} ({} {}), which is above its home, so sshd cannot read its \
             keys",
            want.address.key(),
            stat.mode_text(),
            stat.owner()
        ),
        remedy: "make the directory enterable for it: mode 711 or 755".into(),
    })
}

fn enters(account: &Account, directory: &Stat) -> bool {
    let bit = match &account.entry {
        Some(entry) if entry.uid == 0 => return true,
        Some(entry) if entry.uid == directory.uid => 0o100,
        Some(entry) if entry.gid == directory.gid || in_group(account, directory.gid) => 0o010,
        // An account that is to be made is in nobody's group yet.
        _ => 0o001,
    };
    directory.mode & bit != 0
}

fn in_group(account: &Account, gid: u64) -> bool {
    let names = account.group_names();
    account.groups.iter().any(|group| group.gid == gid && names.contains(&group.name))
}

/// Options in the line of a replication's key that can keep it from working. They are somebody's
/// decision, so they stay; but a replication that fails of them should not be a riddle.
fn restricted(want: &Desired, account: &Account, around: &Around<'_>) -> Vec<Hint> {
    let lines = account.entry.iter().flat_map(|entry| entry.keys.iter().flatten());
    let mut all = Vec::new();
    for line in lines {
        let Some(key) = key_of(line) else { continue };
        let Some(pair) = pair_of(want, key, around) else { continue };
        for option in each_option(options_of(line)) {
            if let Some(effect) = effect(option) {
                all.push(Hint {
                    what: format!("the line of the key `{pair}` has `{option}`: {effect}"),
                    remedy: format!(
                        "trueup leaves options that it did not write as they are: if it should \
                         go, take it out by hand, under Credentials > Users > {}",
                        want.address.key()
                    ),
                });
            }
        }
    }
    all
}

/// The pair whose key this is, if a replication authorises it here.
fn pair_of<'a>(want: &Desired, key: (&str, &str), around: &'a Around<'_>) -> Option<&'a str> {
    let wanted = around.desired.get(&want.address)?.get(KEYS)?.as_array()?;
    let pairs = wanted.iter().filter_map(as_hole).map(|hole| hole.address);
    let mut of_this_key =
        pairs.filter(|pair| public_key(pair, around).and_then(key_of) == Some(key));
    let pair = of_this_key.next()?;
    around.desired.get_key_value(&pair).map(|(pair, _)| pair.key())
}

fn public_key<'a>(pair: &Address, around: &'a Around<'_>) -> Option<&'a str> {
    around.live.get(pair)?.get("public_key").and_then(Value::as_str)
}

/// What an option does to a replication (sshd(8), AUTHORIZED_KEYS FILE FORMAT).
fn effect(option: &str) -> Option<&'static str> {
    let name = option.split('=').next().unwrap_or_default().to_ascii_lowercase();
    Some(match name.as_str() {
        "command" => "that runs whatever the source asks for, so no replication gets through",
        "from" => "the key works from these addresses only, and the source's must be one of them",
        "expiry-time" => "the key works until then only",
        "cert-authority" => "the key signs others and does not log in itself",
        _ => return None,
    })
}
