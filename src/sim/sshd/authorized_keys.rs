//! `authorized_keys`: lines of options, type, key and comment, and which of them lets a key in.
//!
//! Source: OpenSSH `auth2-pubkeyfile.c` (`auth_check_authkeys_file`, `auth_check_authkey_line`).

use std::net::IpAddr;

use jiff::Timestamp;
use russh::keys::ssh_key::public::KeyData;

use super::key_options::{KeyOptions, end_of_options};
use super::public_key::{key_at_start, skip_blanks};

/// Why no line lets a key in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unauthorised {
    /// The key is not there.
    NotListed,
    /// The options in front of it refuse it.
    ByOptions,
}

/// The options under which a file lets a key in.
///
/// # Errors
/// [`Unauthorised`]
pub fn find(
    content: &[u8],
    key: &KeyData,
    address: IpAddr,
    now: Timestamp,
) -> Result<KeyOptions, Unauthorised> {
    let mut refusal = Unauthorised::NotListed;
    for line in content.split(|byte| *byte == b'\n') {
        // For C, a zero ends the line.
        let line = line.split(|byte| *byte == 0).next().unwrap_or_default();
        let line = skip_blanks(line);
        if line.is_empty() || line.starts_with(b"#") {
            continue;
        }
        let Some((found, options)) = parse_line(line) else { continue };
        if found != *key || options.cert_authority {
            continue;
        }
        if options.allow(address, now) {
            return Ok(options);
        }
        refusal = Unauthorised::ByOptions;
    }
    Err(refusal)
}

fn parse_line(line: &[u8]) -> Option<(KeyData, KeyOptions)> {
    if let Some(key) = key_at_start(line) {
        return Some((key, KeyOptions::default()));
    }
    let key = key_at_start(skip_blanks(&line[end_of_options(line)?..]))?;
    Some((key, KeyOptions::parse(line)?))
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    const KEY: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKbZ5w7z5x3VICMdWzLEQl0dajw+0G6ChYfzTn5Mckx6";
    const OTHER: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAII9OX/MBR4nTo+BM542aNEo8MTxvfo96WgF12IDcoPV2 b";

    fn look_up(content: &str) -> Result<KeyOptions, Unauthorised> {
        let key = key_at_start(KEY.as_bytes()).expect("a key");
        let now = "2026-01-15T12:00:00Z".parse().expect("a time");
        find(content.as_bytes(), &key, Ipv4Addr::LOCALHOST.into(), now)
    }

    #[test]
    fn lines_that_let_the_key_in() {
        for content in [
            KEY.to_owned(),
            format!("{KEY}\r\n"),
            format!("# note\n\n  {OTHER}\n\t{KEY} a comment with words\n"),
            format!("no-pty,permitopen=\"h:1\",From=\"127.0.0.0/8\" {KEY}"),
            format!("expiry-time=\"20260116Z\" {KEY}"),
            format!("from=\"192.0.2.1\" {KEY}\n{KEY}"),
            format!("environment=\"A=b c\" {KEY}"),
            format!("restrict,\t{KEY}"),
            format!("{KEY}\0AAAA"),
        ] {
            assert!(look_up(&content).is_ok(), "{content}");
        }
    }

    #[test]
    fn lines_that_do_not() {
        use Unauthorised::{ByOptions, NotListed};
        for (content, why) in [
            (String::new(), NotListed),
            (OTHER.to_owned(), NotListed),
            (format!("cert-authority {KEY}"), NotListed),
            (format!("nonsense {KEY}"), NotListed),
            (format!("host.example {KEY}"), NotListed),
            (format!("command=\"open {KEY}"), NotListed),
            (KEY.replace("IKbZ5", "IKb\nZ5"), NotListed),
            (format!("from=\"192.0.2.1\" {KEY}"), ByOptions),
            (format!("from=\"*,!127.0.0.1\" {KEY}"), ByOptions),
            (format!("expiry-time=\"202601150000Z\" {KEY}"), ByOptions),
            (format!("principals=\"a\" {KEY}"), ByOptions),
        ] {
            assert_eq!(look_up(&content), Err(why), "{content}");
        }
    }
}
