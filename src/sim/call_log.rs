//! What a system was asked, so that tests can count it.

/// A method that a system received, whether it was allowed or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallRecord {
    /// The method.
    pub method: String,
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
    /// How many HTTP requests came, upgrades to a WebSocket included.
    pub requests: u64,
    /// How many logins succeeded.
    pub logins: u64,
}

impl CallLog {
    /// How often a method was called.
    pub fn count(&self, method: &str) -> usize {
        self.calls.iter().filter(|call| call.method == method).count()
    }

    /// The calls that change the system, by method.
    pub fn mutations(&self) -> Vec<&str> {
        self.calls.iter().filter(|call| call.mutates).map(|call| call.method.as_str()).collect()
    }
}
