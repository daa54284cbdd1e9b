//! What cannot change as long as something else of the account cannot.

use crate::kinds::Around;
use crate::model::{BlockedReason, Desired, Finding, State};

use super::KEYS;
use super::account::{Account, is_home};
use super::home_obstacle::{present_home_obstacle, way_to_home_obstacle};

/// An account without a home gets no keys and no access as long as its new home is blocked.
pub(super) fn without_home(all: &mut [Finding], account: &Account) {
    if is_home(&account.present.path) && account.present.directory.is_some() {
        return;
    }
    let new_home = all.iter().find(|it| it.field == "home.path").map(|it| it.state.clone());
    let Some(State::Blocked { reason, .. }) = new_home else { return };
    for finding in all.iter_mut().filter(|it| it.state == State::Changes) {
        if [KEYS, "ssh_access"].contains(&finding.field.as_str()) {
            let remedy = "it needs the account's home, which is blocked".into();
            finding.state = State::Blocked { reason, remedy };
        }
    }
}

/// A home that cannot be changed stays as it is, and so do the keys in it. Access that needs such a
/// change has to wait.
pub(super) fn without_changes_to_home(
    all: &mut [Finding],
    want: &Desired,
    account: &Account,
    around: &Around<'_>,
) {
    let Some((reason, remedy)) = present_home_obstacle(want, account, around) else { return };
    let is_in_home = |field: &str| field == KEYS || field.starts_with("home.");
    let of_home = all.iter().any(|it| it.state == State::Changes && it.field.starts_with("home."));
    for finding in all.iter_mut().filter(|it| it.state == State::Changes) {
        if is_in_home(&finding.field) || (finding.field == "ssh_access" && of_home) {
            finding.state = State::Blocked { reason, remedy: remedy.clone() };
        }
    }
}

/// No keys are stored in a home that the account cannot reach, where TrueNAS would refuse them.
pub(super) fn without_way_to_home(
    all: &mut [Finding],
    want: &Desired,
    account: &Account,
    around: &Around<'_>,
) {
    let release = around.release(&want.address.system);
    let Some(release) = release.filter(|release| release.checks_homes_of_keys()) else { return };
    let Some(remedy) = way_to_home_obstacle(want.address.key(), account, release) else { return };
    for finding in all.iter_mut().filter(|it| it.field == KEYS && it.state == State::Changes) {
        let reason = BlockedReason::HomeNotReachable;
        finding.state = State::Blocked { reason, remedy: remedy.clone() };
    }
}
