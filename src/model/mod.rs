//! The words that every part shares: plain data, no I/O, depends on nothing.

pub mod acceptance;
pub mod address;
pub(crate) mod authorized_key;
pub mod desired;
pub mod detail;
pub mod digest;
pub mod endpoint;
pub mod field;
pub(crate) mod glob;
pub mod hint;
pub mod link;
pub mod live;
pub mod mountpoint;
pub mod nearest;
pub mod place;
pub mod placeholder;
pub(crate) mod secret;
pub mod shell_words;
pub mod size;
pub(crate) mod sudo;
pub mod verdict;
pub mod visible;
pub(crate) mod yaml;

pub use acceptance::Acceptance;
pub use address::{Address, FieldRef};
pub use desired::{Desired, Wanted};
pub use detail::Detail;
pub use endpoint::{Endpoint, KeySource, Trust};
pub use field::Change;
pub use hint::Hint;
pub use link::Link;
pub use live::{Live, Reading};
pub use place::Place;
pub use verdict::{BlockedReason, Finding, KeptReason, Risk, State};
