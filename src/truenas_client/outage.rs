//! A time in which a system cannot be reached: when to try again, and when to give up.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::open_error::OpenError;
use super::options::Patience;
use super::pause;

/// How long a connection must have held for its loss to be another outage.
const SETTLED: Duration = Duration::from_secs(10);

/// An outage, from the first loss of a connection on.
#[derive(Debug)]
pub(super) struct Outage {
    began: Instant,
    /// How often it was tried in vain.
    failures: u32,
    /// Not to be tried before.
    next_try: Instant,
    pause: Duration,
    /// Why it was given up.
    error: Option<Arc<OpenError>>,
}

impl Outage {
    /// It begins: the first try is made at once, since mostly only the connection broke.
    pub(super) fn begin(now: Instant, patience: &Patience) -> Self {
        Self {
            began: now,
            failures: 0,
            next_try: now,
            pause: *patience.outage_pause.start(),
            error: None,
        }
    }

    /// Whether the loss of a connection that was made then is still part of it.
    pub(super) fn goes_on(&self, now: Instant, connected: Instant) -> bool {
        self.error.is_some() || now - connected < SETTLED
    }

    /// Why it was given up, as long as there is no point in trying once more.
    pub(super) fn given_up(&self, now: Instant) -> Option<Arc<OpenError>> {
        self.error.clone().filter(|_| now < self.next_try)
    }

    /// When it may be tried.
    pub(super) fn next_try(&self) -> Instant {
        self.next_try
    }

    /// A try has failed; gives the error if it is not to be tried again for now.
    pub(super) fn failed(
        &mut self,
        now: Instant,
        error: OpenError,
        patience: &Patience,
    ) -> Result<(), Arc<OpenError>> {
        self.failures += 1;
        self.delay(now, patience);
        let in_time = self.next_try.duration_since(self.began) <= patience.with_outage;
        if error.reason.may_pass() && in_time && self.error.is_none() {
            return Ok(());
        }
        let error = Arc::new(error);
        self.error = Some(error.clone());
        Err(error)
    }

    /// The system is back; gives how long it was gone if any try had failed. Should this
    /// connection break at once, the next try waits.
    pub(super) fn ended(&mut self, now: Instant, patience: &Patience) -> Option<Duration> {
        self.delay(now, patience);
        self.error = None;
        let failures = std::mem::take(&mut self.failures);
        (failures > 0).then(|| now - self.began)
    }

    /// Puts the next try off, each time longer and never for the same time twice: systems that
    /// many runs wait for come back to all of them.
    fn delay(&mut self, now: Instant, patience: &Patience) {
        self.next_try = now + pause::within(&(self.pause / 2..=self.pause));
        self.pause = (self.pause * 2).min(*patience.outage_pause.end());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::truenas_client::Reason;

    fn error(reason: Reason) -> OpenError {
        OpenError::new("box", "https://box", reason)
    }

    fn patience() -> Patience {
        Patience {
            with_outage: Duration::from_secs(90),
            outage_pause: Duration::from_millis(500)..=Duration::from_secs(5),
            ..Patience::default()
        }
    }

    #[test]
    fn tries_become_rarer_until_it_is_given_up() {
        let (patience, began) = (patience(), Instant::now());
        let mut outage = Outage::begin(began, &patience);
        let mut now = began;
        let not_ready = || error(Reason::NotReady { status: 502 });
        let mut tries = 1;
        while outage.failed(now, not_ready(), &patience).is_ok() {
            assert!(outage.next_try() >= now + Duration::from_millis(250), "never at once");
            now = outage.next_try();
            tries += 1;
        }
        let lasted = (now - began).as_secs();
        assert!((84..=90).contains(&lasted), "{lasted} s");
        assert!((18..=45).contains(&tries), "{tries} tries");
        assert!(outage.given_up(now).is_some() && outage.goes_on(now, began));
        now = outage.next_try();
        assert!(outage.given_up(now).is_none(), "it may be tried once more");
        assert!(outage.failed(now, not_ready(), &patience).is_err());
    }

    #[test]
    fn what_does_not_pass_ends_it_at_once() {
        let now = Instant::now();
        let mut outage = Outage::begin(now, &patience());
        assert!(outage.failed(now, error(Reason::KeyExpired), &patience()).is_err());
    }

    #[test]
    fn a_connection_that_breaks_at_once_belongs_to_the_same_outage() {
        let (patience, now) = (patience(), Instant::now());
        let mut outage = Outage::begin(now, &patience);
        assert_eq!(outage.next_try(), now, "mostly only the connection broke");
        assert_eq!(outage.ended(now, &patience), None, "the first try worked");
        assert!(outage.goes_on(now, now) && outage.next_try() > now);
        assert!(!outage.goes_on(now + SETTLED, now));
    }
}
