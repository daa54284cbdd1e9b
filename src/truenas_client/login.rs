//! The login, and what is agreed on with it.
//!
//! One flight where the key is sent; where the release may offer SCRAM-SHA-512, one that asks for
//! the mechanisms and two for the exchange. What the system offers is decided once: if SCRAM is
//! offered and fails, the key is not sent after all.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::closed::Closed;
use super::open_error::Reason;
use super::options::{Notice, Options};
use super::params::SecretParams;
use super::pause;
use super::rpc::Rpc;
use super::scram::{Exchange, ScramError};
use super::waiting::Failure;
use crate::model::Endpoint;
use crate::truenas_wire::Roles;
use crate::truenas_wire::release::{Dialect, JobAnswer, KeyLogin};

/// What a login gives.
#[derive(Clone, Debug)]
pub(super) struct Login {
    /// Who is logged in, as the system says it.
    pub username: String,
    /// What they may do.
    pub roles: Roles,
    /// Whether the call of a job is answered with the job's number instead of its result.
    pub legacy_jobs: bool,
}

/// The close code with which an address is turned away (ws_handler/base.py).
const POLICY_VIOLATION: u16 = 1008;

/// How the key is shown, once it is known what the system offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mechanism {
    /// It is sent, over TLS.
    ApiKeyPlain,
    /// It is proven.
    Scram,
}

/// Logs in with the API key. `core.set_options` goes along: it needs no login and counts against
/// no limit.
pub(super) async fn login(
    rpc: &Rpc,
    endpoint: &Endpoint,
    key: &SecretString,
    options: &Options,
    dialect: &Dialect,
) -> Result<Login, Reason> {
    let timeout = options.call_timeout;
    let (legacy_jobs, user_info) = tokio::join!(
        answers_with_numbers(rpc, dialect, timeout),
        persistently(rpc, endpoint, key, options, dialect.key_login),
    );
    let user_info = user_info?;
    let username = user_info["pw_name"].as_str().unwrap_or(&endpoint.username).to_owned();
    Ok(Login { username, roles: Roles::of_user_info(&user_info), legacy_jobs })
}

/// Whether the calls of jobs are answered with their numbers. A release that knows another way is
/// asked for it; what it echoes is what counts.
async fn answers_with_numbers(rpc: &Rpc, dialect: &Dialect, timeout: Duration) -> bool {
    if dialect.job_answer == JobAnswer::Number {
        return true;
    }
    let new_jobs = [json!({ "legacy_jobs": false })];
    let echo = rpc.call("core.set_options", &new_jobs, timeout).await;
    echo.ok().and_then(|echo| echo["legacy_jobs"].as_bool()) != Some(false)
}

/// The best mechanism that the system offers for an API key.
async fn offered(rpc: &Rpc, timeout: Duration) -> Result<Mechanism, Reason> {
    let choices = rpc.call("auth.mechanism_choices", &[], timeout).await.map_err(not_answered)?;
    let names: Vec<&str> =
        choices.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if names.contains(&"SCRAM") {
        Ok(Mechanism::Scram)
    } else if names.contains(&"API_KEY_PLAIN") {
        Ok(Mechanism::ApiKeyPlain)
    } else {
        Err(Reason::NoKeyLogin { offered: names.into_iter().map(shortened).collect() })
    }
}

/// The `user_info` of a login, tried again where that may help.
async fn persistently(
    rpc: &Rpc,
    endpoint: &Endpoint,
    key: &SecretString,
    options: &Options,
    key_login: KeyLogin,
) -> Result<Value, Reason> {
    let patience = &options.patience;
    let timeout = options.call_timeout;
    let mut mechanism = (key_login == KeyLogin::Plain).then_some(Mechanism::ApiKeyPlain);
    let began = Instant::now();
    let mut refused_before = false;
    loop {
        let attempt = async {
            let chosen = match mechanism {
                Some(chosen) => chosen,
                None => *mechanism.insert(offered(rpc, timeout).await?),
            };
            once(rpc, endpoint, key, timeout, chosen).await
        };
        match attempt.await {
            // Parallel logins can collide.
            Err(
                Reason::LoginRefused { .. }
                | Reason::KeyNotInForce { .. }
                | Reason::WrongKey { .. },
            ) if !refused_before => {
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

/// One login by that mechanism; gives its `user_info`.
async fn once(
    rpc: &Rpc,
    endpoint: &Endpoint,
    key: &SecretString,
    timeout: Duration,
    mechanism: Mechanism,
) -> Result<Value, Reason> {
    let say = async |data: Value| {
        let params = SecretParams(vec![data]);
        rpc.call("auth.login_ex", &params, timeout).await.map_err(not_answered)
    };
    match mechanism {
        Mechanism::ApiKeyPlain => {
            let credentials = json!({
                "mechanism": "API_KEY_PLAIN",
                "username": endpoint.username,
                "api_key": key.expose_secret(),
                "login_options": { "user_info": true },
            });
            let mut answer = say(credentials).await?;
            match answer["response_type"].as_str() {
                Some("SUCCESS") => Ok(answer["user_info"].take()),
                _ => Err(not_let_in(&answer, endpoint)),
            }
        }
        Mechanism::Scram => {
            let exchange = Exchange::begin(&endpoint.username, key)?;
            let first = scram_message("CLIENT_FIRST_MESSAGE", &exchange.first_message());
            let answer = say(first).await?;
            let server_first = scram_text(&answer, "SERVER_FIRST_RESPONSE", endpoint)
                .map_err(|reason| refused_at_first(reason, endpoint))?;
            let secret = key.clone();
            // Some tenths of a second of computing, which would hold up everybody else.
            let proof = tokio::task::spawn_blocking(move || exchange.prove(&server_first, &secret));
            let proof = proof.await.map_err(|_| ScramError::Malformed)??;
            let last = scram_message("CLIENT_FINAL_MESSAGE", &proof.message);
            let mut answer = say(last).await.map_err(|reason| without_roles(reason, endpoint))?;
            let server_final = scram_text(&answer, "SERVER_FINAL_RESPONSE", endpoint)
                .map_err(|reason| refused_at_last(reason, endpoint))?;
            proof.check(&server_final)?;
            Ok(answer["user_info"].take())
        }
    }
}

/// What 26.0 answers to a final message that proves the key of an account without roles
/// (`plugins/auth.py` expects its privilege there).
const NO_PRIVILEGE: &str = "'NoneType' object is not subscriptable";

/// The first message names the key by its number: it is refused if the account has no such key, or
/// the key is not in force any more.
fn refused_at_first(reason: Reason, endpoint: &Endpoint) -> Reason {
    match reason {
        Reason::LoginRefused { .. } => {
            Reason::KeyNotInForce { username: endpoint.username.clone() }
        }
        other => other,
    }
}

/// The final message proves the key: it is refused if the secret is another.
fn refused_at_last(reason: Reason, endpoint: &Endpoint) -> Reason {
    match reason {
        Reason::LoginRefused { .. } => Reason::WrongKey { username: endpoint.username.clone() },
        other => other,
    }
}

fn without_roles(reason: Reason, endpoint: &Endpoint) -> Reason {
    match reason {
        Reason::LoginFault(fault) if fault.reason == NO_PRIVILEGE => {
            Reason::NoApiAccess { username: endpoint.username.clone() }
        }
        other => other,
    }
}

fn scram_message(step: &str, text: &str) -> Value {
    json!({ "mechanism": "SCRAM", "scram_type": step, "rfc_str": text })
}

/// The text of the server's SCRAM message, if that is what it answered.
fn scram_text(answer: &Value, step: &str, endpoint: &Endpoint) -> Result<String, Reason> {
    if answer["response_type"] != "SCRAM_RESPONSE" {
        return Err(not_let_in(answer, endpoint));
    }
    let text = answer["rfc_str"].as_str().filter(|_| answer["scram_type"] == step);
    Ok(text.ok_or(ScramError::Malformed)?.to_owned())
}

/// Why an answer lets nobody in.
fn not_let_in(answer: &Value, endpoint: &Endpoint) -> Reason {
    let username = || endpoint.username.clone();
    match answer["response_type"].as_str() {
        Some("AUTH_ERR") => Reason::LoginRefused { username: username() },
        Some("EXPIRED") => Reason::KeyExpired,
        Some("OTP_REQUIRED") => Reason::SecondFactor { username: username() },
        Some("REDIRECT") => {
            let urls = answer["urls"].as_array().into_iter().flatten();
            let urls = urls.filter_map(Value::as_str).map(ToOwned::to_owned).collect();
            Reason::Standby { urls }
        }
        Some("DENIED") => Reason::NoApiAccess { username: username() },
        other => Reason::UnknownAnswer(shortened(other.unwrap_or("nothing"))),
    }
}

/// What somebody else wrote, fit for a message.
fn shortened(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(40).collect()
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
        Failure::TooLong(bytes) => Reason::ConnectionLost(Closed::RequestTooLong(bytes)),
    }
}
