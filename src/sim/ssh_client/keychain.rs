//! From a connection in a system's keychain to what connecting takes.
//!
//! Source: `plugins/zettarepl.py` (`_define_ssh_transport`) and `plugins/keychain.py`
//! (`get_of_type`) of TS-25.10.6.

use std::time::Duration;

use serde_json::Value;

use super::super::fault::{Fault, errno_name};
use super::super::system::keychain::{Credential, Keychain};
use super::zettarepl::Connection;

/// What the keychain says of the connection with this number.
///
/// # Errors
/// What the middleware says of one that is not there, is none, or has no usable key pair.
pub fn connection(keychain: &Keychain, id: &Value) -> Result<Connection, Fault> {
    let Some(id) = id.as_i64() else {
        return Err(Fault::error(14, "You should pass SSH credentials for SSH transport"));
    };
    let credential = of_type(keychain, id, "SSH_CREDENTIALS").map_err(Refused::into_fault)?;
    let attribute = |name: &str| credential.attributes.get(name).unwrap_or(&Value::Null);
    let text = |name: &str| attribute(name).as_str().unwrap_or_default().to_owned();
    let number = |name: &str| attribute(name).as_i64().unwrap_or_default();
    let pair = of_type(keychain, number("private_key"), "SSH_KEY_PAIR").map_err(|refused| {
        let Refused { errno, reason } = refused;
        let name = errno_name(errno);
        let text = "Error while querying SSH key pair for credentials";
        Fault::error(14, format!("{text} {id}: [{name}] {reason}"))
    })?;
    let private_key = pair.attributes.get("private_key").and_then(Value::as_str);
    Ok(Connection {
        host: text("host"),
        port: number("port"),
        username: text("username"),
        private_key: private_key.map(str::to_owned),
        host_keys: text("remote_host_key"),
        timeout: Duration::from_secs(number("connect_timeout").max(0).unsigned_abs()),
    })
}

struct Refused {
    errno: i32,
    reason: String,
}

impl Refused {
    fn into_fault(self) -> Fault {
        Fault::error(self.errno, self.reason)
    }
}

/// `keychaincredential.get_of_type`
fn of_type<'a>(keychain: &'a Keychain, id: i64, kind: &str) -> Result<&'a Credential, Refused> {
    let refuse = |errno, reason: String| Err(Refused { errno, reason });
    match keychain.get(id) {
        None => refuse(2, "Credential does not exist".to_owned()),
        Some(found) if found.kind != kind => {
            refuse(22, format!("Credential is not of type {kind}"))
        }
        Some(found) if found.attributes.is_empty() => {
            refuse(14, format!("Decrypting credential {} failed", found.name))
        }
        Some(found) => Ok(found),
    }
}
