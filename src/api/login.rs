//! The login, and what is agreed on with it, in one flight.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::open_error::Reason;
use super::options::{Notice, Options};
use super::pause;
use super::roles::Roles;
use super::rpc::{Closed, Failure, Rpc};
use crate::model::Endpoint;

/// What a login gives.
#[derive(Clone, Debug)]
pub struct Login {
    /// Who is logged in, as the system says it.
    pub username: String,
    /// What they may do.
    pub roles: Roles,
    /// Whether the call of a job is answered with the job's number instead of its result.
    pub legacy_jobs: bool,
}

/// The close code with which an address is turned away (ws_handler/base.py).
const POLICY_VIOLATION: u16 = 1008;

/// Logs in with the API key. `core.set_options` goes along: it needs no login and counts against
/// no limit.
pub async fn login(
    rpc: &Rpc,
    endpoint: &Endpoint,
    key: &SecretString,
    options: &Options,
) -> Result<Login, Reason> {
    let new_jobs = [json!({ "legacy_jobs": false })];
    let (echo, user_info) = tokio::join!(
        rpc.call("core.set_options", &new_jobs, options.call_timeout),
        persistently(rpc, endpoint, key, options),
    );
    let user_info = user_info?;
    let username = user_info["pw_name"].as_str().unwrap_or(&endpoint.username).to_owned();
    // A release that does not know the option ignores it and answers null (25.04, recorded).
    let legacy_jobs = echo.ok().and_then(|echo| echo["legacy_jobs"].as_bool()) != Some(false);
    Ok(Login { username, roles: Roles::of_user_info(&user_info), legacy_jobs })
}

/// The `user_info` of a login, tried again where that may help.
async fn persistently(
    rpc: &Rpc,
    endpoint: &Endpoint,
    key: &SecretString,
    options: &Options,
) -> Result<Value, Reason> {
    let patience = &options.patience;
    let began = Instant::now();
    let mut refused_before = false;
    loop {
        match once(rpc, endpoint, key, options.call_timeout).await {
            // Parallel logins can collide.
            Err(Reason::LoginRefused { .. }) if !refused_before => {
                refused_before = true;
                let system = endpoint.system.clone();
                options.on_notice.tell(&Notice::LoginRetried { system });
                sleep(pause::within(&patience.refusal_pause)).await;
            }
            Err(Reason::RateLimited(_)) => {
                let left = patience.with_rate_limit.saturating_sub(began.elapsed());
                if left.is_zero() {
                    return Err(Reason::RateLimited(began.elapsed()));
                }
                let system = endpoint.system.clone();
                options.on_notice.tell(&Notice::RateLimited { system, left });
                sleep(pause::within(&patience.rate_limit_pause)).await;
            }
            result => return result,
        }
    }
}

async fn once(
    rpc: &Rpc,
    endpoint: &Endpoint,
    key: &SecretString,
    timeout: Duration,
) -> Result<Value, Reason> {
    let username = || endpoint.username.clone();
    let credentials = json!({
        "mechanism": "API_KEY_PLAIN",
        "username": endpoint.username,
        "api_key": key.expose_secret(),
        "login_options": { "user_info": true },
    });
    let mut answer =
        rpc.call("auth.login_ex", &[credentials], timeout).await.map_err(not_answered)?;
    match answer["response_type"].as_str() {
        Some("SUCCESS") => Ok(answer["user_info"].take()),
        Some("AUTH_ERR") => Err(Reason::LoginRefused { username: username() }),
        Some("EXPIRED") => Err(Reason::KeyExpired),
        Some("OTP_REQUIRED") => Err(Reason::SecondFactor { username: username() }),
        Some("REDIRECT") => {
            let urls = answer["urls"].as_array().into_iter().flatten();
            let urls = urls.filter_map(Value::as_str).map(ToOwned::to_owned).collect();
            Err(Reason::Standby { urls })
        }
        Some("DENIED") => Err(Reason::NoApiAccess { username: username() }),
        other => Err(Reason::UnknownAnswer(
            other.unwrap_or("nothing").chars().filter(|c| !c.is_control()).take(40).collect(),
        )),
    }
}

fn not_answered(failure: Failure) -> Reason {
    match failure {
        Failure::Answered(fault) if fault.is_rate_limited() => Reason::RateLimited(Duration::ZERO),
        Failure::Answered(fault) => Reason::LoginFault(fault),
        Failure::Lost(Closed::BySystem { code: Some(POLICY_VIOLATION), text }) => {
            Reason::AddressNotAllowed(text)
        }
        Failure::NotSent(Closed::BySystem { code: Some(POLICY_VIOLATION), text }) => {
            Reason::AddressNotAllowed(text)
        }
        Failure::Lost(closed) | Failure::NotSent(closed) => Reason::ConnectionLost(closed),
        Failure::TooLong(_) => Reason::ConnectionLost(Closed::TooLarge),
    }
}
