//! What jobs and the audit log do not show.

use serde_json::Value;

/// The parameters with secrets as stars: the fields that the API's models call `Secret`.
pub(super) fn masked(params: &[Value]) -> Value {
    const SECRETS: [&str; 9] = [
        "password",
        "private_key",
        "attributes",
        "api_key",
        "otp_token",
        "token",
        "passphrase",
        "key",
        "unixhash",
    ];
    fn mask(value: &mut Value) {
        match value {
            Value::Array(members) => members.iter_mut().for_each(mask),
            Value::Object(members) => {
                for (name, member) in members {
                    if SECRETS.contains(&name.as_str()) && !member.is_null() {
                        *member = "********".into();
                    } else {
                        mask(member);
                    }
                }
            }
            _ => {}
        }
    }
    let mut params = Value::from(params);
    mask(&mut params);
    params
}
