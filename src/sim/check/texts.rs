//! The kinds of text that the API's models share (`api/base/types`).

use serde_json::Value;

use super::shape::{Shape, text};
use super::verdict::Objection;

/// `NonEmptyString`
pub fn non_empty() -> Shape {
    text().min(1)
}

/// `UnixPerm`: octal digits up to 777 (`types/filesystem.py`).
pub fn unix_perm() -> Shape {
    text().rule("function-after[validate_unix_perm(), constrained-str]", unix_perm_rule)
}

fn unix_perm_rule(value: &mut Value) -> Result<(), Objection> {
    match octal(value.as_str().unwrap_or_default()) {
        None => Err(Objection::Value("Not a valid integer. Must be between 000 and 777".into())),
        Some(mode) if !(0..=0o777).contains(&mode) => {
            Err(Objection::Value("Please supply a value between 000 and 777".into()))
        }
        Some(_) => Ok(()),
    }
}

/// The number that octal digits stand for, as Python's `int(digits, 8)` reads them: blanks around
/// them, a sign, `0o` and single underscores are allowed.
pub fn octal(digits: &str) -> Option<i64> {
    let digits = digits.trim();
    let (sign, digits) = match digits.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, digits.strip_prefix('+').unwrap_or(digits)),
    };
    let digits = match digits.strip_prefix("0o").or_else(|| digits.strip_prefix("0O")) {
        Some(rest) => rest.strip_prefix('_').unwrap_or(rest),
        None => digits,
    };
    if digits.starts_with(['_', '+', '-']) || digits.ends_with('_') || digits.contains("__") {
        return None;
    }
    i64::from_str_radix(&digits.replace('_', ""), 8).ok().map(|number| sign * number)
}

/// `LocalUsername` (`types/user.py`).
pub fn local_username() -> Shape {
    text().rule("function-after[validate_local_username(), constrained-str]", |value| {
        let starts = |c: char| c.is_ascii_alphabetic() || c == '_';
        name_rule(value.as_str().unwrap_or_default(), starts, Some(NAME_LENGTH))
    })
}

/// `GroupName` (`types/user.py`).
pub fn group_name() -> Shape {
    text().rule("function-after[<lambda>(), constrained-str]", |value| {
        let starts = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
        name_rule(value.as_str().unwrap_or_default(), starts, None)
    })
}

/// The longest name that utmp can hold.
const NAME_LENGTH: usize = 32;

fn name_rule(
    name: &str,
    starts: fn(char) -> bool,
    longest: Option<usize>,
) -> Result<(), Objection> {
    let Some(first) = name.chars().next() else {
        return Err(Objection::Value("Must be at least 1 character in length".into()));
    };
    if let Some(longest) = longest.filter(|longest| name.chars().count() > *longest) {
        return Err(Objection::Value(format!("Cannot exceed {longest} charaters in length")));
    }
    if !starts(first) {
        let first = super::super::repr::python_repr(&first.to_string());
        return Err(Objection::Value(format!("Cannot start with \"{first}\"")));
    }
    if !name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')) {
        let all: Vec<String> = ('a'..='z')
            .chain('A'..='Z')
            .chain('0'..='9')
            .chain(['_', '-', '.'])
            .map(String::from)
            .collect();
        return Err(Objection::Value(format!("Valid characters are: '{}'", all.join(", "))));
    }
    Ok(())
}

/// `EmailStr`, as 25.10 checks addresses: with the library email-validator.
pub fn email_str() -> Shape {
    text().rule("function-after[_validate(), str]", |value| {
        let address = value.as_str().unwrap_or_default();
        let wrong = match address.rsplit_once('@') {
            None => "An email address must have an @-sign.",
            Some(("", _)) => "There must be something before the @-sign.",
            Some((_, "")) => "There must be something after the @-sign.",
            Some((_, domain)) if !domain.contains('.') => {
                "The part after the @-sign is not valid. It should have a period."
            }
            Some(_) => return Ok(()),
        };
        Err(Objection::Custom(format!("value is not a valid email address: {wrong}")))
    })
}

/// The longest address (`api/base/validators.py`, `email_validator`).
const EMAIL_LENGTH: usize = 254;

/// `EmailString`, as 26.0 checks addresses (`api/base/validators.py`, `email_validator`).
pub fn email() -> Shape {
    text().rule("function-after[email_validator(), constrained-str]", |value| {
        let address = value.as_str().unwrap_or_default();
        let wrong = match address.rsplit_once('@') {
            _ if address.is_empty() => return Ok(()),
            _ if address.chars().count() > EMAIL_LENGTH => {
                format!("Maximum length is {EMAIL_LENGTH} characters.")
            }
            None => "Missing '@' symbol.".to_owned(),
            Some(("", _)) => "Missing local part of email string (part before the '@').".to_owned(),
            Some((_, "")) => "Missing domain part of email string (part after the '@').".to_owned(),
            Some(_) => return Ok(()),
        };
        Err(Objection::Value(wrong))
    })
}
