//! What it takes to talk to a TrueNAS: transport, login, jobs and errors.
//!
//! [`Session::open`] is the way in: it believes a certificate ([`tls`]), learns the release, upgrades
//! to a WebSocket on the same connection, and logs in. A session gives a [`Reader`], which can send
//! nothing but [`Read`](crate::truenas_wire::Read)s, and a [`Writer`], which sends one
//! [`Call`](crate::truenas_wire::Call) and says whether its outcome is known.

mod closed;
pub mod ejson;
mod excess;
pub mod fault;
pub mod fingerprints;
pub(crate) mod frame;
mod http;
mod incoming;
mod job;
mod journal;
pub mod key;
mod limits;
mod link;
mod login;
pub mod open_error;
pub mod options;
mod outage;
mod params;
mod pause;
mod proxy;
mod reader;
mod remedy;
mod reuse;
mod rpc;
mod scram;
mod session;
pub mod tls;
mod traffic;
mod violation;
mod waiting;
mod weight;
mod writer;

pub use closed::Closed;
pub use excess::Excess;
pub use fault::Fault;
pub use key::KeyError;
pub use open_error::{OpenError, Reason};
pub use options::{Notice, Options, Patience};
pub use params::SecretParams;
pub use proxy::Proxy;
pub use reader::Reader;
pub use scram::ScramError;
pub use session::Session;
pub use violation::Violation;
pub use writer::{CallError, Writer};
