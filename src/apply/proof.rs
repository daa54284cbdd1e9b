//! The proof of a link: the source itself is asked to list the remote's datasets through the
//! connection, which is the way that a replication takes, from the machine that it takes it from.
//!
//! The failure texts are those that were recorded (scenario `links`). Where one text has many
//! causes, the remote's own API says which.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::api::CallError;
use crate::kinds::{self, Around};
use crate::model::{Address, Call, Desired, Link, Live, State};
use crate::observe::observe_one;

use super::Run;

/// Whether a link works.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// The connection.
    pub connection: Address,
    /// The replications that go through it.
    pub replications: Vec<String>,
    /// What came of it.
    pub result: ProofResult,
    /// What the source said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The likely causes, the likeliest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<String>,
    /// What to do now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

/// What came of a proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ProofResult {
    /// The source listed the remote's datasets.
    Proven,
    /// It did not.
    Failed,
    /// Nobody tried: the login lacks the role, or there is no connection.
    NotProven,
}

const ROLE: &str = "REPLICATION_TASK_WRITE";

/// Proves one link.
pub(super) async fn prove(run: &Run<'_>, link: &Link) -> Proof {
    let mut proof = Proof {
        connection: link.connection.clone(),
        replications: link.replications.iter().cloned().collect(),
        result: ProofResult::NotProven,
        text: None,
        causes: Vec::new(),
        remedy: None,
    };
    let source = &link.connection.system;
    let Some(Ok(session)) = run.systems.get(source).map(|system| &system.session) else {
        return Proof { text: Some(format!("`{source}` is not connected")), ..proof };
    };
    if !session.roles.has(ROLE) {
        proof.text = Some(format!("the login on {source} lacks the role {ROLE}"));
        return proof;
    }
    let Some(id) = live(run, &link.connection).and_then(|it| it.get("id").cloned()) else {
        proof.text = Some("there is no such connection".into());
        return proof;
    };
    let call = Call::new("replication.list_datasets", vec![json!("SSH"), id]);
    match session.writer().send(&call, call.params.clone()).await {
        Ok(Value::Array(datasets)) if !datasets.is_empty() => {
            Proof { result: ProofResult::Proven, ..proof }
        }
        Ok(_) => explained(run, link, proof, EMPTY_LIST.into()).await,
        Err(CallError::Refused { fault, .. }) => {
            explained(run, link, proof, fault.reason.clone()).await
        }
        Err(error) => Proof { result: ProofResult::Failed, text: Some(error.to_string()), ..proof },
    }
}

/// What stands for the answer of a forced command: a list without a dataset.
const EMPTY_LIST: &str = "the source reached the remote and was shown no dataset at all";

/// How a failure is recognised, and what it means.
struct Meaning {
    /// What its text holds.
    text: &'static str,
    /// The likely cause.
    cause: &'static str,
    /// What to do.
    remedy: &'static str,
}

const MEANINGS: [Meaning; 9] = [
    Meaning {
        text: "Remote host identification has changed",
        cause: "the connection trusts another host key than the one that the remote shows",
        remedy: "if the remote was reinstalled, `trueup apply` pins its present keys; if not, \
                 somebody may be in between: find out before anything else",
    },
    Meaning {
        text: "Invalid SSH host key",
        cause: "what the connection has as host key is none",
        remedy: "`trueup apply` pins the keys that the remote's own API reports",
    },
    Meaning {
        text: "not found in known_hosts",
        cause: "the connection has no host key for that host and port",
        remedy: "`trueup apply` pins the keys that the remote's own API reports",
    },
    Meaning {
        text: "Unable to connect to port",
        cause: "nothing answers on that port: the SSH service is stopped, listens on another port \
                or address, or a firewall refuses",
        remedy: "compare host and port with the remote's SSH service, and try to reach it from \
                 the source",
    },
    Meaning {
        text: "gaierror",
        cause: "the source cannot resolve the remote's name; that your machine can says nothing",
        remedy: "write an address or a name that the source's DNS knows: `connection: { host: … }`",
    },
    Meaning {
        text: "timed out",
        cause: "nothing answers: a firewall drops the packets, or the address is wrong",
        remedy: "try to reach the remote's SSH port from the source",
    },
    Meaning {
        text: "account is currently not available",
        cause: "the account's login shell is nologin",
        remedy: "write `ssh_access: true` or a `shell` for the account",
    },
    Meaning {
        text: "Authentication failed",
        cause: "the remote's sshd did not take the key",
        remedy: "`trueup plan` shows what differs; where it shows nothing, look at sshd's log on \
                 the remote",
    },
    Meaning {
        text: EMPTY_LIST,
        cause: "the key is bound to a forced command, or the account's shell runs something else",
        remedy: "take `command=` out of the key's line in the account's authorized_keys",
    },
];

async fn explained(run: &Run<'_>, link: &Link, proof: Proof, text: String) -> Proof {
    let meaning = MEANINGS.iter().find(|meaning| text.contains(meaning.text));
    let mut causes = match meaning.map(|meaning| meaning.text) {
        Some("Authentication failed") | Some(EMPTY_LIST) => of_account(run, link).await,
        Some("Unable to connect to port") => of_service(run, link).await,
        _ => Vec::new(),
    };
    if causes.is_empty() {
        causes.extend(meaning.map(|meaning| meaning.cause.to_string()));
    }
    Proof {
        result: ProofResult::Failed,
        text: Some(text),
        causes,
        remedy: meaning.map(|meaning| meaning.remedy.into()),
        ..proof
    }
}

/// Why the remote's sshd refuses the account or its key, as far as the remote's API shows it.
async fn of_account(run: &Run<'_>, link: &Link) -> Vec<String> {
    let key = live(run, &link.key).and_then(|it| it.get("public_key").cloned());
    let mut want = Desired::new(link.account.clone());
    want.fields.insert("ssh_access".into(), json!(true).into());
    want.fields.extend(key.clone().map(|key| ("authorized_keys.keys".into(), json!([key]).into())));
    let Some(seen) = again(run, &want).await else { return Vec::new() };
    if !seen.exists {
        return vec![format!("{} has no account `{}`", link.account.system, link.account.key())];
    }
    let mut causes = differences(run, &want, &seen);
    causes.extend(key.and_then(|key| restriction(&seen, key.as_str()?)));
    causes.extend(hints_of_service(run, link).await);
    causes
}

/// What is wrong with an account, field by field.
fn differences(run: &Run<'_>, want: &Desired, seen: &Live) -> Vec<String> {
    let Some(kind) = kinds::find(&want.address.kind) else { return Vec::new() };
    let around = Around { logins: &run.logins, desired: run.desired, live: &Default::default() };
    let findings = kind.findings(want, seen, &around);
    let wrong = findings
        .into_iter()
        .filter(|it| matches!(it.state, State::Changes | State::Blocked { .. }))
        .filter(|it| it.field != "ssh_access");
    wrong
        .map(|it| match it.field.as_str() {
            "authorized_keys.keys" => {
                format!("the key is not among those of `{}`", want.address.key())
            }
            field => format!("{}#{field} is {}, not {}", want.address, it.before, it.after),
        })
        .collect()
}

/// The options before the key in the account's file, which may deny what a replication does.
fn restriction(seen: &Live, key: &str) -> Option<String> {
    let id = key.split_whitespace().nth(1)?;
    let lines = seen.get("authorized_keys.keys")?.as_array()?;
    let line = lines.iter().filter_map(Value::as_str).find(|line| line.contains(id))?;
    let options = line.split(id).next()?.rsplit_once(char::is_whitespace)?.0;
    let options = options.trim().rsplit_once(char::is_whitespace).map(|(options, _)| options)?;
    (!options.is_empty()).then(|| format!("the key's line restricts it: {options}"))
}

/// Why nothing answers, as far as the remote's API shows it.
async fn of_service(run: &Run<'_>, link: &Link) -> Vec<String> {
    let Some(seen) = again(run, &Desired::new(link.service.clone())).await else {
        return Vec::new();
    };
    let system = &link.service.system;
    let mut causes = Vec::new();
    if seen.get("running") == Some(&Value::Bool(false)) {
        causes.push(format!("the SSH service of {system} is stopped"));
    }
    let port = live(run, &link.connection).and_then(|it| it.get("port").cloned());
    if let (Some(port), Some(listens)) = (port, seen.get("port"))
        && port != *listens
    {
        causes.push(format!(
            "the connection goes to port {port}, and {system}'s SSH service listens on {listens}"
        ));
    }
    causes
}

async fn hints_of_service(run: &Run<'_>, link: &Link) -> Vec<String> {
    again(run, &Desired::new(link.service.clone())).await.map(|it| it.hints).unwrap_or_default()
}

/// Reads a resource again.
async fn again(run: &Run<'_>, want: &Desired) -> Option<Live> {
    let session = run.systems.get(&want.address.system)?.session.as_ref().ok()?;
    observe_one(&session.reader(), want).await.ok()
}

/// A resource as it was last read.
fn live(run: &Run<'_>, address: &Address) -> Option<Live> {
    let live = run.live.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    live.get(address).cloned()
}
