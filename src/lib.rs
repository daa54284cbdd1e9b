//! trueup brings TrueNAS systems to the state that remote replication needs, and keeps them there.

pub mod api;
pub mod apply;
pub mod kinds;
pub mod model;
pub mod observe;
pub mod plan;
pub mod render;
#[cfg(feature = "sim")]
pub mod sim;
