//! How a connection ended.

use std::time::Duration;

use tokio_tungstenite::tungstenite;
use tokio_tungstenite::tungstenite::error::{CapacityError, ProtocolError};

use super::excess::{ADVICE, Excess};
use crate::model::visible::visible;
use crate::truenas_wire::call::LONGEST_REQUEST;

/// How a connection ended.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Closed {
    /// The system closed it, and may have said why.
    #[error("the system closed the connection{}", said(*code, text))]
    BySystem {
        /// The WebSocket close code; 1008 is an address that is not allowed.
        code: Option<u16>,
        /// What it said.
        text: String,
    },
    /// It broke.
    #[error("the connection broke: {0}")]
    Broken(String),
    /// Nothing was heard, not even the answer to a ping.
    #[error("nothing was heard for {0:?}")]
    Silent(Duration),
    /// Something came that is no JSON-RPC.
    #[error("the system sent what is no JSON-RPC message")]
    Garbled,
    /// The system sent more than is taken. Another connection would bring more of it.
    #[error("the system {0}; {ADVICE}")]
    Excess(Excess),
    /// A request is too long to be sent.
    #[error("the request has {0} bytes, more than the {LONGEST_REQUEST} that TrueNAS accepts")]
    RequestTooLong(usize),
    /// No answer came in time; the connection itself may be there.
    #[error("no answer within {0:?}")]
    NoAnswer(Duration),
    /// The session was over.
    #[error("the session is over")]
    Ended,
}

impl Closed {
    /// How the connection to that system ended.
    pub fn of_system(&self, system: &str) -> String {
        match self {
            Self::BySystem { code, text } => {
                format!("{system} closed the connection{}", said(*code, text))
            }
            Self::Excess(excess) => format!("{system} {excess}; {ADVICE}"),
            other => other.to_string(),
        }
    }

    /// Whether the system would do the same on another connection.
    pub fn is_excess(&self) -> bool {
        matches!(self, Self::Excess(_))
    }

    /// What an error of the WebSocket means.
    pub(super) fn from_error(error: &tungstenite::Error) -> Self {
        match error {
            tungstenite::Error::ConnectionClosed | tungstenite::Error::AlreadyClosed => {
                Self::BySystem { code: None, text: String::new() }
            }
            tungstenite::Error::Capacity(CapacityError::MessageTooLong { size, max_size }) => {
                Self::Excess(Excess::LargeMessage { bytes: *size, limit: *max_size })
            }
            tungstenite::Error::WriteBufferFull(_) => Self::Excess(Excess::Unread),
            tungstenite::Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => {
                Self::BySystem { code: None, text: String::new() }
            }
            tungstenite::Error::Protocol(_) | tungstenite::Error::Utf8(_) => Self::Garbled,
            // TLS that ends without its `close_notify`, too.
            tungstenite::Error::Io(error) if is_closed(error) => {
                Self::BySystem { code: None, text: String::new() }
            }
            tungstenite::Error::Io(error) => {
                match error.get_ref().and_then(|error| error.downcast_ref::<Excess>()) {
                    Some(excess) => Self::Excess(excess.clone()),
                    None => Self::Broken(error.to_string()),
                }
            }
            _ => Self::Broken("the WebSocket failed".into()),
        }
    }
}

/// Whether an error means that the other side closed the connection.
pub(super) fn is_closed(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    matches!(error.kind(), BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof)
}

fn said(code: Option<u16>, text: &str) -> String {
    match (code, text) {
        (None, _) => String::new(),
        (Some(code), "") => format!(" (code {code})"),
        (Some(code), text) => format!(" (code {code}: {})", visible(text)),
    }
}
