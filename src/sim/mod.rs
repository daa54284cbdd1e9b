//! The simulator: TrueNAS systems on loopback, as strict as the real ones.
//!
//! Written from the real API's behaviour and held against recordings of it; it shares no code
//! with the client (`api`) or the codecs (`kinds`) that it is there to test.

pub mod audit;
pub mod caller;
pub mod check;
pub mod event;
pub mod fault;
pub mod fleet;
pub mod method;
pub mod methods;
pub mod query;
pub mod release;
pub mod role;
pub mod system;
pub mod wire;
