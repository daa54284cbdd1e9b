//! A line of `authorized_keys`: options, type, base64, comment.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::manifest::read::{Mistake, Text};

/// The key types that sshd accepts for users (OpenSSH 9.2, as TrueNAS has it).
const TYPES: [&str; 7] = [
    "ssh-ed25519",
    "ssh-rsa",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "sk-ssh-ed25519@openssh.com",
    "sk-ecdsa-sha2-nistp256@openssh.com",
];

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
                "this is no public key",
                label,
                "write the line of a `.pub` file: `ssh-ed25519 AAAA… comment`",
            ))
        };
        let line = text.trim();
        if line.contains(['\n', '\r']) {
            return wrong("several lines: one key per item of the list");
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
        let rest = if TYPES.iter().any(|known| words(line).next() == Some(known)) {
            line
        } else {
            after_options(line)
        };
        let mut words = words(rest);
        let (Some(kind), Some(base64)) = (words.next(), words.next()) else {
            return wrong(if line.starts_with("AAAA") {
                "the type in front is missing"
            } else {
                ""
            });
        };
        if !TYPES.contains(&kind) {
            return wrong("no such type of key");
        }
        let Ok(blob) = STANDARD.decode(base64) else {
            let unpadded = STANDARD_NO_PAD.decode(base64).is_ok();
            return wrong(if unpadded {
                "the base64 lacks the `=` at its end, and sshd does not take it"
            } else {
                "the base64 is cut off or damaged"
            });
        };
        if first_string(&blob) != Some(kind.as_bytes()) {
            return wrong("the base64 holds a key of another type, or none");
        }
        if fields(&blob).is_none_or(|count| count < 2) {
            return wrong("the base64 is cut off");
        }
        Ok(Self { line: line.into(), key: format!("{kind} {}", base64.trim_end_matches('=')) })
    }
}

fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split([' ', '\t']).filter(|word| !word.is_empty())
}

/// What follows the options: the first space outside of quotes ends them.
fn after_options(line: &str) -> &str {
    let (mut quoted, mut escaped) = (false, false);
    for (at, c) in line.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ' ' | '\t' if !quoted => return &line[at..],
            _ => {}
        }
    }
    ""
}

/// The first of the length-prefixed strings that a key's blob is made of (RFC 4253, 6.6).
fn first_string(blob: &[u8]) -> Option<&[u8]> {
    let (length, rest) = blob.split_first_chunk::<4>()?;
    rest.get(..usize::try_from(u32::from_be_bytes(*length)).ok()?)
}

/// How many such strings there are; `None` if the last is cut off.
fn fields(mut blob: &[u8]) -> Option<usize> {
    let mut count = 0;
    while !blob.is_empty() {
        blob = blob.get(4 + first_string(blob)?.len()..)?;
        count += 1;
    }
    Some(count)
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
        ] {
            assert!(PublicKey::parse(line).is_err(), "{line}");
        }
    }
}
