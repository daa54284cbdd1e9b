//! The SSH server of a simulated system: Debian's OpenSSH 9.2 as TrueNAS configures it.
//!
//! Sources: OpenSSH V_9_2_P1 (`servconf.c`, `auth.c`, `auth2-pubkey.c`, `auth2-pubkeyfile.c`,
//! `auth-options.c`, `misc.c`), Debian's `user-group-modes.patch`, and the middleware's
//! `etc_files/local/ssh/sshd_config.mako`.

mod address;
pub mod admission;
mod algorithms;
pub mod authorized_keys;
pub mod config;
mod expiry_time;
pub mod host_keys;
pub mod key_options;
mod keyword;
mod methods;
pub mod pattern;
pub mod public_key;
pub mod server;
pub mod session;
pub mod strict_modes;
mod value;

pub use server::Sshd;
