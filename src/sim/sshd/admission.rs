//! Who gets in: what sshd asks of an account, and of the key that it shows.
//!
//! Source: OpenSSH `auth.c` (`allowed_user`, `getpwnamallow`), `auth2-pubkey.c`
//! (`user_key_allowed`). PAM is in use, so an account that is locked or without a password still
//! gets in with its key (recorded in `links`).

use std::net::IpAddr;

use jiff::Timestamp;
use russh::keys::ssh_key::public::KeyData;

use super::super::clock::now_ms;
use super::super::system::System;
use super::super::system::accounts::User;
use super::algorithms;
use super::authorized_keys::{self, Unauthorised};
use super::config::{Config, Connection, Effective};
use super::key_options::KeyOptions;
use super::methods;
use super::pattern;
use super::strict_modes::{self, Unreadable};

/// `MaxSessions`, unless it is set.
const MAX_SESSIONS: usize = 10;
/// The fewest bits of an RSA key (`SSH_RSA_MINIMUM_MODULUS_SIZE`).
const SMALLEST_RSA_KEY: usize = 1024;
/// What OpenSSH reads when nothing is set.
const KEY_FILES: [&str; 2] = [".ssh/authorized_keys", ".ssh/authorized_keys2"];
/// Shells that are installed (`user.shell_choices`, and those that open nothing).
const SHELLS: [&str; 16] = [
    "/bin/bash",
    "/bin/dash",
    "/bin/false",
    "/bin/rbash",
    "/bin/sh",
    "/bin/zsh",
    "/usr/bin/bash",
    "/usr/bin/cli",
    "/usr/bin/cli_console",
    "/usr/bin/dash",
    "/usr/bin/false",
    "/usr/bin/rbash",
    "/usr/bin/sh",
    "/usr/bin/tmux",
    "/usr/bin/zsh",
    "/usr/sbin/nologin",
];

/// Why somebody does not get in, as sshd's log has it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no such account.
    #[error("Invalid user {0}")]
    NoSuchUser(String),
    /// Its shell is not installed.
    #[error("User {0} not allowed because shell {1} does not exist")]
    NoShell(String, String),
    /// `DenyUsers`, `AllowUsers`, `DenyGroups` or `AllowGroups` keep it out.
    #[error("User {0} not allowed because of {1}")]
    Listed(String, &'static str),
    /// `PermitRootLogin` keeps root out.
    #[error("ROOT LOGIN REFUSED")]
    Root,
    /// Keys, or keys alone, are not enough.
    #[error("publickey authentication is not allowed by {0}")]
    Method(&'static str),
    /// No key file can be read.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// The key is in no file.
    #[error("no key file lists the key")]
    NotListed,
    /// The options in front of the key refuse it.
    #[error("Refused by key options")]
    ByOptions,
    /// An RSA key is too short.
    #[error("refusing RSA key: Invalid key length")]
    KeyLength,
    /// sshd cannot make sense of a setting, and ends the connection.
    #[error("fatal: {0}")]
    Fatal(String),
}

/// Who wants to log in, from where.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// The account.
    pub user: String,
    /// Where the client is.
    pub address: IpAddr,
    /// The address that the client is connected to.
    pub local_address: IpAddr,
    /// The port that sshd listens on.
    pub port: u16,
}

/// What somebody who is in gets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Admitted {
    /// The command that runs, whatever the client asks for.
    pub forced_command: Option<String>,
    /// Whether a terminal may be had.
    pub pty: bool,
    /// How many sessions may be open at a time.
    pub max_sessions: usize,
}

/// An account that may try to authenticate, and what holds for it.
pub struct Candidate<'a> {
    system: &'a System,
    user: &'a User,
    visitor: &'a Visitor,
    config: Effective,
}

/// The account of a visitor, unless it is kept out whatever it shows.
///
/// # Errors
/// [`Refusal`]
pub fn candidate<'a>(
    system: &'a System,
    config: &Config,
    visitor: &'a Visitor,
) -> Result<Candidate<'a>, Refusal> {
    let name = &visitor.user;
    let user =
        system.accounts.user(name).ok_or_else(|| Refusal::NoSuchUser(visitor.user.clone()))?;
    if !SHELLS.contains(&user.shell.as_str()) {
        return Err(Refusal::NoShell(name.clone(), user.shell.clone()));
    }
    let groups: Vec<String> = std::iter::once(&user.group)
        .chain(&user.groups)
        .filter_map(|id| system.accounts.groups.get(id))
        .map(|group| group.name.clone())
        .collect();
    let connection = Connection {
        user: name,
        groups: &groups,
        address: visitor.address,
        local_address: visitor.local_address,
        port: visitor.port,
    };
    let config = config.effective(&connection);
    let named =
        |keyword| config.words(keyword).iter().any(|it| pattern::user(name, visitor.address, it));
    let grouped = |keyword| {
        let patterns = config.words(keyword);
        groups.iter().any(|group| patterns.iter().any(|it| pattern::fits(group, it)))
    };
    let unset = |keyword| config.words(keyword).is_empty();
    let kept_out = [
        ("DenyUsers", named("denyusers")),
        ("AllowUsers", !unset("allowusers") && !named("allowusers")),
        ("DenyGroups", grouped("denygroups")),
        ("AllowGroups", !unset("allowgroups") && !grouped("allowgroups")),
    ];
    if let Some((keyword, _)) = kept_out.iter().find(|(_, out)| *out) {
        return Err(Refusal::Listed(name.clone(), keyword));
    }
    Ok(Candidate { system, user, visitor, config })
}

impl Candidate<'_> {
    /// Whether a key of that algorithm gets the account in.
    ///
    /// # Errors
    /// [`Refusal`]
    pub fn with_key(&self, key: &KeyData, algorithm: &str) -> Result<Admitted, Refusal> {
        if !self.takes_keys() {
            return Err(Refusal::Method("PubkeyAuthentication"));
        }
        if !self.takes_algorithm(algorithm)? {
            return Err(Refusal::Method("PubkeyAcceptedAlgorithms"));
        }
        if let KeyData::Rsa(key) = key {
            let smallest = self.config.number("requiredrsasize", SMALLEST_RSA_KEY);
            if (key.key_size() as usize) < smallest.max(SMALLEST_RSA_KEY) {
                return Err(Refusal::KeyLength);
            }
        }
        let methods = self.config.words("authenticationmethods");
        if !methods::is_key_enough(methods, |method| self.config.is_method_enabled(method)) {
            return Err(Refusal::Method("AuthenticationMethods"));
        }
        let options = self.authorised(key)?;
        let admitted = self.admitted(options.command, options.pty);
        let root_may = match self.config.word("permitrootlogin").unwrap_or("prohibit-password") {
            "no" => false,
            "forced-commands-only" => admitted.forced_command.is_some(),
            _ => true,
        };
        if self.user.uid == 0 && !root_may {
            return Err(Refusal::Root);
        }
        Ok(admitted)
    }

    /// Whether a password gets the account in.
    ///
    /// # Errors
    /// [`Refusal`]
    pub fn with_password(&self, password: &str) -> Result<Admitted, Refusal> {
        let is_right = self.takes_passwords()
            && !self.user.locked
            && !self.user.password_disabled
            && self.user.password.as_deref() == Some(password);
        if !is_right {
            return Err(Refusal::Method("PasswordAuthentication"));
        }
        Ok(self.admitted(None, true))
    }

    /// What the account gets, with what its key says.
    fn admitted(&self, command: Option<String>, pty: bool) -> Admitted {
        Admitted {
            forced_command: self.config.forced_command().map(str::to_owned).or(command),
            pty: pty && self.config.switch("permittty", true),
            max_sessions: self.config.number("maxsessions", MAX_SESSIONS),
        }
    }

    /// Whether sshd offers to look at a password.
    pub fn takes_passwords(&self) -> bool {
        let root = self.config.word("permitrootlogin") == Some("yes");
        self.config.is_method_enabled("password") && (self.user.uid != 0 || root)
    }

    /// Whether sshd offers to look at keys.
    pub fn takes_keys(&self) -> bool {
        self.config.is_method_enabled("publickey")
    }

    fn takes_algorithm(&self, algorithm: &str) -> Result<bool, Refusal> {
        let keyword = "pubkeyacceptedalgorithms";
        let taken = match self.config.word(keyword) {
            None => algorithms::default_keys(),
            Some(list) => algorithms::assemble_keys(list)
                .map_err(|_| Refusal::Fatal(format!("{keyword}: invalid argument")))?,
        };
        Ok(taken.contains(&algorithm))
    }

    fn authorised(&self, key: &KeyData) -> Result<KeyOptions, Refusal> {
        let strict = self.config.switch("strictmodes", true);
        let now = Timestamp::from_millisecond(now_ms()).unwrap_or_default();
        let mut refusal = Refusal::NotListed;
        for pattern in self.key_files() {
            let path = self.expanded(pattern)?;
            let content = match strict_modes::read(self.system, &path, self.user, strict) {
                Ok(content) => content,
                Err(Unreadable::Missing(_)) => continue,
                Err(unreadable) => {
                    refusal = unreadable.into();
                    continue;
                }
            };
            match authorized_keys::find(content, key, self.visitor.address, now) {
                Ok(options) => return Ok(options),
                Err(Unauthorised::ByOptions) => refusal = Refusal::ByOptions,
                Err(Unauthorised::NotListed) => {}
            }
        }
        Err(refusal)
    }

    /// `AuthorizedKeysFile`
    fn key_files(&self) -> Vec<&str> {
        let files = match self.config.words("authorizedkeysfile") {
            [] => KEY_FILES.to_vec(),
            files => files.iter().map(String::as_str).collect(),
        };
        files.into_iter().filter(|file| !file.eq_ignore_ascii_case("none")).collect()
    }

    /// A key file of the account: `%h`, `%u`, `%U` and `%%` are filled in, `~` is root's home, and
    /// what is not absolute is in the account's.
    fn expanded(&self, pattern: &str) -> Result<String, Refusal> {
        let pattern = match pattern.strip_prefix("~root").or_else(|| pattern.strip_prefix('~')) {
            Some(rest) => format!("/root/{}", rest.trim_start_matches('/')),
            None => pattern.to_owned(),
        };
        let mut path = String::new();
        let mut letters = pattern.chars();
        while let Some(letter) = letters.next() {
            if letter != '%' {
                path.push(letter);
                continue;
            }
            match letters.next() {
                Some('h') => path.push_str(&self.user.home),
                Some('u') => path.push_str(&self.user.username),
                Some('U') => path.push_str(&self.user.uid.to_string()),
                Some('%') => path.push('%'),
                Some(other) => {
                    return Err(Refusal::Fatal(format!("percent_expand: unknown key %{other}")));
                }
                None => return Err(Refusal::Fatal("percent_expand: invalid format".to_owned())),
            }
        }
        if path.starts_with('/') { Ok(path) } else { Ok(format!("{}/{path}", self.user.home)) }
    }
}
