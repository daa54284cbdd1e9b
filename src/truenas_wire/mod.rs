//! What goes over the wire to a TrueNAS and comes back, as data: calls, reads and their replies,
//! releases, roles. No I/O.

pub mod call;
pub mod observed;
pub mod read;
pub mod release;
pub mod replies;
pub mod roles;

pub use call::Call;
pub use observed::{Observed, Seen};
pub use read::{Read, ReadError, ReadMethod};
pub use release::Release;
pub use replies::Replies;
pub use roles::Roles;
