//! The replies that kinds decode.

use std::any::{Any, TypeId};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use serde_json::Value;

use super::read::{Read, ReadError};

/// The replies of one system to the reads that were sent to it.
#[derive(Debug, Default)]
pub struct Replies {
    by_shape: BTreeMap<String, Result<Value, ReadError>>,
    received_at: Timestamp,
    /// What was made of a whole reply, by its type and the reply's shape.
    decoded: Mutex<BTreeMap<(TypeId, String), Arc<dyn Any + Send + Sync>>>,
    /// What is dropped together with the replies.
    kept: Vec<Box<dyn Any + Send + Sync>>,
}

impl Replies {
    /// No replies yet, of reads that are sent at that time.
    pub fn at(received_at: Timestamp) -> Self {
        Self { received_at, ..Self::default() }
    }

    /// When the reads were sent.
    pub fn received_at(&self) -> Timestamp {
        self.received_at
    }

    /// Keeps something for as long as the replies are there: what counts their memory.
    pub fn keep(&mut self, kept: impl Any + Send + Sync) {
        self.kept.push(Box::new(kept));
    }

    /// Notes the reply to a read. Replies to the parts of one read are joined.
    pub fn insert(&mut self, read: &Read, reply: Result<Value, ReadError>) {
        self.join(read.shape(), reply);
    }

    fn join(&mut self, shape: String, reply: Result<Value, ReadError>) {
        self.forget_decoded();
        let known = self.by_shape.remove(&shape);
        let joined = match (known, reply) {
            (Some(Ok(Value::Array(mut all))), Ok(Value::Array(more))) => {
                all.extend(more);
                Ok(Value::Array(all))
            }
            (Some(Err(error)), _) => Err(error),
            (_, reply) => reply,
        };
        self.by_shape.insert(shape, joined);
    }

    /// The reply to a read.
    ///
    /// # Errors
    /// What the system said instead, or that the read was never sent.
    pub fn get(&self, read: &Read) -> Result<&Value, ReadError> {
        match self.by_shape.get(&read.shape()) {
            Some(reply) => reply.as_ref().map_err(Clone::clone),
            None => Err(ReadError::NotAsked(read.method.name())),
        }
    }

    /// The entry of a query's reply whose `field` is `key`; every read has one such field.
    ///
    /// # Errors
    /// What the system said instead of a list, or that an entry has no such field.
    pub fn entry(
        &self,
        read: &Read,
        field: &'static str,
        key: &str,
    ) -> Result<Option<&Value>, ReadError> {
        let positions = self.decoded(read, |reply| positions(read, field, reply))?;
        let position = positions.0.get(key).copied();
        Ok(position.and_then(|at| self.get(read).ok()?.get(at)))
    }

    /// What `decode` makes of the whole reply to a read. It is decoded once: whatever many
    /// resources of a system need (its groups, its shells), they share.
    ///
    /// # Errors
    /// What the system said instead, or what `decode` says.
    pub fn decoded<T: Any + Send + Sync, E: From<ReadError>>(
        &self,
        read: &Read,
        decode: impl FnOnce(&Value) -> Result<T, E>,
    ) -> Result<Arc<T>, E> {
        let id = (TypeId::of::<T>(), read.shape());
        let mut decoded = self.decoded.lock().unwrap_or_else(PoisonError::into_inner);
        let known = decoded.get(&id).cloned().and_then(|known| known.downcast().ok());
        if let Some(known) = known {
            return Ok(known);
        }
        let made = Arc::new(decode(self.get(read)?)?);
        decoded.insert(id, made.clone());
        Ok(made)
    }

    /// Adds the replies of a later round, which may be to further parts of the same reads.
    pub fn extend(&mut self, later: Self) {
        self.kept.extend(later.kept);
        for (shape, reply) in later.by_shape {
            self.join(shape, reply);
        }
    }

    fn forget_decoded(&mut self) {
        self.decoded.get_mut().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// Where the entries of a reply are, by the field that identifies them.
struct Positions(BTreeMap<String, usize>);

fn positions(read: &Read, field: &'static str, reply: &Value) -> Result<Positions, ReadError> {
    let lacks = || ReadError::Lacks { method: read.method.name(), field };
    let entries = reply.as_array().ok_or_else(lacks)?;
    let mut positions = BTreeMap::new();
    for (at, entry) in entries.iter().enumerate() {
        let key = entry.get(field).and_then(Value::as_str).ok_or_else(lacks)?;
        positions.entry(key.to_owned()).or_insert(at);
    }
    Ok(Positions(positions))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::truenas_wire::ReadMethod;

    fn datasets(keys: &[&str]) -> Read {
        Read::entries(ReadMethod::PoolDatasetQuery, "id", keys.iter().copied(), json!({}))
    }

    #[test]
    fn replies_to_the_parts_of_a_read_are_joined() {
        let mut replies = Replies::default();
        replies.insert(&datasets(&["aaaa", "bbbb"]), Ok(json!([{ "id": "aaaa" }, { "id": "b" }])));
        let found = replies.entry(&datasets(&["x"]), "id", "aaaa");
        assert_eq!(found, Ok(Some(&json!({ "id": "aaaa" }))));
        replies.insert(&datasets(&["cccc"]), Ok(json!([{ "id": "cccc" }])));
        let found = replies.entry(&datasets(&["x"]), "id", "cccc");
        assert_eq!(found, Ok(Some(&json!({ "id": "cccc" }))), "what was decoded is forgotten");
    }

    #[test]
    fn a_reply_that_is_no_list_is_not_an_empty_one() {
        let mut replies = Replies::default();
        replies.insert(&datasets(&["a"]), Ok(json!("nothing")));
        let found = replies.entry(&datasets(&["a"]), "id", "a");
        assert_eq!(found, Err(ReadError::Lacks { method: "pool.dataset.query", field: "id" }));
    }

    #[test]
    fn a_reply_is_decoded_once() {
        let mut replies = Replies::default();
        replies.insert(&datasets(&["a"]), Ok(json!([1, 2])));
        let read = datasets(&["b"]);
        let count = |reply: &Value| Ok::<_, ReadError>(reply.as_array().map_or(0, Vec::len));
        assert_eq!(replies.decoded(&read, count).as_deref(), Ok(&2));
        let again = |_: &Value| -> Result<usize, ReadError> { unreachable!("it is known") };
        assert_eq!(replies.decoded(&read, again).as_deref(), Ok(&2));
    }
}
