//! Sudo: lists of commands, and whether a group takes from an account what its own list grants.

use std::collections::BTreeSet;

pub(crate) use crate::model::sudo::ALL;
use crate::model::sudo::{Command, Decision, Rule, decide};

/// Whether a list of commands without a password lets zfs run with whatever arguments: then whoever
/// has it is root in effect.
pub(crate) fn runs_zfs(commands: &[String]) -> bool {
    let rules = [Rule { group: None, with_password: &[], no_password: commands }];
    // No rule that is narrower than the whole program allows this.
    decide(&rules, &Command { path: ZFS, arguments: ANY_ARGUMENTS }).runs()
}

const ZFS: &str = "/usr/sbin/zfs";

/// Arguments that no narrower rule is written for.
const ANY_ARGUMENTS: &str = "program -j POOL /dev/stdin";

/// The commands after the wanted ones were brought in. `ALL` stands alone, since TrueNAS refuses
/// it beside others; a live `ALL` satisfies everything unless the list is to be exclusive.
pub(crate) fn merged(live: &[String], wanted: &[String], exclusive: bool) -> Vec<String> {
    let all = |list: &[String]| list.iter().any(|command| command == ALL);
    if all(wanted) || (all(live) && !exclusive) {
        return vec![ALL.into()];
    }
    if exclusive {
        return sorted(wanted);
    }
    let union: Vec<String> = live.iter().chain(wanted).cloned().collect();
    sorted(&union)
}

/// The commands in order, each once: TrueNAS stores them as they were given.
pub(crate) fn sorted(commands: &[String]) -> Vec<String> {
    commands.iter().collect::<BTreeSet<_>>().into_iter().cloned().collect()
}

/// The group whose rule takes from the account what the wanted commands grant without a password.
/// `groups` are the rules of the account's groups, in the order of the sudoers file.
pub(crate) fn overridden_by<'a>(wanted: &[String], groups: &[Rule<'a>]) -> Option<&'a str> {
    let samples = wanted.iter().flat_map(|entry| samples(entry));
    samples.into_iter().find_map(|(path, arguments)| {
        let command = Command { path: &path, arguments: &arguments };
        match decide(groups, &command) {
            Decision::AsksPassword(group) => group,
            _ => None,
        }
    })
}

/// Commands that an entry allows: of zfs those that replications run.
fn samples(entry: &str) -> Vec<(String, String)> {
    let (path, arguments) = entry.split_once(' ').unwrap_or((entry, ""));
    let path = if path == ALL { ZFS } else { path };
    let path = path.strip_prefix("/sbin/").map_or(path.into(), |name| format!("/usr/sbin/{name}"));
    let asked: Vec<&str> = match arguments {
        "" => vec!["", "list", ANY_ARGUMENTS, "get -H -p type POOL", "recv -s -F POOL"],
        written => vec![written],
    };
    asked.into_iter().map(|arguments| (path.clone(), arguments.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(commands: &[&str]) -> Vec<String> {
        commands.iter().map(|it| (*it).to_string()).collect()
    }

    #[test]
    fn lists_are_united_and_all_stands_alone() {
        let zfs = list(&["/usr/sbin/zfs"]);
        assert_eq!(
            merged(&list(&["/b", "/a", "/a"]), &zfs, false),
            list(&["/a", "/b", "/usr/sbin/zfs"])
        );
        assert_eq!(merged(&list(&[ALL]), &zfs, false), list(&[ALL]));
        assert_eq!(merged(&list(&[ALL]), &zfs, true), zfs);
        assert_eq!(merged(&zfs, &list(&[ALL]), false), list(&[ALL]));
    }

    #[test]
    fn group_rule_that_asks_for_a_password_is_found() {
        let none = list(&[]);
        let zfs = list(&["/usr/sbin/zfs"]);
        for entry in [
            "ALL",
            "/usr/sbin/zfs",
            "/usr/sbin/zfs *",
            "/usr/sbin/",
            "/usr/sbin/*",
            "/sbin/zfs",
            "/usr/*bin/zfs",
            "/usr/sbin/zfs list*",
        ] {
            let entry = list(&[entry]);
            let asks = || Rule { group: Some("asks"), with_password: &entry, no_password: &none };
            let grants = || Rule { group: Some("grants"), with_password: &none, no_password: &zfs };
            assert_eq!(overridden_by(&zfs, &[asks()]), Some("asks"), "{entry:?}");
            assert_eq!(overridden_by(&list(&[ALL]), &[asks()]), Some("asks"), "{entry:?}");
            assert_eq!(overridden_by(&zfs, &[asks(), grants()]), None, "{entry:?}");
            assert_eq!(overridden_by(&zfs, &[grants(), asks()]), Some("asks"), "{entry:?}");
        }
        let other = list(&["/usr/bin/ls"]);
        let asks = Rule { group: Some("asks"), with_password: &other, no_password: &none };
        assert_eq!(overridden_by(&zfs, &[asks]), None);
        assert_eq!(overridden_by(&zfs, &[]), None);
    }
}
