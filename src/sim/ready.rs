//! Where the systems of a fleet are, for people, tests and shells.

use std::collections::BTreeMap;

use serde::Serialize;

/// Where one system is, and what logs in to it: one JSON line each, once it is ready.
#[derive(Clone, Debug, Serialize)]
pub struct Address {
    /// Its name in the fleet.
    pub name: String,
    /// Its release.
    pub release: String,
    /// `https://127.0.0.1:40123`
    pub url: String,
    /// The owner of `api_key`.
    pub username: String,
    /// The administrator's key.
    pub api_key: String,
    /// The other keys, by label.
    pub api_keys: BTreeMap<String, String>,
    /// SHA-256 over the certificate, as openssl prints it.
    pub tls_sha256: String,
    /// Where its SSH service listens while it runs.
    pub ssh_host: String,
    /// And on which port, to begin with.
    pub ssh_port: u16,
}

impl Address {
    /// The ready line, without a line feed.
    pub fn line(&self) -> String {
        // Texts, numbers and maps by text: this cannot fail.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// The same as environment variables: `CHICAGO_URL`, `CHICAGO_USERNAME` and so on.
pub fn variables(systems: &[Address]) -> BTreeMap<String, String> {
    let of_system = |system: &Address| {
        let prefix = variable_prefix(&system.name);
        [
            ("URL", system.url.clone()),
            ("USERNAME", system.username.clone()),
            ("API_KEY", system.api_key.clone()),
            ("TLS_SHA256", system.tls_sha256.clone()),
            ("SSH_HOST", system.ssh_host.clone()),
            ("SSH_PORT", system.ssh_port.to_string()),
        ]
        .map(|(name, value)| (format!("{prefix}_{name}"), value))
    };
    systems.iter().flat_map(of_system).collect()
}

/// Whether a text is what [`shell_assignments`] made: assignments, a fingerprint among them.
pub fn is_assignments(text: &str) -> bool {
    if !text.contains("_TLS_SHA256='") {
        return false;
    }
    let name = text.split_once("='").map_or("", |(name, _)| name);
    !name.is_empty()
        && name.chars().all(|it| it == '_' || it.is_ascii_uppercase() || it.is_ascii_digit())
}

/// The same as shell assignments: `CHICAGO_URL='https://…'`.
pub fn shell_assignments(systems: &[Address]) -> String {
    let assignment =
        |(name, value): (&String, &String)| format!("{name}='{}'\n", value.replace('\'', r"'\''"));
    variables(systems).iter().map(assignment).collect()
}

/// `new-york` is `NEW_YORK`.
fn variable_prefix(system: &str) -> String {
    system.to_ascii_uppercase().replace('-', "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_line_and_assignments() {
        let address = Address {
            name: "new-york".into(),
            release: "25.10.6".into(),
            url: "https://127.0.0.1:4".into(),
            username: "truenas_admin".into(),
            api_key: "1-it's".into(),
            api_keys: BTreeMap::from([("viewer".into(), "2-x".into())]),
            tls_sha256: "4E:1F".into(),
            ssh_host: "127.0.0.1".into(),
            ssh_port: 5,
        };
        assert_eq!(
            address.line(),
            r#"{"name":"new-york","release":"25.10.6","url":"https://127.0.0.1:4","username":"truenas_admin","api_key":"1-it's","api_keys":{"viewer":"2-x"},"tls_sha256":"4E:1F","ssh_host":"127.0.0.1","ssh_port":5}"#
        );
        let shell = shell_assignments(&[address]);
        assert!(shell.contains("NEW_YORK_URL='https://127.0.0.1:4'\n"));
        assert!(shell.contains("NEW_YORK_API_KEY='1-it'\\''s'\n"));
        assert!(shell.contains("NEW_YORK_SSH_PORT='5'\n"));
    }
}
