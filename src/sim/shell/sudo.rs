//! sudo: which rule decides, and whether it wants a password.

mod command;
mod fnmatch;
mod regular_expression;
mod sudoers;

use std::collections::BTreeMap;

use self::command::Wanted;
use super::super::system::System;
use super::command as programs;
use super::{Output, Process, path};

/// `Defaults secure_path`
const SECURE_PATH: &str = "/sbin:/bin:/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin";

/// What sudo says of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It runs.
    Runs,
    /// It wants a password first. So does what is not allowed at all: sudo tells nobody which.
    PasswordRequired,
    /// It is allowed, but not there.
    NotFound,
}

pub(super) fn run(system: &mut System, process: &Process, arguments: &[String]) -> Output {
    let mut asks = true;
    let mut target = "root";
    let mut rest = arguments.iter();
    let words: Vec<String> = loop {
        match rest.as_slice().first().map(String::as_str) {
            Some("-n" | "--non-interactive") => asks = false,
            Some("-S" | "-H" | "-E" | "-k") => {}
            Some("-u" | "--user") => {
                rest.next();
                target = rest.as_slice().first().map_or("root", String::as_str);
            }
            Some("--") => {
                rest.next();
                break rest.cloned().collect();
            }
            Some(option) if option.starts_with('-') => {
                return Output::error(1, format!("sudo: invalid option -- '{option}'\n"));
            }
            _ => break rest.cloned().collect(),
        }
        rest.next();
    };
    let Some(name) = words.first() else {
        return Output::error(1, "usage: sudo -h | -K | -k | -V\n");
    };
    let Some(user) = system.accounts.user(target) else {
        return Output::error(1, format!("sudo: unknown user {target}\n"));
    };
    let (target, uid) = (user.username.clone(), user.uid);
    match decide(system, &process.user, name, &words[1..]) {
        Decision::Runs => {}
        Decision::PasswordRequired => {
            let how = if asks {
                "sudo: a terminal is required to read the password; either use the -S option to \
                 read from standard input or configure an askpass helper\n"
            } else {
                ""
            };
            return Output::error(1, format!("{how}sudo: a password is required\n"));
        }
        Decision::NotFound => {
            return Output::error(1, format!("sudo: {name}: command not found\n"));
        }
    }
    let mut env: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in [("PATH", SECURE_PATH), ("SUDO_USER", &process.user), ("USER", &target)] {
        env.insert(name.to_owned(), value.to_owned());
    }
    let mut child = Process { user: target, uid, env };
    programs::run(system, &mut child, &words, "sudo")
}

/// What sudo decides for a user and a command; a name without a slash is looked for in
/// `secure_path`.
pub fn decide(system: &System, username: &str, name: &str, arguments: &[String]) -> Decision {
    let found = path::find(name, SECURE_PATH);
    let program = found.as_deref().unwrap_or(name);
    let is_root = system.accounts.user(username).is_some_and(|user| user.uid == 0);
    let wanted = Wanted { program, arguments };
    let rules = sudoers::rules(system, username);
    // Of the rules that cover the command the last one counts.
    let rule = rules.iter().rev().find(|rule| rule.covers(system, &wanted));
    match (is_root || rule.is_some_and(|rule| rule.needs_no_password), found) {
        (false, _) => Decision::PasswordRequired,
        (true, None) => Decision::NotFound,
        (true, Some(_)) => Decision::Runs,
    }
}
