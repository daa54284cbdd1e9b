//! What keeps a dataset from being created or changed, and what a person does about it.

use serde_json::Value;

use crate::model::mountpoint;
use crate::model::nearest::nearest_path;
use crate::model::{Address, BlockedReason, Desired, Live};

use super::super::{Around, Obstacle};
use super::{lineage, parent};

/// Why a dataset that is there cannot be changed.
pub(super) fn existing(name: &str, live: &Live) -> Option<Obstacle> {
    if live.get("volume") == Some(&Value::Bool(true)) {
        return Some(Obstacle {
            reason: BlockedReason::IsVolume,
            remedy: format!(
                "`{name}` is a volume, and a dataset's type never changes; name a filesystem"
            ),
        });
    }
    (live.get("locked") == Some(&Value::Bool(true))).then(|| Obstacle {
        reason: BlockedReason::Locked,
        remedy: format!("`{name}` is locked; unlock it in TrueNAS (Datasets › Unlock)"),
    })
}

/// Why a dataset that is only named cannot be made.
pub(super) fn no_such_dataset(want: &Desired, around: &Around<'_>) -> Obstacle {
    let (system, name) = (&want.address.system, want.address.key());
    let meant = nearest_path(name, around.others(&want.address));
    let correct = match meant {
        Some(meant) => format!("did you mean `{meant}`? If not, declare"),
        None => "correct the name, or declare".into(),
    };
    Obstacle {
        reason: BlockedReason::NoSuchDataset,
        remedy: format!(
            "without it the replication fails, and nothing else names it; {correct} it under \
             `systems.{system}.datasets`"
        ),
    }
}

/// Why a replication cannot make the dataset that it goes into.
pub(super) fn no_pool_to_go_into(want: &Desired, around: &Around<'_>) -> Obstacle {
    let name = want.address.key();
    let pool = name.split('/').next().unwrap_or(name);
    let meant = match nearest_path(name, around.others(&want.address)) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => "correct the name, or create or import the pool".into(),
    };
    Obstacle {
        reason: BlockedReason::NoSuchPool,
        remedy: format!(
            "`{}` has no pool `{pool}`, and no replication makes one; {meant}",
            want.address.system
        ),
    }
}

/// Why TrueNAS would refuse to create the dataset, in the order of its own checks.
pub(super) fn creation(want: &Desired, live: &Live, around: &Around<'_>) -> Option<Obstacle> {
    let name = want.address.key();
    let Some(wanted_parent) = parent(name) else {
        return Some(Obstacle {
            reason: BlockedReason::PoolRoot,
            remedy: format!("there is no pool `{name}`, and trueup does not create pools"),
        });
    };
    let parent_address = Address::new(&want.address.system, &want.address.kind, wanted_parent);
    let planned = around.desired.contains_key(&parent_address);
    let Some(ancestor) = live.get("ancestor") else {
        let pool = name.split('/').next().unwrap_or(name);
        return Some(Obstacle {
            reason: BlockedReason::NoSuchPool,
            remedy: format!(
                "the system has no pool `{pool}`; create or import it, or name one of its pools"
            ),
        });
    };
    let ancestor_name = ancestor.get("name").and_then(Value::as_str).unwrap_or_default();
    if ancestor_name != wanted_parent && !planned && !want.switched_on("create_ancestors") {
        return Some(Obstacle {
            reason: BlockedReason::NoParent,
            remedy: format!(
                "its parent `{wanted_parent}` does not exist; name it under `datasets` too, or \
                 write `create_ancestors: true` here"
            ),
        });
    }
    if let Some(remedy) = read_only_parent(want, ancestor_name, ancestor, around) {
        return Some(Obstacle { reason: BlockedReason::ParentReadonly, remedy });
    }
    if flag(ancestor, "volume") {
        return Some(Obstacle {
            reason: BlockedReason::ParentIsVolume,
            remedy: format!("`{ancestor_name}` is a volume, which has no children"),
        });
    }
    if flag(ancestor, "locked") {
        return Some(Obstacle {
            reason: BlockedReason::ParentLocked,
            remedy: format!("unlock `{ancestor_name}` in TrueNAS (Datasets › Unlock)"),
        });
    }
    if let Some(remedy) = unmounted_parent(wanted_parent, ancestor_name, ancestor, live) {
        return Some(Obstacle { reason: BlockedReason::ParentNotMounted, remedy });
    }
    (live.get("path_taken") == Some(&Value::Bool(true))).then(|| Obstacle {
        reason: BlockedReason::PathInTheWay,
        remedy: format!(
            "/mnt/{name} exists and is no dataset; move its content away and remove it, or choose \
             another name"
        ),
    })
}

/// What to do about a parent that is not mounted, if it is not: TrueNAS looks at the directory where
/// the parent is mounted, and fails where there is none.
fn unmounted_parent(
    parent: &str,
    existing: &str,
    described: &Value,
    live: &Live,
) -> Option<String> {
    let at = described.get("mountpoint").and_then(Value::as_str).unwrap_or_default();
    let by_name = mountpoint::dataset_at(at) == Some(existing);
    let missing = live.get("no_parent_path") == Some(&Value::Bool(true));
    let unmounted = !at.starts_with('/') || (by_name && existing == parent && missing);
    unmounted.then(|| {
        format!(
            "`{existing}` is not mounted, and TrueNAS creates nothing in such a dataset; mount it \
             at /mnt/{existing}, or choose another parent"
        )
    })
}

/// What to do about a parent that will be read-only when the dataset is created, if it will:
/// because the manifest makes it so, or because it is and the manifest does not change that.
/// `existing` is the nearest ancestor that is there.
fn read_only_parent(
    want: &Desired,
    existing: &str,
    described: &Value,
    around: &Around<'_>,
) -> Option<String> {
    let is_read_only = flag(described, "readonly");
    for above in lineage(want.address.key()).skip(1) {
        let address = Address::new(&want.address.system, &want.address.kind, above);
        let wanted = around.brought_about(&address, "readonly").and_then(Value::as_str);
        let there = above == existing || around.live.get(&address).is_some_and(|it| it.exists);
        match wanted {
            Some("off") => return None,
            Some("on") if !(there && is_read_only) => {
                return Some(format!(
                    "the manifest makes `{above}` read-only, and then nothing can be created in \
                     it; write `readonly: off` for `{above}` until this dataset is there"
                ));
            }
            Some("on") => break,
            _ if above == existing && !flag(described, "inherits_readonly") => {
                if wanted == Some("inherit") {
                    return None;
                }
                break;
            }
            _ => {}
        }
    }
    is_read_only.then(|| {
        format!(
            "`{existing}` is read-only (a replication's target usually is), and nothing can be \
             created in it; choose another parent, or write `readonly: off` for `{existing}`"
        )
    })
}

/// A fact about the nearest existing ancestor, as `describe` has it.
fn flag(described: &Value, name: &str) -> bool {
    described.get(name).and_then(Value::as_bool).unwrap_or(false)
}
