//! Lines of `authorized_keys`: read as the simulated sshd reads them, and merged without a loss.

use std::net::Ipv4Addr;

use jiff::Timestamp;
use trueup_sim::sshd::authorized_keys::find;
use trueup_sim::sshd::public_key::key_at_start;

use super::choices::Choices;
use crate::kinds::user::key_line::merged;
use crate::manifest::read::Text;
use crate::manifest::value::PublicKey;
use crate::model::authorized_key::{self, admits, key_of};

/// What lines are made of; everything else is a letter.
const PIECES: [&str; 48] = [
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKbZ5w7z5x3VICMdWzLEQl0dajw+0G6ChYfzTn5Mckx6",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJEVqAi8rBQmwWyIYxmOL/6wHOpkJ6ml6Dl+6pIlnbKZ",
    "AAAAC3NzaC1lZDI1NTE5AAAAIKbZ5w7z5x3VICMdWzLEQl0dajw+0G6ChYfzTn5Mckx6",
    "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBP9CzFC6pfdmtkL38jRvBRW5wADo/PieDmsEA6pDGgtcgnSLaQo0a8d42QkRymG1wo1Bsz4dIMKFKS7sZqjHsR0=",
    "ssh-ed25519",
    "ssh-rsa",
    "ssh-dss",
    " ",
    "\t",
    "\n",
    "\r",
    "\u{b}",
    "\u{c}",
    "\u{a0}",
    "\u{2028}",
    "\u{feff}",
    "\0",
    "é",
    ",",
    "=",
    "\"",
    "\\\"",
    "\\",
    "#",
    "restrict",
    "no-pty",
    "PTY",
    "cert-authority",
    "command=\"",
    "command=\"echo x\"",
    "from=\"10.0.0.*,!::1\"",
    "environment=\"A=b\"",
    "environment=\"LD_PRELOAD=x",
    "expiry-time=\"20300101\"",
    "expiry-time=\"20200101Z\"",
    "expiry-time=\"999912312359\"",
    "principals=\"a,b\"",
    "permitopen=\"[::1]:22\"",
    "permitopen=\"*:*\"",
    "permitlisten=\"8080\"",
    "tunnel=\"any\"",
    "tunnel=\"7\"",
    "no-touch-required",
    "verify-required",
    "x11-forwarding",
    "user-rc",
    "AAAA",
    " comment",
];

/// Reads and merges the lines that the input makes.
pub fn authorized_keys(input: &[u8]) {
    let mut choices = Choices::new(input);
    let (exclusive, live_count) = (choices.once_in(2), choices.below(5));
    let text = text_of(choices.rest());
    let now = Timestamp::now();
    let lines: Vec<String> = text.split('\n').map(Into::into).collect();
    check_public_key(&text);
    for line in &lines {
        check_line(line, now);
        check_public_key(line);
    }
    let (live, others) = lines.split_at(live_count.min(lines.len()));
    // Only lines that a manifest takes are wanted.
    let wanted = others.iter().filter_map(|line| PublicKey::parse(line).ok());
    let wanted: Vec<String> = wanted.map(|key| key.line().to_owned()).collect();
    check_merged(live, &wanted, exclusive, now);
}

/// Letters as they are, and every other byte as a piece.
fn text_of(input: &[u8]) -> String {
    let mut text = String::new();
    for byte in input {
        match byte.checked_sub(0x80) {
            Some(piece) => text.push_str(PIECES[usize::from(piece) % PIECES.len()]),
            None => text.push(char::from(*byte)),
        }
    }
    text
}

fn check_line(line: &str, now: Timestamp) {
    let Ok(Some(parsed)) = authorized_key::parse(line) else {
        assert_eq!(key_of(line), None);
        assert!(!admits(line, now));
        return;
    };
    let (kind, base64) = parsed.id;
    let bare = format!("{kind} {base64}");
    assert_eq!(key_of(&bare), Some(parsed.id), "{line:?}");
    let key = key_at_start(bare.as_bytes()).expect("sshd reads the same key");
    // Where the client comes from is not looked at, and a time without a zone may be over.
    if parsed.options.from.is_none() && parsed.options.expiry.is_none() {
        let taken = find(line.as_bytes(), &key, Ipv4Addr::LOCALHOST.into(), now).is_ok();
        assert_eq!(admits(line, now), taken, "sshd decides otherwise: {line:?}");
    }
}

/// A key that a manifest takes is one line, read as the same key again.
fn check_public_key(text: &str) {
    let Ok(key) = PublicKey::parse(text) else { return };
    assert!(!key.line().contains(['\n', '\r']), "{text:?}");
    let read = PublicKey::parse(key.line());
    assert!(read.is_ok_and(|read| read == key), "{text:?} is read as another key");
    let (kind, base64) = key_of(key.line()).expect("it holds a key");
    assert_eq!(key.key(), format!("{kind} {}", base64.trim_end_matches('=')));
}

/// The wanted keys log in, the lines of others stay, and there is nothing left to merge.
fn check_merged(live: &[String], wanted: &[String], exclusive: bool, now: Timestamp) {
    let lines = merged(live, wanted, exclusive, now);
    assert_eq!(merged(&lines, wanted, exclusive, now), lines, "of {live:?} and {wanted:?}");
    for wish in wanted {
        let is_there = |line: &String| key_of(line) == key_of(wish) && admits(line, now);
        assert!(lines.iter().any(is_there), "{wish:?} is missing in {lines:?}");
    }
    let keys: Vec<_> = wanted.iter().map(|wish| key_of(wish)).collect();
    // Blanks at the beginning of the file are stripped, which may make a key of a line that was none.
    let is_foreign = |line: &&str| match (key_of(line), key_of(line.trim_start())) {
        (Some(key), _) => !exclusive && !keys.contains(&Some(key)),
        (None, Some(_)) => false,
        (None, None) => !line.trim().is_empty(),
    };
    let foreign = |lines: &[String]| -> Vec<String> {
        let all = lines.iter().map(String::as_str).filter(is_foreign);
        all.map(|line| line.trim_start().to_owned()).collect()
    };
    let kept: Vec<String> = foreign(&lines);
    let before = foreign(live);
    assert!(before.iter().all(|line| kept.contains(line)), "{before:?} became {kept:?}");
}
