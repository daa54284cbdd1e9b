//! The words that every part shares: plain data, no I/O, depends on nothing.

pub mod acceptance;
pub mod address;
pub(crate) mod authorized_key;
pub mod call;
pub mod desired;
pub mod endpoint;
pub mod field;
pub(crate) mod glob;
pub mod hint;
pub mod link;
pub mod live;
pub mod nearest;
pub mod observed;
pub mod place;
pub mod read;
pub mod release;
pub mod shell_words;
pub mod size;
pub(crate) mod sudo;
pub mod verdict;

pub use acceptance::Acceptance;
pub use address::{Address, FieldRef};
pub use call::Call;
pub use desired::{Desired, Wanted};
pub use endpoint::{Endpoint, KeySource, Trust};
pub use field::Change;
pub use hint::Hint;
pub use link::Link;
pub use live::{Live, Reading};
pub use observed::{Observed, Roles, Seen};
pub use place::Place;
pub use read::{Read, ReadError, ReadMethod, Replies};
pub use release::Release;
pub use verdict::{BlockedReason, Finding, KeptReason, Risk, State};
