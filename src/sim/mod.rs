//! The simulator: TrueNAS systems on loopback, as strict as the real ones.
//!
//! Written from the real API's behaviour and held against recordings of it; it shares no code
//! with the client (`api`) or the codecs (`kinds`) that it is there to test.

pub mod audit;
pub mod breakage;
pub mod call_log;
pub mod caller;
pub mod check;
pub mod clock;
pub mod connection;
pub mod event;
pub mod fault;
pub mod fleet;
pub mod job;
pub mod keygen;
pub mod method;
pub mod methods;
pub mod middleware;
pub mod query;
pub mod rate_limit;
pub mod ready;
pub mod release;
pub mod repr;
pub mod role;
pub mod scram;
pub mod server;
pub mod session;
pub mod shell;
pub mod ssh_client;
pub mod ssh_port;
pub mod sshd;
pub mod system;
pub mod tls;
pub mod wire;

pub use fleet::{Fleet, FleetError};
pub use server::{Running, StartError, start};
