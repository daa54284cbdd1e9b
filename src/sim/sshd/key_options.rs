//! The options in front of a key in `authorized_keys`.
//!
//! sshd reads them letter by letter: an option is what the text goes on with, and a comma or the
//! end of the word has to follow. So there may be a comma too many, but not a letter.
//!
//! Source: OpenSSH `auth-options.c` (`sshauthopt_parse`, `handle_permit`), `misc.c` (`opt_flag`,
//! `opt_match`, `opt_dequote`, `hpdelim2`, `a2port`, `a2tun`), `sshkey.c`
//! (`sshkey_advance_past_options`).

use std::net::IpAddr;

use jiff::Timestamp;

use super::{expiry_time, pattern};

/// What stands in front of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyOptions {
    /// The command that runs instead of what the client asks for.
    pub command: Option<String>,
    /// Where the client may be.
    pub from: Option<String>,
    /// When the line stops counting.
    pub expires: Option<Timestamp>,
    /// Whether the key only signs other keys.
    pub cert_authority: bool,
    /// Principals, which only a `cert-authority` may have.
    pub principals: Option<String>,
    /// Whether the client gets a terminal.
    pub pty: bool,
}

impl Default for KeyOptions {
    fn default() -> Self {
        Self {
            command: None,
            from: None,
            expires: None,
            cert_authority: false,
            principals: None,
            pty: true,
        }
    }
}

/// Switches, in sshd's order, and whether they can be negated.
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
/// The largest number of a tunnel device (`SSH_TUNID_MAX`).
const LAST_TUNNEL: i64 = 0x7fff_fffd;

/// Where the options at the start of a line end; `None` if a quote stays open.
pub fn end_of_options(line: &[u8]) -> Option<usize> {
    let mut quoted = false;
    let mut at = 0;
    while let Some(byte) = line.get(at) {
        match byte {
            b'\\' if line.get(at + 1) == Some(&b'"') => at += 1,
            b'"' => quoted = !quoted,
            b' ' | b'\t' if !quoted => return Some(at),
            _ => {}
        }
        at += 1;
    }
    (!quoted).then_some(line.len())
}

impl KeyOptions {
    /// The options that a line starts with; `None` if one is unknown or wrong: then the whole line
    /// does not count.
    pub fn parse(line: &[u8]) -> Option<Self> {
        let mut options = Self::default();
        let mut rest = line;
        while !is_end(rest) {
            if let Some((switch, on, after)) = switch(rest) {
                options.set_switch(switch, on);
                rest = after;
            } else if let Some((name, after)) = valued(rest) {
                let (value, after) = dequote(after)?;
                options.set(name, value)?;
                rest = after;
            }
            if is_end(rest) {
                break;
            }
            rest = rest.strip_prefix(b",")?;
            if rest.is_empty() {
                return None;
            }
        }
        Some(options)
    }

    fn set_switch(&mut self, switch: &str, on: bool) {
        match switch {
            "restrict" => self.pty = false,
            "pty" => self.pty = on,
            "cert-authority" => self.cert_authority = true,
            _ => {}
        }
    }

    /// Takes a value over; `None` if it is wrong, or must not come twice.
    fn set(&mut self, name: &str, value: Vec<u8>) -> Option<()> {
        let text = || String::from_utf8_lossy(&value).into_owned();
        match name {
            "command" => set_once(&mut self.command, text()),
            "principals" => set_once(&mut self.principals, text()),
            "from" => set_once(&mut self.from, text()),
            "expiry-time" => {
                let at = expiry_time::parse(&value)?;
                self.expires = Some(self.expires.map_or(at, |earlier| earlier.min(at)));
                Some(())
            }
            "environment" => {
                let (name, _) = text().split_once('=').map(|(name, _)| (name.to_owned(), ()))?;
                let is_letter = |c: char| c.is_ascii_alphanumeric() || c == '_';
                (!name.is_empty() && name.chars().all(is_letter)).then_some(())
            }
            "permitopen" => check_permission(&text(), false),
            "permitlisten" => check_permission(&text(), true),
            _ => {
                let is_any = text().eq_ignore_ascii_case("any");
                (is_any || (0..=LAST_TUNNEL).contains(&integer(&text())?)).then_some(())
            }
        }
    }

    /// Whether they let the client in now (`auth_authorise_keyopts`).
    pub fn allow(&self, address: IpAddr, now: Timestamp) -> bool {
        self.expires.is_none_or(|expires| expires.as_second() >= now.as_second())
            && (self.principals.is_none() || self.cert_authority)
            && self.from.as_ref().is_none_or(|from| pattern::host_list(address, from))
    }
}

fn set_once(known: &mut Option<String>, value: String) -> Option<()> {
    known.is_none().then(|| *known = Some(value))
}

fn is_end(text: &[u8]) -> bool {
    matches!(text.first(), None | Some(b' ' | b'\t'))
}

fn strip_name<'a>(text: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let (start, rest) = text.split_at_checked(name.len())?;
    start.eq_ignore_ascii_case(name.as_bytes()).then_some(rest)
}

/// The switch that a text starts with, whether it is on, and what follows.
fn switch(text: &[u8]) -> Option<(&'static str, bool, &[u8])> {
    SWITCHES.iter().find_map(|(switch, can_be_negated)| {
        let negated = strip_name(text, "no-").filter(|_| *can_be_negated);
        let rest = strip_name(negated.unwrap_or(text), switch)?;
        Some((*switch, negated.is_none(), rest))
    })
}

/// The option with a value that a text starts with, and the value and what follows.
fn valued(text: &[u8]) -> Option<(&'static str, &[u8])> {
    VALUED.iter().find_map(|name| {
        let rest = strip_name(text, name)?.strip_prefix(b"=")?;
        Some((*name, rest))
    })
}

/// The quoted value at the start, and what follows it. A backslash escapes nothing but a quote.
fn dequote(text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut rest = text.strip_prefix(b"\"")?;
    let mut value = Vec::new();
    loop {
        rest = match rest {
            [] => return None,
            [b'"', after @ ..] => return Some((value, after)),
            [b'\\', b'"', after @ ..] => {
                value.push(b'"');
                after
            }
            [byte, after @ ..] => {
                value.push(*byte);
                after
            }
        };
    }
}

/// `HOST:PORT`, or a port alone where that is enough (`handle_permit`).
fn check_permission(text: &str, allows_port_alone: bool) -> Option<()> {
    let text = match allows_port_alone && !text.contains(':') {
        true => format!("*:{text}"),
        false => text.to_owned(),
    };
    let after_host = match text.strip_prefix('[') {
        Some(rest) => &rest[rest.find(']')? + 1..],
        None => text.find([':', '/']).map_or("", |at| &text[at..]),
    };
    let port = after_host.strip_prefix([':', '/'])?;
    (port == "*" || port_number(port).is_some_and(|port| port > 0)).then_some(())
}

/// `a2port`: a number, or a name of `/etc/services`.
pub fn port_number(text: &str) -> Option<u16> {
    match integer(text) {
        Some(number) => u16::try_from(number).ok(),
        None => match text {
            "ssh" => Some(22),
            "http" => Some(80),
            "https" => Some(443),
            _ => None,
        },
    }
}

/// `strtonum`, without its limits: white space and a sign may come first.
pub fn integer(text: &str) -> Option<i64> {
    let text = text.trim_start_matches([' ', '\t', '\n', '\u{b}', '\u{c}', '\r']);
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_that_sshd_takes() {
        for text in [
            "",
            "restrict",
            "NO-PTY,Restrict",
            "restrict,",
            ",no-pty,,pty",
            "restrict, ",
            "from=\"127.0.0.1\",command=\"a \\\\\" b\"",
            "expiry-time=\"20990231\"",
            "environment=\"A_1=b c\",environment=\"A_1=\"",
            "permitopen=\"host:*\",permitopen=\"[::1]:80\",permitopen=\"host/ssh\"",
            "permitlisten=\"8080\",tunnel=\"any\",tunnel=\" +3\"",
            "principals=\"\"",
        ] {
            // The key follows, but where the comma is the last letter of all.
            let line = format!("{text} key");
            assert!(KeyOptions::parse(line.as_bytes()).is_some(), "{text}");
        }
        assert_eq!(KeyOptions::parse(b"restrict,"), None);
    }

    #[test]
    fn options_that_make_the_line_not_count() {
        for text in [
            "bogus",
            "no_pty",
            "no-ptyx",
            "restrict=yes",
            "restrict;pty",
            "no-restrict",
            "no-cert-authority",
            "from=127.0.0.1",
            "from='127.0.0.1'",
            "from=\u{201c}127.0.0.1\u{201d}",
            "from=\"a\",from=\"a\"",
            "command",
            "command=\"open",
            "command=\"a\",command=\"b\"",
            "expiry-time=\"tomorrow\"",
            "environment=\"A-B=c\"",
            "environment=\"=c\"",
            "permitopen=\"host\"",
            "permitopen=\"host:0\"",
            "permitopen=\"[::1:80\"",
            "tunnel=\"1:2\"",
            "tunnel=\"\"",
            "\u{a0}restrict",
        ] {
            let line = format!("{text} key");
            assert_eq!(KeyOptions::parse(line.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn values_are_unquoted() {
        let options = KeyOptions::parse(b"restrict,pty,command=\"echo \\\"a b\\\" \\\\n\"");
        let options = options.expect("options");
        assert_eq!(options.command.as_deref(), Some("echo \"a b\" \\\\n"));
        assert!(options.pty);
        assert_eq!(end_of_options(b"command=\"a \\\\\" b\" key"), Some(17));
        assert_eq!(end_of_options(b"command=\"a b key"), None);
    }
}
