//! What becomes of an account's home: from every state that it may be in.

use serde_json::{Value, json};

use crate::kinds::{Around, compared};
use crate::model::{Address, BlockedReason, Desired, Finding, KeptReason, Live, State};

use super::account::{Account, Home, is_home};
use super::findings::{blocked, implied};
use super::home_dataset::Dataset;
use super::place::{Inhabitant, Refusal, Stat};
use super::reads;

/// The mode of a home that trueup makes or mends.
pub const HOME_MODE: &str = "700";

/// What becomes of the home. `keys_change`: the key file is written anyway, which mends the owner
/// and mode of it and of `.ssh` (recorded: scenario `homes`).
pub fn findings(
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
pub const ROLE: &str = "FILESYSTEM_ATTRS_READ";

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
    if let Some((reason, remedy)) = obstacle(want, account, around) {
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

/// Why the home cannot be where the manifest wants it.
fn obstacle(
    want: &Desired,
    account: &Account,
    around: &Around<'_>,
) -> Option<(BlockedReason, String)> {
    let path = &account.wanted.path;
    if is_home(&account.present.path) && account.present.directory.is_some() {
        return Some((
            BlockedReason::HomeExists,
            format!(
                "its home is {0}, which exists; TrueNAS would copy everything in the background \
                 and put the old owner and mode back. Name {0} here, or move it by hand",
                account.present.path
            ),
        ));
    }
    if let Some(other) = &account.taken_by {
        return Some((
            BlockedReason::HomeTaken,
            format!("{path} is the home of `{other}`; name that account, or choose another home"),
        ));
    }
    if account.wanted.key_file.as_ref().is_some_and(|file| file.size > 0) {
        return Some((
            BlockedReason::HomeHasKeys,
            format!(
                "{path}/.ssh/authorized_keys holds somebody's keys, and TrueNAS would delete them; \
                 move the file away, or choose another home"
            ),
        ));
    }
    if account.wanted.directory.as_ref().is_some_and(|it| it.kind != "DIRECTORY") {
        return Some((
            BlockedReason::HomeNotDirectory,
            format!("{path} exists and is no directory"),
        ));
    }
    dataset_obstacle(want, account, around)
}

fn dataset_obstacle(
    want: &Desired,
    account: &Account,
    around: &Around<'_>,
) -> Option<(BlockedReason, String)> {
    let path = &account.wanted.path;
    if let Some(dataset) = account.not_in_its_dataset() {
        return Some((BlockedReason::HomeNotMounted, not_mounted(path, dataset)));
    }
    let planned = |name: &str| {
        around.desired.contains_key(&Address::new(&want.address.system, "dataset", name))
    };
    if let Some(above) = &account.unmounted
        && account.wanted.directory.is_none()
        && is_planned_mountpoint(path, &planned)
    {
        // A new dataset inherits where it is mounted.
        return Some((BlockedReason::HomeNotMounted, not_mounted(path, above)));
    }
    let nearest_planned = reads::dataset_names(path).into_iter().find(|name| planned(name));
    let Some(dataset) = &account.dataset else {
        if nearest_planned.is_some() {
            return None;
        }
        return Some((
            BlockedReason::NoSuchPool,
            format!("{path} is in no pool of the system; a home must be in a dataset of one"),
        ));
    };
    if dataset.locked {
        let remedy = format!("unlock the dataset `{}` in TrueNAS", dataset.name);
        return Some((BlockedReason::HomeLocked, remedy));
    }
    let will_be_writable = around
        .eventually(&Address::new(&want.address.system, "dataset", &dataset.name), "readonly")
        == Some(&json!("off"));
    if dataset.readonly && !will_be_writable {
        let remedy = format!(
            "the dataset `{}` is read-only (a replication's target usually is); choose another \
             place for homes",
            dataset.name
        );
        return Some((BlockedReason::HomeReadonly, remedy));
    }
    let parent = reads::parent(path);
    let made_by_dataset =
        is_planned_mountpoint(path, &planned) || is_planned_mountpoint(parent, &planned);
    if account.parent_exists == Some(false) && !made_by_dataset {
        return Some((
            BlockedReason::NoHomeParent,
            format!(
                "the directory {parent} does not exist; name a dataset for homes under \
                 `datasets` (`{}`), or make the directory",
                parent.trim_start_matches("/mnt/")
            ),
        ));
    }
    None
}

fn not_mounted(path: &str, dataset: &Dataset) -> String {
    let name = &dataset.name;
    let mounted = match dataset.mountpoint.as_deref() {
        Some(at) if at.starts_with('/') => format!("is mounted at {at}"),
        _ => "is not mounted".into(),
    };
    format!(
        "`{name}` {mounted}, so {path} is not in it; choose a home in another dataset, or mount \
         `{name}` at /mnt/{name}"
    )
}

/// Whether a dataset of the manifest will be mounted exactly there.
fn is_planned_mountpoint(path: &str, planned: &dyn Fn(&str) -> bool) -> bool {
    path.strip_prefix("/mnt/").is_some_and(planned)
}

/// Whether the manifest has a dataset that is mounted exactly at the home.
pub fn is_dataset_of_manifest(want: &Desired, path: &str, around: &Around<'_>) -> bool {
    is_planned_mountpoint(path, &|name| {
        around.desired.contains_key(&Address::new(&want.address.system, "dataset", name))
    })
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
    let refused = |stat: &Option<Stat>| stat.as_ref().is_some_and(|it| Refusal::of(it, who).any());
    let mut all = Vec::new();
    if refused(&home.ssh) {
        all.push(implied("home.ssh_directory", live, json!(format!("700 {name}"))));
    }
    if refused(&home.key_file) {
        all.push(implied("home.key_file", live, json!(format!("600 {name}"))));
    }
    all
}
