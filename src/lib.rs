//! trueup brings TrueNAS systems to the state that remote replication needs, and keeps them there.

pub mod manifest;
pub mod model;
pub mod render;
#[cfg(feature = "sim")]
pub mod sim;
