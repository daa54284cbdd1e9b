//! Which commands sudo runs without a password: the lists of an account and of its groups, as
//! TrueNAS writes them into sudoers (`etc_files/local/sudoers.mako`) and sudo evaluates them.
//!
//! Of all entries that match a command the last one decides (sudoers(5)). Accounts stand before
//! groups, groups in the order of `group.query`; within one line the commands with a password come
//! first.

mod pattern;

pub(crate) use pattern::{ALL, Command};

use pattern::Pattern;

/// The lists of an account or of one of its groups.
#[derive(Clone, Debug)]
pub(crate) struct Rule<'a> {
    /// The group; `None` for the account itself.
    pub(crate) group: Option<&'a str>,
    /// Commands that ask for a password.
    pub(crate) with_password: &'a [String],
    /// Commands that do not.
    pub(crate) no_password: &'a [String],
}

/// What sudo does with a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Decision<'a> {
    /// It runs the command.
    Runs,
    /// It asks for a password first, because of this rule's group, or the account's own rule.
    AsksPassword(Option<&'a str>),
    /// No rule matches.
    Refuses,
    /// An entry that trueup does not understand may decide it.
    Unclear(&'a str),
}

impl Decision<'_> {
    /// Whether the command runs, as far as is known.
    pub(crate) fn runs(&self) -> bool {
        *self == Decision::Runs
    }
}

/// What sudo does with a command under these rules, which stand in the order of the sudoers file.
pub(crate) fn decide<'a>(rules: &[Rule<'a>], command: &Command<'_>) -> Decision<'a> {
    let mut decision = Decision::Refuses;
    for rule in rules {
        let entries = rule.with_password.iter().map(|entry| (entry, true));
        let entries = entries.chain(rule.no_password.iter().map(|entry| (entry, false)));
        let parsed: Result<Vec<_>, &str> = entries
            .map(|(entry, asks)| Pattern::parse(entry).map(|it| (it, asks)).ok_or(entry.as_str()))
            .collect();
        match parsed {
            // One entry that sudo does not understand takes the whole line out of force.
            Err(entry) => decision = Decision::Unclear(entry),
            Ok(entries) => {
                let last = entries.iter().rev().find(|(pattern, _)| pattern.matches(command));
                match last {
                    Some((_, true)) => decision = Decision::AsksPassword(rule.group),
                    Some((_, false)) => decision = Decision::Runs,
                    None => {}
                }
            }
        }
    }
    decision
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: Command<'_> = Command { path: "/usr/sbin/zfs", arguments: "list -H tank" };

    fn list(commands: &[&str]) -> Vec<String> {
        commands.iter().map(|it| (*it).to_string()).collect()
    }

    fn own(commands: &[&str]) -> String {
        let no_password = list(commands);
        let rule = Rule { group: None, with_password: &[], no_password: &no_password };
        format!("{:?}", decide(&[rule], &LIST))
    }

    #[test]
    fn entries_match_as_sudo_compares_them() {
        for entry in [
            "ALL",
            "/usr/sbin/zfs",
            "/sbin/zfs",
            "/usr/sbin/",
            "/sbin/",
            "/usr/*bin/",
            "/usr/sbin/*",
            "/usr/*bin/zfs",
            "/*bin/zfs",
            "/*/zfs",
            "/usr/sbin/z[f]s",
            "/usr/sbin/zfs *",
            "/usr/sbin/zfs list*",
            "/usr/sbin/zfs  list   -H tank",
            "/usr/sbin/zfs ^list -H [a-z]+$",
        ] {
            assert_eq!(own(&[entry]), "Runs", "{entry}");
        }
        for entry in [
            "/usr/bin/zfs",
            "/usr/local/sbin/zfs",
            "/usr/bin/",
            "/usr/*",
            "/*/*/*/zfs",
            "/usr/sbin/zfs receive *",
            "/usr/sbin/zfs list",
            r#"/usr/sbin/zfs """#,
            "/usr/sbin/zfs ^get .*$",
            r"/usr/sbin/zfs ^list\s.*$",
        ] {
            assert_eq!(own(&[entry]), "Refuses", "{entry}");
        }
        assert_eq!(own(&["ALL", "/usr/sbin/zfs ^(list$"]), r#"Unclear("/usr/sbin/zfs ^(list$")"#);
        for unclear in
            [r"/usr/sbin/zfs l\ist*", "/usr/sbin/zfs\nlist", "/usr/sbin/zfs ^list", "/", " "]
        {
            assert_eq!(own(&[unclear]), format!("Unclear({unclear:?})"));
        }
    }

    #[test]
    fn the_last_entry_that_matches_decides() {
        let (all, zfs, none) = (list(&[ALL]), list(&["/usr/sbin/zfs"]), list(&[]));
        let asks = || Rule { group: Some("asks"), with_password: &all, no_password: &none };
        let grants = || Rule { group: Some("grants"), with_password: &all, no_password: &zfs };
        let own = || Rule { group: None, with_password: &all, no_password: &zfs };
        assert_eq!(decide(&[own()], &LIST), Decision::Runs);
        assert_eq!(decide(&[own(), asks()], &LIST), Decision::AsksPassword(Some("asks")));
        assert_eq!(decide(&[own(), asks(), grants()], &LIST), Decision::Runs);
        assert_eq!(decide(&[asks()], &LIST), Decision::AsksPassword(Some("asks")));
        assert_eq!(decide(&[], &LIST), Decision::Refuses);
    }
}
