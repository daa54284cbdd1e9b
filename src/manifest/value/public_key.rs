//! A line of `authorized_keys`: options, type, base64, comment.

use std::borrow::Cow;

use jiff::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::manifest::read::{Mistake, Text};
use crate::model::authorized_key;

/// A public key as a line of `authorized_keys`, written as it stands in a `.pub` file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    line: String,
    key: String,
}

impl JsonSchema for PublicKey {
    fn schema_name() -> Cow<'static, str> {
        "PublicKey".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A public key as a line of `authorized_keys`, written as it stands in a `.pub` file; options in front are kept.",
            "pattern": "(ssh-|ecdsa-|sk-)\\S+ +AAAA",
            "examples": ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKbZ5w7z5x3VICMdWzLEQl0dajw+0G6ChYfzTn5Mckx6 backup"]
        })
    }
}

impl PublicKey {
    /// The line, without space around it.
    pub fn line(&self) -> &str {
        &self.line
    }

    /// The line's type and base64, which say whether two lines are the same key.
    pub fn key(&self) -> &str {
        &self.key
    }
}

impl Text for PublicKey {
    const WHAT: &'static str = "a public key, `TYPE BASE64 COMMENT`";

    fn parse(text: &str) -> Result<Self, Mistake> {
        let wrong = |label: &str| {
            Err(Mistake::new(
                "invalid public key",
                label,
                "write the line of a `.pub` file: `ssh-ed25519 AAAA… comment`",
            ))
        };
        let line = text.trim();
        if line.contains(['\n', '\r']) {
            return wrong("several lines: one key per item of the list");
        }
        if line.contains('\0') {
            return wrong("a NUL character, which ends the line for sshd");
        }
        if line.starts_with("---- BEGIN SSH2") {
            return wrong("this is another format; `ssh-keygen -i -f FILE` converts it");
        }
        if line.starts_with("ssh-dss") {
            return wrong("sshd does not accept DSA keys any more");
        }
        if line.starts_with("/") || line.starts_with("~") {
            return wrong("a path: write the key itself");
        }
        match authorized_key::parse(line) {
            Ok(Some(parsed)) => match parsed.options.admit(Timestamp::now()) {
                Ok(()) => {
                    let (kind, base64) = parsed.id;
                    let key = format!("{kind} {}", base64.trim_end_matches('='));
                    Ok(Self { line: line.into(), key })
                }
                Err(error) => wrong(&error.to_string()),
            },
            Ok(None) => wrong(""),
            Err(_) if line.starts_with("AAAA") => wrong("the type in front is missing"),
            Err(error) => wrong(&error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "AAAAC3NzaC1lZDI1NTE5AAAAIKbZ5w7z5x3VICMdWzLEQl0dajw+0G6ChYfzTn5Mckx6";

    #[test]
    fn options_and_comments_are_kept() {
        let plain = format!("ssh-ed25519 {KEY}");
        for line in [
            plain.clone(),
            format!("{plain} a comment"),
            format!(r#"from="10.0.0.*,::1",command="echo \" x" {plain} c"#),
        ] {
            let key = PublicKey::parse(&line).expect("a key");
            assert_eq!((key.line(), key.key()), (line.as_str(), plain.as_str()));
        }
    }

    #[test]
    fn what_sshd_would_not_accept_is_refused() {
        let short = &KEY[..KEY.len() - 8];
        for line in [
            "",
            "ssh-ed25519",
            KEY,
            &format!("ssh-rsa {KEY}"),
            &format!("ssh-ed25519 {short}"),
            &format!("ssh-ed25519 {KEY}!"),
            &format!("ssh-ed25519 {KEY}\nssh-ed25519 {KEY}"),
            "ssh-dss AAAA",
            "/root/.ssh/id.pub",
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5",
            "é é é",
            &format!("bogus ssh-ed25519 {KEY}"),
            &format!("restrict=yes ssh-ed25519 {KEY}"),
            &format!("from='10.0.0.1' ssh-ed25519 {KEY}"),
            &format!("principals=\"a\" ssh-ed25519 {KEY}"),
            &format!("cert-authority ssh-ed25519 {KEY}"),
            &format!("expiry-time=\"20200101\" ssh-ed25519 {KEY}"),
            &format!("expiry-time=\"soon\" ssh-ed25519 {KEY}"),
            &format!("chicago.example.net ssh-ed25519 {KEY}"),
            &format!("ssh-ed25519\u{a0}{KEY}"),
            &format!("ssh-ed25519 {KEY} a\0b"),
        ] {
            assert!(PublicKey::parse(line).is_err(), "{line}");
        }
    }
}
