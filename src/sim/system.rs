//! One simulated TrueNAS: its state, and nothing of how it is reached.

/// The state of one system.
#[derive(Default)]
pub struct System {}
