//! The value of `expiry-time`: `YYYYMMDD[HHMM[SS]]`, in UTC if `Z` or `UTC` follows.
//!
//! Source: OpenSSH `misc.c` (`parse_absolute_time`); `strptime` of glibc, which takes blanks in
//! front of a number, and `mktime`, which takes a day that a month does not have for one of the
//! next month.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

/// When an entry stops counting; `None` if the value is not a time, or before 1970.
pub fn parse(text: &[u8]) -> Option<Timestamp> {
    let ends_with = |end: &str| {
        text.len() > end.len()
            && text[text.len() - end.len()..].eq_ignore_ascii_case(end.as_bytes())
    };
    let (digits, zone) = if ends_with("Z") {
        (&text[..text.len() - 1], TimeZone::UTC)
    } else if ends_with("UTC") {
        (&text[..text.len() - 3], TimeZone::UTC)
    } else {
        (text, TimeZone::system())
    };
    if !matches!(digits.len(), 8 | 12 | 14) {
        return None;
    }
    let part = |from: usize, to: usize, range: std::ops::RangeInclusive<i16>| {
        let Some(part) = digits.get(from..to) else { return Some(0) };
        number(part).filter(|number| range.contains(number))
    };
    let year = part(0, 4, 0..=9999)?;
    let month = part(4, 6, 1..=12)?;
    let day = part(6, 8, 1..=31)?;
    let (hour, minute) = (part(8, 10, 0..=23)?, part(10, 12, 0..=59)?);
    let second = part(12, 14, 0..=61)?;
    let small = |number: i16| i8::try_from(number).ok();
    let first = DateTime::new(year, small(month)?, 1, small(hour)?, small(minute)?, 0, 0).ok()?;
    let rest = Span::new().days(day - 1).seconds(second);
    let at = first.checked_add(rest).unwrap_or(DateTime::MAX).to_zoned(zone);
    let at = at.map_or(Timestamp::MAX, |at| at.timestamp());
    (at > Timestamp::UNIX_EPOCH).then_some(at)
}

/// A number of `strptime`: blanks, and then digits only.
fn number(text: &[u8]) -> Option<i16> {
    let text = std::str::from_utf8(text).ok()?.trim_start_matches(' ');
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_sshd_reads_them() {
        for (text, at) in [
            ("20990101Z", "2099-01-01T00:00:00Z"),
            ("20990101utc", "2099-01-01T00:00:00Z"),
            ("209901012359z", "2099-01-01T23:59:00Z"),
            ("20990101235961UTC", "2099-01-02T00:00:01Z"),
            ("20990231Z", "2099-03-03T00:00:00Z"),
            ("2099 1 1Z", "2099-01-01T00:00:00Z"),
        ] {
            let at: Timestamp = at.parse().expect("a time");
            assert_eq!(parse(text.as_bytes()), Some(at), "{text}");
        }
        for text in [
            "",
            "Z",
            "2099",
            "20991301",
            "20990100",
            "20990132",
            "209901012400",
            "2099-1-1",
            "2099010a",
            "20990101235962",
            "19691231Z",
            "tomorrow",
            "+9990101",
            "2099010\u{a0}",
        ] {
            assert_eq!(parse(text.as_bytes()), None, "{text}");
        }
    }
}
