//! The client's transport, against a server of a few lines that does what a test tells it.

mod calls;
mod jobs;
mod open;
mod scram;
mod secrets;
pub mod server;
mod trust;
