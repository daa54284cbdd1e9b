//! Changes to a JSON document at any place in it.

use serde_json::Value;

use super::choices::{Choices, TEXTS, unexpected_value};

/// Changes the document up to so many times.
pub fn edit(document: &mut Value, most: usize, choices: &mut Choices<'_>) {
    for _ in 0..choices.below(most + 1) {
        edit_once(descend(document, choices), choices);
    }
}

/// A place in the document: the deeper, the less likely to go on.
fn descend<'a>(document: &'a mut Value, choices: &mut Choices<'_>) -> &'a mut Value {
    let mut place = document;
    for _ in 0..choices.below(10) {
        let count = children(place);
        if count == 0 {
            break;
        }
        let at = choices.below(count);
        place = match place {
            Value::Array(members) => &mut members[at],
            Value::Object(members) => members.values_mut().nth(at).expect("it is counted"),
            _ => unreachable!("nothing else has children"),
        };
    }
    place
}

fn children(value: &Value) -> usize {
    match value {
        Value::Array(members) => members.len(),
        Value::Object(members) => members.len(),
        _ => 0,
    }
}

fn edit_once(place: &mut Value, choices: &mut Choices<'_>) {
    match place {
        Value::Array(members) => match choices.below(5) {
            0 => *place = unexpected_value(choices),
            1 => members.clear(),
            2 => members.push(unexpected_value(choices)),
            3 if !members.is_empty() => {
                members.remove(choices.below(members.len()));
            }
            _ => members.extend(members.first().cloned()),
        },
        Value::Object(members) => match choices.below(3) {
            0 => *place = unexpected_value(choices),
            1 => {
                members.insert(choices.pick(&TEXTS).into(), unexpected_value(choices));
            }
            _ => {
                let name = members.keys().nth(choices.below(members.len())).cloned();
                name.map(|name| members.remove(&name));
            }
        },
        Value::String(text) => match choices.below(3) {
            0 => *place = unexpected_value(choices),
            1 => text.push_str(choices.pick(&TEXTS)),
            _ => *text = text.chars().take(choices.below(text.len() + 1)).collect(),
        },
        _ => *place = unexpected_value(choices),
    }
}
