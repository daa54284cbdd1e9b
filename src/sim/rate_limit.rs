//! How often one address may call a method before it logs in.
//!
//! Source: `utils/rate_limit/cache.py` of TS-25.10.6.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use rand::Rng;

const WINDOW: Duration = Duration::from_secs(60);
const CALLS: u32 = 20;
/// With that many methods and addresses remembered, nobody is let in any more.
const ENTRIES: usize = 100;

/// The counts so far.
pub struct RateLimit {
    calls: u32,
    seen: BTreeMap<(String, String), (u32, Instant)>,
}

impl RateLimit {
    /// With another number of calls a minute than the real 20.
    pub fn new(calls: Option<u32>) -> Self {
        Self { calls: calls.unwrap_or(CALLS), seen: BTreeMap::new() }
    }

    /// Counts a call; true if it is one too many.
    pub fn exceeded(&mut self, method: &str, address: &str, now: Instant) -> bool {
        let entry = self.seen.entry((method.to_owned(), address.to_owned())).or_insert((0, now));
        if now.duration_since(entry.1) >= WINDOW {
            *entry = (0, now);
        }
        entry.0 += 1;
        let too_often = entry.0 > self.calls;
        // The real check is for equality with a table that only grows.
        too_often || self.seen.len() == ENTRIES
    }

    /// How long a refused call waits for its answer: one to ten seconds.
    pub fn pause() -> Duration {
        Duration::from_millis(rand::rng().random_range(1000..=10_000))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_twenty_first_call_of_a_minute_is_one_too_many() {
        let mut limit = RateLimit::new(None);
        let start = Instant::now();
        let mut call =
            |seconds| limit.exceeded("auth.login_ex", "::1", start + Duration::from_secs(seconds));
        assert!((0..20).all(|_| !call(1)));
        assert!(call(59));
        assert!(!call(62));
    }
}
