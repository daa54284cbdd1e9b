//! Counts what a system sends, and stops reading before it is too much.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Instant;

use super::excess::Excess;
use super::limits::{
    LARGEST_EVENT, REPLIES_IN_USE, RUN_TOTAL, UNREQUESTED_BURST, UNREQUESTED_PER_SECOND,
};

/// What is read ahead of the message that is being received: the WebSocket's read buffer.
pub(super) const READ_AHEAD: usize = 128 << 10;

/// What one system has sent, over all connections of a run.
#[derive(Debug, Default)]
pub(super) struct Traffic {
    /// The bytes that were received, control frames and fragments included.
    received: AtomicUsize,
    /// The memory of the replies that are in use.
    in_use: AtomicUsize,
}

/// A reply's memory, for as long as the reply is in use.
#[derive(Debug)]
pub(super) struct InUse {
    traffic: Arc<Traffic>,
    memory: usize,
}

impl Traffic {
    /// Reserves the memory of a reply.
    ///
    /// # Errors
    /// The replies would take too much together.
    pub(super) fn reserve(self: &Arc<Self>, bytes: usize, memory: usize) -> Result<InUse, Excess> {
        let before = self.in_use.fetch_add(memory, Relaxed);
        // From here on it is given back, whatever happens.
        let in_use = InUse { traffic: self.clone(), memory };
        let memory = before.saturating_add(memory);
        if memory > REPLIES_IN_USE {
            return Err(Excess::Memory { bytes, memory, limit: REPLIES_IN_USE });
        }
        Ok(in_use)
    }
}

impl Drop for InUse {
    fn drop(&mut self) {
        self.traffic.in_use.fetch_sub(self.memory, Relaxed);
    }
}

/// What one connection receives. The WebSocket knows a single limit for all messages, which it is
/// given before the login. So the limit that depends on the calls that wait is kept here, below it:
/// a message's bytes are counted as they come.
#[derive(Debug)]
pub(super) struct Meter {
    /// What all connections of the run share.
    pub traffic: Arc<Traffic>,
    /// The bytes since the last whole message.
    message: AtomicUsize,
    /// How large the message that comes next may be.
    limit: AtomicUsize,
}

impl Meter {
    /// A connection on which no call waits yet.
    pub(super) fn new(traffic: Arc<Traffic>) -> Self {
        Self { traffic, message: AtomicUsize::new(0), limit: AtomicUsize::new(LARGEST_EVENT) }
    }

    /// How large the message that comes next may be: as large as the largest reply to these calls.
    pub(super) fn expect(&self, largest_replies: impl Iterator<Item = usize>) {
        self.limit.store(largest_replies.fold(LARGEST_EVENT, usize::max), Relaxed);
    }

    /// How large the message that comes next may be.
    pub(super) fn limit(&self) -> usize {
        self.limit.load(Relaxed)
    }

    /// A whole message was received. Control frames may come between its parts and are none.
    pub(super) fn message_received(&self) {
        self.message.store(0, Relaxed);
    }

    fn count(&self, bytes: usize) -> Result<(), Excess> {
        let total = self.traffic.received.fetch_add(bytes, Relaxed) + bytes;
        if total > RUN_TOTAL {
            return Err(Excess::Total { limit: RUN_TOTAL });
        }
        let limit = self.limit();
        if self.message.fetch_add(bytes, Relaxed) + bytes > limit + READ_AHEAD {
            return Err(Excess::UnexpectedMessage { limit });
        }
        Ok(())
    }
}

/// A stream whose reads are counted. A read fails, with an [`Excess`], once they are too many.
#[derive(Debug)]
pub(super) struct Metered<S> {
    stream: S,
    /// What counts them.
    pub meter: Arc<Meter>,
}

impl<S> Metered<S> {
    /// Counts the reads of a stream.
    pub(super) fn new(stream: S, meter: Meter) -> Self {
        Self { stream, meter: Arc::new(meter) }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Metered<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        let bytes = buffer.filled().len() - before;
        Poll::Ready(self.meter.count(bytes).map_err(io::Error::other))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Metered<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// How many more messages are taken that answer no call.
#[derive(Debug)]
pub(super) struct Unrequested {
    left: u32,
    since: Instant,
}

impl Unrequested {
    /// None came yet.
    pub(super) fn new(now: Instant) -> Self {
        Self { left: UNREQUESTED_BURST, since: now }
    }

    /// Counts one.
    ///
    /// # Errors
    /// It was one too many.
    pub(super) fn count(&mut self, now: Instant) -> Result<(), Excess> {
        let seconds = u32::try_from((now - self.since).as_secs()).unwrap_or(u32::MAX);
        if seconds > 0 {
            let more = seconds.saturating_mul(UNREQUESTED_PER_SECOND);
            self.left = self.left.saturating_add(more).min(UNREQUESTED_BURST);
            self.since = now;
        }
        let left = self.left.checked_sub(1);
        self.left = left.ok_or(Excess::Unrequested { messages: UNREQUESTED_BURST })?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn memory_is_given_back_when_a_reply_is_dropped() {
        let traffic = Arc::new(Traffic::default());
        let half = REPLIES_IN_USE / 2 + 1;
        let first = traffic.reserve(1, half).expect("there is room");
        let refused = traffic.reserve(1, half).expect_err("there is not");
        assert_eq!(refused, Excess::Memory { bytes: 1, memory: 2 * half, limit: REPLIES_IN_USE });
        drop(first);
        assert!(traffic.reserve(1, half).is_ok());
    }

    #[test]
    fn the_bytes_of_a_message_are_bounded_by_the_calls_that_wait() {
        let meter = Meter::new(Arc::default());
        assert!(meter.count(LARGEST_EVENT).is_ok());
        meter.message_received();
        meter.expect([LARGEST_EVENT * 2].into_iter());
        assert!(meter.count(LARGEST_EVENT * 2).is_ok());
        assert!(meter.count(READ_AHEAD + 1).is_err());
    }

    #[test]
    fn the_bytes_of_a_run_are_bounded_over_all_connections() {
        let traffic = Arc::new(Traffic::default());
        let [first, second] = [(); 2].map(|()| Meter::new(traffic.clone()));
        first.expect([usize::MAX / 2].into_iter());
        assert!(first.count(RUN_TOTAL).is_ok());
        assert_eq!(second.count(1), Err(Excess::Total { limit: RUN_TOTAL }));
    }

    #[test]
    fn unrequested_messages_may_come_slowly_for_ever() {
        let mut now = Instant::now();
        let mut unrequested = Unrequested::new(now);
        for _ in 0..UNREQUESTED_BURST {
            unrequested.count(now).expect("within the burst");
        }
        assert!(unrequested.count(now).is_err());
        for _ in 0..3 {
            now += Duration::from_secs(1);
            for _ in 0..UNREQUESTED_PER_SECOND {
                unrequested.count(now).expect("within the rate");
            }
            assert!(unrequested.count(now).is_err());
        }
    }
}
