//! Generates `authorized_keys`: lines that let the client's key in, and lines that look like it.

use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use russh::keys::PublicKey;

/// The public halves that appear in lines, `TYPE BASE64` each.
pub struct PublicKeys {
    /// The client's.
    pub own: String,
    /// Of another type, the client's, too.
    pub other_type: String,
    /// Somebody else's.
    pub stranger: String,
}

impl PublicKeys {
    /// Public keys as text.
    pub fn text(key: &PublicKey) -> String {
        let text = key.to_openssh().expect("a public key");
        text.split(' ').take(2).collect::<Vec<_>>().join(" ")
    }
}

/// Options that sshd knows, right and wrong, and some that it does not.
const OPTIONS: &[&str] = &[
    "restrict",
    "no-pty",
    "pty",
    "no-port-forwarding",
    "port-forwarding",
    "no-agent-forwarding",
    "no-X11-forwarding",
    "x11-forwarding",
    "NO-PTY",
    "Restrict",
    "no-user-rc",
    "user-rc",
    "no-touch-required",
    "verify-required",
    "cert-authority",
    "no-cert-authority",
    "no-restrict",
    "bogus",
    "no_pty",
    "no-ptyx",
    "restrict=yes",
    "restrict=\"yes\"",
    "restricted",
    "from=\"127.0.0.0/8\"",
    "from=\"127.*\"",
    "from=\"127.0.0.1,192.0.2.0/24\"",
    "from=\"!127.0.0.1,*\"",
    "from=\"*,!127.0.0.1\"",
    "from=\"!127.0.0.7,127.0.0.0/8\"",
    "from=\"127.0.0.1/8\"",
    "from=\"127.0.0.0/33\"",
    "from=\"127.0.0.0/x\"",
    "from=\"127.0.0.0/\"",
    "from=\"::/0,127.0.0.1\"",
    "from=\"::ffff:127.0.0.1\"",
    "from=\"::ffff:127.0.0.0/104\"",
    "from=\"127.0.0.?\"",
    "from=\"\"",
    "from=\"127.0.0.1,\"",
    "from=\",127.0.0.1\"",
    "from=\"192.0.2.1 ,127.0.0.1\"",
    "from=\"192.0.2.1, 127.0.0.1\"",
    "from=\" 127.0.0.1\"",
    "from=\"localhost\"",
    "from=\"LOCALHOST,127.0.0.1\"",
    "from=\"*.example.net,127.0.0.*\"",
    "from=\"127.1\"",
    "from=\"0x7f.0.0.1\"",
    "from=\"0.0.0.0/0\"",
    "from=\"127.0.0.1/32\"",
    "from=\"!\"",
    "from='127.0.0.1'",
    "from=127.0.0.1",
    "from=\u{201c}127.0.0.1\u{201d}",
    "from",
    "command=\"echo forced\"",
    "command=\"echo \\\"a b\\\"\"",
    "command=\"echo a\\\\b\"",
    "command=\"echo \\$HOME\"",
    "command=\"a \\\\\" b\"",
    "command=\"\"",
    "command=\"internal-sftp\"",
    "command=\"internal-sftp -l ERROR\"",
    "command=\"echo $SSH_ORIGINAL_COMMAND\"",
    "command=\"echo a, b\"",
    "command=\"echo 'a  b'\"",
    "command=\"echo #x\"",
    "command=\"echo a",
    "command='echo a'",
    "command=echo",
    "command",
    "COMMAND=\"echo upper\"",
    "expiry-time=\"20200101\"",
    "expiry-time=\"20990101\"",
    "expiry-time=\"20990101Z\"",
    "expiry-time=\"20990101z\"",
    "expiry-time=\"20990101UTC\"",
    "expiry-time=\"20990101utc\"",
    "expiry-time=\"209901011200\"",
    "expiry-time=\"20990101120000\"",
    "expiry-time=\"20990101120000Z\"",
    "expiry-time=\"20200101120000Z\"",
    "expiry-time=\"20990231\"",
    "expiry-time=\"20990230\"",
    "expiry-time=\"20991301\"",
    "expiry-time=\"20990100\"",
    "expiry-time=\"209901012460\"",
    "expiry-time=\"20990101235960\"",
    "expiry-time=\"20990101235961\"",
    "expiry-time=\"20990101235962\"",
    "expiry-time=\"209901012400\"",
    "expiry-time=\"2099-01-01\"",
    "expiry-time=\"2099010\"",
    "expiry-time=\"209901011\"",
    "expiry-time=\"2099 1 1\"",
    "expiry-time=\" 990101\"",
    "expiry-time=\"2099010a\"",
    "expiry-time=\"+9990101\"",
    "expiry-time=\"00010101\"",
    "expiry-time=\"19700101Z\"",
    "expiry-time=\"99990101\"",
    "expiry-time=\"tomorrow\"",
    "expiry-time=\"\"",
    "expiry-time=\"Z\"",
    "expiry-time=20990101",
    "environment=\"A=b\"",
    "environment=\"A_1=b c\"",
    "environment=\"A\"",
    "environment=\"A-B=c\"",
    "environment=\"=c\"",
    "environment=\"\"",
    "environment=A=b",
    "permitopen=\"127.0.0.1:80\"",
    "permitopen=\"host:*\"",
    "permitopen=\"*:80\"",
    "permitopen=\"host\"",
    "permitopen=\"host:0\"",
    "permitopen=\"host:70000\"",
    "permitopen=\"[::1]:80\"",
    "permitopen=\"[::1:80\"",
    "permitopen=\"host:ssh\"",
    "permitopen=\":80\"",
    "permitopen=\"host/80\"",
    "permitopen=\"\"",
    "permitopen=host:80",
    "permitlisten=\"8080\"",
    "permitlisten=\"host:8080\"",
    "permitlisten=\"*\"",
    "permitlisten=\"host:x\"",
    "tunnel=\"0\"",
    "tunnel=\"any\"",
    "tunnel=\"1:2\"",
    "tunnel=\"x\"",
    "tunnel=\"\"",
    "principals=\"root\"",
    "principals=\"\"",
    "touch-required=\"x\"",
    "zos-key-ring-label=\"x\"",
];

const BLANKS: &[&str] = &[" ", " ", " ", " ", "\t", "  ", " \t "];
/// What stands where a blank belongs, and is none for sshd.
const NOT_BLANKS: &[&str] =
    &["\u{b}", "\u{c}", "\u{a0}", "\u{2003}", "\r", "", ",", " \u{b}", "\u{c} "];

/// A whole file.
pub fn file(rng: &mut StdRng, keys: &PublicKeys) -> Vec<u8> {
    let count = rng.random_range(1..=3);
    let mut content = Vec::new();
    for _ in 0..count {
        content.extend(line(rng, keys));
        let end: &[u8] = match rng.random_range(0..20) {
            0 => b"\r\n",
            1 => b"\n\n",
            2 => b"\r",
            3 => b"\n# ",
            _ => b"\n",
        };
        content.extend(end);
    }
    if rng.random_ratio(1, 10) {
        content.pop();
    }
    content
}

/// One line, without its end.
fn line(rng: &mut StdRng, keys: &PublicKeys) -> Vec<u8> {
    match rng.random_range(0..20) {
        0 => Vec::new(),
        1 => b"# a comment".to_vec(),
        2 => damaged(rng, keys),
        3 => odd(rng, keys),
        _ => key_line(rng, keys).into_bytes(),
    }
}

fn key_line(rng: &mut StdRng, keys: &PublicKeys) -> String {
    let mut line = String::new();
    if rng.random_ratio(1, 10) {
        line.push_str(BLANKS.choose(rng).expect("one"));
    }
    if rng.random_ratio(3, 4) {
        line.push_str(&options(rng));
        line.push_str(BLANKS.choose(rng).expect("one"));
    }
    line.push_str(&key(rng, keys));
    match rng.random_range(0..6) {
        0 => line.push_str(" a comment"),
        1 => line.push_str(" \"quoted, comment\" # more"),
        2 => line.push_str("\ttab"),
        3 if rng.random_ratio(1, 4) => line.push(' '),
        _ => {}
    }
    line
}

/// One or more options, mostly well-formed among each other.
fn options(rng: &mut StdRng) -> String {
    let count = match rng.random_range(0..10) {
        0..6 => 1,
        6..9 => 2,
        _ => 3,
    };
    let options: Vec<&str> = (0..count).map(|_| *OPTIONS.choose(rng).expect("one")).collect();
    let mut text = options.join(match rng.random_range(0..20) {
        0 => ", ",
        1 => ",,",
        2 => " ",
        3 => ";",
        _ => ",",
    });
    match rng.random_range(0..20) {
        0 => text.push(','),
        1 => text.insert(0, ','),
        _ => {}
    }
    text
}

fn key(rng: &mut StdRng, keys: &PublicKeys) -> String {
    let key = match rng.random_range(0..12) {
        0 => &keys.stranger,
        1 => &keys.other_type,
        _ => &keys.own,
    };
    let (kind, blob) = key.split_once(' ').expect("a key");
    let blank = if rng.random_ratio(1, 12) {
        NOT_BLANKS.choose(rng).expect("one")
    } else {
        BLANKS.choose(rng).expect("one")
    };
    format!("{kind}{blank}{blob}")
}

/// A key that something is wrong with, or looks so.
fn damaged(rng: &mut StdRng, keys: &PublicKeys) -> Vec<u8> {
    let (kind, blob) = keys.own.split_once(' ').expect("a key");
    let middle = blob.len() / 2;
    let (first, second) = blob.split_at(middle);
    let text = match rng.random_range(0..20) {
        0 => format!("{kind} {first}"),
        1 => format!("{kind} {blob}AAAA"),
        2 => format!("{kind} {blob}="),
        3 => format!("{kind} {first}\u{b}{second}"),
        4 => format!("{kind} {first}\r{second}"),
        5 => format!("{kind} {first} {second}"),
        6 => format!("{kind} {first}-{second}"),
        7 => format!("ssh-rsa {blob}"),
        8 => format!("ssh-dss {blob}"),
        9 => format!("{} {blob}", kind.to_uppercase()),
        10 => format!("rsa-sha2-256 {blob}"),
        11 => format!("{kind}-cert-v01@openssh.com {blob}"),
        12 => blob.to_owned(),
        13 => kind.to_owned(),
        14 => format!("{kind} {blob}\u{a0}comment"),
        15 => format!("{kind} {blob},comment"),
        16 => format!("\u{feff}{kind} {blob}"),
        17 => format!("{kind}  {blob}\u{0}garbage"),
        18 => format!("{kind} \"{blob}\""),
        _ => format!("{kind}\u{0} {blob}"),
    };
    text.into_bytes()
}

/// Lines of other files and formats.
fn odd(rng: &mut StdRng, keys: &PublicKeys) -> Vec<u8> {
    let own = &keys.own;
    match rng.random_range(0..12) {
        0 => format!("127.0.0.1 {own}"),
        1 => format!("[127.0.0.1]:2222,host {own}"),
        2 => format!("@cert-authority * {own}"),
        3 => format!("|1|abc=|def= {own}"),
        4 => "-----BEGIN OPENSSH PRIVATE KEY-----".to_owned(),
        5 => "---- BEGIN SSH2 PUBLIC KEY ----".to_owned(),
        6 => format!("#{own}"),
        7 => format!(" # {own}"),
        8 => format!("\u{b}{own}"),
        9 => format!("\u{a0}{own}"),
        10 => format!("{own} {own}"),
        _ => {
            let mut line = vec![0xff, 0xfe, b' '];
            line.extend(own.as_bytes());
            return line;
        }
    }
    .into_bytes()
}
