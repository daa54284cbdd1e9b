//! What people read: text for terminals and Markdown for reviews, made from the same documents as
//! the JSON.

pub mod accepted;
pub mod apply;
pub(crate) mod checks;
pub mod diagnostic;
pub mod drift;
pub mod list_diff;
pub mod markdown;
pub mod missing;
pub mod plan;
pub mod prometheus;
pub mod stale;
pub mod style;
pub mod trust;
pub mod value;
