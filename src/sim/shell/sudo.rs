//! sudo: which rule decides, and whether it wants a password.
//!
//! Source: the middleware's `etc_files/local/sudoers.mako`; sudoers(5): of all rules that match,
//! the last one counts.

use std::collections::BTreeMap;

use regex::Regex;

use super::super::sshd::pattern;
use super::super::system::System;
use super::{Output, Process, command, path};

/// `Defaults secure_path`
const SECURE_PATH: &str = "/sbin:/bin:/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin";

/// What sudo says of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    /// It runs.
    Free,
    /// It wants a password first. So does what is not allowed at all: sudo tells nobody which.
    Password,
}

pub fn run(system: &mut System, process: &Process, arguments: &[String]) -> Output {
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
    let found = path::find(name, SECURE_PATH);
    let program = found.as_deref().unwrap_or(name);
    let verdict = judge(system, process, program, &words[1..]);
    if verdict == Verdict::Password {
        let how = if asks {
            "sudo: a terminal is required to read the password; either use the -S option to read \
             from standard input or configure an askpass helper\n"
        } else {
            ""
        };
        return Output::error(1, format!("{how}sudo: a password is required\n"));
    }
    if found.is_none() {
        return Output::error(1, format!("sudo: {name}: command not found\n"));
    }
    let mut env: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in [("PATH", SECURE_PATH), ("SUDO_USER", &process.user), ("USER", &target)] {
        env.insert(name.to_owned(), value.to_owned());
    }
    let mut child = Process { user: target, uid, env };
    command::run(system, &mut child, &words, "sudo")
}

/// The rules of the file, in its order: users, then groups; of one entry, those with a password
/// come first.
fn judge(system: &System, process: &Process, program: &str, arguments: &[String]) -> Verdict {
    if process.uid == 0 {
        return Verdict::Free;
    }
    let Some(user) = system.accounts.user(&process.user) else { return Verdict::Password };
    let own = std::iter::once((&user.sudo_commands, &user.sudo_commands_nopasswd));
    let groups = system
        .accounts
        .groups
        .values()
        .filter(|group| user.group == group.id || user.groups.contains(&group.id))
        .map(|group| (&group.sudo_commands, &group.sudo_commands_nopasswd));
    let mut verdict = Verdict::Password;
    for (with_password, without) in own.chain(groups) {
        for (rules, says) in [(with_password, Verdict::Password), (without, Verdict::Free)] {
            if rules.iter().any(|rule| covers(rule, program, arguments)) {
                verdict = says;
            }
        }
    }
    verdict
}

/// Whether a rule is about a command: `ALL`, a path with `*`, a directory, and then the arguments:
/// none named, any; `""`, none; `^…$`, a regular expression; else a pattern.
fn covers(rule: &str, program: &str, arguments: &[String]) -> bool {
    let rule = rule.trim();
    if rule == "ALL" {
        return true;
    }
    let (wanted, named) = rule.split_once(char::is_whitespace).unwrap_or((rule, ""));
    let program = path::real(program);
    let wanted = path::real(wanted);
    let same = match wanted.strip_suffix('/') {
        Some(directory) => program.rsplit_once('/').is_some_and(|(above, _)| above == directory),
        // `*` does not reach over a slash in a path.
        None => {
            wanted.matches('/').count() == program.matches('/').count()
                && wanted
                    .split('/')
                    .zip(program.split('/'))
                    .all(|(one, other)| pattern::fits(other, one))
        }
    };
    let given = arguments.join(" ");
    let named = named.trim();
    same && match named {
        "" => true,
        "\"\"" => given.is_empty(),
        _ if named.starts_with('^') && named.ends_with('$') => {
            Regex::new(named).is_ok_and(|expression| expression.is_match(&given))
        }
        _ => pattern::fits(&given, named),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_cover_commands() {
        let arguments = ["list".to_owned(), "-r".to_owned(), "tank".to_owned()];
        for rule in [
            "ALL",
            "/usr/sbin/zfs",
            "/sbin/zfs",
            "/usr/sbin/z*",
            "/usr/sbin/",
            "/usr/sbin/zfs list *",
            "/usr/sbin/zfs ^(list|get) .*$",
        ] {
            assert!(covers(rule, "/sbin/zfs", &arguments), "{rule}");
        }
        for rule in [
            "/usr/bin/zfs",
            "/usr/*",
            "/usr/sbin/zfs \"\"",
            "/usr/sbin/zfs list",
            "/usr/sbin/zfs ^get .*$",
            "zfs",
        ] {
            assert!(!covers(rule, "/sbin/zfs", &arguments), "{rule}");
        }
        assert!(covers("/usr/sbin/zfs \"\"", "/usr/sbin/zfs", &[]));
    }
}
