//! What keeps a home from being where the manifest wants it, or the present one from being changed.

use serde_json::json;

use crate::kinds::{Around, Obstacle};
use crate::model::mountpoint;
use crate::model::{Address, BlockedReason, Desired};
use crate::truenas_wire::Release;

use super::above::{MAKE_ENTERABLE, cannot_enter};
use super::account::{Account, is_home};
use super::home_dataset::Dataset;
use super::reads;

/// Why the home cannot be where the manifest wants it.
pub(super) fn new_home_obstacle(
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
    if let Some(dataset) = account.present.dataset.as_ref().filter(|dataset| dataset.locked) {
        let remedy = format!(
            "its home is {}, and nobody can tell what is there while the dataset `{}` is locked; \
             unlock it in TrueNAS",
            account.present.path, dataset.name
        );
        return Some((BlockedReason::HomeLocked, remedy));
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
    if let Some(above) = &account.wanted.unmounted
        && account.wanted.directory.is_none()
        && is_planned_mountpoint(path, &planned)
    {
        // A new dataset inherits where it is mounted.
        return Some((BlockedReason::HomeNotMounted, not_mounted(path, above)));
    }
    let nearest_planned = reads::dataset_names(path).into_iter().find(|name| planned(name));
    let Some(dataset) = &account.wanted.dataset else {
        if nearest_planned.is_some() {
            return None;
        }
        return Some((
            BlockedReason::NoSuchPool,
            format!("{path} is in no pool of the system; a home must be in a dataset of one"),
        ));
    };
    if let Some(obstacle) = cannot_be_written(want, dataset, around) {
        return Some(obstacle);
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
    mountpoint::dataset_at(path).is_some_and(planned)
}

/// Whether the manifest has a dataset that is mounted exactly at the home.
pub(super) fn is_dataset_of_manifest(want: &Desired, path: &str, around: &Around<'_>) -> bool {
    is_planned_mountpoint(path, &|name| {
        around.desired.contains_key(&Address::new(&want.address.system, "dataset", name))
    })
}

/// Why nothing can be written to a dataset, if nothing can: it is locked, or it is read-only and
/// the manifest does not change that.
fn cannot_be_written(
    want: &Desired,
    dataset: &Dataset,
    around: &Around<'_>,
) -> Option<(BlockedReason, String)> {
    let name = &dataset.name;
    if dataset.locked {
        let remedy = format!("unlock the dataset `{name}` in TrueNAS");
        return Some((BlockedReason::HomeLocked, remedy));
    }
    let address = Address::new(&want.address.system, "dataset", name);
    let will_be_writable = around.eventually(&address, "readonly") == Some(&json!("off"));
    (dataset.readonly && !will_be_writable).then(|| {
        let remedy = format!(
            "the dataset `{name}` is read-only (a replication's target usually is); choose another \
             place for homes"
        );
        (BlockedReason::HomeReadonly, remedy)
    })
}

/// Why the home that the account has and keeps cannot be changed, if it cannot.
pub(super) fn present_home_obstacle(
    want: &Desired,
    account: &Account,
    around: &Around<'_>,
) -> Option<(BlockedReason, String)> {
    let home = &account.present;
    if !is_home(&home.path) || home.path != account.wanted.path {
        return None;
    }
    let dataset = reads::dataset_names(&home.path);
    let overwritten = dataset.iter().find_map(|name| Some((name, want.overwritten.get(name)?)));
    if let Some((name, replication)) = overwritten {
        let remedy = format!(
            "its home {} is inside `{name}`, which the replication `{replication}` overwrites; \
             move the home to another dataset, or choose another destination",
            home.path
        );
        return Some((BlockedReason::HomeInDestination, remedy));
    }
    cannot_be_written(want, home.dataset.as_ref()?, around)
}

/// Why no change to the account can be made: TrueNAS makes a missing home with each of them
/// (`plugins/account.py`, `recreate_homedir_if_not_exists`), and cannot make this one.
pub(super) fn missing_home_obstacle(
    want: &Desired,
    account: &Account,
    around: &Around<'_>,
) -> Option<Obstacle> {
    if account.present.hidden || account.present.directory.is_some() {
        return None;
    }
    let (reason, remedy) = present_home_obstacle(want, account, around)?;
    (reason != BlockedReason::HomeInDestination).then_some(Obstacle { reason, remedy })
}

/// What to do about a directory above the home that the account cannot enter. What an ACL says more
/// is not read.
pub(super) fn way_to_home_obstacle(
    name: &str,
    account: &Account,
    release: &Release,
) -> Option<String> {
    let mut closed = account.closed_above(&account.wanted.path);
    let (path, stat) = closed.find(|(_, stat)| !stat.acl)?;
    Some(format!(
        "{}, and TrueNAS {release} stores no keys there; {MAKE_ENTERABLE}",
        cannot_enter(name, path, stat)
    ))
}
