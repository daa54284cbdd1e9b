//! The proof of a link: the source itself is asked to list the remote's datasets through the
//! connection, and to begin a replication that cannot send anything, which asks zfs on the remote
//! with sudo. Both take the way that a replication takes, from the machine that it takes it from.
//!
//! The failure texts are those that were recorded (scenario `links`, records of real runs). Where
//! one text has many causes, the checks of the link say which.

mod diagnose;
mod pattern;
mod sudo;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::link::{Check, Verdict};
use crate::model::{Address, Link, Live};
use crate::truenas_client::{CallError, Closed};
use crate::truenas_wire::Call;

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
    /// What the source did; what is not here was not tried, or failed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub covers: Vec<Covered>,
    /// What the source said, or why nobody asked it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The likely causes, the likeliest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<Cause>,
}

/// What a proof covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Covered {
    /// The source logged in to the account.
    Login,
    /// It listed the remote's datasets.
    Listing,
    /// The account ran zfs with sudo.
    Sudo,
}

/// What came of a proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ProofResult {
    /// What was tried worked.
    Proven,
    /// It did not.
    Failed,
    /// Nothing is known: the login lacks the role, there is no connection, or the source was lost; or
    /// what was tried worked, and a check says that a run fails all the same.
    NotProven,
}

/// Why a link may not work, each part as a sentence without its full stop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cause {
    /// What is likely wrong.
    pub cause: String,
    /// Where that is seen, or can be.
    pub how_to_tell: String,
    /// What to do now.
    pub remedy: String,
}

/// The role that `replication.list_datasets` needs.
const ROLE: &str = "REPLICATION_TASK_WRITE";

/// Proves one link; once more if the connection to the source is lost meanwhile, since what is
/// asked changes nothing.
pub(super) async fn prove(run: &Run<'_>, link: &Link) -> Proof {
    if let Ok(proof) = attempt(run, link).await {
        return proof;
    }
    attempt(run, link).await.unwrap_or_else(|ConnectionLost(why)| Proof {
        result: ProofResult::NotProven,
        text: Some(why),
        ..Proof::failed(link)
    })
}

/// The source could not be asked, or its answer did not arrive: nothing is known of the link.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct ConnectionLost(String);

/// Tries to prove one link.
async fn attempt(run: &Run<'_>, link: &Link) -> Result<Proof, ConnectionLost> {
    let mut proof = Proof::failed(link);
    let not_proven = |text: String| {
        Ok(Proof { result: ProofResult::NotProven, text: Some(text), ..Proof::failed(link) })
    };
    let source = &link.connection.system;
    let Some(Ok(session)) = run.systems.get(source).map(|system| &system.session) else {
        return not_proven(format!("`{source}` is not connected"));
    };
    if !session.roles.has(ROLE) {
        return not_proven(format!("the login on {source} lacks the role {ROLE}"));
    }
    let connection = live(run, &link.connection).filter(|it| it.exists);
    let Some(id) = connection.and_then(|it| it.get("id").cloned()) else {
        return not_proven(format!("{source} has no such connection"));
    };
    let call = Call::new("replication.list_datasets", vec![json!("SSH"), id.clone()]);
    let listed = match session.writer().send(&call, call.params.clone()).await {
        Ok(listed) => listed,
        Err(error) => return proof.because_of(run, link, error).await,
    };
    if let Some(text) = diagnose::foreign_list(run, link, &listed).await {
        proof.causes = diagnose::causes(run, link, &pattern::NOT_THE_REMOTE).await;
        proof.text = Some(text);
        return Ok(proof);
    }
    proof.covers = vec![Covered::Login, Covered::Listing];
    let checks = diagnose::failing_checks(run, link).await;
    let untried = |check: &&Check| check.verdict == Verdict::Breaks && !check.is_about_login();
    if let Some(check) = checks.iter().find(untried) {
        proof.result = ProofResult::NotProven;
        proof.text = Some(format!("{}: {}; {}", check.address, check.what, check.remedy));
        return Ok(proof);
    }
    match sudo::prove(run, link, &session.writer(), &id, &checks).await {
        Ok(()) => proof.covers.push(Covered::Sudo),
        Err(sudo::SudoError::NotTried(why)) => {
            proof.text = Some(format!("sudo was not tried: {why}"));
        }
        Err(sudo::SudoError::Call(error)) => return proof.because_of(run, link, error).await,
    }
    proof.result = ProofResult::Proven;
    Ok(proof)
}

impl Proof {
    /// A proof that has not succeeded yet.
    fn failed(link: &Link) -> Self {
        Self {
            connection: link.connection.clone(),
            replications: link.replications.iter().cloned().collect(),
            result: ProofResult::Failed,
            covers: Vec::new(),
            text: None,
            causes: Vec::new(),
        }
    }

    /// The proof of a link where the source was refused or could not be asked.
    async fn because_of(
        self,
        run: &Run<'_>,
        link: &Link,
        error: CallError,
    ) -> Result<Self, ConnectionLost> {
        match error {
            CallError::Refused { fault, .. } => {
                let causes = diagnose::causes(run, link, pattern::find(&fault.reason)).await;
                Ok(Self { causes, text: Some(fault.reason.clone()), ..self })
            }
            CallError::Lost { why: Closed::NoAnswer(_), .. } => {
                Ok(Self { text: Some(error.to_string()), ..self })
            }
            CallError::Lost { why, .. } => {
                Err(ConnectionLost(why.of_system(&link.connection.system)))
            }
            CallError::NotSent { .. } => Err(ConnectionLost(error.to_string())),
            other => Ok(Self { text: Some(other.to_string()), ..self }),
        }
    }
}

/// A resource as it was last read.
fn live(run: &Run<'_>, address: &Address) -> Option<Live> {
    let live = run.live.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    live.get(address).cloned()
}

/// A text of a resource as it was last read, or the field's name where it is not known.
fn live_text(run: &Run<'_>, address: &Address, field: &str) -> String {
    match live(run, address).and_then(|it| it.get(field).cloned()) {
        Some(Value::String(text)) => text,
        Some(other) => other.to_string(),
        None => format!("({field})"),
    }
}
