//! What a system sent too much of.

use std::fmt;

/// What to do about a system that sends too much.
pub(super) const ADVICE: &str = "check that it is the TrueNAS that you mean";

/// What a system sent too much of. Displays as what the system did: it follows "the system" or the
/// system's name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Excess {
    /// The beginning of a message that would be larger than any reply.
    #[error("sent a message of {}; the largest that is accepted has {}", Size(*bytes), Size(*limit))]
    LargeMessage {
        /// The size in bytes that it announced.
        bytes: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// A message that is larger than the reply to any call that waits. It was not read to its end.
    #[error("sent a message of more than {}, the largest that was expected", Size(*limit))]
    UnexpectedMessage {
        /// The limit in bytes.
        limit: usize,
    },
    /// A reply that is larger than the replies of its method.
    #[error("sent a reply of {}; the largest that is accepted has {}", Size(*bytes), Size(*limit))]
    Reply {
        /// Its size in bytes.
        bytes: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// Replies that together take more memory than there is for them.
    #[error(
        "sent a reply of {}, with which its replies would take {} of memory; the limit is {}",
        Size(*bytes), Size(*memory), Size(*limit)
    )]
    Memory {
        /// The size of the last one in bytes.
        bytes: usize,
        /// The memory that all of them would take.
        memory: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// More in one run than is accepted.
    #[error("sent more than {} in this run, the most that is accepted", Size(*limit))]
    Total {
        /// The limit in bytes.
        limit: usize,
    },
    /// Pings, events and replies that nobody asked for.
    #[error("sent more than {messages} messages that answer no call")]
    Unrequested {
        /// How many came in a short time.
        messages: u32,
    },
    /// Pings, whose answers it does not read.
    #[error("does not read what is sent to it")]
    Unread,
}

/// A size in bytes, as people read it. Rounded up, so that what exceeds a limit looks larger.
struct Size(usize);

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(bytes) = *self;
        let tenths = bytes.saturating_mul(10).div_ceil(1 << 20);
        match bytes {
            0..0x400 => write!(f, "{bytes} bytes"),
            0x400..0x10_0000 => write!(f, "{} KiB", bytes.div_ceil(1 << 10)),
            _ if tenths.is_multiple_of(10) => write!(f, "{} MiB", tenths / 10),
            _ => write!(f, "{}.{} MiB", tenths / 10, tenths % 10),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_readable() {
        for (bytes, text) in [
            (7, "7 bytes"),
            (65_536, "64 KiB"),
            (3 << 19, "1.5 MiB"),
            (64 << 20, "64 MiB"),
            ((64 << 20) + 1, "64.1 MiB"),
        ] {
            assert_eq!(Size(bytes).to_string(), text);
        }
    }
}
