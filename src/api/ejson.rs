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
        Value::Object(members) => match extended(&members) {
            Some(plain) => plain,
            None => members.into_iter().map(|(key, member)| (key, decoded(member))).collect(),
        },
        other => other,
    }
}

/// What an object stands for, if it is one of the extended forms.
fn extended(members: &Map<String, Value>) -> Option<Value> {
    if members.len() == 2 && members.get("$type")?.as_str()? == "date" {
        return Some(members.get("$value")?.clone());
    }
    let (form, content) = members.iter().next().filter(|_| members.len() == 1)?;
    match (form.as_str(), content) {
        ("$date", Value::Number(_)) => {
            let time = jiff::Timestamp::from_millisecond(content.as_i64()?).ok()?;
            Some(time.to_string().into())
        }
        ("$set", Value::Array(members)) => {
            let mut members: Vec<Value> = members.iter().cloned().map(decoded).collect();
            members.sort_by_cached_key(Value::to_string);
            Some(members.into())
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
            json!({ "$date": i64::MAX }),
            json!({}),
        ] {
            assert_eq!(decoded(plain.clone()), plain);
        }
    }
}
