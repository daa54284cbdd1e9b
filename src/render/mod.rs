//! What people read: text for terminals, made from the same documents as the JSON.

pub mod drift;
pub mod plan;
pub mod style;
pub mod value;
