//! What a system was asked, so that tests can count it and hold it against the API's schemas.

use serde_json::Value;

/// A method that a system received, whether it was allowed or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallRecord {
    /// The method.
    pub method: String,
    /// The positional parameters as they were sent, secrets included.
    pub params: Vec<Value>,
    /// Whether it is one that changes the system.
    pub mutates: bool,
    /// On which connection, counted from 1.
    pub connection: u64,
}

/// Everything that a system was asked.
#[derive(Clone, Debug, Default)]
pub struct CallLog {
    /// The calls, in the order in which they came.
    pub calls: Vec<CallRecord>,
    /// How many WebSocket connections were opened.
    pub connections: u64,
    /// Who said to have opened each of them (`User-Agent`), in their order.
    pub clients: Vec<String>,
    /// How many HTTP requests came, upgrades to a WebSocket included.
    pub requests: u64,
    /// How many logins succeeded.
    pub logins: u64,
}

impl CallLog {
    /// The calls of clients whose name begins so.
    pub fn of_client<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a CallRecord> {
        let theirs = move |call: &&CallRecord| {
            let index = usize::try_from(call.connection).unwrap_or_default().wrapping_sub(1);
            self.clients.get(index).is_some_and(|client| client.starts_with(name))
        };
        self.calls.iter().filter(theirs)
    }

    /// How often a method was called.
    pub fn count(&self, method: &str) -> usize {
        self.calls.iter().filter(|call| call.method == method).count()
    }

    /// The calls that change the system, by method.
    pub fn mutations(&self) -> Vec<&str> {
        self.calls.iter().filter(|call| call.mutates).map(|call| call.method.as_str()).collect()
    }
}
