//! JSON-RPC 2.0 as TrueNAS speaks it: one text frame is one message.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::ejson;
use super::fault::Fault;

/// A request as it goes over the wire. TrueNAS wants the parameters as an array.
pub fn request(id: u64, method: &str, params: &[Value]) -> Result<String, serde_json::Error> {
    #[derive(Serialize)]
    struct Request<'a> {
        jsonrpc: &'static str,
        id: u64,
        method: &'a str,
        params: &'a [Value],
    }
    serde_json::to_string(&Request { jsonrpc: "2.0", id, method, params })
}

/// A frame that came from the system.
pub enum Frame {
    /// The answer to a request.
    Reply {
        /// Of the request.
        id: u64,
        /// What was answered.
        body: Reply,
    },
    /// Something that happened, told to whoever subscribed to it.
    Event(Event),
    /// A valid message that nobody waits for.
    Other,
}

/// An answer.
pub enum Reply {
    /// The result, in plain JSON.
    Result(Value),
    /// An error, with what it takes to make a [`Fault`] of it.
    Error(ErrorBody),
}

/// Something that happened on the system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// An entry of a collection was added, changed or removed (`collection_update`).
    Changed {
        /// Which collection: `core.get_jobs`.
        collection: String,
        /// Which entry, if it is numbered.
        id: Option<i64>,
    },
    /// The collection will not be told of any more (`notify_unsubscribed`).
    Unsubscribed {
        /// Which collection.
        collection: String,
    },
}

/// The `error` of a reply; its `data.trace` is skipped while parsing.
#[derive(Debug, Deserialize)]
pub struct ErrorBody {
    code: i64,
    #[serde(default)]
    message: String,
    #[serde(default)]
    data: Option<ErrorData>,
}

#[derive(Debug, Default, Deserialize)]
struct ErrorData {
    error: Option<i64>,
    errname: Option<String>,
    reason: Option<String>,
    #[serde(default)]
    extra: Value,
}

impl ErrorBody {
    /// The fault of the method that was called.
    pub fn fault(self, method: &str) -> Fault {
        let data = self.data.unwrap_or_default();
        let reason = data.reason.unwrap_or(self.message);
        Fault::new(method, self.code, data.error, data.errname, &reason, &data.extra)
    }
}

#[derive(Deserialize)]
struct Message {
    id: Option<Value>,
    method: Option<String>,
    #[serde(default)]
    params: Value,
    #[serde(default, deserialize_with = "present")]
    result: Option<Value>,
    error: Option<ErrorBody>,
}

/// A member that is there, though it may be `null`.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

/// What a text frame says.
///
/// # Errors
/// It is no JSON-RPC message. The error says where, not what.
pub fn parsed(text: &str) -> Result<Frame, serde_json::Error> {
    let message: Message = serde_json::from_str(text)?;
    let body = match (message.error, message.result) {
        (Some(error), _) => Some(Reply::Error(error)),
        (None, Some(result)) => Some(Reply::Result(ejson::decoded(result))),
        (None, None) => None,
    };
    if let Some(body) = body {
        return Ok(match message.id.as_ref().and_then(Value::as_u64) {
            Some(id) => Frame::Reply { id, body },
            None => Frame::Other,
        });
    }
    let collection = message.params["collection"].as_str().map(ToOwned::to_owned);
    Ok(match (message.method.as_deref(), collection) {
        (Some("collection_update"), Some(collection)) => {
            Frame::Event(Event::Changed { collection, id: message.params["id"].as_i64() })
        }
        (Some("notify_unsubscribed"), Some(collection)) => {
            Frame::Event(Event::Unsubscribed { collection })
        }
        _ => Frame::Other,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_request_has_its_parameters_in_an_array() {
        let text = request(7, "core.ping", &[]).expect("JSON");
        assert_eq!(text, r#"{"jsonrpc":"2.0","id":7,"method":"core.ping","params":[]}"#);
    }

    #[test]
    fn a_result_may_be_null() {
        let frame = parsed(r#"{"jsonrpc":"2.0","id":1,"result":null}"#);
        assert!(matches!(frame, Ok(Frame::Reply { id: 1, body: Reply::Result(Value::Null) })));
    }

    #[test]
    fn the_trace_of_an_error_is_not_kept() {
        let text = json!({ "jsonrpc": "2.0", "id": 1, "error": {
            "code": -32001, "message": "Method call error",
            "data": { "error": 14, "errname": "EFAULT", "reason": "[EFAULT] no",
                      "trace": { "formatted": "hunter2" }, "extra": null } } });
        let Ok(Frame::Reply { body: Reply::Error(body), .. }) = parsed(&text.to_string()) else {
            panic!("an error");
        };
        let fault = body.fault("x");
        assert!(!format!("{fault:?}").contains("hunter2"));
        assert_eq!((fault.to_string().as_str(), fault.errno), ("no", Some(14)));
    }

    #[test]
    fn an_error_without_data_has_its_message() {
        let text =
            r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"Method does not exist"}}"#;
        let Ok(Frame::Reply { body: Reply::Error(body), .. }) = parsed(text) else {
            panic!("an error");
        };
        let fault = body.fault("x");
        assert!(fault.is_unknown_method());
        assert_eq!(fault.to_string(), "Method does not exist");
    }

    #[test]
    fn events_are_told_from_replies() {
        let event = json!({ "jsonrpc": "2.0", "method": "collection_update", "params": {
            "msg": "changed", "collection": "core.get_jobs", "id": 3, "fields": {} } });
        let expected = Event::Changed { collection: "core.get_jobs".into(), id: Some(3) };
        assert!(matches!(parsed(&event.to_string()), Ok(Frame::Event(e)) if e == expected));
    }

    #[test]
    fn what_is_not_understood_is_an_error_or_ignored() {
        for text in ["", "nonsense", "[]", "7", r#"{"id":1,"error":{}}"#] {
            assert!(parsed(text).is_err(), "{text}");
        }
        for text in ["{}", r#"{"id":"x","result":1}"#, r#"{"method":"later","params":[1]}"#] {
            assert!(matches!(parsed(text), Ok(Frame::Other)), "{text}");
        }
    }
}
