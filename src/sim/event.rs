//! What the system tells its subscribers.

use serde_json::Value;

/// A change in a collection (`user.query`, `service.query`), sent as `collection_update` to whoever
/// subscribed to it. Methods push them to the system's queue; the server sends them after the call.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// `added`, `changed` or `removed`.
    pub msg: &'static str,
    /// The collection's name.
    pub collection: String,
    /// The entry's id.
    pub id: Value,
    /// The entry; `None` for `removed`.
    pub fields: Option<Value>,
}
