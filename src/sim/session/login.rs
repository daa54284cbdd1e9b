//! Who gets in, by which mechanism, and what a login leaves behind.
//!
//! Source: `plugins/auth.py` of TS-25.10.6, `plugins/auth_/login_ex_impl.py` of 26.0.0.

use std::time::Instant;

use serde_json::{Value, json};

use super::method::Visit;
use super::{Client, Login};
use crate::caller::{Account, Key};
use crate::clock::{date, now_ms};
use crate::event::Event;
use crate::middleware::Middleware;
use crate::release::Release;
use crate::{methods, role};

/// How many wrong second factors may follow the first one.
const MORE_SECOND_FACTORS: u32 = 3;

/// What a login attempt comes to.
#[derive(Debug)]
pub enum Verdict {
    /// In.
    Success(Box<Login>),
    /// Not in, and nobody says why; the audit log does.
    Refused(&'static str),
    /// The key or the account has expired.
    Expired,
    /// The account may not use the API at all (26.0).
    Denied,
    /// The second factor of this user is awaited.
    SecondFactor(String),
}

/// `API_KEY_PLAIN`
pub fn by_api_key(
    middleware: &Middleware,
    client: &Client,
    username: &str,
    written: &str,
) -> Verdict {
    let (number, secret) = written.split_once('-').unwrap_or((written, ""));
    let number = number.parse().ok();
    let (account, key) = {
        let system = middleware.system();
        (system.account(username), number.and_then(|number| system.api_key(number)))
    };
    let (Some(account), Some(key)) = (account, key) else {
        return Verdict::Refused("Authentication failure");
    };
    let expired = key.expires_at.is_some_and(|at| at >= 0 && at <= now_ms());
    let revoked = key.expires_at.is_some_and(|at| at < 0);
    if middleware.release() >= Release::V26_0 {
        // An expired or revoked key is not in the keyring: its secret is not looked at.
        if key.username != username || expired || revoked {
            let dated = key.expires_at.is_some_and(|at| at >= 0);
            return if dated { Verdict::Expired } else { Verdict::Refused("API key is revoked") };
        }
    } else if key.username != username {
        return Verdict::Refused("Authentication failure");
    }
    if key.secret != secret {
        return Verdict::Refused("Authentication failure");
    }
    if expired || revoked {
        return Verdict::Expired;
    }
    let Key { id, name, .. } = key;
    admit(middleware, client, account, "API_KEY", Some((id, name)))
}

/// `PASSWORD_PLAIN`
pub fn by_password(
    middleware: &Middleware,
    client: &Client,
    username: &str,
    password: &str,
) -> Verdict {
    let account = middleware.system().account(username);
    let matching = account.filter(|account| {
        !account.locked && account.password.as_deref().is_some_and(|known| known == password)
    });
    let Some(account) = matching else {
        return Verdict::Refused("Authentication failure");
    };
    if account.otp_token.is_some() {
        let username = account.username.clone();
        client.session().second_factor = Some((account, 0));
        return Verdict::SecondFactor(username);
    }
    admit(middleware, client, account, "LOGIN_PASSWORD", None)
}

/// `OTP_TOKEN`, after [`Verdict::SecondFactor`]: 25.10 allows three more attempts, 26.0 none.
pub fn by_second_factor(
    middleware: &Middleware,
    client: &Client,
    (account, failures): (Account, u32),
    token: &str,
) -> Verdict {
    if account.otp_token.as_deref() == Some(token) {
        return admit(middleware, client, account, "LOGIN_TWOFACTOR", None);
    }
    if middleware.release() < Release::V26_0 && failures < MORE_SECOND_FACTORS {
        let username = account.username.clone();
        client.session().second_factor = Some((account, failures + 1));
        return Verdict::SecondFactor(username);
    }
    Verdict::Refused("One-time token validation failed.")
}

/// `TOKEN_PLAIN`
pub fn by_token(middleware: &Middleware, client: &Client, text: &str) -> Verdict {
    let redeemed = middleware.tokens().redeem(text, client.peer.ip(), Instant::now());
    let Some(parent) = redeemed else {
        return Verdict::Refused("Invalid token");
    };
    let roles = parent.caller.roles.clone();
    let mut login =
        Login::new(middleware.release(), client, parent.account.clone(), roles, "TOKEN", None);
    login.parent = Some(Box::new(parent));
    login.token = Some(text.to_owned());
    Verdict::Success(Box::new(login))
}

/// Lets an account in that has proven itself, if it may use the API.
pub fn admit(
    middleware: &Middleware,
    client: &Client,
    account: Account,
    kind: &'static str,
    api_key: Option<(i64, String)>,
) -> Verdict {
    if account.roles.is_empty() && !account.web_shell {
        return match middleware.release() >= Release::V26_0 {
            true => Verdict::Denied,
            false => Verdict::Refused("Failed to generate user token"),
        };
    }
    let roles = role::expand(account.roles.iter().map(String::as_str), middleware.version());
    let login = Login::new(middleware.release(), client, account, roles, kind, api_key);
    Verdict::Success(Box::new(login))
}

/// Opens the session.
pub fn log_in(middleware: &Middleware, client: &Client, login: Login) {
    let first = !client.authenticated();
    let credentials = login.credentials();
    client.session().log_in(login);
    middleware.log().logins += 1;
    if first {
        let event = session_event("added", client, Some(&credentials));
        middleware.tell(&event);
    }
    let data = json!({"credentials": credentials, "error": null});
    middleware.audit(client, "AUTHENTICATION", data, true);
}

/// Writes down who was not let in, by what, and why.
pub fn audit_refusal(visit: &Visit<'_>, kind: &str, data: Value, reason: &str) {
    let credentials = json!({"credentials": kind, "credentials_data": data});
    let entry = json!({"credentials": credentials, "error": reason});
    visit.middleware.audit(visit.client, "AUTHENTICATION", entry, false);
}

/// Closes the session, if there is one.
pub fn log_out(middleware: &Middleware, client: &Client) {
    let Some(login) = client.login() else { return };
    let data = json!({"credentials": login.credentials()});
    middleware.audit(client, "LOGOUT", data, true);
    client.session().login = None;
    if let Some(token) = &login.token {
        middleware.tokens().destroy(token);
    }
    middleware.tell(&session_event("removed", client, None));
}

fn session_event(msg: &'static str, client: &Client, credentials: Option<&Value>) -> Event {
    let fields = credentials.map(|credentials| {
        json!({
            "id": client.id,
            "origin": client.origin(),
            "credentials": credentials["credentials"],
            "credentials_data": credentials["credentials_data"],
            "created_at": date(now_ms()),
            "secure_transport": true,
        })
    });
    Event { msg, collection: "auth.sessions".to_owned(), id: Value::Null, fields }
}

/// What `auth.me` answers.
pub fn me(middleware: &Middleware, login: &Login) -> Value {
    let Account { username, uid, gid, full_name, home, shell, roles, web_shell, .. } =
        &login.account;
    let key_or_password = match login.parent.as_deref().unwrap_or(login).kind {
        "API_KEY" => Some("API_KEY"),
        _ => login.account.otp_token.as_ref().map(|_| "2FA"),
    };
    let administrator = matches!(uid, 0 | 950).then_some("SYS_ADMIN");
    let mut attributes: Vec<&str> =
        [Some("LOCAL"), key_or_password, administrator].into_iter().flatten().collect();
    if login.scram {
        // The key is named once more.
        attributes.extend(["API_KEY", "SCRAM"]);
    }
    let for_people = |role: &String| role::FOR_PEOPLE.contains(&role.as_str());
    json!({
        "pw_name": username,
        "pw_gecos": full_name,
        "pw_dir": home,
        "pw_shell": shell,
        "pw_uid": uid,
        "pw_gid": gid,
        "grouplist": null,
        "sid": null,
        "source": "LOCAL",
        "local": true,
        "attributes": middleware.attributes().get(username).cloned().unwrap_or_else(|| json!({})),
        "two_factor_config": {
            "provisioning_uri": null,
            "secret_configured": login.account.otp_token.is_some(),
            "interval": 30,
            "otp_digits": 6,
        },
        "privilege": {
            "roles": {"$set": login.caller.roles},
            "allowlist": allowlist(login, middleware.version()),
            "web_shell": web_shell,
            "webui_access": roles.iter().any(for_people),
        },
        "account_attributes": attributes,
    })
}

/// Everything, or the methods by name.
fn allowlist(login: &Login, version: &str) -> Value {
    if login.caller.is_full_admin() {
        return json!([{"method": "*", "resource": "*"}]);
    }
    methods::all(version)
        .filter(|method| match method.access {
            crate::method::Access::Roles(roles) => roles.iter().any(|role| login.caller.has(role)),
            _ => false,
        })
        .map(|method| json!({"method": "CALL", "resource": method.name}))
        .collect()
}
