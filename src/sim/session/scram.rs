//! Logging in by SCRAM-SHA-512: an exchange of four messages in which the key is proven, not sent.
//!
//! Source: `plugins/auth.py`, `plugins/auth_/login_ex_impl.py` (`login_ex_scram`) and
//! `utils/account/authenticator.py` (`ScramPamAuthenticator`) of 26.0.0; `pam_truenas_auth.c` of
//! truenas/pam_truenas. The pause after a refusal is left out.

mod message;

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rand::Rng;
use serde_json::{Value, json};

use self::message::{Final, First};
use super::Login;
use super::login::{Verdict, admit, audit_refusal, log_in, me};
use super::method::Visit;
use crate::clock::now_ms;
use crate::fault::Fault;
use crate::scram::Verifier;

/// The only thing that a channel can be bound to.
const BINDING: &str = "p=tls-server-end-point";
/// What the audit log shows of whatever PAM refuses.
const REFUSED: &str = "7: unexpected response code. Expected [PAM_CONV_AGAIN]";

/// How far the exchange on a connection has come (`AuthenticationContext`).
#[derive(Debug, Default)]
pub struct Exchange {
    handle: Handle,
    final_awaited: bool,
}

/// Who is being authenticated: what `pam_hdl` is.
#[derive(Debug, Default)]
enum Handle {
    #[default]
    Nobody,
    /// By another mechanism, in vain.
    Plain,
    /// By SCRAM; nothing if the first message was refused.
    Scram(Option<Challenge>),
}

/// What the server answered to a first message.
#[derive(Debug)]
struct Challenge {
    first: First,
    nonce: Vec<u8>,
    answer: String,
    verifier: Arc<Verifier>,
}

impl Exchange {
    /// Another mechanism is tried: what was under way is abandoned.
    pub fn abandon(&mut self, mechanism: &str) {
        self.final_awaited = false;
        if matches!(mechanism, "API_KEY_PLAIN" | "PASSWORD_PLAIN") {
            self.handle = Handle::Plain;
        }
    }
}

/// One of the client's messages; what is told is the reply of `auth.login_ex`.
pub(super) fn attempt(visit: &Visit<'_>, data: &Value) -> Result<Value, Fault> {
    let text = data["rfc_str"].as_str().unwrap_or_default();
    if data["scram_type"] == "CLIENT_FIRST_MESSAGE" {
        return Ok(answer_first(visit, text));
    }
    answer_final(visit, text)
}

fn answer_first(visit: &Visit<'_>, text: &str) -> Value {
    let challenge = First::parse(text).and_then(|first| challenge(visit, first));
    let mut session = visit.client.session();
    match challenge {
        Ok(challenge) => {
            let reply = response("SERVER_FIRST_RESPONSE", &challenge.answer, Value::Null);
            session.scram =
                Exchange { handle: Handle::Scram(Some(challenge)), final_awaited: true };
            reply
        }
        Err(reason) => {
            session.scram.handle = Handle::Scram(None);
            drop(session);
            refuse(visit, &reason)
        }
    }
}

fn challenge(visit: &Visit<'_>, first: First) -> Result<Challenge, String> {
    let key = {
        let system = visit.middleware.system();
        if system.account(&first.username).is_none() {
            return Err(format!("{}: user does not exist", first.username));
        }
        system.api_key(first.key.into())
    };
    // Only the account's own keys are in its keyring, no revoked one among them.
    let key = key.filter(|key| key.username == first.username);
    let key = key.filter(|key| key.expires_at.is_none_or(|at| at > now_ms())).ok_or(REFUSED)?;
    let own: [u8; 32] = rand::rng().random();
    let nonce = [&first.nonce[..], &own].concat();
    let verifier = key.scram;
    let answer = format!(
        "r={},s={},i={}",
        STANDARD.encode(&nonce),
        STANDARD.encode(&verifier.salt),
        verifier.iterations
    );
    Ok(Challenge { first, nonce, answer, verifier })
}

fn answer_final(visit: &Visit<'_>, text: &str) -> Result<Value, Fault> {
    let mut session = visit.client.session();
    if matches!(session.scram.handle, Handle::Nobody) {
        return Err(Fault::exception("RuntimeError", "pam handle was not initialized"));
    }
    if !std::mem::take(&mut session.scram.final_awaited) {
        return Err(Fault::error(14, "SCRAM authentication is not in progress"));
    }
    let challenge = match std::mem::replace(&mut session.scram.handle, Handle::Scram(None)) {
        Handle::Scram(Some(challenge)) => challenge,
        _ => return Err(Fault::exception("RuntimeError", "Did not send ServerFirstMessage")),
    };
    drop(session);
    let Some(signature) = check(visit, &challenge, text) else {
        return Ok(refuse(visit, REFUSED));
    };
    let login = admitted(visit, &challenge.first)?;
    log_in(visit.middleware, visit.client, login.clone());
    let signature = format!("v={}", STANDARD.encode(signature));
    Ok(response("SERVER_FINAL_RESPONSE", &signature, me(visit.middleware, &login)))
}

/// The server's own signature, if the final message proves that its sender has the key.
fn check(visit: &Visit<'_>, challenge: &Challenge, text: &str) -> Option<Vec<u8>> {
    let Challenge { first, nonce, answer, verifier } = challenge;
    let last = Final::parse(text).ok()?;
    let known = !first.header.starts_with("p=") || first.header == BINDING;
    let bound = last.binding == first.binding(visit.middleware.channel_binding());
    if !known || !bound || last.nonce != *nonce {
        return None;
    }
    let secret = visit.middleware.system().api_key(first.key.into())?.secret;
    let messages = format!("{},{answer},{}", first.bare(), last.without_proof());
    let keys = verifier.keys(&secret);
    keys.accept(&last.proof, &messages).then(|| keys.signature(&messages))
}

fn admitted(visit: &Visit<'_>, first: &First) -> Result<Login, Fault> {
    let (account, key) = {
        let system = visit.middleware.system();
        (system.account(&first.username), system.api_key(first.key.into()))
    };
    let api_key = key.map(|key| (key.id, key.name));
    let verdict =
        account.map(|account| admit(visit.middleware, visit.client, account, "API_KEY", api_key));
    match verdict {
        Some(Verdict::Success(login)) => Ok(Login { scram: true, ..*login }),
        // Where another mechanism says that the user has no access, this one stumbles over it.
        _ => Err(Fault::exception("TypeError", "'NoneType' object is not subscriptable")),
    }
}

fn response(kind: &str, text: &str, user_info: Value) -> Value {
    json!({
        "response_type": "SCRAM_RESPONSE",
        "scram_type": kind,
        "rfc_str": text,
        "user_info": user_info,
    })
}

fn refuse(visit: &Visit<'_>, reason: &str) -> Value {
    audit_refusal(visit, "SCRAM", json!({}), reason);
    json!({"response_type": "AUTH_ERR"})
}
