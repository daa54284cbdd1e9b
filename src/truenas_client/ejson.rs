//! TrueNAS' extended JSON, read as plain JSON.
//!
//! The forms are those of truenas_api_client's ejson.py: `{"$date": milliseconds}`,
//! `{"$time": "HH:MM:SS"}`, `{"$set": […]}`, `{"$type": "date", "$value": "YYYY-MM-DD"}`, and
//! interfaces of both address families.

use serde_json::{Map, Value};

/// The value in plain JSON: sets are sorted lists, dates RFC 3339 texts, the rest their texts.
/// What is none of the extended forms stays as it is.
pub fn decoded(value: Value) -> Value {
    match value {
        Value::Array(members) => members.into_iter().map(decoded).collect(),
        Value::Object(mut members) => match (extended(&members), members.len()) {
            (Some(plain), _) => plain,
            (None, 1) if members.get("$set").is_some_and(Value::is_array) => {
                set(members.remove("$set").unwrap_or_default())
            }
            (None, _) => members.into_iter().map(|(key, member)| (key, decoded(member))).collect(),
        },
        other => other,
    }
}

/// A set as a sorted list. Python's sets have no lists or objects in them; what has is not sorted,
/// since comparing those could take as long as whoever wrote them likes.
fn set(members: Value) -> Value {
    let mut members = decoded(members);
    if let Value::Array(members) = &mut members
        && !members.iter().any(|member| member.is_array() || member.is_object())
    {
        members.sort_by(|one, other| match (one.as_str(), other.as_str()) {
            (Some(one), Some(other)) => one.cmp(other),
            _ => one.to_string().cmp(&other.to_string()),
        });
    }
    members
}

/// What an object stands for, if it is one of the extended forms that are texts.
fn extended(members: &Map<String, Value>) -> Option<Value> {
    if members.len() == 2 && members.get("$type")?.as_str()? == "date" {
        return Some(members.get("$value")?.as_str()?.into());
    }
    let (form, content) = members.iter().next().filter(|_| members.len() == 1)?;
    match (form.as_str(), content) {
        ("$date", Value::Number(_)) => {
            let time = jiff::Timestamp::from_millisecond(content.as_i64()?).ok()?;
            Some(time.to_string().into())
        }
        ("$time" | "$ipv4_interface" | "$ipv6_interface", Value::String(text)) => {
            Some(text.as_str().into())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_form_becomes_plain() {
        let extended = json!({
            "roles": { "$set": ["B", "A"] },
            "at": [{ "$date": 1_700_000_000_123_i64 }],
            "time": { "$time": "01:02:03" },
            "date": { "$type": "date", "$value": "2026-01-02" },
            "v4": { "$ipv4_interface": "10.0.0.1/8" },
        });
        assert_eq!(
            decoded(extended),
            json!({
                "roles": ["A", "B"],
                "at": ["2023-11-14T22:13:20.123Z"],
                "time": "01:02:03",
                "date": "2026-01-02",
                "v4": "10.0.0.1/8",
            })
        );
    }

    #[test]
    fn what_only_looks_like_a_form_stays() {
        for plain in [
            json!({ "$date": "soon" }),
            json!({ "$set": 1 }),
            json!({ "$set": [], "more": 1 }),
            json!({ "$type": "date" }),
            json!({ "$type": "date", "$value": 7 }),
            json!({ "$date": i64::MAX }),
            json!({}),
        ] {
            assert_eq!(decoded(plain.clone()), plain);
        }
    }
}
