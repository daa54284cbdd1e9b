//! An object of a reply: what it lacks is named, what it has beside is left alone.

use serde_json::Value;

use super::DecodeError;

/// An object of a reply to `method`.
#[derive(Clone, Copy)]
pub(crate) struct Object<'a> {
    method: &'static str,
    value: &'a Value,
}

impl<'a> Object<'a> {
    pub(crate) fn new(method: &'static str, value: &'a Value) -> Self {
        Self { method, value }
    }

    /// That a member is missing or has another type.
    pub(crate) fn lacks(self, path: &str) -> DecodeError {
        DecodeError::Field { method: self.method, field: path.into() }
    }

    /// The member at a path such as `group.bsdgrp_gid`, `null` included.
    pub(crate) fn get(self, path: &str) -> Result<&'a Value, DecodeError> {
        let member = path.split('.').try_fold(self.value, |value, name| value.get(name));
        member.ok_or_else(|| self.lacks(path))
    }

    fn typed<T>(self, path: &str, of: impl Fn(&'a Value) -> Option<T>) -> Result<T, DecodeError> {
        of(self.get(path)?).ok_or_else(|| self.lacks(path))
    }

    pub(crate) fn number(self, path: &str) -> Result<u64, DecodeError> {
        self.typed(path, Value::as_u64)
    }

    pub(crate) fn flag(self, path: &str) -> Result<bool, DecodeError> {
        self.typed(path, Value::as_bool)
    }

    pub(crate) fn text(self, path: &str) -> Result<String, DecodeError> {
        self.typed(path, |it| it.as_str().map(Into::into))
    }

    /// A text, or `None` for `null`.
    pub(crate) fn text_if_any(self, path: &str) -> Result<Option<String>, DecodeError> {
        match self.get(path)? {
            Value::Null => Ok(None),
            _ => self.text(path).map(Some),
        }
    }

    pub(crate) fn texts(self, path: &str) -> Result<Vec<String>, DecodeError> {
        self.list(path, |it| it.as_str().map(Into::into))
    }

    pub(crate) fn numbers(self, path: &str) -> Result<Vec<u64>, DecodeError> {
        self.list(path, Value::as_u64)
    }

    fn list<T>(self, path: &str, of: impl Fn(&Value) -> Option<T>) -> Result<Vec<T>, DecodeError> {
        let members = self.typed(path, Value::as_array)?;
        members.iter().map(of).collect::<Option<_>>().ok_or_else(|| self.lacks(path))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_missing_or_of_another_type_is_named() {
        let reply = json!({ "a": { "b": 1 }, "none": null, "list": ["x", 2] });
        let object = Object::new("x.query", &reply);
        assert_eq!(object.number("a.b"), Ok(1));
        assert_eq!(object.text_if_any("none"), Ok(None));
        let lacking = |field: &str| DecodeError::Field { method: "x.query", field: field.into() };
        assert_eq!(object.flag("a.b"), Err(lacking("a.b")));
        assert_eq!(object.text("a.c"), Err(lacking("a.c")));
        assert_eq!(object.text_if_any("gone"), Err(lacking("gone")));
        assert_eq!(object.texts("list"), Err(lacking("list")));
    }
}
