//! The SSH server of a simulated system: Debian's OpenSSH 9.2 as TrueNAS configures it.
//!
//! Sources: OpenSSH V_9_2_P1 (`servconf.c`, `auth.c`, `auth2-pubkey.c`, `auth2-pubkeyfile.c`,
//! `auth-options.c`, `misc.c`), Debian's `user-group-modes.patch`, and the middleware's
//! `etc_files/local/ssh/sshd_config.mako`.

pub mod admission;
pub mod authorized_keys;
pub mod config;
pub mod host_keys;
mod keyword;
pub mod pattern;
pub mod server;
pub mod session;
pub mod strict_modes;

pub use server::Sshd;
