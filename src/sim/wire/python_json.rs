//! JSON as Python's `json.loads` reads it, because its error texts are what clients get to see.
//!
//! It also takes what Python takes and JSON does not: `NaN`, lone surrogates (U+FFFD here), and
//! the last of equal keys. Source: `Modules/_json.c` of CPython 3.11 (Debian bookworm, TrueNAS
//! 25.10) and 3.13 (Debian trixie, 26.0), which has a word of its own for a trailing comma.

use serde_json::{Map, Number, Value};

use crate::release::Release;

/// How deep values may nest before Python gives up with a `RecursionError`.
const DEPTH: usize = 990;

/// How many digits Python converts to an integer.
const INT_DIGITS: usize = 4300;

/// Why a text is no JSON.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// A `ValueError`: the text that the client is told.
    #[error("{0}")]
    Value(String),
    /// A `RecursionError`, which the middleware does not catch.
    #[error("maximum recursion depth exceeded")]
    Recursion,
}

/// Reads a text.
///
/// # Errors
/// [`JsonError`] in Python's words.
pub fn loads(text: &str, release: Release) -> Result<Value, JsonError> {
    let names_trailing_commas = release >= Release::V26_0;
    let mut reader =
        Reader { text: text.chars().collect(), at: 0, depth: 0, names_trailing_commas };
    if reader.text.first() == Some(&'\u{feff}') {
        return Err(reader.error("Unexpected UTF-8 BOM (decode using utf-8-sig)", 0));
    }
    reader.skip_blanks();
    let value = reader.value()?;
    reader.skip_blanks();
    if reader.at != reader.text.len() {
        return Err(reader.error("Extra data", reader.at));
    }
    Ok(value)
}

struct Reader {
    text: Vec<char>,
    at: usize,
    depth: usize,
    names_trailing_commas: bool,
}

impl Reader {
    fn error(&self, what: &str, position: usize) -> JsonError {
        let before = &self.text[..position.min(self.text.len())];
        let line = before.iter().filter(|c| **c == '\n').count() + 1;
        let column = position - before.iter().rposition(|c| *c == '\n').map_or(0, |n| n + 1) + 1;
        JsonError::Value(format!("{what}: line {line} column {column} (char {position})"))
    }

    fn peek(&self) -> Option<char> {
        self.text.get(self.at).copied()
    }

    fn skip_blanks(&mut self) {
        while matches!(self.peek(), Some(' ' | '\t' | '\n' | '\r')) {
            self.at += 1;
        }
    }

    fn value(&mut self) -> Result<Value, JsonError> {
        match self.peek() {
            Some('"') => Ok(Value::String(self.string()?)),
            Some('{') => self.nested(Self::object),
            Some('[') => self.nested(Self::array),
            Some(_) => self.word_or_number(),
            None => Err(self.error("Expecting value", self.at)),
        }
    }

    fn nested(
        &mut self,
        read: fn(&mut Self) -> Result<Value, JsonError>,
    ) -> Result<Value, JsonError> {
        if self.depth == DEPTH {
            return Err(JsonError::Recursion);
        }
        self.depth += 1;
        let value = read(self);
        self.depth -= 1;
        value
    }

    fn word_or_number(&mut self) -> Result<Value, JsonError> {
        // Numbers that JSON has no word for are null here: nothing in the API takes them.
        for (word, value) in [
            ("null", Value::Null),
            ("true", Value::Bool(true)),
            ("false", Value::Bool(false)),
            ("NaN", Value::Null),
            ("Infinity", Value::Null),
            ("-Infinity", Value::Null),
        ] {
            if self.text[self.at..].iter().copied().take(word.len()).eq(word.chars()) {
                self.at += word.len();
                return Ok(value);
            }
        }
        self.number()
    }

    fn object(&mut self) -> Result<Value, JsonError> {
        let mut members = Map::new();
        self.at += 1;
        self.skip_blanks();
        if self.peek() != Some('}') {
            loop {
                let (key, value) = self.member()?;
                members.insert(key, value);
                if !self.goes_on('}')? {
                    break;
                }
            }
        }
        self.at += 1;
        Ok(Value::Object(members))
    }

    fn member(&mut self) -> Result<(String, Value), JsonError> {
        if self.peek() != Some('"') {
            let what = "Expecting property name enclosed in double quotes";
            return Err(self.error(what, self.at));
        }
        let key = self.string()?;
        self.skip_blanks();
        if self.peek() != Some(':') {
            return Err(self.error("Expecting ':' delimiter", self.at));
        }
        self.at += 1;
        self.skip_blanks();
        Ok((key, self.value()?))
    }

    fn array(&mut self) -> Result<Value, JsonError> {
        let mut members = Vec::new();
        self.at += 1;
        self.skip_blanks();
        if self.peek() != Some(']') {
            loop {
                members.push(self.value()?);
                if !self.goes_on(']')? {
                    break;
                }
            }
        }
        self.at += 1;
        Ok(Value::Array(members))
    }

    /// After a member: true past a comma, false at the closing bracket.
    fn goes_on(&mut self, closing: char) -> Result<bool, JsonError> {
        self.skip_blanks();
        match self.peek() {
            Some(found) if found == closing => Ok(false),
            Some(',') => {
                let comma = self.at;
                self.at += 1;
                self.skip_blanks();
                if self.names_trailing_commas && self.peek() == Some(closing) {
                    let what = if closing == '}' { "object" } else { "array" };
                    let what = format!("Illegal trailing comma before end of {what}");
                    return Err(self.error(&what, comma));
                }
                Ok(true)
            }
            _ => Err(self.error("Expecting ',' delimiter", self.at)),
        }
    }

    fn string(&mut self) -> Result<String, JsonError> {
        let begin = self.at;
        let unterminated = "Unterminated string starting at";
        let mut out = String::new();
        self.at += 1;
        loop {
            match self.peek() {
                None => return Err(self.error(unterminated, begin)),
                Some('"') => {
                    self.at += 1;
                    return Ok(out);
                }
                Some(c) if c <= '\u{1f}' => {
                    return Err(self.error("Invalid control character at", self.at));
                }
                Some('\\') => {
                    let escape = self.at;
                    self.at += 1;
                    match self.peek() {
                        None => return Err(self.error(unterminated, begin)),
                        Some('u') => out.push(self.unicode(escape)?),
                        Some(letter) => {
                            out.push(
                                simple_escape(letter)
                                    .ok_or_else(|| self.error("Invalid \\escape", escape))?,
                            );
                            self.at += 1;
                        }
                    }
                }
                Some(c) => {
                    out.push(c);
                    self.at += 1;
                }
            }
        }
    }

    /// The character of a `\uXXXX`, or of two that make one; `self.at` is at the `u`.
    fn unicode(&mut self, escape: usize) -> Result<char, JsonError> {
        let high = self.hex(escape + 2, escape + 1)?;
        self.at = escape + 6;
        let next = &self.text[self.at..];
        // The real scanner wants a character behind the second escape; there always is a quote.
        if (0xd800..0xdc00).contains(&high) && next.len() > 6 && next.starts_with(&['\\', 'u']) {
            let low = self.hex(self.at + 2, self.at + 1)?;
            if (0xdc00..0xe000).contains(&low) {
                self.at += 6;
                let joined = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
                return Ok(char::from_u32(joined).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
        }
        Ok(char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn hex(&self, from: usize, blamed: usize) -> Result<u32, JsonError> {
        let error = || self.error("Invalid \\uXXXX escape", blamed);
        if from + 4 >= self.text.len() {
            return Err(error());
        }
        let mut number = 0;
        for letter in &self.text[from..from + 4] {
            number = number * 16 + letter.to_digit(16).ok_or_else(error)?;
        }
        Ok(number)
    }

    fn number(&mut self) -> Result<Value, JsonError> {
        let start = self.at;
        let nothing = |reader: &Self| Err(reader.error("Expecting value", start));
        if self.peek() == Some('-') {
            self.at += 1;
        }
        match self.peek() {
            Some('0') => self.at += 1,
            Some('1'..='9') => self.skip_digits(),
            _ => return nothing(self),
        }
        let mut whole = true;
        let digit = |c: Option<&char>| c.is_some_and(char::is_ascii_digit);
        if self.peek() == Some('.') && digit(self.text.get(self.at + 1)) {
            whole = false;
            self.at += 1;
            self.skip_digits();
        }
        if matches!(self.peek(), Some('e' | 'E')) {
            let exponent = self.at;
            self.at += 1;
            if matches!(self.peek(), Some('+' | '-')) {
                self.at += 1;
            }
            self.skip_digits();
            if digit(self.text.get(self.at - 1)) {
                whole = false;
            } else {
                self.at = exponent;
            }
        }
        let written: String = self.text[start..self.at].iter().collect();
        let digits = written.trim_start_matches('-').len();
        if whole && digits > INT_DIGITS {
            return Err(JsonError::Value(format!(
                "Exceeds the limit ({INT_DIGITS} digits) for integer string conversion: value has \
                 {digits} digits; use sys.set_int_max_str_digits() to increase the limit"
            )));
        }
        Ok(number_of(&written, whole))
    }

    fn skip_digits(&mut self) {
        while self.peek().is_some_and(|c| c.is_ascii_digit()) {
            self.at += 1;
        }
    }
}

fn simple_escape(letter: char) -> Option<char> {
    Some(match letter {
        '"' | '\\' | '/' => letter,
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        _ => return None,
    })
}

fn number_of(written: &str, whole: bool) -> Value {
    if whole {
        if let Ok(number) = written.parse::<i64>() {
            return number.into();
        }
        if let Ok(number) = written.parse::<u64>() {
            return number.into();
        }
    }
    written.parse().ok().and_then(Number::from_f64).map_or(Value::Null, Value::Number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loads(text: &str) -> Result<Value, JsonError> {
        super::loads(text, Release::V25_10)
    }

    fn refusal(text: &str) -> String {
        loads(text).expect_err(text).to_string()
    }

    #[test]
    fn errors_are_in_pythons_words() {
        for (text, told) in [
            ("", "Expecting value: line 1 column 1 (char 0)"),
            ("{\"jsonrpc\":", "Expecting value: line 1 column 12 (char 11)"),
            ("{", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
            ("{\"a\" 1}", "Expecting ':' delimiter: line 1 column 6 (char 5)"),
            ("{\"a\":1 2}", "Expecting ',' delimiter: line 1 column 8 (char 7)"),
            (
                "{\"a\":1,}",
                "Expecting property name enclosed in double quotes: line 1 column 8 (char 7)",
            ),
            ("[1,]", "Expecting value: line 1 column 4 (char 3)"),
            ("[1\n 2]", "Expecting ',' delimiter: line 2 column 2 (char 4)"),
            ("\"abc", "Unterminated string starting at: line 1 column 1 (char 0)"),
            ("\"a\u{1}\"", "Invalid control character at: line 1 column 3 (char 2)"),
            ("\"a\\x\"", "Invalid \\escape: line 1 column 3 (char 2)"),
            ("\"\\u12\"", "Invalid \\uXXXX escape: line 1 column 3 (char 2)"),
            ("7 8", "Extra data: line 1 column 3 (char 2)"),
            ("nul", "Expecting value: line 1 column 1 (char 0)"),
            ("01", "Extra data: line 1 column 2 (char 1)"),
            ("-", "Expecting value: line 1 column 1 (char 0)"),
        ] {
            assert_eq!(refusal(text), told, "{text}");
        }
        assert_eq!(loads(&"[".repeat(9000)), Err(JsonError::Recursion));
        let told = super::loads("[1, ]", Release::V26_0).expect_err("a comma").to_string();
        assert_eq!(told, "Illegal trailing comma before end of array: line 1 column 3 (char 2)");
    }

    #[test]
    fn what_both_take_is_the_same() {
        for text in [
            r#"{"a":[1,-2.5e3,true,null,"\u00e9\ud83d\ude00\n"],"b":{}}"#,
            "[]",
            " {} ",
            "18446744073709551615",
            "[[[]],{}]",
        ] {
            let expected: Value = serde_json::from_str(text).expect(text);
            assert_eq!(loads(text), Ok(expected), "{text}");
        }
        assert_eq!(loads("NaN"), Ok(Value::Null));
        assert_eq!(
            loads("1.e"),
            Err(JsonError::Value("Extra data: line 1 column 2 (char 1)".into()))
        );
        assert_eq!(loads(r#"{"a":1,"a":2}"#), Ok(serde_json::json!({"a": 2})));
    }
}
