//! Writing: one call at a time, and whether its outcome is known.

use std::sync::Arc;

use serde_json::Value;

use super::closed::Closed;
use super::fault::Fault;
use super::job;
use super::link::Link;
use super::params::SecretParams;
use super::waiting::Failure;
use crate::truenas_wire::Call;
use crate::truenas_wire::call::LONGEST_REQUEST;

/// Changes a system. A call that may have been carried out is never sent again.
#[derive(Clone, Debug)]
pub struct Writer {
    link: Arc<Link>,
}

impl Writer {
    pub(super) fn new(link: Arc<Link>) -> Self {
        Self { link }
    }

    /// Carries out one call with these parameters, its placeholders filled, and waits until it is done: a
    /// job is done when it has ended. `retry_seconds` is the caller's to heed.
    ///
    /// # Errors
    /// That it was refused, was not sent, or that its outcome is not known.
    pub async fn send(&self, call: &Call, params: Vec<Value>) -> Result<Value, CallError> {
        let Call { method, params: _, job, must_return_true, retry_seconds: _ } = call;
        let params = SecretParams(params);
        let mut connection = self.link.connection().await;
        if let Some(closed) = connection.rpc.closed().cloned() {
            if closed.is_excess() {
                let why = closed.of_system(self.link.system());
                return Err(CallError::NotSent { method: method.clone(), why });
            }
            // Nothing of this call was sent, so a new connection repeats nothing.
            connection = self.link.instead_of(&connection).await.map_err(|error| {
                let why = format!("{closed}, and then {error}");
                CallError::NotSent { method: method.clone(), why }
            })?;
        }
        let options = &self.link.options;
        let result = match (job, connection.login.legacy_jobs) {
            (false, _) => connection.rpc.call(method, &params, options.call_timeout).await,
            (true, false) => connection.rpc.call(method, &params, options.job_timeout).await,
            (true, true) => job::ended(&connection, method, &params, options).await,
        };
        let result = result.map_err(|failure| CallError::new(method, failure))?;
        if *must_return_true && result != Value::Bool(true) {
            return Err(CallError::NotDone { method: method.clone() });
        }
        Ok(result)
    }
}

/// Why a call was not carried out, or may not have been.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// The system refused it, or it failed there.
    #[error("`{method}` was refused: {fault}")]
    Refused {
        /// The method.
        method: String,
        /// What the system answered.
        fault: Box<Fault>,
    },
    /// The system carried it out without success: it answered something other than `true`.
    #[error("`{method}` did not succeed, though the system calls it no error")]
    NotDone {
        /// The method.
        method: String,
    },
    /// It was not sent: nothing has changed.
    #[error("`{method}` was not sent: {why}")]
    NotSent {
        /// The method.
        method: String,
        /// Why not.
        why: String,
    },
    /// It was not sent, since TrueNAS would close the connection on it.
    #[error(
        "`{method}` was not sent: it has {bytes} bytes, more than the {LONGEST_REQUEST} that TrueNAS accepts"
    )]
    TooLarge {
        /// The method.
        method: String,
        /// The request's length.
        bytes: usize,
    },
    /// No answer will come, and it may have been carried out: observe, then decide.
    #[error("`{method}` may or may not have been carried out: {why}")]
    Lost {
        /// The method.
        method: String,
        /// What became of the connection.
        why: Closed,
    },
}

impl CallError {
    fn new(method: &str, failure: Failure) -> Self {
        let method = method.to_owned();
        match failure {
            Failure::Answered(fault) => Self::Refused { method, fault: Box::new(fault) },
            Failure::NotSent(why) => Self::NotSent { method, why: why.to_string() },
            Failure::TooLong(bytes) => Self::TooLarge { method, bytes },
            Failure::Lost(why) => Self::Lost { method, why },
        }
    }

    /// Whether it is known what the call did: then it may be sent again.
    pub fn outcome_is_known(&self) -> bool {
        !matches!(self, Self::Lost { .. })
    }
}
