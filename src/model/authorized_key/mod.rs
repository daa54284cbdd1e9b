//! A line of `authorized_keys` as sshd reads it: options, type, base64, comment.
//!
//! Source: OpenSSH 9.2, `auth2-pubkeyfile.c` (`auth_check_authkey_line`), `sshkey.c`
//! (`sshkey_read`), `authfile.c` (`sshkey_advance_past_options`). Only blanks and tabs separate
//! words; a backslash escapes nothing but a double quote.

mod expiry;
mod options;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;

use super::visible::is_visible;

pub(crate) use options::{KeyOptions, OptionsError};

/// What identifies a key: its type and its base64 text.
pub(crate) type KeyId<'a> = (&'a str, &'a str);

/// A line that sshd reads as a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeyLine<'a> {
    /// The options as they are written; empty if there are none.
    pub(crate) written_options: &'a str,
    /// What the options say.
    pub(crate) options: KeyOptions,
    /// The key.
    pub(crate) id: KeyId<'a>,
}

/// Why sshd does not read a line as a key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum KeyLineError {
    /// Neither the line nor what follows its options begins with a key.
    #[error("no key of a type that sshd accepts")]
    NoKey,
    /// The base64 text is cut off, or holds a key of another type.
    #[error("the base64 text is damaged or belongs to another type of key")]
    Damaged,
    /// A quote of the options is not closed.
    #[error("a quote of the options is not closed")]
    OpenQuote,
    /// The options are wrong: sshd then ignores the whole line.
    #[error("{0}")]
    Options(#[from] OptionsError),
}

/// Reads a line; `None` for blank lines and comments.
///
/// # Errors
/// Why sshd ignores the line.
pub(crate) fn parse(line: &str) -> Result<Option<KeyLine<'_>>, KeyLineError> {
    // For C, a zero ends the line.
    let line = line.split('\0').next().unwrap_or_default();
    let line = line.trim_start_matches(BLANKS).trim_end_matches(['\r', '\n']);
    if line.is_empty() || line.starts_with('#') {
        return Ok(None);
    }
    match key_at_start(line) {
        Ok(id) => {
            return Ok(Some(KeyLine { written_options: "", options: KeyOptions::default(), id }));
        }
        Err(KeyLineError::NoKey) => {}
        Err(error) => return Err(error),
    }
    let end = options::end(line).ok_or(KeyLineError::OpenQuote)?;
    let (written, rest) = line.split_at(end);
    let id = key_at_start(rest.trim_start_matches(BLANKS))?;
    let options = KeyOptions::parse(written)?;
    Ok(Some(KeyLine { written_options: written, options, id }))
}

/// The key of a line, whatever its options permit.
pub(crate) fn key_of(line: &str) -> Option<KeyId<'_>> {
    parse(line).ok().flatten().map(|line| line.id)
}

/// Why a text is not the public key that a system may hand to another one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PublicKeyError {
    /// There is no text.
    #[error("empty")]
    Empty,
    /// It has several lines, or characters that end one for somebody or are not seen.
    #[error("it is not a single line of visible characters")]
    NotOneLine,
    /// sshd reads no key in it.
    #[error("{0}")]
    NoKey(#[from] KeyLineError),
    /// It would let its owner decide what a login does.
    #[error("options stand in front of the key")]
    HasOptions,
}

/// Reads a public key that one system reports and another one is to trust: exactly one line
/// `TYPE BASE64 [comment]`, without options. The line, and what identifies the key.
///
/// # Errors
/// Why it is not handed on.
pub(crate) fn public_key(text: &str) -> Result<(&str, KeyId<'_>), PublicKeyError> {
    let line = text.trim_end_matches(BLANKS);
    let line = line.strip_suffix('\n').unwrap_or(line).trim_matches(BLANKS);
    if line.is_empty() {
        return Err(PublicKeyError::Empty);
    }
    if !is_visible(line) {
        return Err(PublicKeyError::NotOneLine);
    }
    let key = parse(line)?.ok_or(KeyLineError::NoKey)?;
    if !key.written_options.is_empty() {
        return Err(PublicKeyError::HasOptions);
    }
    Ok((line, key.id))
}

/// Whether sshd logs a client in with the line's key at that time, as far as the line says: `from`
/// is not looked at.
pub(crate) fn admits(line: &str, at: Timestamp) -> bool {
    parse(line).ok().flatten().is_some_and(|line| line.options.admit(at).is_ok())
}

/// What sshd takes for a blank between words.
const BLANKS: [char; 2] = [' ', '\t'];

/// Type and base64 text at the start of a text.
fn key_at_start(text: &str) -> Result<KeyId<'_>, KeyLineError> {
    let mut words = text.split(BLANKS).filter(|word| !word.is_empty());
    let kind = words.next().filter(|kind| TYPES.contains(kind)).ok_or(KeyLineError::NoKey)?;
    let base64 = words.next().ok_or(KeyLineError::NoKey)?;
    // The decoder that sshd uses skips white space inside.
    let compact: String = base64.chars().filter(|c| !is_c_space(*c)).collect();
    let blob = STANDARD.decode(compact).map_err(|_| KeyLineError::Damaged)?;
    let key = ssh_key::PublicKey::from_bytes(&blob).map_err(|_| KeyLineError::Damaged)?;
    // The library does not hold every length in the text against what follows it.
    let is_whole = key.to_bytes().is_ok_and(|bytes| bytes == blob);
    if key.algorithm().as_str() != kind || !is_whole {
        return Err(KeyLineError::Damaged);
    }
    Ok((kind, base64.trim_end_matches(is_c_space)))
}

/// `isspace` in the C locale.
fn is_c_space(c: char) -> bool {
    c.is_ascii_whitespace() || c == '\u{b}'
}

/// The key types that sshd lets users log in with.
pub(crate) const TYPES: [&str; 7] = [
    "ssh-ed25519",
    "ssh-rsa",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "sk-ssh-ed25519@openssh.com",
    "sk-ecdsa-sha2-nistp256@openssh.com",
];

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "AAAAC3NzaC1lZDI1NTE5AAAAIKbZ5w7z5x3VICMdWzLEQl0dajw+0G6ChYfzTn5Mckx6";

    /// 2026-12-01 00:00 UTC.
    fn now() -> Timestamp {
        Timestamp::from_second(1_796_083_200).expect("a time")
    }

    #[test]
    fn lines_that_sshd_takes() {
        for options in [
            "",
            "restrict ",
            "RESTRICT,no-PTY ",
            "restrict,,pty ",
            "restrict, ",
            r#"command="a \\" b" "#,
            r#"command="a \" b, c" "#,
            r#"from="10.0.0.1,::1",environment="A_1=b" "#,
            r#"expiry-time="20300101" "#,
            r#"expiry-time="203001010000Z" "#,
            r#"permitopen="host:22",permitlisten="8080",tunnel="any" "#,
            "\t",
        ] {
            for end in ["", " comment", "\tcomment", "\r", " comment\r"] {
                let line = format!("{options}ssh-ed25519 \t {KEY}{end}");
                assert!(admits(&line, now()), "{line:?}: {:?}", parse(&line));
                assert_eq!(key_of(&line), Some(("ssh-ed25519", KEY)), "{line:?}");
            }
        }
    }

    #[test]
    fn lines_that_sshd_ignores() {
        let key = format!("ssh-ed25519 {KEY}");
        for line in [
            format!("bogus {key}"),
            format!("no_pty {key}"),
            format!("from='10.0.0.1' {key}"),
            format!("from=\u{201c}10.0.0.1\u{201d} {key}"),
            format!("restrict=yes {key}"),
            format!("no-restrict {key}"),
            format!("principals=\"a\" {key}"),
            format!("cert-authority {key}"),
            format!("expiry-time=\"20200101\" {key}"),
            format!("expiry-time=\"tomorrow\" {key}"),
            format!("expiry-time=\"20301301\" {key}"),
            format!("command=\"a\",command=\"b\" {key}"),
            format!("environment=\"A\" {key}"),
            format!("permitopen=\"host\" {key}"),
            format!("command=\"a {key}"),
            format!("command=\"a\0\" {key}"),
            format!("chicago.example.net,192.0.2.1 {key}"),
            format!("ssh-ed25519\u{a0}{KEY}"),
            format!("ssh-ed25519\u{2003}{KEY}"),
            format!("ssh-ed25519\u{b}{KEY}"),
            format!("ssh-ed25519 {KEY}\u{c}comment"),
            format!("\u{feff}{key}"),
            format!("ssh-rsa {KEY}"),
            format!("ssh-ed25519 {}", &KEY[..KEY.len() - 4]),
            format!("ssh-ed25519 {KEY}AAAA"),
            format!("ssh-ed25519 {}", KEY.replace("AAAAIK", "AAAEIK")),
            "ssh-ed25519".to_owned(),
        ] {
            assert!(!admits(&line, now()), "{line:?}");
        }
    }

    #[test]
    fn only_one_plain_line_is_a_public_key() {
        let key = format!("ssh-ed25519 {KEY}");
        for text in [key.clone(), format!("{key} Zürich, rack 2"), format!("{key} x\n")] {
            let line = text.trim_end();
            assert_eq!(public_key(&text), Ok((line, ("ssh-ed25519", KEY))), "{text:?}");
        }
        for separator in ["\n", "\r", "\r\n", "\u{b}", "\u{c}", "\u{85}", "\u{2028}", "\u{2029}"] {
            let text = format!("{key}{separator}{key}");
            assert_eq!(public_key(&text), Err(PublicKeyError::NotOneLine), "{text:?}");
        }
        let options = format!("environment=\"LD_PRELOAD=/tmp/x.so\" {key}");
        assert_eq!(public_key(&options), Err(PublicKeyError::HasOptions));
        for text in ["", " ", "\n"] {
            assert_eq!(public_key(text), Err(PublicKeyError::Empty), "{text:?}");
        }
        for text in ["# note", "ssh-ed25519", "ssh-ed25519 AAAA", &format!("ssh-rsa {KEY}")] {
            assert!(public_key(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_backslash_escapes_only_a_quote() {
        let line = format!(r#"command="a \\" b" ssh-ed25519 {KEY}"#);
        let parsed = parse(&line).expect("a key").expect("a key");
        assert_eq!(parsed.options.command.as_deref(), Some(r#"a \" b"#));
        let line = format!(r#"command="a \\" ssh-ed25519 {KEY}"#);
        assert_eq!(parse(&line), Err(KeyLineError::OpenQuote));
    }

    #[test]
    fn blank_lines_and_comments_are_no_keys() {
        for line in ["", " ", "\t", "# note", "  # note", "\r"] {
            assert_eq!(parse(line), Ok(None), "{line:?}");
        }
    }
}
