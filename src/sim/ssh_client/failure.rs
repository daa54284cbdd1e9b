//! Why a connection failed, as zettarepl's exceptions say it and the middleware passes it on.
//!
//! Source: `plugins/zettarepl.py` (`_handle_ssh_exceptions`) of TS-25.10.6.

use super::super::fault::{Fault, python_repr};

/// EACCES
const ACCESS: i32 = 13;

/// Why a connection, or the command behind it, failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// An exception of paramiko or the socket: its `repr` is shown.
    Connection(String),
    /// The host has another key than the connection names: its MD5 fingerprint.
    OtherHostKey(String),
    /// The command ended with this status, having written this.
    Command {
        /// The exit status.
        status: u32,
        /// What it wrote, errors included.
        output: String,
    },
    /// Any other exception: its class and text.
    Exception(&'static str, String),
}

impl Failure {
    /// An exception that carries one text.
    pub fn connection(class: &str, text: &str) -> Self {
        Self::Connection(format!("{class}({})", python_repr(text)))
    }
}

impl From<Failure> for Fault {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Connection(repr) => Self::error(ACCESS, repr),
            Failure::OtherHostKey(fingerprint) => Self::error(
                ACCESS,
                format!(
                    "Remote host identification has changed. Someone could be eavesdropping on \
                     you right now (man-in-the-middle attack)! It is also possible that a host \
                     key has just been changed. The fingerprint for the RSA key sent by the \
                     remote host is {fingerprint}. Please edit your SSH connection and click \
                     \"Discover Remote Host Key\" to resolve this issue."
                ),
            ),
            Failure::Command { status, output } => {
                let text = match output.trim() {
                    "" => format!("Command failed with code {status}"),
                    output => output.to_owned(),
                };
                Self::Call {
                    errno: 22,
                    reason: text,
                    class: "ExecException",
                    repr: format!("ExecException({status}, {})", python_repr(&output)),
                }
            }
            Failure::Exception(class, text) => Self::exception(class, text),
        }
    }
}
