//! `authorized_keys`: lines of options, type, key and comment, and which of them lets a key in.
//!
//! Source: OpenSSH `auth2-pubkeyfile.c` (`auth_check_authkey_line`), `auth-options.c`
//! (`sshauthopt_parse`).

use std::net::IpAddr;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use russh::keys::PublicKey;
use russh::keys::ssh_key::public::KeyData;

use super::pattern;

/// The key that a line's text starts with; `None` if it is none.
pub fn key_at_start(text: &str) -> Option<KeyData> {
    let mut words = text.split([' ', '\t']).filter(|word| !word.is_empty());
    let (kind, base64) = (words.next()?, words.next()?);
    PublicKey::from_openssh(&format!("{kind} {}", base64.trim_end()))
        .ok()
        .map(|key| key.key_data().clone())
}

/// What stands in front of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// The command that runs instead of what the client asks for.
    pub command: Option<String>,
    /// Where the client may be.
    pub from: Option<String>,
    /// When the line stops counting.
    pub expires: Option<Timestamp>,
    /// Whether the key only signs other keys.
    pub cert_authority: bool,
    /// Principals, which only a `cert-authority` may have.
    pub principals: bool,
    /// Whether the client gets a terminal.
    pub pty: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            command: None,
            from: None,
            expires: None,
            cert_authority: false,
            principals: false,
            pty: true,
        }
    }
}

/// Options that are switches, with their `no-` form if they have one.
const SWITCHES: [(&str, bool); 9] = [
    ("restrict", false),
    ("cert-authority", false),
    ("port-forwarding", true),
    ("agent-forwarding", true),
    ("x11-forwarding", true),
    ("touch-required", true),
    ("verify-required", true),
    ("pty", true),
    ("user-rc", true),
];
/// Options with a quoted value.
const VALUED: [&str; 8] = [
    "command",
    "principals",
    "from",
    "expiry-time",
    "environment",
    "permitopen",
    "permitlisten",
    "tunnel",
];

/// Where the options at the start of a line end; `None` if a quote stays open.
pub fn end_of_options(line: &str) -> Option<usize> {
    let mut quoted = false;
    let mut letters = line.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' if matches!(letters.peek(), Some((_, '"'))) => {
                letters.next();
            }
            '"' => quoted = !quoted,
            ' ' | '\t' if !quoted => return Some(at),
            _ => {}
        }
    }
    (!quoted).then_some(line.len())
}

/// The quoted value at the start, and what follows it.
fn dequote(text: &str) -> Option<(String, &str)> {
    let inner = text.strip_prefix('"')?;
    let mut value = String::new();
    let mut letters = inner.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' if matches!(letters.peek(), Some((_, '"'))) => {
                letters.next();
                value.push('"');
            }
            '"' => return Some((value, &inner[at + 1..])),
            letter => value.push(letter),
        }
    }
    None
}

/// `YYYYMMDD[HHMM[SS]][Z]` (`parse_absolute_time`).
fn absolute_time(text: &str) -> Option<Timestamp> {
    let (digits, zone) = match text.strip_suffix(['Z', 'z']) {
        Some(digits) => (digits, TimeZone::UTC),
        None => (text, TimeZone::system()),
    };
    if !digits.is_ascii() || !matches!(digits.len(), 8 | 12 | 14) {
        return None;
    }
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or("0").parse::<i8>().ok();
    let year = digits[..4].parse::<i16>().ok()?;
    let at = DateTime::new(
        year,
        part(4, 6)?,
        part(6, 8)?,
        part(8, 10)?,
        part(10, 12)?,
        part(12, 14)?,
        0,
    );
    at.ok()?.to_zoned(zone).ok().map(|at: Zoned| at.timestamp())
}

impl Options {
    /// The options of a line; `None` if one is unknown or wrong: then the whole line does not count.
    pub fn parse(text: &str) -> Option<Self> {
        let mut options = Self::default();
        let mut seen = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let end = rest.find([',', '=']).unwrap_or(rest.len());
            let (name, after) = rest.split_at(end);
            let name = name.to_ascii_lowercase();
            rest = match after.strip_prefix('=') {
                Some(value) => {
                    let (value, after) = dequote(value)?;
                    options.set(&name, value, &mut seen)?;
                    after
                }
                None => {
                    options.switch(&name)?;
                    after
                }
            };
            if !rest.is_empty() {
                // A comma stands between two options, not behind the last one.
                rest = rest.strip_prefix(',').filter(|rest| !rest.is_empty())?;
            }
        }
        Some(options)
    }

    fn set(&mut self, name: &str, value: String, seen: &mut Vec<String>) -> Option<()> {
        if !VALUED.contains(&name) {
            return None;
        }
        let once = ["command", "principals", "from"].contains(&name);
        if once && seen.iter().any(|other| other == name) {
            return None;
        }
        seen.push(name.to_owned());
        match name {
            "command" => self.command = Some(value),
            "from" => self.from = Some(value),
            "principals" => self.principals = true,
            "expiry-time" => {
                let at = absolute_time(&value)?;
                self.expires = Some(self.expires.map_or(at, |earlier| earlier.min(at)));
            }
            "environment" => drop(value.split_once('=')?),
            _ => {}
        }
        Some(())
    }

    fn switch(&mut self, name: &str) -> Option<()> {
        let (name, on) = match name.strip_prefix("no-") {
            Some(name) if SWITCHES.contains(&(name, true)) => (name, false),
            _ => (name, true),
        };
        SWITCHES.iter().find(|(switch, _)| *switch == name)?;
        match name {
            "restrict" => self.pty = false,
            "pty" => self.pty = on,
            "cert-authority" => self.cert_authority = true,
            _ => {}
        }
        Some(())
    }

    /// Whether they let the client in now (`auth_authorise_keyopts`).
    fn allow(&self, address: IpAddr, now: Timestamp) -> bool {
        self.expires.is_none_or(|expires| expires >= now)
            && !self.principals
            && self.from.as_ref().is_none_or(|from| pattern::host_list(address, from))
    }
}

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
    content: &str,
    key: &KeyData,
    address: IpAddr,
    now: Timestamp,
) -> Result<Options, Unauthorised> {
    let mut refusal = Unauthorised::NotListed;
    for line in content.lines().map(|line| line.trim_start_matches([' ', '\t'])) {
        if line.is_empty() || line.starts_with('#') {
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

fn parse_line(line: &str) -> Option<(KeyData, Options)> {
    if let Some(key) = key_at_start(line) {
        return Some((key, Options::default()));
    }
    let (options, rest) = line.split_at(end_of_options(line)?);
    let key = key_at_start(rest)?;
    Some((key, Options::parse(options)?))
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    const KEY: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKbZ5w7z5x3VICMdWzLEQl0dajw+0G6ChYfzTn5Mckx6";
    const OTHER: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAII9OX/MBR4nTo+BM542aNEo8MTxvfo96WgF12IDcoPV2 b";

    fn look(content: &str) -> Result<Options, Unauthorised> {
        let key = key_at_start(KEY).expect("a key");
        let now = "2026-01-15T12:00:00Z".parse().expect("a time");
        find(content, &key, Ipv4Addr::LOCALHOST.into(), now)
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
        ] {
            assert!(look(&content).is_ok(), "{content}");
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
            (format!("restrict, {KEY}"), NotListed),
            (format!("command=\"open {KEY}"), NotListed),
            (KEY.replace("IKbZ5", "IKb\nZ5"), NotListed),
            (KEY.replace("ssh-ed25519", "ssh-rsa"), NotListed),
            (format!("from=\"192.0.2.1\" {KEY}"), ByOptions),
            (format!("from=\"*,!127.0.0.1\" {KEY}"), ByOptions),
            (format!("expiry-time=\"202601150000Z\" {KEY}"), ByOptions),
            (format!("principals=\"a\" {KEY}"), ByOptions),
        ] {
            assert_eq!(look(&content), Err(why), "{content}");
        }
    }

    #[test]
    fn options_are_carried_out() {
        let options = look(&format!("restrict,command=\"echo \\\"a b\\\"\" {KEY}")).expect("in");
        assert_eq!(options.command.as_deref(), Some("echo \"a b\""));
        assert!(!options.pty);
        assert!(look(&format!("restrict,pty {KEY}")).expect("in").pty);
    }
}
