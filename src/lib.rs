//! trueup brings TrueNAS systems to the state that remote replication needs, and keeps them there.

pub mod api;
pub mod kinds;
pub mod model;
pub mod plan;
pub mod render;
#[cfg(feature = "sim")]
pub mod sim;
