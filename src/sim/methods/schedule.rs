//! Schedules: five cron fields, and the time of day that they are confined to.
//!
//! Source: `api/v25_10_0/common.py`, `api/base/validators.py` (`time_validator`) and
//! `utils/cron.py` of TS-25.10.6; croniter 3.0, whose texts these are.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::super::check::{Field, Model, Objection, Shape, optional, text};
use super::super::repr::python_repr;

/// The fields by name, and what numbers each may hold.
const FIELDS: [(&str, u32, u32); 5] =
    [("minute", 0, 59), ("hour", 0, 23), ("dom", 1, 31), ("month", 1, 12), ("dow", 0, 7)];
const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// `CronModel`, with another default for the minute.
pub(super) fn cron(name: &'static str, minute: &'static str) -> Model {
    Model::new(name, cron_fields(minute)).rule(|schedule| cron_rule(schedule).map(|_| ()))
}

/// The same within a time of day, without a look at whether the two meet.
pub(super) fn confined(name: &'static str, minute: &'static str) -> Model {
    let fields = cron_fields(minute).into_iter().chain(times());
    Model::new(name, fields).rule(|schedule| cron_rule(schedule).map(|_| ()))
}

/// `TimeCronModel`: the schedule and the time of day must meet.
pub(super) fn meeting(name: &'static str, minute: &'static str) -> Model {
    Model::new(name, cron_fields(minute).into_iter().chain(times())).rule(|schedule| {
        let [minutes, hours, ..] = cron_rule(schedule)?;
        let [begin, end] = ["begin", "end"].map(|name| time_of(schedule, name));
        if begin > end {
            let text = "Begin time should be less than or equal to end time";
            return Err(Objection::Assertion(text.into()));
        }
        let meets = hours
            .iter()
            .any(|hour| minutes.iter().any(|minute| (begin..=end).contains(&(*hour, *minute))));
        if meets {
            return Ok(());
        }
        let text = "Specified schedule does not match specified time interval";
        Err(Objection::Assertion(text.into()))
    })
}

/// A schedule as the database gives it back: times have two digits.
pub(super) fn stored(schedule: &mut Value) {
    let Some(fields) = schedule.as_object_mut() else { return };
    for name in ["begin", "end"] {
        if fields.contains_key(name) {
            let (hour, minute) = time_of(fields, name);
            fields.insert(name.into(), format!("{hour:02}:{minute:02}").into());
        }
    }
}

fn cron_fields(minute: &'static str) -> Vec<Field> {
    let default = |name| if name == "minute" { minute } else { "*" };
    FIELDS.map(|(name, ..)| optional(name, text(), default(name))).into()
}

fn times() -> [Field; 2] {
    [optional("begin", time(), "00:00"), optional("end", time(), "23:59")]
}

/// `TimeString`
fn time() -> Shape {
    text().rule("function-after[time_validator(), constrained-str]", |value| {
        let text = value.as_str().unwrap_or_default();
        let parts: Vec<&str> = text.split(':').collect();
        let [hours, minutes] = parts[..] else {
            return Err(Objection::Value("Time should be in 24 hour format like \"18:00\"".into()));
        };
        for (part, name, most) in [(hours, "hour", 23), (minutes, "minute", 59)] {
            match number(part) {
                None => {
                    let shown = python_repr(part);
                    let text = format!("invalid literal for int() with base 10: {shown}");
                    return Err(Objection::Value(text));
                }
                Some(number) if !(0..=most).contains(&number) => {
                    return Err(Objection::Value(format!("{name} must be in 0..{most}")));
                }
                Some(_) => {}
            }
        }
        Ok(())
    })
}

fn number(text: &str) -> Option<i64> {
    text.trim().parse().ok()
}

fn time_of(schedule: &Map<String, Value>, name: &str) -> (u32, u32) {
    let text = schedule.get(name).and_then(Value::as_str).unwrap_or_default();
    let (hour, minute) = text.split_once(':').unwrap_or_default();
    let number = |text| number(text).and_then(|n| u32::try_from(n).ok()).unwrap_or_default();
    (number(hour), number(minute))
}

/// The numbers that each field stands for.
fn cron_rule(schedule: &Map<String, Value>) -> Result<[BTreeSet<u32>; 5], Objection> {
    let value = |name| match schedule.get(name).and_then(Value::as_str) {
        None | Some("") => "*",
        Some(text) => text,
    };
    expand(FIELDS.map(|(name, ..)| value(name))).map_err(|told| {
        Objection::Value(format!("Please ensure fields match cron syntax - {told}"))
    })
}

fn expand(values: [&str; 5]) -> Result<[BTreeSet<u32>; 5], String> {
    for value in values {
        if let Some((range, step)) = value.split_once('/') {
            let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
            let bounded = range.split_once('-').is_some_and(|(a, b)| digits(a) && digits(b));
            if !((range == "*" || bounded) && digits(step)) {
                return Err("Only range or `*` are allowed before `/`".into());
            }
        }
    }
    let whole = values.join(" ");
    if whole.split_whitespace().count() != values.len() {
        if (5..=7).contains(&whole.split_whitespace().count()) {
            // croniter takes a sixth column for seconds and a seventh for the year.
            return Ok(FIELDS.map(|(_, least, most)| (least..=most).collect()));
        }
        let text = "Exactly 5, 6 or 7 columns has to be specified for iterator expression.";
        return Err(text.into());
    }
    let mut expanded = FIELDS.map(|_| BTreeSet::new());
    for (index, value) in values.into_iter().enumerate() {
        for part in value.trim().to_lowercase().split(',') {
            expanded[index].extend(expand_part(index, part, &whole)?);
        }
    }
    Ok(expanded)
}

fn expand_part(index: usize, part: &str, whole: &str) -> Result<BTreeSet<u32>, String> {
    let (name, least, most) = FIELDS[index];
    let days = matches!(name, "dom" | "dow");
    match part {
        "?" if days => return Ok((least..=most).collect()),
        "?" => {
            return Err(format!(
                "[{whole} ] is not acceptable.  Question mark can only used in day_of_month or \
                 day_of_week"
            ));
        }
        "l" if name == "dom" => return Ok([31].into()),
        _ => {}
    }
    if part.starts_with('-') {
        return Err(format!("[{whole} ] is not acceptable,negative numbers not allowed"));
    }
    let no_word = || format!("[{whole}] is not acceptable");
    let word = |text: &str| -> Result<u32, String> {
        let names: &[&str] = match name {
            "month" => &MONTHS,
            "dow" => &DAYS,
            _ => &[],
        };
        let first = u32::from(name == "month");
        let place = names.iter().position(|known| *known == text);
        let named = place.and_then(|place| u32::try_from(place).ok()).map(|place| place + first);
        named.or_else(|| text.parse().ok()).ok_or_else(no_word)
    };
    let (range, step) = part.split_once('/').unwrap_or((part, "1"));
    let step: usize = step.parse().map_err(|_| no_word())?;
    if step == 0 {
        return Err("invalid range: range() arg 3 must not be zero".into());
    }
    // `5#2`: the second Friday of the month.
    let range = range.split_once('#').filter(|_| name == "dow").map_or(range, |(day, _)| day);
    let (from, to) = match range.split_once('-') {
        _ if range == "*" => (least, most),
        Some((from, to)) => (word(from)?, word(to)?),
        None => {
            let only = word(range)?;
            if !(least..=most).contains(&only) {
                return Err(format!("[{whole} ] is not acceptable, out of range"));
            }
            (only, only)
        }
    };
    if from.max(to) > most || from.min(to) < least {
        return Err(format!("{whole}  is out of bands"));
    }
    if from > to {
        return Err(format!("[{whole} ] is not acceptable"));
    }
    Ok((from..=to).step_by(step).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What croniter 3.0.3 says of these.
    #[test]
    fn cron_fields_are_refused_in_croniter_s_words() {
        for (values, told) in [
            (["99", "*", "*", "*", "*"], "[99 * * * * ] is not acceptable, out of range"),
            (["*", "24", "*", "*", "*"], "[* 24 * * * ] is not acceptable, out of range"),
            (["*", "*", "0", "*", "*"], "[* * 0 * * ] is not acceptable, out of range"),
            (["*", "*", "*", "*", "8"], "[* * * * 8 ] is not acceptable, out of range"),
            (["x", "*", "*", "*", "*"], "[x * * * *] is not acceptable"),
            (["1,", "*", "*", "*", "*"], "[1, * * * *] is not acceptable"),
            (["5-1", "*", "*", "*", "*"], "[5-1 * * * * ] is not acceptable"),
            (["70-80", "*", "*", "*", "*"], "70-80 * * * *  is out of bands"),
            (["*/0", "*", "*", "*", "*"], "invalid range: range() arg 3 must not be zero"),
            (["1/5", "*", "*", "*", "*"], "Only range or `*` are allowed before `/`"),
            (
                ["-1", "*", "*", "*", "*"],
                "[-1 * * * * ] is not acceptable,negative numbers not allowed",
            ),
        ] {
            assert_eq!(expand(values).expect_err(told), told);
        }
        for values in [
            ["00", "*", "*", "*", "7"],
            ["0-59/15", "*/70", "31", "jan", "mon-fri"],
            ["1,2", "3", "l", "2", "1#2"],
        ] {
            assert!(expand(values).is_ok(), "{values:?}");
        }
    }
}
