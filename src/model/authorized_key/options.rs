//! The options in front of a key (OpenSSH 9.2 `auth-options.c`, `sshauthopt_parse`).

use jiff::Timestamp;

use super::BLANKS;
use super::expiry::Expiry;

/// What the options of a line say, as far as they decide whether and how a client gets in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct KeyOptions {
    /// What runs instead of the command that the client asks for.
    pub(crate) command: Option<String>,
    /// The addresses that the client may come from: a list of patterns.
    pub(crate) from: Option<String>,
    /// When the line stops counting; of several the first in time.
    pub(crate) expiry: Option<Expiry>,
    /// The key signs certificates and does not log in itself.
    pub(crate) cert_authority: bool,
    /// The line names principals, which only a certificate authority may.
    pub(crate) principals: bool,
}

/// Why sshd ignores a line because of its options.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum OptionsError {
    /// An option that sshd does not know.
    #[error("sshd has no option `{0}` for keys")]
    Unknown(String),
    /// A value without double quotes around it.
    #[error("the value of `{0}` must be in double quotes")]
    Unquoted(&'static str),
    /// An option that may be written once.
    #[error("`{0}` is written twice")]
    Twice(&'static str),
    /// A value that sshd does not understand.
    #[error("sshd does not understand the value `{value}` of `{name}`")]
    Value {
        /// The option.
        name: &'static str,
        /// Its value.
        value: String,
    },
    /// `principals` without `cert-authority`.
    #[error("`principals` is only allowed with `cert-authority`")]
    Principals,
    /// `cert-authority`.
    #[error("`cert-authority` makes the key sign others instead of logging in")]
    CertAuthority,
    /// `expiry-time` is over.
    #[error("its `expiry-time` is over")]
    Expired,
}

/// Options without a value; whether they have a form with `no-`.
const FLAGS: [(&str, bool); 9] = [
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

/// Options with a value.
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
pub(super) fn end(line: &str) -> Option<usize> {
    let mut quoted = false;
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        let at = line.len() - rest.len();
        match c {
            _ if rest.starts_with("\\\"") => {
                rest = &rest[2..];
                continue;
            }
            '"' => quoted = !quoted,
            c if BLANKS.contains(&c) && !quoted => return Some(at),
            _ => {}
        }
        rest = &rest[c.len_utf8()..];
    }
    (!quoted).then_some(line.len())
}

impl KeyOptions {
    /// The options of a line.
    pub(super) fn parse(text: &str) -> Result<Self, OptionsError> {
        let mut options = Self::default();
        let mut rest = text;
        while !rest.is_empty() {
            // An option may be empty.
            let end = rest.find([',', '=']).unwrap_or(rest.len());
            let (written, after) = rest.split_at(end);
            let unknown = || OptionsError::Unknown(written.to_owned());
            let after = match after.strip_prefix('=') {
                None if written.is_empty() => after,
                None => {
                    options.set_flag(written).ok_or_else(unknown)?;
                    after
                }
                Some(value) => {
                    let known = VALUED.into_iter().find(|it| it.eq_ignore_ascii_case(written));
                    let name = known.ok_or_else(unknown)?;
                    let (value, after) = unquoted(value).ok_or(OptionsError::Unquoted(name))?;
                    options.set_value(name, value)?;
                    after
                }
            };
            rest = match after.strip_prefix(',') {
                Some(rest) => rest,
                None if after.is_empty() => after,
                None => return Err(OptionsError::Unknown(after.to_owned())),
            };
        }
        Ok(options)
    }

    fn set_flag(&mut self, written: &str) -> Option<()> {
        let name = written.to_ascii_lowercase();
        let positive = FLAGS.iter().any(|(flag, _)| *flag == name);
        let negative = name.strip_prefix("no-").is_some_and(|name| FLAGS.contains(&(name, true)));
        self.cert_authority |= name == "cert-authority";
        (positive || negative).then_some(())
    }

    fn set_value(&mut self, name: &'static str, value: String) -> Result<(), OptionsError> {
        let once = |slot: &mut Option<String>, value| match slot.replace(value) {
            Some(_) => Err(OptionsError::Twice(name)),
            None => Ok(()),
        };
        let understood = match name {
            "command" => return once(&mut self.command, value),
            "from" => return once(&mut self.from, value),
            "principals" if self.principals => return Err(OptionsError::Twice(name)),
            "principals" => {
                self.principals = true;
                true
            }
            "expiry-time" => {
                let expiry = Expiry::parse(&value);
                self.expiry = self.expiry.or(expiry);
                expiry.is_some()
            }
            "environment" => value.split_once('=').is_some_and(|(name, _)| {
                name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            }),
            "permitopen" => value.rsplit_once(':').is_some_and(|(_, port)| is_port(port)),
            "permitlisten" => is_port(value.rsplit_once(':').map_or(&*value, |(_, port)| port)),
            _ => value == "any" || value.split(':').all(|unit| unit.parse::<u32>().is_ok()),
        };
        if understood { Ok(()) } else { Err(OptionsError::Value { name, value }) }
    }

    /// Whether the key logs in at that time. Where the client comes from is not looked at.
    ///
    /// # Errors
    /// Which option refuses it.
    pub(crate) fn admit(&self, at: Timestamp) -> Result<(), OptionsError> {
        match self {
            Self { cert_authority: true, .. } => Err(OptionsError::CertAuthority),
            Self { principals: true, .. } => Err(OptionsError::Principals),
            Self { expiry: Some(expiry), .. } if expiry.is_over(at) => Err(OptionsError::Expired),
            _ => Ok(()),
        }
    }
}

fn is_port(text: &str) -> bool {
    text == "*" || text.parse::<u16>().is_ok_and(|port| port > 0)
}

/// The value in double quotes at the start of a text, and what follows it.
fn unquoted(text: &str) -> Option<(String, &str)> {
    let mut rest = text.strip_prefix('"')?;
    let mut value = String::new();
    loop {
        if let Some(after) = rest.strip_prefix("\\\"") {
            value.push('"');
            rest = after;
        } else if let Some(after) = rest.strip_prefix('"') {
            return Some((value, after));
        } else {
            let c = rest.chars().next()?;
            value.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
}
