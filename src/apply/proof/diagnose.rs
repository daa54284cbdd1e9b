//! Finds why a link does not work: the checks of the link, made anew, say which of the causes that
//! one failure text can have it is.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::link::{self, Check, Facts};
use crate::model::{Address, Desired, Link};
use crate::observe::observe_one;
use crate::truenas_wire::{Read, ReadMethod};

use super::pattern::{FailurePattern, Subject};
use super::{Cause, Run, live_text};

/// What is likely wrong with a link that failed in this way.
pub(super) async fn causes(run: &Run<'_>, link: &Link, pattern: &FailurePattern) -> Vec<Cause> {
    let checks = failing_checks(run, link).await;
    let relevant = checks.iter().filter(|check| is_about(check, link, pattern.subject));
    let mut causes: Vec<Cause> = relevant.map(|check| cause(run, check)).collect();
    if pattern.subject == Subject::HostKeys && causes.is_empty() {
        causes.extend(impostor(run, link));
    }
    if pattern.subject == Subject::Service && causes.is_empty() {
        causes.extend(other_port(run, link));
    }
    if causes.is_empty() {
        causes.push(pattern.cause(&|text| named(run, link, text)));
    }
    causes
}

/// The checks of the link that fail, from what its systems report now.
pub(super) async fn failing_checks(run: &Run<'_>, link: &Link) -> Vec<Check> {
    let mut live = run.live.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).clone();
    let addresses = [&link.connection, &link.key, &link.account, &link.service];
    let read = addresses.map(async |address| {
        let session = run.systems.get(&address.system)?.session.as_ref().ok()?;
        let want = run.desired.get(address).cloned();
        let want = want.unwrap_or_else(|| Desired::new(address.clone()));
        Some((address.clone(), observe_one(&session.reader(), &want).await.ok()?))
    });
    live.extend(join_all(read).await.into_iter().flatten());
    link::judge(link, &Facts::now(run.desired, &live, Timestamp::now()))
}

/// Whether a check can explain a failure of that kind.
fn is_about(check: &Check, link: &Link, subject: Subject) -> bool {
    let field = check.field.as_deref();
    let of = |address: &Address| check.address == *address;
    match subject {
        Subject::Nothing => false,
        Subject::Login => {
            of(&link.account) && field != Some("sudo.no_password") || field == Some("options")
        }
        Subject::Sudo => of(&link.account) && field == Some("sudo.no_password"),
        Subject::Service => {
            of(&link.service) && field != Some("options")
                || of(&link.connection) && [Some("host"), Some("port")].contains(&field)
        }
        Subject::HostKeys => of(&link.connection) && field == Some("host_keys"),
    }
}

fn cause(run: &Run<'_>, check: &Check) -> Cause {
    let remedy = if failed_to_change(run, check) {
        "see above why that failed; `trueup apply` proves the link again".into()
    } else {
        with_planned_place(run, check).remedy_with_place()
    };
    Cause {
        cause: check.what.clone(),
        how_to_tell: format!("{}'s API reports it", check.address.system),
        remedy,
    }
}

/// Whether a step that was not applied would have changed what is wrong.
fn failed_to_change(run: &Run<'_>, check: &Check) -> bool {
    let steps = run.plan.steps.iter();
    let mut failed = steps
        .filter(|step| step.address == check.address && run.failed.contains(&step.address))
        .flat_map(|step| &step.changes);
    failed.any(|change| Some(&change.field) == check.field.as_ref() && change.after != check.live)
}

/// The check with the line of the manifest that the plan found for it: a saved plan is applied
/// without its manifest.
fn with_planned_place(run: &Run<'_>, check: &Check) -> Check {
    let same = |planned: &&Check| planned.address == check.address && planned.field == check.field;
    let planned = run.plan.checks.iter().find(same);
    let manifest = check.manifest.clone().or_else(|| planned?.manifest.clone());
    Check { manifest, ..check.clone() }
}

/// The manifest sends the connection to another port than the service's, which is right only where
/// that port is forwarded.
fn other_port(run: &Run<'_>, link: &Link) -> Option<Cause> {
    let port = super::live(run, &link.connection)?.get("port")?.clone();
    let listens = super::live(run, &link.service)?.get("port")?.clone();
    let remote = &link.service.system;
    let wanted = run.desired.get(&link.connection).and_then(|want| want.fields.get("port"));
    let place = wanted.and_then(|wanted| wanted.place.as_ref());
    let place = place.map(|place| format!(" ({place})")).unwrap_or_default();
    (port != listens).then(|| Cause {
        cause: format!(
            "the connection goes to port {port}, and {remote}'s SSH service listens on {listens}"
        ),
        how_to_tell: format!("{remote}'s API reports it"),
        remedy: format!(
            "leave `port` out of `connection`{place}, and trueup takes the service's own; write it \
             only for a port that is forwarded"
        ),
    })
}

/// The connection trusts exactly the host keys that the remote's own API reports, and something
/// else answered.
fn impostor(run: &Run<'_>, link: &Link) -> Option<Cause> {
    let names = |text| named(run, link, text);
    let pinned = super::live(run, &link.connection)?.get("host_keys")?.clone();
    let shown = super::live(run, &link.service)?.get("host_keys")?.clone();
    (pinned == shown).then(|| Cause {
        cause: names(
            "what answers at {host} port {port} is not {remote}: the connection trusts exactly \
             the host keys that {remote}'s own API reports",
        ),
        how_to_tell: names("compare with `ssh-keyscan -p {port} {host}` run on {source}"),
        remedy: names(
            "compare `connection: { host: …, port: … }` with the addresses of {remote}; if they \
             are right, somebody may be in between",
        ),
    })
}

/// What is wrong with a list of datasets that should be the remote's, if anything: it must hold
/// one of the pools that the remote's own API reports. Where those cannot be read, any list will do.
pub(super) async fn foreign_list(run: &Run<'_>, link: &Link, listed: &Value) -> Option<String> {
    let remote = &link.service.system;
    let shown = listed.to_string();
    let listed: Vec<&str> =
        listed.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if listed.is_empty() {
        return Some(format!("{shown} (a list without a dataset)"));
    }
    let session = run.systems.get(remote)?.session.as_ref().ok()?;
    let read = Read::call(ReadMethod::PoolQuery, vec![json!([]), json!({ "select": ["name"] })]);
    let replies = session.reader().read_all([read.clone()]).await;
    let pools: BTreeSet<&str> = replies
        .get(&read)
        .ok()?
        .as_array()?
        .iter()
        .filter_map(|pool| pool.get("name")?.as_str())
        .collect();
    let known = pools.is_empty() || listed.iter().any(|name| pools.contains(name));
    (!known).then(|| format!("{shown} (none of {remote}'s pools is among them)"))
}

/// A sentence with the link's own names in it.
fn named(run: &Run<'_>, link: &Link, text: &str) -> String {
    text.replace("{remote}", &link.service.system)
        .replace("{source}", &link.connection.system)
        .replace("{account}", link.account.key())
        .replace("{connection}", link.connection.key())
        .replace("{key}", link.key.key())
        .replace("{host}", &live_text(run, &link.connection, "host"))
        .replace("{port}", &live_text(run, &link.connection, "port"))
}
