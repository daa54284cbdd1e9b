//! `auth.*`: logging in and out, and what is known of the session.
//!
//! Source: `plugins/auth.py` and `api/v25_10_0/auth.py` of TS-25.10.6, `api/v26_0_0/auth.py` of
//! 26.0.0.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::Login;
use super::login::{
    Verdict, audit_refusal, by_api_key, by_password, by_second_factor, by_token, log_in, log_out,
    me,
};
use super::mechanism::{login_data, mechanism};
use super::method::{SessionMethod, Visit};
use super::scram;
use super::token::Token;
use crate::check::{any, boolean, int, nullable, object, optional, required, text};
use crate::clock::date;
use crate::fault::Fault;
use crate::method::Reply;
use crate::query::{self, Query};
use crate::release::Release;

const READ: &[&str] = &["AUTH_SESSIONS_READ"];
const WRITE: &[&str] = &["AUTH_SESSIONS_WRITE"];

/// The methods.
pub const METHODS: &[SessionMethod] = &[
    SessionMethod::open("auth.login_ex", login_ex),
    SessionMethod::open("auth.login_ex_continue", login_ex_continue),
    SessionMethod::open("auth.login_with_token", login_with_token),
    SessionMethod::open("auth.mechanism_choices", mechanism_choices),
    SessionMethod::logged_in("auth.logout", logout),
    SessionMethod::logged_in("auth.me", show_me),
    SessionMethod::logged_in("auth.set_attribute", set_attribute),
    SessionMethod::logged_in("auth.generate_token", generate_token)
        .audited("Generate authentication token for session"),
    SessionMethod::with_roles("auth.sessions", READ, sessions),
    SessionMethod::with_roles("auth.terminate_session", WRITE, terminate_session),
    SessionMethod::with_roles("auth.terminate_other_sessions", WRITE, terminate_other_sessions),
];

/// The logins of before `auth.login_ex`, which 27 has no more (`removed_in`).
pub fn old_logins(release: Release) -> &'static [SessionMethod] {
    const METHODS: &[SessionMethod] = &[
        SessionMethod::open("auth.login", login),
        SessionMethod::open("auth.login_with_api_key", login_with_api_key),
    ];
    if release < Release::V27_0 { METHODS } else { &[] }
}

fn login_ex(visit: &Visit<'_>) -> Result<Reply, Fault> {
    let [data] = visit.accept([login_data(visit)])?;
    attempt(visit, &data).map(Reply::Now)
}

fn login_ex_continue(visit: &Visit<'_>) -> Result<Reply, Fault> {
    let model = mechanism(visit, "OTP_TOKEN", [required("otp_token", text())]);
    let [data] = visit.accept([required("login_data", model)])?;
    attempt(visit, &data).map(Reply::Now)
}

/// Logs in as the accepted `login_data` says; what is told is the reply of `auth.login_ex`.
fn attempt(visit: &Visit<'_>, data: &Value) -> Result<Value, Fault> {
    let failover = visit.middleware.failover();
    if failover.status.as_deref() == Some("BACKUP") {
        return Ok(json!({"response_type": "REDIRECT", "urls": failover.urls}));
    }
    let said = |name: &str| data[name].as_str().unwrap_or_default();
    let half_way = visit.client.session().second_factor.take();
    if said("mechanism") == "SCRAM" {
        return scram::attempt(visit, data);
    }
    visit.client.session().scram.abandon(said("mechanism"));
    let (middleware, client) = (visit.middleware, visit.client);
    let verdict = match (said("mechanism"), half_way) {
        ("API_KEY_PLAIN", _) => by_api_key(middleware, client, said("username"), said("api_key")),
        ("PASSWORD_PLAIN", _) => {
            by_password(middleware, client, said("username"), said("password"))
        }
        ("TOKEN_PLAIN", _) => by_token(middleware, client, said("token")),
        ("OTP_TOKEN", Some(half_way)) => {
            by_second_factor(middleware, client, half_way, said("otp_token"))
        }
        ("OTP_TOKEN", None) => {
            return Err(Fault::error(22, "OTP_TOKEN: no authentication in progress"));
        }
        (other, _) => {
            let text =
                format!("{other}: mechanism is not supported at current authenticator level.");
            return Err(Fault::error(95, text));
        }
    };
    match verdict {
        Verdict::Success(login) => Ok(succeed(visit, *login, &data["login_options"])),
        Verdict::SecondFactor(username) => {
            Ok(json!({"response_type": "OTP_REQUIRED", "username": username}))
        }
        Verdict::Refused(reason) => Ok(refuse(visit, data, "AUTH_ERR", reason)),
        Verdict::Expired => Ok(refuse(visit, data, "EXPIRED", "Api key is expired.")),
        Verdict::Denied => Ok(refuse(visit, data, "DENIED", "User lacks API access.")),
    }
}

fn succeed(visit: &Visit<'_>, login: Login, options: &Value) -> Value {
    log_in(visit.middleware, visit.client, login.clone());
    let mut reply = json!({
        "response_type": "SUCCESS",
        "user_info": options["user_info"].as_bool().unwrap_or(true).then(|| me(visit.middleware, &login)),
        "authenticator": "LEVEL_1",
    });
    if visit.release() >= Release::V26_0 {
        let token = options["reconnect_token"]
            .as_bool()
            .unwrap_or_default()
            .then(|| new_token(visit, login, 600, json!({}), true, true));
        reply["reconnect_token"] = json!(token);
    }
    reply
}

fn refuse(visit: &Visit<'_>, data: &Value, response: &str, reason: &str) -> Value {
    let kind = match data["mechanism"].as_str() {
        Some("API_KEY_PLAIN") => "API_KEY",
        Some("TOKEN_PLAIN") => "TOKEN",
        Some("OTP_TOKEN") => "LOGIN_TWOFACTOR",
        _ => "LOGIN_PASSWORD",
    };
    audit_refusal(visit, kind, json!({"username": data["username"]}), reason);
    json!({"response_type": response})
}

fn succeeded(reply: &Value) -> bool {
    reply["response_type"] == "SUCCESS"
}

fn login(visit: &Visit<'_>) -> Result<Reply, Fault> {
    let [username, password, otp_token] = visit.accept([
        required("username", text()),
        required("password", text()),
        optional("otp_token", nullable(text()), Value::Null),
    ])?;
    let quiet = json!({"user_info": false});
    let first = json!({
        "mechanism": "PASSWORD_PLAIN", "username": username, "password": password,
        "login_options": quiet,
    });
    let mut reply = attempt(visit, &first)?;
    if reply["response_type"] == "OTP_REQUIRED" && !otp_token.is_null() {
        let second =
            json!({"mechanism": "OTP_TOKEN", "otp_token": otp_token, "login_options": quiet});
        reply = attempt(visit, &second)?;
    }
    Ok(json!(succeeded(&reply)).into())
}

fn login_with_api_key(visit: &Visit<'_>) -> Result<Reply, Fault> {
    let [key] = visit.accept([required("api_key", text())])?;
    let number = key.as_str().and_then(|key| key.split('-').next()).and_then(|n| n.parse().ok());
    let known = number.and_then(|number| visit.middleware.system().api_key(number));
    let Some(known) = known else {
        let data = json!({"mechanism": "API_KEY_PLAIN", "username": null});
        refuse(visit, &data, "AUTH_ERR", "Invalid API key");
        return Ok(json!(false).into());
    };
    let data = json!({
        "mechanism": "API_KEY_PLAIN", "username": known.username, "api_key": key,
        "login_options": {"user_info": false},
    });
    Ok(json!(succeeded(&attempt(visit, &data)?)).into())
}

fn login_with_token(visit: &Visit<'_>) -> Result<Reply, Fault> {
    let [token] = visit.accept([required("token", text())])?;
    let data =
        json!({"mechanism": "TOKEN_PLAIN", "token": token, "login_options": {"user_info": false}});
    Ok(json!(succeeded(&attempt(visit, &data)?)).into())
}

fn mechanism_choices(visit: &Visit<'_>) -> Result<Reply, Fault> {
    visit.accept([])?;
    let mut choices = vec!["API_KEY_PLAIN", "TOKEN_PLAIN", "PASSWORD_PLAIN"];
    if visit.release() >= Release::V26_0 {
        choices.push("SCRAM");
    } else if !visit.client.authenticated() {
        let text = "'NoneType' object has no attribute 'may_create_auth_token'";
        return Err(Fault::exception("AttributeError", text));
    }
    Ok(json!(choices).into())
}

fn logout(visit: &Visit<'_>) -> Result<Reply, Fault> {
    visit.accept([])?;
    log_out(visit.middleware, visit.client);
    Ok(json!(true).into())
}

fn show_me(visit: &Visit<'_>) -> Result<Reply, Fault> {
    visit.accept([])?;
    Ok(me(visit.middleware, &visit.login()?).into())
}

fn set_attribute(visit: &Visit<'_>) -> Result<Reply, Fault> {
    let [key, value] = visit.accept([required("key", text()), required("value", any())])?;
    let mut attributes = visit.middleware.attributes();
    let own = attributes.entry(visit.caller().username).or_insert_with(|| json!({}));
    own[key.as_str().unwrap_or_default()] = value;
    Ok(Value::Null.into())
}

fn generate_token(visit: &Visit<'_>) -> Result<Reply, Fault> {
    let [ttl, attrs, match_origin, single_use] = visit.accept([
        optional("ttl", nullable(int()), 600),
        optional("attrs", object(), json!({})),
        optional("match_origin", boolean(), true),
        optional("single_use", boolean(), false),
    ])?;
    let ttl = ttl.as_i64().unwrap_or(600);
    let flag = |value: Value| value.as_bool().unwrap_or_default();
    let token = new_token(visit, visit.login()?, ttl, attrs, flag(match_origin), flag(single_use));
    Ok(json!(token).into())
}

fn new_token(
    visit: &Visit<'_>,
    login: Login,
    ttl: i64,
    attrs: Value,
    match_origin: bool,
    single_use: bool,
) -> String {
    let root = login.parent.clone().map_or(login, |parent| *parent);
    visit.middleware.tokens().create(Token {
        login: root,
        ttl: Duration::from_secs(u64::try_from(ttl).unwrap_or_default()),
        address: match_origin.then(|| visit.client.peer.ip()),
        single_use,
        for_other_use: attrs.as_object().is_some_and(|attrs| !attrs.is_empty()),
        session: visit.client.id.clone(),
        made: Instant::now(),
    })
}

fn sessions(visit: &Visit<'_>) -> Result<Reply, Fault> {
    let [filters, options] = visit.accept(query::parameters())?;
    let mut clients = visit.middleware.clients();
    clients.sort_by_key(|client| client.number);
    let entries = clients.iter().filter_map(|client| {
        let login = client.login()?;
        Some(json!({
            "id": client.id,
            "current": client.id == visit.client.id,
            "internal": false,
            "origin": client.origin(),
            "credentials": login.kind,
            "credentials_data": login.data(),
            "created_at": date(login.caller.login_at_ms),
            "secure_transport": true,
        }))
    });
    Query::new(filters, options).run(entries.collect()).map(Reply::Now)
}

fn terminate_session(visit: &Visit<'_>) -> Result<Reply, Fault> {
    let [id] = visit.accept([required("id", text())])?;
    let clients = visit.middleware.clients();
    let found = clients.iter().find(|client| id == client.id.as_str() && client.authenticated());
    if let Some(client) = found {
        visit.middleware.tokens().destroy_of_session(&client.id);
        client.terminate.notify_one();
    }
    Ok(json!(found.is_some()).into())
}

fn terminate_other_sessions(visit: &Visit<'_>) -> Result<Reply, Fault> {
    visit.accept([])?;
    for client in visit.middleware.clients() {
        if client.id != visit.client.id && client.authenticated() {
            visit.middleware.tokens().destroy_of_session(&client.id);
            client.terminate.notify_one();
        }
    }
    Ok(json!(true).into())
}
