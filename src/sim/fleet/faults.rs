//! What a fleet breaks on purpose, so that tests can cut a run off anywhere.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

/// One thing that goes wrong. Which calls it meets: `method` (left out: every method) and, counted
/// from 1, `nth` (of that method), `mutation` (of all calls that change the system) or `call` (of
/// all calls); without a number, every call of the method.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FaultSpec {
    /// The method that is met.
    #[serde(default)]
    pub method: Option<String>,
    /// Only the n-th call of that method.
    #[serde(default)]
    pub nth: Option<u64>,
    /// Only the n-th mutating call of the whole system.
    #[serde(default)]
    pub mutation: Option<u64>,
    /// Only the n-th call of the whole system.
    #[serde(default)]
    pub call: Option<u64>,
    /// What happens.
    #[serde(rename = "do")]
    pub action: FaultAction,
}

/// What happens to a call that a fault meets.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum FaultAction {
    /// The connection is closed before the call is executed.
    DropBefore,
    /// The call is executed, and the connection is closed before the reply is sent.
    DropAfter,
    /// The call is not executed and answered with a `CallError`.
    Error {
        /// The errno, 14 (EFAULT) as `CallError` has it when left out.
        #[serde(default = "efault")]
        errno: i32,
        /// The text without its `[ERRNAME] `.
        reason: String,
    },
    /// The call is not executed and answered with this result.
    Result(Value),
    /// The middleware dies before the call is executed, and is back that many milliseconds later:
    /// every connection breaks off, calls under way are given up, and until then nginx, which goes
    /// on, answers HTTP with 502 (`etc_files/local/nginx/nginx.conf.mako`: it passes `/api` on to
    /// the middleware's port).
    #[serde(rename = "restart_ms")]
    RestartMs(u64),
    /// The call starts that many milliseconds later.
    #[serde(rename = "delay_ms")]
    DelayMs(u64),
    /// From this call on every event is sent twice.
    RepeatEvents,
    /// The job does its work at once and ends that many milliseconds later.
    #[serde(rename = "end_job_late_ms")]
    EndJobLateMs(u64),
}

fn efault() -> i32 {
    14
}
