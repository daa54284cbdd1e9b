//! Looks at the remote through its API, to tell apart what one failure text can mean.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::kinds::{self, Around, Breaks};
use crate::model::{Desired, Hint, Link, Live, Read, ReadMethod, State};
use crate::observe::observe_one;

use super::meaning::Meaning;
use super::{Cause, Look, Run, live, shown};

/// What is likely wrong with a link that failed with this meaning.
pub async fn causes(run: &Run<'_>, link: &Link, meaning: &Meaning) -> Vec<Cause> {
    let found = match meaning.look {
        Look::Nowhere => Vec::new(),
        Look::Account => of_account(run, link).await,
        Look::Service => of_service(run, link).await,
        Look::HostKeys => of_host_keys(run, link).await,
    };
    if found.is_empty() { vec![meaning.cause(&|text| named(run, link, text))] } else { found }
}

/// What is wrong with a list of datasets that should be the remote's, if anything: it must hold
/// one of the pools that the remote's own API reports. Where those cannot be read, any list will do.
pub async fn foreign(run: &Run<'_>, link: &Link, listed: &Value) -> Option<String> {
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
        .replace("{host}", &shown(run, &link.connection, "host"))
        .replace("{port}", &shown(run, &link.connection, "port"))
}

/// Why the remote's sshd refuses the account or its key.
async fn of_account(run: &Run<'_>, link: &Link) -> Vec<Cause> {
    let (remote, name) = (&link.account.system, link.account.key());
    let mut want = Desired::new(link.account.clone());
    want.fields.insert("ssh_access".into(), json!(true).into());
    if let Some(key) = live(run, &link.key).and_then(|it| it.get("public_key").cloned()) {
        want.fields.insert("authorized_keys.keys".into(), json!([key]).into());
    }
    let managed = run.desired.get(&link.account);
    if let Some(home) = managed.and_then(|it| it.fields.get("home.path")) {
        want.fields.insert("home.path".into(), home.clone());
    }
    let mut causes = Vec::new();
    if let Some(seen) = again(run, &want).await {
        if !seen.exists {
            return vec![Cause {
                cause: format!("{remote} has no account `{name}`"),
                how_to_tell: format!("{remote}'s API says so"),
                remedy: format!(
                    "declare it: `systems: {{ {remote}: {{ admins: {{ {name}: … }} }} }}`"
                ),
            }];
        }
        causes.extend(differences(run, link, &want, &seen));
        causes.extend(hints(run, &want, &seen).into_iter().map(|hint| of_hint(hint, remote)));
    }
    if let Some(service) = again(run, &Desired::new(link.service.clone())).await {
        causes.extend(service.hints.into_iter().map(|hint| of_hint(hint, remote)));
    }
    causes
}

fn of_hint(hint: Hint, remote: &str) -> Cause {
    Cause {
        cause: hint.what,
        how_to_tell: format!("{remote}'s API reports it"),
        remedy: hint.remedy,
    }
}

/// What is wrong with the account, field by field.
fn differences(run: &Run<'_>, link: &Link, want: &Desired, seen: &Live) -> Vec<Cause> {
    let Some(kind) = kinds::find(&want.address.kind) else { return Vec::new() };
    let around = Around { logins: &run.logins, desired: run.desired, live: &Default::default() };
    let wrong = kind.findings(want, seen, &around).into_iter().filter(|it| {
        it.field != "ssh_access" && matches!(it.state, State::Changes | State::Blocked { .. })
    });
    let name = want.address.key();
    wrong
        .map(|it| {
            let cause = match it.field.as_str() {
                "authorized_keys.keys" => {
                    format!("the key `{}` is not among those of `{name}`", link.key.key())
                }
                field => {
                    let why = match kind.breaks(field, &it.after, &it.before) {
                        Breaks::Yes(why) => format!(": {why}"),
                        _ => String::new(),
                    };
                    let (before, after) = (text(&it.before), text(&it.after));
                    format!("the `{field}` of `{name}` is {before}, not {after}{why}")
                }
            };
            let managed = run.desired.get(&want.address).is_some_and(|managed| {
                managed.get("ssh_access").is_some() || managed.get(&it.field).is_some()
            });
            let remedy = if managed {
                "run `trueup apply` again: it changed in the meantime".to_string()
            } else {
                format!("write `ssh_access: true` for `{name}`, and apply")
            };
            let how_to_tell = format!("{}'s API reports it", want.address.system);
            Cause { cause, how_to_tell, remedy }
        })
        .collect()
}

/// What the kind has to say of a resource beside its fields.
fn hints(run: &Run<'_>, want: &Desired, seen: &Live) -> Vec<Hint> {
    let live = run.live.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).clone();
    let around = Around { logins: &run.logins, desired: run.desired, live: &live };
    kinds::find(&want.address.kind).map(|kind| kind.hints(want, seen, &around)).unwrap_or_default()
}

/// Why nothing answers.
async fn of_service(run: &Run<'_>, link: &Link) -> Vec<Cause> {
    let Some(seen) = again(run, &Desired::new(link.service.clone())).await else {
        return Vec::new();
    };
    let remote = &link.service.system;
    let how_to_tell = format!("{remote}'s API reports it");
    let mut causes = Vec::new();
    let managed = run.desired.get(&link.service).and_then(|it| it.get("running"));
    let to_run = managed == Some(&Value::Bool(true));
    if seen.get("running") == Some(&Value::Bool(false)) {
        causes.push(Cause {
            cause: format!("the SSH service of {remote} is stopped"),
            how_to_tell: how_to_tell.clone(),
            remedy: match to_run {
                true if run.plan.steps.iter().any(|step| step.address == link.service) => {
                    "see above why it does not run; `trueup apply` proves the link again".into()
                }
                true => "`trueup apply` starts it, and proves the link again".into(),
                false => format!("write `ssh: {{ running: true }}` for {remote}, and apply"),
            },
        });
    }
    let port = live(run, &link.connection).and_then(|it| it.get("port").cloned());
    if let (Some(port), Some(listens)) = (port, seen.get("port"))
        && port != *listens
    {
        causes.push(Cause {
            cause: format!(
                "the connection goes to port {port}, and {remote}'s SSH service listens on \
                 {listens}"
            ),
            how_to_tell,
            remedy: "leave `port` out of `connection`, and trueup takes the service's own; write \
                     it only for a port that is forwarded"
                .into(),
        });
    }
    causes
}

/// Why the host key is not the one that the connection trusts.
async fn of_host_keys(run: &Run<'_>, link: &Link) -> Vec<Cause> {
    let remote = &link.service.system;
    let seen = again(run, &Desired::new(link.service.clone())).await;
    let shown = seen.as_ref().and_then(|it| it.get("host_keys"));
    let trusted = live(run, &link.connection).and_then(|it| it.get("host_keys").cloned());
    let (Some(shown), Some(trusted)) = (shown, trusted) else { return Vec::new() };
    let names = |text| named(run, link, text);
    if *shown == trusted {
        return vec![Cause {
            cause: names(
                "what answers at {host} port {port} is not {remote}: the connection trusts \
                 exactly the host keys that {remote}'s own API reports",
            ),
            how_to_tell: names("compare with `ssh-keyscan -p {port} {host}` run on {source}"),
            remedy: names(
                "compare `connection: { host: …, port: … }` with the addresses of {remote}; if \
                 they are right, somebody may be in between",
            ),
        }];
    }
    vec![Cause {
        cause: format!("{remote} has other host keys than the connection trusts"),
        how_to_tell: format!("{remote}'s own API reports them"),
        remedy: "run `trueup apply` again, which pins them".into(),
    }]
}

/// Reads a resource again.
async fn again(run: &Run<'_>, want: &Desired) -> Option<Live> {
    let session = run.systems.get(&want.address.system)?.session.as_ref().ok()?;
    observe_one(&session.reader(), want).await.ok()
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), Into::into)
}
