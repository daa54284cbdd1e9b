//! Whatever a system sends as a frame, it is read or refused, and nothing in it is a line of ours.

use serde_json::{Value, json};

use super::choices::Choices;
use super::edits::edit;
use super::laws::check_shown;
use crate::truenas_client::ejson;
use crate::truenas_client::frame::{self, Frame, RawReply, Reply};
use crate::truenas_wire::ReadError;

/// Reads the frame that the input is: as it is if it begins like JSON, else a known one, changed.
pub fn frames(input: &[u8]) {
    if input.first().is_some_and(|byte| byte.is_ascii_graphic()) {
        if let Ok(text) = str::from_utf8(input) {
            read(text);
        }
        return;
    }
    let mut choices = Choices::new(input.get(1..).unwrap_or_default());
    let mut frame = frame_to_change(&mut choices);
    edit(&mut frame, 6, &mut choices);
    read(&frame.to_string());
    check_decoded(&ejson::decoded(frame));
}

/// A frame as TrueNAS sends it.
fn frame_to_change(choices: &mut Choices<'_>) -> Value {
    match choices.below(4) {
        0 => json!({ "jsonrpc": "2.0", "id": 7, "result": {
            "roles": { "$set": ["B", "A", { "$date": 1 }] }, "at": [{ "$date": 1_700_000_000_123_i64 }],
            "time": { "$time": "01:02:03" }, "date": { "$type": "date", "$value": "2026-01-02" },
            "v4": { "$ipv4_interface": "10.0.0.1/8" }, "v6": { "$ipv6_interface": "fd00::1/64" },
        } }),
        1 => json!({ "jsonrpc": "2.0", "id": 8, "error": {
            "code": -32602, "message": "Invalid params", "data": {
                "error": 22, "errname": "EINVAL", "reason": "[EINVAL] x.name: wrong",
                "trace": { "class": "ValidationErrors", "frames": [] },
                "extra": [
                    ["data.PoolDatasetCreateFilesystem.name", "Field required", 22],
                    ["data.PoolDatasetCreateVolume.type", "Input should be 'VOLUME'", 22],
                    ["atime.literal['ON','OFF']", "Input should be 'ON' or 'OFF'", 22],
                ],
            },
        } }),
        2 => json!({ "jsonrpc": "2.0", "id": 9, "error": {
            "code": -32001, "message": "Method call error", "data": {
                "error": 14, "errname": "EFAULT",
                "reason": "[EFAULT] Dec 01 00:00:00 box sshd[7]: /etc/ssh/sshd_config line 3: Bad configuration option: x\n",
                "extra": null,
            },
        } }),
        _ => json!({ "jsonrpc": "2.0", "method": "collection_update", "params": {
            "msg": "changed", "collection": "core.get_jobs", "id": 3, "fields": { "state": "RUNNING" },
        } }),
    }
}

fn read(text: &str) {
    let Ok(Frame::Reply { body, .. }) = frame::parsed(text) else { return };
    let (RawReply::Result(raw) | RawReply::Error(raw)) = &body;
    if let Ok(value) = serde_json::from_str::<Value>(raw.get()) {
        let (estimated, least) = (body.weight(), least_memory(&value));
        assert!(estimated >= least, "{estimated} bytes are too few for {least}: {raw}");
    }
    match body.parsed() {
        Ok(Reply::Result(result)) => {
            check_decoded(&result);
            let request = frame::request(7, "x.y", &[result]).expect("it is JSON");
            assert!(matches!(frame::parsed(&request), Ok(Frame::Other)), "{request:?}");
        }
        Ok(Reply::Error(body)) => check_error(body),
        Err(_) => {}
    }
}

/// The bytes that a value takes at least, without what its trees and texts have to spare.
fn least_memory(value: &Value) -> usize {
    let inside = match value {
        Value::Array(members) => members.iter().map(least_memory).sum(),
        Value::Object(members) => {
            let member = |(name, value): (&String, &Value)| {
                size_of::<String>() + name.len() + least_memory(value)
            };
            members.iter().map(member).sum()
        }
        Value::String(text) => text.len(),
        _ => 0,
    };
    size_of::<Value>() + inside
}

/// An error is one line of limited length, whoever called.
fn check_error(body: frame::ErrorBody) {
    let fault = body.fault("service.control");
    let shown = fault.to_string();
    assert!(!shown.contains('\n'), "{shown:?}");
    check_shown(&shown);
    assert!(fault.reason.chars().count() <= 4000);
    if let ReadError::Missing(text) | ReadError::Failed(text) = ReadError::from(fault) {
        assert_eq!(text, shown);
    }
}

/// What is in plain JSON stays as it is. A form may turn up where another one stood, once for each
/// level of nesting.
fn check_decoded(plain: &Value) {
    let mut value = plain.clone();
    let is_left = |value: &mut Value| {
        let decoded = ejson::decoded(value.clone());
        std::mem::replace(value, decoded) != *value
    };
    assert!((0..=128).any(|_| !is_left(&mut value)), "decoding does not come to an end: {plain}");
}
