//! Reading: it takes nothing but [`Read`]s, so it cannot write.

use std::sync::Arc;

use futures_util::future::join_all;
use jiff::Timestamp;
use serde_json::Value;
use tokio::time::sleep;

use super::link::Link;
use super::pause;
use super::waiting::{Failure, Received};
use crate::truenas_wire::call::LONGEST_REQUEST;
use crate::truenas_wire::read::merged;
use crate::truenas_wire::{Read, ReadError, Replies};

/// How often a read is sent again that came on top of too many calls.
const CROWDED_TRIES: usize = 5;

/// How many bytes of keys one request may ask for; the rest is for what stands around them.
const MOST_KEY_BYTES: usize = LONGEST_REQUEST - 8 * 1024;

/// Reads from a system. Reads are sent again after the connection was lost, once.
#[derive(Clone, Debug)]
pub struct Reader {
    link: Arc<Link>,
}

impl Reader {
    pub(super) fn new(link: Arc<Link>) -> Self {
        Self { link }
    }

    /// One read, its reply in plain JSON.
    ///
    /// # Errors
    /// What the system said instead, or that it cannot be reached any more.
    pub async fn read(&self, read: &Read) -> Result<Value, ReadError> {
        self.receive(read).await.map(|received| received.value)
    }

    async fn receive(&self, read: &Read) -> Result<Received, ReadError> {
        let (method, params) = (read.method.name(), read.params());
        let mut connection = self.link.connection().await;
        let mut lost_before = false;
        let mut crowded = 0;
        loop {
            let timeout = self.link.options.call_timeout;
            match connection.rpc.receive(method, &params, timeout).await {
                Ok(reply) => return Ok(reply),
                Err(Failure::Answered(fault))
                    if fault.is_too_many_calls() && crowded < CROWDED_TRIES =>
                {
                    crowded += 1;
                    sleep(pause::within(&self.link.options.patience.crowd_pause)).await;
                }
                Err(Failure::Answered(fault)) => return Err(fault.into()),
                Err(Failure::TooLong(bytes)) => {
                    return Err(ReadError::Failed(format!(
                        "`{method}`: the request has {bytes} bytes, more than the {LONGEST_REQUEST} \
                         that TrueNAS accepts"
                    )));
                }
                Err(Failure::Lost(why) | Failure::NotSent(why)) => {
                    let failed = format!("`{method}`: {}", why.of_system(self.link.system()));
                    if why.is_excess() {
                        return Err(ReadError::Unreachable(failed));
                    }
                    // A connection that is there but did not answer would not answer again.
                    if lost_before || connection.rpc.closed().is_none() {
                        return Err(ReadError::Failed(failed));
                    }
                    lost_before = true;
                    connection = self
                        .link
                        .instead_of(&connection)
                        .await
                        .map_err(|error| ReadError::Unreachable(error.to_string()))?;
                }
            }
        }
    }

    /// Many reads, those of one shape as one request, all in flight at once as far as the system
    /// takes them.
    pub async fn read_all(&self, reads: impl IntoIterator<Item = Read>) -> Replies {
        let reads = merged(reads, MOST_KEY_BYTES);
        let answers = join_all(reads.iter().map(|read| self.receive(read))).await;
        let mut replies = Replies::at(Timestamp::now());
        for (read, answer) in reads.iter().zip(answers) {
            let answer = answer.map(|Received { value, in_use }| {
                replies.keep(in_use);
                value
            });
            replies.insert(read, answer);
        }
        replies
    }
}
