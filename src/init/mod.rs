//! A first manifest from two systems as they are: what they have of the five steps already, under
//! whatever name, and the recommended way where they have nothing.
//!
//! Replies become a [`survey`], two surveys a [`draft`] by [`choose`], and that, without what other
//! files say already ([`known`]), a text by [`write`]. But for the survey's reads all of it is pure. Nothing here can write to a system.

pub mod choose;
pub mod draft;
pub mod known;
pub mod name;
pub mod survey;
mod writable;
pub mod write;

pub use choose::{End, choose};
pub use known::Known;
pub use survey::{Survey, survey};
