//! What runs behind a login: a shell with the few commands that replication needs.

mod command;
mod path;
pub mod sudo;
mod syntax;
mod zfs;

use std::collections::BTreeMap;
use std::net::SocketAddr;

use super::system::System;

/// Where a text goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
}

/// What a command wrote, in its order, and how it ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Output {
    /// Texts, and where they went.
    pub written: Vec<(Stream, String)>,
    /// The exit status.
    pub status: u32,
}

impl Output {
    fn status(status: u32) -> Self {
        Self { written: Vec::new(), status }
    }

    fn out(text: impl Into<String>) -> Self {
        Self { written: vec![(Stream::Out, text.into())], status: 0 }
    }

    fn error(status: u32, text: impl Into<String>) -> Self {
        Self { written: vec![(Stream::Err, text.into())], status }
    }

    /// Everything that was written to one stream.
    pub fn text(&self, stream: Stream) -> String {
        self.written.iter().filter(|(to, _)| *to == stream).map(|(_, text)| text.as_str()).collect()
    }
}

/// Somebody who is logged in over SSH.
#[derive(Clone, Debug)]
pub struct Login<'a> {
    /// The account's name.
    pub user: &'a str,
    /// Where the client is.
    pub client: SocketAddr,
    /// What the client is connected to.
    pub server: SocketAddr,
}

/// A process: who it runs as, and its environment.
#[derive(Clone, Debug)]
struct Process {
    user: String,
    uid: u32,
    env: BTreeMap<String, String>,
}

/// Where an account's commands are looked for. TrueNAS' zshenv says so; what bash reads when sshd
/// starts it is not known, so it is given the same.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Runs what sshd runs for a client: the account's shell with a command. A forced command takes
/// the place of the one asked for.
pub fn run(system: &mut System, login: &Login<'_>, asked: &str, forced: Option<&str>) -> Output {
    let Some(user) = system.accounts.user(login.user) else { return Output::status(255) };
    if forced.is_some_and(is_internal_sftp) {
        // sshd says so itself, whatever the shell is (`session.c`).
        let text = "This service allows sftp connections only.\n";
        return Output { status: 1, ..Output::out(text) };
    }
    let shell = user.shell.clone();
    let (client, server) = (login.client, login.server);
    let mut env: BTreeMap<String, String> = [
        ("HOME", user.home.clone()),
        ("LOGNAME", user.username.clone()),
        ("PATH", PATH.to_owned()),
        ("SHELL", shell.clone()),
        ("SSH_CLIENT", format!("{} {} {}", client.ip(), client.port(), server.port())),
        (
            "SSH_CONNECTION",
            format!("{} {} {} {}", client.ip(), client.port(), server.ip(), server.port()),
        ),
        ("USER", user.username.clone()),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect();
    if forced.is_some() {
        env.insert("SSH_ORIGINAL_COMMAND".to_owned(), asked.to_owned());
    }
    let mut process = Process { user: user.username.clone(), uid: user.uid, env };
    let arguments = [shell.clone(), "-c".to_owned(), forced.unwrap_or(asked).to_owned()];
    command::run(system, &mut process, &arguments, "sshd")
}

/// The file server within sshd, with or without arguments.
fn is_internal_sftp(command: &str) -> bool {
    let arguments = command.strip_prefix("internal-sftp");
    arguments.is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t']))
}

/// Runs a command as root, as the middleware does for a replication to the system itself.
pub fn run_as_root(system: &mut System, arguments: &[&str]) -> Output {
    let env = BTreeMap::from([("PATH".to_owned(), PATH.to_owned())]);
    let mut process = Process { user: "root".to_owned(), uid: 0, env };
    let arguments: Vec<String> = arguments.iter().map(|it| (*it).to_owned()).collect();
    command::run(system, &mut process, &arguments, "sh")
}
