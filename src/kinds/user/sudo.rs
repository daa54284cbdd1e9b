//! Sudo: lists of commands, and which rule wins (`etc_files/local/sudoers.mako`, sudoers(5)).

use std::collections::BTreeSet;

/// What stands for every command.
pub const ALL: &str = "ALL";

/// What runs as root where a replication receives.
const ZFS: &str = "/usr/sbin/zfs";

/// Whether a list lets zfs run, with whatever arguments.
pub fn runs_zfs(commands: &[String]) -> bool {
    commands.iter().any(|command| command == ALL || command == ZFS)
}

/// Whether a list lets zfs run, be it with some arguments only.
pub fn mentions_zfs(commands: &[String]) -> bool {
    runs_zfs(commands) || commands.iter().any(|it| it.split_whitespace().next() == Some(ZFS))
}

/// The commands after the wanted ones were brought in. `ALL` stands alone, since TrueNAS refuses
/// it beside others; a live `ALL` satisfies everything unless the list is to be exclusive.
pub fn merged(live: &[String], wanted: &[String], exclusive: bool) -> Vec<String> {
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
pub fn sorted(commands: &[String]) -> Vec<String> {
    commands.iter().collect::<BTreeSet<_>>().into_iter().cloned().collect()
}

/// A group's rule.
pub struct GroupRule<'a> {
    /// The group's name.
    pub group: &'a str,
    /// The commands that ask for a password.
    pub with_password: &'a [String],
    /// The commands that do not.
    pub no_password: &'a [String],
}

/// The group whose rule takes from the user what his own grants without a password.
///
/// Users stand before groups in sudoers, and the last rule that matches wins; within a line the
/// commands without a password stand last.
pub fn overridden_by<'a>(wanted: &[String], groups: &'a [GroupRule<'a>]) -> Option<&'a str> {
    let takes = |commands: &[String], command: &String| {
        commands.iter().any(|it| it == ALL || it == command || command == ALL)
    };
    let grants = |commands: &[String], command: &String| {
        commands.iter().any(|it| it == ALL || it == command)
    };
    wanted.iter().find_map(|command| {
        let last = groups.iter().rev().find_map(|rule| {
            if grants(rule.no_password, command) {
                return Some(None);
            }
            takes(rule.with_password, command).then_some(Some(rule.group))
        });
        last.flatten()
    })
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
    fn the_last_group_that_matches_decides() {
        let (all, zfs, none) = (list(&[ALL]), list(&["/usr/sbin/zfs"]), list(&[]));
        let asks = || GroupRule { group: "asks", with_password: &all, no_password: &none };
        let grants = || GroupRule { group: "grants", with_password: &none, no_password: &zfs };
        assert_eq!(overridden_by(&zfs, &[asks()]), Some("asks"));
        assert_eq!(overridden_by(&zfs, &[asks(), grants()]), None);
        assert_eq!(overridden_by(&zfs, &[grants(), asks()]), Some("asks"));
        assert_eq!(overridden_by(&all, &[grants()]), None);
        assert_eq!(overridden_by(&zfs, &[]), None);
    }
}
