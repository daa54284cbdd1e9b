//! How much a system may send: a reply, by its method; a message that nobody asked for; everything
//! of a run.
//!
//! The figures are far above what the largest systems send, and far below what exhausts the machine
//! that trueup runs on. They rest on the recorded replies below tests/conformance/recorded: a
//! dataset with all its properties has 3.6 KB, an entry of the audit log 0.6 KB, an account 0.9 KB, a
//! key pair 1.7 KB, an entry of a directory 0.3 KB.

/// The replies of methods that answer with one thing, or with a short list. An error with the
/// traceback that TrueNAS adds to it fits, too.
pub(super) const SMALL_REPLY: usize = 2 << 20;

/// The replies of methods whose lists an administrator fills: 10,000 key pairs, 28,000 log entries
/// or 50,000 entries of a directory.
const MEDIUM_REPLY: usize = 16 << 20;

/// The largest reply of all: ten thousand datasets with all their properties have 36 MB.
pub(super) const LARGEST_REPLY: usize = 64 << 20;

/// The largest message while no call waits: an event, with the whole entry that has changed.
pub(super) const LARGEST_EVENT: usize = 2 << 20;

/// Everything that one system may send in a run, over however many connections. An apply that sets
/// up 200 accounts on a system with thousands of groups receives a fifth of that.
pub(super) const RUN_TOTAL: usize = 1 << 30;

/// The memory that all replies of one system take which are in use at the same time, as
/// [`weight`](super::weight::weight) estimates it. Ten thousand datasets with all their properties
/// take 380 MB.
pub(super) const REPLIES_IN_USE: usize = 768 << 20;

/// How many messages that answer no call are taken at once. Those are pings, events of jobs, and
/// answers that came too late.
pub(super) const UNREQUESTED_BURST: u32 = 10_000;

/// How many of those may follow each second. A system whose jobs all report their progress sends
/// some ten.
pub(super) const UNREQUESTED_PER_SECOND: u32 = 100;

/// What may wait to be written: one request, and the answers to pings. A system that does not read
/// as much as that reads nothing.
pub(super) const LARGEST_WRITE_BUFFER: usize = 512 << 10;

/// The largest reply to a call of this method, in bytes.
pub(super) fn largest_reply(method: &str) -> usize {
    match method {
        "pool.dataset.query" | "user.query" => LARGEST_REPLY,
        "audit.query"
        | "core.get_jobs"
        | "filesystem.listdir"
        | "group.query"
        | "keychaincredential.query"
        | "pool.query"
        | "replication.query" => MEDIUM_REPLY,
        _ => SMALL_REPLY,
    }
}
