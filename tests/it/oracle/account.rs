//! Throw-away accounts and groups on this machine.

use std::fs::{self, File};
use std::process::{Command, Stdio};

/// An account with groups of every kind that sshd and sudo tell apart. They are removed on drop,
/// and what an earlier process left behind is removed first.
pub struct Account {
    pub name: String,
    pub uid: u32,
    /// Its primary group.
    pub gid: u32,
    /// Another account.
    pub other_uid: u32,
    /// The gids of [`Account::groups`], in their order.
    group_gids: Vec<u32>,
    /// Held, so that no other process uses the same names meanwhile.
    _lock: File,
}

impl Account {
    /// Creates the account and its groups.
    ///
    /// # Panics
    /// If a command fails.
    pub fn create(name: &str) -> Self {
        let name = name.to_owned();
        let lock = File::create(std::env::temp_dir().join(format!("{name}.lock"))).expect("a file");
        lock.lock().expect("a lock");
        remove(&name);
        let other = format!("{name}-2");
        for user in [&name, &other] {
            let home = format!("/nonexistent/{user}");
            run("useradd", &["-M", "-U", "-s", "/bin/bash", "-p", "*", "-d", &home, user]);
        }
        for group in Self::groups(&name) {
            run("groupadd", &[&group]);
        }
        let [shared, solo, _] = Self::groups(&name);
        run("usermod", &["-G", &format!("{shared},{solo}"), &name]);
        run("usermod", &["-G", &shared, &other]);
        let group_gids = Self::groups(&name).iter().map(|group| id("group", group)).collect();
        Self {
            uid: id("passwd", &name),
            gid: id("group", &name),
            other_uid: id("passwd", &other),
            group_gids,
            name,
            _lock: lock,
        }
    }

    /// The names of its further groups: one that it shares with the other account, one of its own,
    /// and one without members.
    pub fn groups(name: &str) -> [String; 3] {
        ["shared", "solo", "empty"].map(|group| format!("{name}-{group}"))
    }

    pub fn shared_gid(&self) -> u32 {
        self.group_gids[0]
    }

    pub fn solo_gid(&self) -> u32 {
        self.group_gids[1]
    }

    pub fn empty_gid(&self) -> u32 {
        self.group_gids[2]
    }

    /// Moves its home, without touching a file.
    pub fn set_home(&self, home: &str) {
        run("usermod", &["-d", home, &self.name]);
    }

    /// Sets the field of `/etc/shadow`.
    pub fn set_password_field(&self, field: &str) {
        run("usermod", &["-p", field, &self.name]);
    }
}

impl Drop for Account {
    fn drop(&mut self) {
        remove(&self.name);
    }
}

/// Removes what is there of an account and its groups.
fn remove(name: &str) {
    let other = format!("{name}-2");
    for user in [name, &other] {
        quietly("userdel", user);
    }
    for group in Account::groups(name).iter().map(String::as_str).chain([name, &other]) {
        quietly("groupdel", group);
    }
}

fn quietly(program: &str, argument: &str) {
    let mut command = Command::new(program);
    command.arg(argument).stdout(Stdio::null()).stderr(Stdio::null());
    // It fails where there is nothing to remove.
    let _ = command.status();
}

fn run(program: &str, arguments: &[&str]) {
    let output = Command::new(program).args(arguments).output().expect("it starts");
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {arguments:?}: {text}");
}

/// The number of an entry of `/etc/passwd` or `/etc/group`.
fn id(database: &str, name: &str) -> u32 {
    let text = fs::read_to_string(format!("/etc/{database}")).expect("a database");
    let entry = text.lines().find_map(|line| line.strip_prefix(&format!("{name}:")));
    let number = entry.and_then(|entry| entry.split(':').nth(1));
    number.and_then(|number| number.parse().ok()).expect("an entry")
}
