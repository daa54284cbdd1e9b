//! What 25.04 holds its own answer to `user.query` against: the entry's model, which knows no other
//! names. Pydantic's text for people is what is told.
//!
//! Source: `api/base/server/method.py` of TS-25.04.2.6, and pydantic 2.9.

use serde_json::Value;

use super::super::super::fault::Fault;
use super::super::super::repr::literal;

/// What is wrong with the entries that were found, whose members are to be those of a known one.
///
/// # Errors
/// `ValidationError`: a `select` gave a member another name.
pub(super) fn check(found: &[Value], known: &Value) -> Result<(), Fault> {
    const ITEM: &str = "UserQueryResultItem";
    let link = |kind: &str| {
        format!("    For further information visit https://errors.pydantic.dev/2.9/v/{kind}")
    };
    let mut lines = Vec::new();
    for (index, entry) in found.iter().enumerate() {
        let members = entry.as_object().into_iter().flatten();
        for (name, value) in members.filter(|(name, _)| known.get(name.as_str()).is_none()) {
            let (value, kind) = (shortened(&literal(value)), python_type(value));
            lines.push(format!(
                "result.list[{ITEM}].{index}.{name}\n  Extra inputs are not permitted \
                 [type=extra_forbidden, input_value={value}, input_type={kind}]\n{}",
                link("extra_forbidden")
            ));
        }
    }
    if lines.is_empty() {
        return Ok(());
    }
    let whole = shortened(&literal(&found.into()));
    lines.push(format!(
        "result.{ITEM}\n  Input should be a valid dictionary or instance of {ITEM} \
         [type=model_type, input_value={whole}, input_type=list]\n{}",
        link("model_type")
    ));
    lines.push(format!(
        "result.int\n  Input should be a valid integer [type=int_type, input_value={whole}, \
         input_type=list]\n{}",
        link("int_type")
    ));
    let count = lines.len();
    let text = format!("{count} validation errors for UserQueryResult\n{}", lines.join("\n"));
    Err(Fault::exception("ValidationError", text))
}

/// A value as pydantic shows it: of what is longer than 50 letters both ends.
fn shortened(shown: &str) -> String {
    const LONGEST: usize = 50;
    let letters: Vec<char> = shown.chars().collect();
    if letters.len() <= LONGEST {
        return shown.to_owned();
    }
    let (head, tail) = (&letters[..LONGEST / 2], &letters[letters.len() - LONGEST / 2 + 1..]);
    head.iter().chain(&['.', '.', '.']).chain(tail).collect()
}

fn python_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "NoneType",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float",
        Value::Number(_) => "int",
        Value::String(_) => "str",
        Value::Array(_) => "list",
        Value::Object(_) => "dict",
    }
}
