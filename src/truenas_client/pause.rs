//! Pauses of random length, so that what collided once does not collide again.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::ops::RangeInclusive;
use std::time::Duration;

/// A random length within the range.
pub(super) fn within(range: &RangeInclusive<Duration>) -> Duration {
    let width = range.end().saturating_sub(*range.start());
    // The keys of a `RandomState` differ with every instance: randomness enough to part two clients.
    let random = RandomState::new().build_hasher().finish() >> 32;
    let share = random as f64 / f64::from(u32::MAX);
    *range.start() + width.mul_f64(share)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_within_its_range() {
        let range = Duration::from_millis(100)..=Duration::from_millis(200);
        for _ in 0..100 {
            assert!(range.contains(&within(&range)));
        }
        assert_eq!(within(&(Duration::ZERO..=Duration::ZERO)), Duration::ZERO);
    }
}
