//! What a client may send: sizes, shapes, and what it is told otherwise.
//!
//! Source: `utils/limits.py` (`parse_message`) and `api/base/server/ws_handler/rpc.py`
//! (`validate_message`) of TS-25.10.6.

use serde_json::Value;

use super::python_json::{JsonError, loads};
use crate::release::Release;

/// The longest message before login, in characters.
const UNAUTHENTICATED: usize = 8192;
/// The longest message after it.
const AUTHENTICATED: usize = 65536;
/// The longest message of [`EXTENDED_METHODS`].
const EXTENDED: usize = 2_097_152;
/// The methods that carry files.
const EXTENDED_METHODS: [&str; 2] = ["filesystem.file_receive", "failover.datastore.sql"];

/// A call as it was sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// The id to answer to; a call without one is not answered.
    pub id: Option<Value>,
    /// The method.
    pub method: String,
    /// The positional parameters.
    pub params: Vec<Value>,
}

/// What becomes of a message that is no call.
#[derive(Clone, Debug, PartialEq)]
pub enum Refusal {
    /// An error reply; the connection stays.
    Error {
        /// The id that is answered to.
        id: Value,
        /// The JSON-RPC code.
        code: i32,
        /// The text.
        message: String,
    },
    /// Not answered, since it carries no id.
    Silence,
    /// The connection is closed with this code and reason.
    Close(u16, &'static str),
    /// The connection breaks off: the middleware does not catch what went wrong.
    Cut,
}

/// Reads a message.
///
/// # Errors
/// [`Refusal`]: what the client gets instead.
pub fn parse(text: &str, authenticated: bool, release: Release) -> Result<Request, Refusal> {
    let length = text.chars().count();
    if !authenticated && length > UNAUTHENTICATED {
        return Err(Refusal::Close(1007, "Anonymous connection max message length is 8 kB"));
    }
    let too_long = Refusal::Close(1009, "Max message length is 64 kB");
    if length > EXTENDED {
        return Err(too_long);
    }
    let message = match loads(text, release) {
        Ok(Value::Object(members)) if !is_extended_value(&members) => members,
        Ok(Value::Array(_)) => return Err(broken("Batch messages are not supported at this time")),
        Ok(_) => return Err(broken("Invalid Message Format")),
        Err(JsonError::Value(text)) => return Err(broken(text)),
        Err(JsonError::Recursion) => return Err(Refusal::Cut),
    };
    let carries_file = |method: &str| EXTENDED_METHODS.contains(&method);
    if length > AUTHENTICATED
        && !message.get("method").and_then(Value::as_str).is_some_and(carries_file)
    {
        return Err(too_long);
    }
    validate(message)
}

/// Whether Python's side reads the object as a date, a time or a set (`ejson.py` of the client).
fn is_extended_value(members: &serde_json::Map<String, Value>) -> bool {
    let one = ["$date", "$time", "$set", "$ipv4_interface", "$ipv6_interface"];
    match members.len() {
        1 => one.iter().any(|name| members.contains_key(*name)),
        2 => members.contains_key("$type") && members.contains_key("$value"),
        _ => false,
    }
}

fn broken(message: impl Into<String>) -> Refusal {
    Refusal::Error { id: Value::Null, code: -32700, message: message.into() }
}

fn validate(mut message: serde_json::Map<String, Value>) -> Result<Request, Refusal> {
    let id = message.remove("id");
    let refuse = |text: &str| match &id {
        Some(id) => Refusal::Error { id: id.clone(), code: -32600, message: text.to_owned() },
        None => Refusal::Silence,
    };
    match message.get("jsonrpc") {
        None => return Err(refuse("Missing 'jsonrpc' member")),
        Some(Value::String(version)) if version == "2.0" => {}
        Some(_) => {
            return Err(refuse(
                "'jsonrpc' member must be of type string and must be exactly '2.0'",
            ));
        }
    }
    // A boolean is an integer in Python.
    let names_a_call = match &id {
        None | Some(Value::Null | Value::String(_) | Value::Bool(_)) => true,
        Some(Value::Number(number)) => !number.is_f64(),
        Some(Value::Array(_) | Value::Object(_)) => false,
    };
    if !names_a_call {
        return Err(refuse("'id' member must be of type null, string or number"));
    }
    let method = match message.remove("method") {
        None => return Err(refuse("Missing 'method' member")),
        Some(Value::String(method)) if !method.is_empty() => method,
        Some(_) => return Err(refuse("'method' member must be of type string")),
    };
    let params = match message.remove("params") {
        None => Vec::new(),
        Some(Value::Array(params)) => params,
        Some(_) => return Err(refuse("'params' member must be of type array")),
    };
    Ok(Request { id, method, params })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parse(text: &str, authenticated: bool) -> Result<Request, Refusal> {
        super::parse(text, authenticated, Release::V25_10)
    }

    fn refused(text: &str, authenticated: bool) -> Refusal {
        parse(text, authenticated).expect_err("refused")
    }

    #[test]
    fn sizes_count_characters_and_come_after_parsing() {
        let call = |pad: usize| {
            let pad = "é".repeat(pad);
            json!({"jsonrpc": "2.0", "id": 1, "method": "core.ping", "params": [pad]}).to_string()
        };
        assert!(parse(&call(8000), false).is_ok());
        assert!(matches!(refused(&call(8192), false), Refusal::Close(1007, _)));
        assert!(parse(&call(65000), true).is_ok());
        assert!(matches!(refused(&call(65536), true), Refusal::Close(1009, _)));
        let broken = format!("{{\"a\": \"{}", "x".repeat(66000));
        assert!(matches!(refused(&broken, true), Refusal::Error { code: -32700, .. }));
        let file = call(70000).replace("core.ping", "filesystem.file_receive");
        assert!(parse(&file, true).is_ok());
    }

    #[test]
    fn a_broken_message_without_an_id_is_not_answered() {
        assert_eq!(refused(r#"{"jsonrpc":"2.0","method":7}"#, true), Refusal::Silence);
        assert_eq!(refused(&"[".repeat(2000), true), Refusal::Cut);
        assert_eq!(refused(r#"{"$set":[1]}"#, true), broken("Invalid Message Format"));
    }
}
