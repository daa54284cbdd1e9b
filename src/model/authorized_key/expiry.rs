//! `expiry-time` of a line of `authorized_keys`.

use jiff::civil::DateTime;
use jiff::{Span, Timestamp, tz::TimeZone};

/// When a line stops counting: `YYYYMMDD[HHMM[SS]]`, in the system's own time zone unless `Z` or
/// `UTC` follows (OpenSSH `misc.c`, `parse_absolute_time`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Expiry {
    at: DateTime,
    utc: bool,
}

/// How far time zones are from UTC at the most, in hours, to the west and to the east.
const WEST: i64 = 12;
const EAST: i64 = 14;

impl Expiry {
    /// `None` if sshd does not understand it.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let without = |suffix: &str| {
            let at = text.len().checked_sub(suffix.len()).filter(|at| *at > 0)?;
            let (digits, end) = text.split_at_checked(at)?;
            end.eq_ignore_ascii_case(suffix).then_some(digits)
        };
        let zoneless = without("Z").or_else(|| without("UTC"));
        let digits = zoneless.unwrap_or(text);
        let format = match digits.len() {
            8 => "%Y%m%d",
            12 => "%Y%m%d%H%M",
            14 => "%Y%m%d%H%M%S",
            _ => return None,
        };
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let parsed = jiff::fmt::strtime::parse(format, digits).ok()?;
        let at = match digits.len() {
            8 => parsed.to_date().ok()?.to_datetime(jiff::civil::Time::midnight()),
            _ => parsed.to_datetime().ok()?,
        };
        Some(Self { at, utc: zoneless.is_some() })
    }

    /// Whether it is over everywhere.
    pub(crate) fn is_over(self, now: Timestamp) -> bool {
        self.instant(WEST).is_some_and(|latest| latest < now)
    }

    /// Whether it is over somewhere.
    pub(crate) fn may_be_over(self, now: Timestamp) -> bool {
        self.instant(-EAST).is_some_and(|earliest| earliest < now)
    }

    /// The instant, if the system is so many hours behind UTC.
    fn instant(self, hours: i64) -> Option<Timestamp> {
        let at = self.at.to_zoned(TimeZone::UTC).ok()?.timestamp();
        if self.utc { Some(at) } else { at.checked_add(Span::new().hours(hours)).ok() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    #[test]
    fn without_a_zone_it_is_over_only_when_it_is_over_everywhere() {
        let expiry = Expiry::parse("202611301200").expect("a time");
        assert!(!expiry.may_be_over(at("2026-11-29T21:59:59Z")));
        assert!(expiry.may_be_over(at("2026-11-29T22:00:01Z")));
        assert!(!expiry.is_over(at("2026-11-30T23:59:59Z")));
        assert!(expiry.is_over(at("2026-12-01T00:00:01Z")));
        let utc = Expiry::parse("20261130utc").expect("a time");
        assert!(
            utc.is_over(at("2026-11-30T00:00:01Z")) && !utc.may_be_over(at("2026-11-29T23:59:59Z"))
        );
    }

    #[test]
    fn what_sshd_does_not_understand_is_refused() {
        for text in ["", "Z", "2026", "2026-11-30", "20261330", "202611302500", "20261130T1200"] {
            assert_eq!(Expiry::parse(text), None, "{text}");
        }
    }
}
