//! Parameters of a call that may hold a secret.

use std::ops::Deref;

use secrecy::zeroize::Zeroize;
use serde_json::Value;

/// Parameters whose texts are zeroized when they are dropped: an API key, a private key.
pub struct SecretParams(pub Vec<Value>);

impl Deref for SecretParams {
    type Target = [Value];

    fn deref(&self) -> &[Value] {
        &self.0
    }
}

impl Drop for SecretParams {
    fn drop(&mut self) {
        self.0.iter_mut().for_each(zeroize);
    }
}

fn zeroize(value: &mut Value) {
    match value {
        Value::String(text) => text.zeroize(),
        Value::Array(members) => members.iter_mut().for_each(zeroize),
        Value::Object(members) => members.values_mut().for_each(zeroize),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn texts_are_zeroized_wherever_they_are() {
        let mut value = json!(["a", { "b": ["c", 1, null] }]);
        zeroize(&mut value);
        assert_eq!(value, json!(["", { "b": ["", 1, null] }]));
    }
}
