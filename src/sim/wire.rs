//! The JSON-RPC envelope: what stands around a call and its reply, word for word.

pub mod message;
pub mod python_json;
pub mod reply;
