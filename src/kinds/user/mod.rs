//! Accounts that replication logs in to: shell, home, keys, sudo, groups.
//!
//! A home is part of its account. Its step is one ordered list of calls, chosen by what was read;
//! what is not asked for, and every line of `authorized_keys` that is somebody else's, stays.

mod above;
mod account;
mod calls;
mod commands;
mod entry;
mod finding;
mod findings;
mod glob;
mod group;
mod hints;
mod home;
mod home_dataset;
mod home_obstacle;
pub(crate) mod key_line;
mod place;
mod reads;
mod risks;
pub(crate) mod sudo;
mod trace;
mod withheld;

use crate::model::nearest::nearest;
use crate::model::{
    Address, BlockedReason, Change, Desired, Detail, Finding, Hint, Live, Reading, Risk, State,
};
use crate::truenas_wire::{Call, Read, ReadError, Release, Replies};

use super::trace::{Logged, Touched};
use super::{Around, DecodeError, Exclusive, Kind, Need, Obstacle, SharedList};

pub(crate) use above::{MAKE_ENTERABLE, cannot_enter};
pub(crate) use account::{Account, is_home};
pub(crate) use findings::is_login_shell;
pub(crate) use place::{Refusal, Stat};
pub(crate) use reads::normalized as normalized_home;

use entry::Entry;
use findings::{UNREADABLE_KEYS, unreadable_keys};

/// The field of the authorized keys.
const KEYS: &str = "authorized_keys.keys";

/// The kind `user`.
pub(crate) struct User;

const FIELDS: [&str; 11] = [
    KEYS,
    "full_name",
    "groups.names",
    "home.mode",
    "home.path",
    "locked",
    "password_login",
    "shell",
    "ssh_access",
    "sudo.no_password",
    "sudo.password",
];

/// What people and other tools change as well.
const SHARED_LISTS: [SharedList; 4] = [
    SharedList {
        field: KEYS,
        parameter: "sshpubkey",
        exclusive: Exclusive::Switch("authorized_keys.exclusive"),
    },
    SharedList {
        field: "groups.names",
        parameter: "groups",
        exclusive: Exclusive::Switch("groups.exclusive"),
    },
    SharedList {
        field: "sudo.no_password",
        parameter: "sudo_commands_nopasswd",
        exclusive: Exclusive::Switch("sudo.exclusive"),
    },
    SharedList {
        field: "sudo.password",
        parameter: "sudo_commands",
        exclusive: Exclusive::Switch("sudo.exclusive"),
    },
];

impl Kind for User {
    fn name(&self) -> &'static str {
        "user"
    }

    fn fields(&self) -> &'static [&'static str] {
        &FIELDS
    }

    fn implied(&self) -> &'static [&'static str] {
        &["home.acl", "home.directory", "home.key_file", "home.owner", "home.ssh_directory"]
    }

    fn shared_lists(&self) -> &'static [SharedList] {
        &SHARED_LISTS
    }

    fn writes(&self) -> &'static [(&'static str, &'static str)] {
        &calls::WRITES
    }

    fn reads(&self, want: &Desired) -> Vec<Read> {
        [reads::first(want), commands::reads(want)].concat()
    }

    fn more_reads(&self, want: &Desired, first: &Replies) -> Vec<Read> {
        [commands::more_reads(want, first), reads::second(want, first)].concat()
    }

    fn decode(&self, want: &Desired, replies: &Replies) -> Result<Live, DecodeError> {
        match Account::decode(want, replies) {
            Ok(account) => Ok(live(want, account)),
            Err(DecodeError::Read(ReadError::Denied)) => Ok(hidden()),
            Err(other) => Err(other),
        }
    }

    fn needs(&self, want: &Desired, live: &Live) -> Vec<Need> {
        let present = Account::of(live).map(|account| account.present.path.as_str());
        let Some(home) = reads::wanted_home(want).or(present) else { return Vec::new() };
        let datasets = reads::dataset_names(home);
        let address = |name: &String| Address::new(&want.address.system, "dataset", name);
        let nearest = datasets.iter().map(address).collect();
        // Nothing can be written to a home in a dataset that is still read-only.
        vec![Need { nearest, fields: &["readonly"], to_create: false }]
    }

    fn hints(&self, want: &Desired, live: &Live, _: &Around<'_>) -> Vec<Hint> {
        Account::of(live).map(|it| hints::hints(want, live, it)).unwrap_or_default()
    }

    fn comes_last(&self, want: &Desired, around: &Around<'_>) -> bool {
        is_own(want, around)
    }

    fn findings(&self, want: &Desired, live: &Live, around: &Around<'_>) -> Vec<Finding> {
        match Account::of(live) {
            Some(account) => findings::findings(want, live, account, around),
            None => want.fields.keys().map(|field| super::compared(want, live, field)).collect(),
        }
    }

    fn obstacle(&self, want: &Desired, live: &Live, around: &Around<'_>) -> Option<Obstacle> {
        let account = Account::of(live)?;
        if live.exists {
            if unreadable_keys(account) {
                let reason = BlockedReason::AuthorizedKeysUnreadable;
                return Some(Obstacle { reason, remedy: UNREADABLE_KEYS.into() });
            }
            return home_obstacle::missing_home_obstacle(want, account, around);
        }
        if want.referenced_only {
            return Some(no_such_user(want, around));
        }
        // An account is made as the manifest wants it or not at all; a password login can be
        // allowed later. The home comes first: what else is blocked may only wait for it.
        let mut findings = self.findings(want, live, around);
        findings.sort_by_key(|finding| !finding.field.starts_with("home."));
        findings.into_iter().find_map(|finding| match finding.state {
            State::Blocked { reason, remedy } if finding.field != "password_login" => {
                Some(Obstacle { reason, remedy })
            }
            _ => None,
        })
    }

    fn calls(
        &self,
        want: &Desired,
        live: &Live,
        changes: &[Change],
        _: &Release,
        around: &Around<'_>,
    ) -> Vec<Call> {
        let Some(account) = Account::of(live) else { return Vec::new() };
        let mounted = home_obstacle::is_dataset_of_manifest(want, &account.wanted.path, around);
        calls::calls(want, account, changes, mounted)
    }

    fn risks(
        &self,
        want: &Desired,
        live: &Live,
        changes: &[Change],
        around: &Around<'_>,
    ) -> Vec<(Risk, String)> {
        let Some(account) = Account::of(live) else { return Vec::new() };
        risks::risks(want, account, changes, is_own(want, around))
    }

    fn touched(&self, want: &Desired, live: &Live, logged: &Logged<'_>) -> Option<Touched> {
        trace::touched(want, live, logged)
    }
}

/// Whether it is the account that trueup logs in with.
fn is_own(want: &Desired, around: &Around<'_>) -> bool {
    around.login(&want.address.system) == Some(want.address.key())
}

fn no_such_user(want: &Desired, around: &Around<'_>) -> Obstacle {
    let (system, name) = (&want.address.system, want.address.key());
    let meant = nearest(name, around.others(&want.address));
    let meant = meant.map(|it| format!("did you mean `{it}`? If not, ")).unwrap_or_default();
    Obstacle {
        reason: BlockedReason::NoSuchUser,
        remedy: format!(
            "`{system}` has no account `{name}`, and only a replication names it; {meant}declare it: \
             `systems: {{ {system}: {{ admins: {{ {name}: {{ home: {{ path: \
             /mnt/POOL/DATASET/{name} }}, ssh_access: true, sudo: {{ no_password: zfs }} }} }} }} }}`"
        ),
    }
}

/// An account of which nothing may be read.
fn hidden() -> Live {
    let fields = FIELDS.map(|field| (field.to_string(), Reading::Hidden { role: "ACCOUNT_READ" }));
    Live { exists: true, fields: fields.into(), ..Live::default() }
}

/// The account's fields in the manifest's form.
fn live(want: &Desired, account: Account) -> Live {
    let mut live = Live::absent();
    home_fields(want, &account, &mut live);
    if let Some(entry) = &account.entry {
        entry_fields(&account, entry, &mut live);
    }
    live.detail = Some(Detail::new(account));
    live
}

fn entry_fields(account: &Account, entry: &Entry, live: &mut Live) {
    live.exists = true;
    live.fact("id", entry.id);
    live.field("full_name", entry.full_name.clone());
    live.field("locked", entry.locked);
    live.field("password_login", entry.password_login);
    live.field("shell", entry.shell.clone());
    live.field("groups.names", account.group_names());
    live.field("sudo.no_password", sudo::sorted(&entry.sudo_no_password));
    live.field("sudo.password", sudo::sorted(&entry.sudo));
    live.field(KEYS, entry.keys.clone().unwrap_or_default());
    live.field("home.path", entry.home.clone());
    let usable = account.inhabitant().is_some_and(|who| {
        entry.immutable
            || account.present.directory.as_ref().is_some_and(|it| !Refusal::of(it, who).any())
    });
    let may_log_in = is_login_shell(&entry.shell, account.shells.as_deref().map(Vec::as_slice));
    if may_log_in && account.present.hidden && !entry.immutable {
        live.fields.insert("ssh_access".into(), Reading::Hidden { role: home::ROLE });
    } else {
        live.field("ssh_access", usable && may_log_in);
    }
}

/// What is known of the wanted home, and of the present one's key file.
fn home_fields(want: &Desired, account: &Account, live: &mut Live) {
    if is_home(&account.wanted.path) {
        let there = account.wanted.directory.is_some();
        live.field("home.directory", if there { "present" } else { "missing" });
    }
    if let Some(directory) = &account.wanted.directory {
        live.field("home.mode", directory.mode_text());
        let same_uid = account.entry.as_ref().is_some_and(|entry| entry.uid == directory.uid);
        let owner = directory.owner();
        // A name that several accounts have tells nothing without the number.
        let is_namesake = owner == want.address.key() && !same_uid;
        let number = if is_namesake { format!(" (uid {})", directory.uid) } else { String::new() };
        live.field("home.owner", owner + &number);
        live.field("home.acl", directory.acl);
    }
    if let Some(ssh) = &account.present.ssh {
        live.field("home.ssh_directory", ssh.described());
    }
    if let Some(file) = &account.present.key_file {
        live.field("home.key_file", file.described());
    }
}
