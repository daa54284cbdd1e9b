//! Why a connection failed, as zettarepl's exceptions say it and the middleware passes it on.
//!
//! Source: `plugins/zettarepl.py` (`_handle_ssh_exceptions`) of TS-25.10.6.

use super::super::fault::Fault;
use super::super::repr::python_repr;

/// EACCES
const ACCESS: i32 = 13;

/// Why a connection, or the command behind it, failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// An exception of paramiko or the socket: its `repr` is shown.
    Connection(String),
    /// The host has another key than the connection names.
    OtherHostKey {
        /// The fingerprint of the host's key (MD5).
        fingerprint: String,
        /// paramiko's text, which names both keys.
        text: String,
    },
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

    /// What a task is told: the exception's own text, as `replication/run.py` of zettarepl passes
    /// it on.
    pub fn text(&self) -> String {
        match self {
            Self::Connection(repr) => text_of_repr(repr),
            Self::OtherHostKey { text, .. } => text.clone(),
            Self::Command { status, output } => match output.trim() {
                "" => format!("Command failed with code {status}"),
                output => output.to_owned(),
            },
            Self::Exception(_, text) => text.clone(),
        }
    }
}

/// The text of an exception that is known by its `repr`: `CLASS('TEXT')`, or
/// `CLASS(NUMBER, 'TEXT')` of an `OSError`, whose number is told where it has one.
fn text_of_repr(repr: &str) -> String {
    let (class, arguments) = repr.split_once('(').unwrap_or((repr, ""));
    let arguments = arguments.strip_suffix(')').unwrap_or(arguments);
    let text = |quoted: &str| quoted.trim_matches(['\'', '"']).to_owned();
    match arguments.split_once(", ") {
        _ if class == "TimeoutError" => "Network connection timeout".to_owned(),
        Some(("None", rest)) => text(rest),
        Some((number, rest)) if number.parse::<i32>().is_ok() => {
            format!("[Errno {number}] {}", text(rest))
        }
        _ => text(arguments),
    }
}

impl From<Failure> for Fault {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Connection(repr) => Self::error(ACCESS, repr),
            Failure::OtherHostKey { fingerprint, .. } => Self::error(
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
