//! Logins with a key: what sshd decides on, as plain data.

pub mod client;
pub mod config;
pub mod generate;
pub mod keys;
pub mod real;
pub mod simulated;

use std::net::Ipv4Addr;

/// Stands in paths, links and options for the directory that holds a case's files.
pub const BASE: &str = "@BASE@";
/// The account that logs in.
pub const ACCOUNT: &str = "trueup-oracle-login";
/// Stands in options for the port that sshd listens on.
pub const PORT: &str = "@PORT@";
/// The account's home, below [`BASE`].
pub const HOME: &str = "home";
/// What the client asks to run.
pub const ASKED: &str = "echo asked";

/// A login.
#[derive(Clone, Debug)]
pub struct LoginCase {
    /// What stands below the base directory, in the order in which it is made.
    pub nodes: Vec<Node>,
    /// The auxiliary options of the SSH service: the last lines of `sshd_config`.
    pub options: String,
    /// The key that the client shows.
    pub key: ClientKey,
    /// The client's address.
    pub client: Ipv4Addr,
    /// The password field of the account.
    pub password_field: &'static str,
}

/// The client's key, and how it signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientKey {
    Ed25519,
    RsaSha256,
    RsaSha512,
}

/// A file, directory or symbolic link.
#[derive(Clone, Debug)]
pub struct Node {
    /// Below the base directory.
    pub path: String,
    pub kind: NodeKind,
    pub mode: u32,
    pub owner: Owner,
    pub group: Group,
}

#[derive(Clone, Debug)]
pub enum NodeKind {
    Directory,
    File(Vec<u8>),
    Link(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    Root,
    Account,
    Other,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    Root,
    /// The account's primary group.
    Own,
    /// One that the account shares with another.
    Shared,
    /// One that has the account as its only member.
    Solo,
    /// One without members.
    Empty,
}

/// What becomes of a login.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoginDecision {
    /// sshd does not start with this configuration.
    NotStarted,
    /// The key does not log in.
    Refused,
    LoggedIn {
        /// How many sessions can be open at a time, up to two.
        sessions: usize,
        /// What the command writes; of the first session.
        output: String,
    },
}

impl LoginCase {
    /// The options for an sshd.
    pub fn options(&self, base: &str, port: u16) -> String {
        self.options.replace(BASE, base).replace(PORT, &port.to_string())
    }

    /// The case as text, for the message of a failed test.
    pub fn describe(&self) -> String {
        let mut lines = vec![format!(
            "  {:?} from {}, password field `{}`",
            self.key, self.client, self.password_field
        )];
        for Node { path, kind, mode, owner, group } in &self.nodes {
            let content = match kind {
                NodeKind::Directory => String::new(),
                NodeKind::File(content) => format!(" {}", content.escape_ascii()),
                NodeKind::Link(target) => format!(" -> {target}"),
            };
            lines.push(format!("  {mode:04o} {owner:?}:{group:?} {path}{content}"));
        }
        lines.extend(self.options.lines().map(|line| format!("  | {}", line.escape_debug())));
        lines.join("\n")
    }
}

/// `sshd_config` as TrueNAS writes it for a service with these options and without password logins
/// (`etc_files/local/ssh/sshd_config.mako` of TS-25.10.6).
pub fn config_text(options: &str, port: u16) -> String {
    let unless_given = [
        "Protocol 2",
        "UseDNS no",
        "ChallengeResponseAuthentication no",
        "ClientAliveCountMax 3",
        "ClientAliveInterval 15",
        "VersionAddendum none",
        "Ciphers +aes128-cbc",
    ];
    let kept = unless_given.into_iter().filter(|line| {
        let keyword = line.split(' ').next().unwrap_or(line);
        !options.contains(keyword)
    });
    let mut lines = vec!["Subsystem\tsftp\tinternal-sftp -l ERROR -f AUTH".to_owned()];
    lines.extend(kept.map(str::to_owned));
    lines.push(format!("Port {port}"));
    lines.extend(
        [
            "PermitRootLogin without-password",
            "AllowTcpForwarding no",
            "Compression no",
            "PasswordAuthentication no",
            "PubkeyAuthentication yes",
            "",
            "UsePAM yes",
            "PrintMotd no",
            "SetEnv LC_ALL=C.UTF-8",
            "",
            options,
        ]
        .map(str::to_owned),
    );
    lines.join("\n")
}
