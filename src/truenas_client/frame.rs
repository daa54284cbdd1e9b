//! JSON-RPC 2.0 as TrueNAS speaks it: one text frame is one message.

use std::io;

use secrecy::zeroize::Zeroizing;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use super::ejson;
use super::fault::Fault;
use super::weight::weight;

/// A request as it goes over the wire. TrueNAS wants the parameters as an array. They may hold a
/// secret: the text is zeroized when it is dropped, and is allocated once, since a text that grows
/// leaves copies behind.
pub(crate) fn request(
    id: u64,
    method: &str,
    params: &[Value],
) -> Result<Zeroizing<String>, serde_json::Error> {
    #[derive(Serialize)]
    struct Request<'a> {
        jsonrpc: &'static str,
        id: u64,
        method: &'a str,
        params: &'a [Value],
    }
    let request = Request { jsonrpc: "2.0", id, method, params };
    let mut length = Length(0);
    serde_json::to_writer(&mut length, &request)?;
    let mut text = Zeroizing::new(Vec::with_capacity(length.0));
    serde_json::to_writer(&mut *text, &request)?;
    let text = String::from_utf8(std::mem::take(&mut *text));
    Ok(Zeroizing::new(text.expect("JSON must be UTF-8")))
}

/// Counts what is written.
struct Length(usize);

impl io::Write for Length {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A frame that came from the system, as far as it takes to know what it is. Nothing is allocated
/// for its content.
pub(crate) enum Frame<'a> {
    /// The answer to a request.
    Reply {
        /// Of the request.
        id: u64,
        /// What was answered.
        body: RawReply<'a>,
    },
    /// Something that happened, told to whoever subscribed to it.
    Event(Event),
    /// A valid message that nobody waits for.
    Other,
}

/// An answer that is not parsed yet.
pub(crate) enum RawReply<'a> {
    /// The result.
    Result(&'a RawValue),
    /// The error.
    Error(&'a RawValue),
}

impl RawReply<'_> {
    /// The memory that it takes once it is parsed.
    pub(crate) fn weight(&self) -> usize {
        let (Self::Result(raw) | Self::Error(raw)) = self;
        weight(raw.get())
    }

    /// The answer, in plain JSON.
    ///
    /// # Errors
    /// It is nested too deeply, or its error is none. The error says where, not what.
    pub(crate) fn parsed(&self) -> Result<Reply, serde_json::Error> {
        Ok(match self {
            Self::Result(raw) => Reply::Result(ejson::decoded(serde_json::from_str(raw.get())?)),
            Self::Error(raw) => Reply::Error(serde_json::from_str(raw.get())?),
        })
    }
}

/// An answer.
pub(crate) enum Reply {
    /// The result, in plain JSON.
    Result(Value),
    /// An error, with what it takes to make a [`Fault`] of it.
    Error(ErrorBody),
}

/// Something that happened on the system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Event {
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
pub(crate) struct ErrorBody {
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
    pub(crate) fn fault(self, method: &str) -> Fault {
        let data = self.data.unwrap_or_default();
        let reason = data.reason.unwrap_or(self.message);
        Fault::new(method, self.code, data.error, data.errname, &reason, &data.extra)
    }
}

#[derive(Deserialize)]
struct Message<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    method: Option<&'a RawValue>,
    #[serde(borrow)]
    params: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    result: Option<&'a RawValue>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
}

/// A member that is there, though it may be `null`.
fn present<'a, 'de: 'a, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<&'a RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

/// What is taken of an event's parameters.
#[derive(Deserialize)]
struct EventParams<'a> {
    collection: String,
    #[serde(borrow)]
    id: Option<&'a RawValue>,
}

/// What a text frame says.
///
/// # Errors
/// It is no JSON-RPC message. The error says where, not what.
pub(crate) fn parsed(text: &str) -> Result<Frame<'_>, serde_json::Error> {
    let message: Message<'_> = serde_json::from_str(text)?;
    let body = message.error.map(RawReply::Error).or(message.result.map(RawReply::Result));
    if let Some(body) = body {
        return Ok(match message.id.and_then(|id| id.get().parse().ok()) {
            Some(id) => Frame::Reply { id, body },
            None => Frame::Other,
        });
    }
    let params: Option<EventParams<'_>> =
        message.params.and_then(|params| serde_json::from_str(params.get()).ok());
    Ok(match (message.method.map(RawValue::get), params) {
        (Some(r#""collection_update""#), Some(EventParams { collection, id })) => {
            Frame::Event(Event::Changed { collection, id: id.and_then(|id| id.get().parse().ok()) })
        }
        (Some(r#""notify_unsubscribed""#), Some(EventParams { collection, id: _ })) => {
            Frame::Event(Event::Unsubscribed { collection })
        }
        _ => Frame::Other,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn reply(text: &str) -> (u64, Result<Reply, serde_json::Error>) {
        let Ok(Frame::Reply { id, body }) = parsed(text) else { panic!("a reply: {text}") };
        (id, body.parsed())
    }

    #[test]
    fn a_request_has_its_parameters_in_an_array() {
        let text = request(7, "core.ping", &[]).expect("JSON");
        assert_eq!(*text, r#"{"jsonrpc":"2.0","id":7,"method":"core.ping","params":[]}"#);
        assert_eq!(text.capacity(), text.len(), "a text that grows leaves copies behind");
    }

    #[test]
    fn a_result_may_be_null() {
        let (id, reply) = reply(r#"{"jsonrpc":"2.0","id":1,"result":null}"#);
        assert!(matches!((id, reply), (1, Ok(Reply::Result(Value::Null)))));
    }

    #[test]
    fn the_trace_of_an_error_is_not_kept() {
        let text = json!({ "jsonrpc": "2.0", "id": 1, "error": {
            "code": -32001, "message": "Method call error",
            "data": { "error": 14, "errname": "EFAULT", "reason": "[EFAULT] no",
                      "trace": { "formatted": "hunter2" }, "extra": null } } });
        let (_, Ok(Reply::Error(body))) = reply(&text.to_string()) else { panic!("an error") };
        let fault = body.fault("x");
        assert!(!format!("{fault:?}").contains("hunter2"));
        assert_eq!((fault.to_string().as_str(), fault.errno), ("no", Some(14)));
    }

    #[test]
    fn an_error_without_data_has_its_message() {
        let text =
            r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"Method does not exist"}}"#;
        let (_, Ok(Reply::Error(body))) = reply(text) else { panic!("an error") };
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
        for text in ["", "nonsense", "[]", "7"] {
            assert!(parsed(text).is_err(), "{text}");
        }
        let nested = format!(r#"{{"id":1,"result":{}{}}}"#, "[".repeat(200), "]".repeat(200));
        for text in [r#"{"id":1,"error":{}}"#, &nested] {
            assert!(reply(text).1.is_err(), "{text}");
        }
        for text in ["{}", r#"{"id":"x","result":1}"#, r#"{"method":"later","params":[1]}"#] {
            assert!(matches!(parsed(text), Ok(Frame::Other)), "{text}");
        }
    }
}
