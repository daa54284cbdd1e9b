//! SSH as the middleware uses it: from one simulated system to whatever listens there.
//!
//! `replication.list_datasets` connects with zettarepl and paramiko, whose exceptions users read
//! word for word; host keys are discovered with `ssh-keyscan`.

pub mod failure;
pub mod host_keys;
pub mod keychain;
pub mod keyscan;
pub mod names;
pub mod zettarepl;
