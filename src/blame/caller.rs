//! Who an entry of the audit log names.

use jiff::Timestamp;
use serde_json::Value;

use crate::plan::document::whole_seconds;
use crate::plan::drift::Blame;

/// When an entry was written.
pub(super) fn at(entry: &Value) -> Option<String> {
    let seconds = entry.get("message_timestamp")?.as_i64()?;
    Timestamp::from_second(seconds).ok().map(whole_seconds)
}

/// Who an entry names: the account, the moment, the method, the address and the kind of login,
/// and nothing else of it.
pub(super) fn blamed(entry: &Value, fields: Vec<String>, certain: bool) -> Blame {
    let text = |name: &str| {
        let text = entry.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        text.map(String::from)
    };
    let method = entry.get("event_data").and_then(|it| it.get("method")).and_then(Value::as_str);
    let (username, unknown) = match text("username") {
        // No name of an account begins with a dot (`utils/audit.py`).
        Some(special) if special.starts_with('.') => (None, Some(nameless(&special).to_owned())),
        Some(username) => (Some(username), None),
        None => (None, Some("the audit log names no account".to_owned())),
    };
    Blame {
        fields,
        username,
        at: at(entry),
        method: method.map(String::from),
        from: text("address"),
        through: through(entry),
        certain,
        unknown,
    }
}

/// What the log writes in place of a name means.
fn nameless(special: &str) -> &'static str {
    match special {
        // The name is looked up when the job ends, not when it is called.
        ".UNAUTHENTICATED" => {
            "the caller closed the connection before the job ended, and then the audit log names \
             nobody"
        }
        ".TRUENAS_NODE" => "the call came from the system's other controller",
        _ => "the audit log names no account",
    }
}

/// How the account was logged in. Of an API key its name: a label that its owner gave it.
fn through(entry: &Value) -> Option<String> {
    let credentials = entry.get("service_data")?.get("credentials")?;
    let api_key = || {
        let data = credentials.get("credentials_data")?;
        data.get("api_key")?.get("name")?.as_str()
    };
    Some(match credentials.get("credentials")?.as_str()? {
        "API_KEY" => api_key().map_or("API key".into(), |name| format!("API key `{name}`")),
        "LOGIN_PASSWORD" | "LOGIN_TWOFACTOR" => "password".into(),
        "TOKEN" => "token".into(),
        "UNIX_SOCKET" => "the system's own shell".into(),
        _ => return None,
    })
}

/// That nobody is known of these fields, and why.
pub(super) fn nobody(fields: Vec<String>, why: &str) -> Blame {
    Blame { fields, unknown: Some(why.into()), ..Blame::default() }
}
