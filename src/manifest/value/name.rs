//! Names: of systems, accounts, groups, keys, interfaces.
//!
//! Sources: `api/base/types/user.py` (accounts, groups), `plugins/account.py` (full names),
//! `api/v25_10_5/keychain.py`.

use schemars::JsonSchema;

use super::text::check_length;
use crate::manifest::read::{Mistake, Text};

/// The longest name of a system: two of them make a key pair's name, which TrueNAS limits.
const LONGEST_SYSTEM_NAME: usize = 253;

/// A system's name: lower-case letters, digits and `-`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, JsonSchema)]
pub struct SystemName(
    #[schemars(regex(pattern = r"^[a-z0-9][a-z0-9-]*$"), length(max = 253))] pub String,
);

impl Text for SystemName {
    const WHAT: &'static str = "the name of a system";

    fn parse(text: &str) -> Result<Self, Mistake> {
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if text.len() > LONGEST_SYSTEM_NAME {
            let help = format!("write a name of at most {LONGEST_SYSTEM_NAME} characters");
            return Err(Mistake::new("this system name is too long", "", help));
        }
        if !text.is_empty() && !text.starts_with('-') && text.chars().all(allowed) {
            return Ok(Self(text.into()));
        }
        let better: String = text
            .to_lowercase()
            .chars()
            .map(|c| if allowed(c) { c } else { '-' })
            .skip_while(|c| *c == '-')
            .collect();
        let label = if better.is_empty() { String::new() } else { format!("write `{better}`") };
        Err(Mistake::new(
            "this is no name for a system",
            label,
            "a system's name has lower-case letters, digits and `-`, and begins with a letter or a \
             digit; its address stands under `url`",
        ))
    }
}

/// A replication's name, after which `--replication` asks.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, JsonSchema)]
pub struct ReplicationName(
    #[schemars(regex(pattern = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"))] pub String,
);

impl Text for ReplicationName {
    const WHAT: &'static str = "the name of a replication";

    fn parse(text: &str) -> Result<Self, Mistake> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        if text.starts_with(|c: char| c.is_ascii_alphanumeric()) && text.chars().all(allowed) {
            return Ok(Self(text.into()));
        }
        Err(Mistake::new(
            "this is no name for a replication",
            "",
            "a replication's name has letters, digits, `.`, `_` and `-`, and begins with a letter \
             or a digit",
        ))
    }
}

/// The name of an account on a TrueNAS.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, JsonSchema)]
pub struct AdminName(
    #[schemars(regex(pattern = r"^[A-Za-z_][A-Za-z0-9_.-]*$"), length(max = 32))] pub String,
);

impl Text for AdminName {
    const WHAT: &'static str = "the name of an account";

    fn parse(text: &str) -> Result<Self, Mistake> {
        let start = |c: char| c.is_ascii_alphabetic() || c == '_';
        if text.starts_with(start) && text.chars().all(in_account) && text.len() <= 32 {
            return Ok(Self(text.into()));
        }
        Err(Mistake::new(
            "this is no name for an account",
            "",
            "TrueNAS takes letters, digits, `_`, `-` and `.`, at most 32, the first a letter or `_`",
        ))
    }
}

/// What the name of an account or a group may have.
fn in_account(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')
}

/// The name of a group on a TrueNAS.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, JsonSchema)]
pub struct GroupName(#[schemars(regex(pattern = r"^[A-Za-z0-9_.][A-Za-z0-9_.-]*$"))] pub String);

impl Text for GroupName {
    const WHAT: &'static str = "the name of a group";

    fn parse(text: &str) -> Result<Self, Mistake> {
        if !text.is_empty() && !text.starts_with('-') && text.chars().all(in_account) {
            return Ok(Self(text.into()));
        }
        Err(Mistake::new(
            "this is no name for a group",
            "",
            "TrueNAS takes letters, digits, `_`, `-` and `.`; groups are named, not numbered",
        ))
    }
}

/// The name of a key pair or a connection among a system's keychain credentials.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, JsonSchema)]
pub struct KeychainName(#[schemars(length(min = 1, max = 1024))] pub String);

impl Text for KeychainName {
    const WHAT: &'static str = "the name of a credential";

    /// TrueNAS takes any text but the empty one (`NonEmptyString`), space around it included.
    fn parse(text: &str) -> Result<Self, Mistake> {
        let title = "invalid name of a credential";
        if text.is_empty() {
            return Err(Mistake::new(title, "empty", "write the name that it has in TrueNAS"));
        }
        if text.contains(|c: char| c.is_control()) {
            let help = "give it a name without tabs and line breaks, in TrueNAS too";
            return Err(Mistake::new(title, "a control character", help));
        }
        check_length(text, title)?;
        Ok(Self(text.into()))
    }
}

/// The owner of an API key.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
pub struct Login(#[schemars(length(min = 1))] pub String);

impl Text for Login {
    const WHAT: &'static str = "the name of an account";

    fn parse(text: &str) -> Result<Self, Mistake> {
        one_line(text, "this is no name for an account").map(Self)
    }
}

/// The name of a network interface on a TrueNAS.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, JsonSchema)]
pub struct Interface(#[schemars(length(min = 1, max = 1024))] pub String);

impl Text for Interface {
    const WHAT: &'static str = "the name of a network interface";

    fn parse(text: &str) -> Result<Self, Mistake> {
        if text.parse::<std::net::IpAddr>().is_ok() {
            return Err(Mistake::new(
                "this is an address, not a network interface",
                "",
                "write the interface's name, such as `enp1s0` or `br0`",
            ));
        }
        one_line(text, "this is no name for a network interface").map(Self)
    }
}

/// An account's full name.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
pub struct FullName(
    #[schemars(length(min = 1, max = 1024), regex(pattern = r"^[^:\n]+$"))] pub String,
);

impl Text for FullName {
    const WHAT: &'static str = "a full name";

    fn parse(text: &str) -> Result<Self, Mistake> {
        if text.contains(':') {
            let title = "a full name cannot contain `:`";
            return Err(Mistake::new(title, "", "leave the colon out"));
        }
        one_line(text, "this is no full name").map(Self)
    }
}

/// A text that is not empty, has one line, and no space around it.
fn one_line(text: &str, title: &str) -> Result<String, Mistake> {
    if text.is_empty() || text.trim() != text || text.contains(|c: char| c.is_control()) {
        let help = "write one line that is not empty, without space around it";
        return Err(Mistake::new(title, "", help));
    }
    check_length(text, title)?;
    Ok(text.into())
}
