//! Lists of sudo: decided as the simulated sudo decides, and merged without a loss.

use std::sync::LazyLock;

use trueup_sim::Fleet;
use trueup_sim::shell::sudo::{self as simulated, Decision as Simulated};
use trueup_sim::system::System;

use super::choices::Choices;
use crate::kinds::user::sudo::{merged, overridden_by, runs_zfs, sorted};
use crate::manifest::read::Text;
use crate::manifest::value::sudo::Command as Entry;
use crate::model::sudo::{Command, Decision, Rule, decide};

/// What entries are made of.
const PIECES: [&str; 44] = [
    "/usr/sbin/zfs",
    "/sbin/zfs",
    "/usr/sbin/",
    "/usr/sbin/*",
    "/*bin/zfs",
    "/usr/bin/id",
    "ALL",
    "/",
    "usr",
    "sbin",
    "zfs",
    " ",
    "  ",
    "\t",
    "\n",
    "list",
    " -H",
    " tank",
    " *",
    "*",
    "?",
    "[a-z]",
    "[!z]",
    "[",
    "]",
    "^",
    "$",
    "^list .*$",
    " ^list -H [a-z]+$",
    "(",
    ")",
    "{9}",
    "|",
    "+",
    "\\",
    "\\s",
    "\"\"",
    "\"",
    "'",
    "#",
    "!",
    ",",
    ":",
    "é",
];

/// The arguments that commands are decided for.
const ARGUMENTS: [&[&str]; 6] = [
    &[],
    &["list"],
    &["list", "-H", "tank"],
    &["list", "-H", "[a-z]"],
    &["recv", "-s", "-F", "backup/x"],
    &["get", "", "é"],
];

const ACCOUNT: &str = "replicator";

/// A simulated system with the account that runs commands.
static SYSTEM: LazyLock<System> = LazyLock::new(|| {
    let fleet = "systems: { box: { release: '25.10.6', users: { replicator: { uid: 3101 } } } }";
    let fleet = Fleet::parse(fleet).expect("a fleet");
    System::new(&fleet.systems["box"]).expect("a system")
});

/// Decides by the lists that the input makes.
pub fn sudo(input: &[u8]) {
    let mut choices = Choices::new(input);
    let with_password = entries(&mut choices);
    let no_password = entries(&mut choices);
    let arguments = choices.pick(&ARGUMENTS);
    let joined = arguments.join(" ");
    let command = Command { path: "/usr/sbin/zfs", arguments: &joined };
    check_decision(&with_password, &no_password, arguments, &command);
    for entry in with_password.iter().chain(&no_password) {
        check_entry(entry, &command);
    }
    for exclusive in [false, true] {
        let lines = merged(&with_password, &no_password, exclusive);
        assert_eq!(merged(&lines, &no_password, exclusive), lines);
        assert_eq!(sorted(&lines), lines, "an entry is there twice");
        let is_there = |entry: &String| lines.contains(entry) || lines == ["ALL"];
        assert!(no_password.iter().all(is_there), "{no_password:?} in {lines:?}");
    }
    let rule = Rule { group: Some("g"), with_password: &with_password, no_password: &[] };
    overridden_by(&no_password, &[rule]);
    assert_eq!(overridden_by(&no_password, &[]), None);
    runs_zfs(&no_password);
}

fn entries(choices: &mut Choices<'_>) -> Vec<String> {
    (0..choices.below(4)).map(|_| choices.text(8, &PIECES)).collect()
}

/// Where trueup says that a command runs or does not, sudo does the same.
fn check_decision(
    with_password: &[String],
    no_password: &[String],
    arguments: &[&str],
    command: &Command<'_>,
) {
    let runs = match decide(&[Rule { group: None, with_password, no_password }], command) {
        Decision::Unclear(_) => return,
        decision => decision.runs(),
    };
    let mut system = SYSTEM.clone();
    let account = system.accounts.user_mut(ACCOUNT).expect("the account");
    account.sudo_commands = with_password.to_vec();
    account.sudo_commands_nopasswd = no_password.to_vec();
    let arguments: Vec<String> = arguments.iter().map(|it| (*it).to_owned()).collect();
    let decision = simulated::decide(&system, ACCOUNT, command.path, &arguments);
    assert_eq!(
        runs,
        decision == Simulated::Runs,
        "{arguments:?} with a password {with_password:?}, without {no_password:?}"
    );
}

/// An entry that a manifest takes is one line; and it decides the same with a password and without.
fn check_entry(entry: &str, command: &Command<'_>) {
    if let Ok(taken) = Entry::parse(entry) {
        assert!(!taken.0.contains(['\n', '\r']), "{entry:?}");
        assert!(Entry::parse(&taken.0).is_ok_and(|read| read == taken));
    }
    let list = [entry.to_owned()];
    let asks = decide(&[Rule { group: None, with_password: &list, no_password: &[] }], command);
    let runs = decide(&[Rule { group: None, with_password: &[], no_password: &list }], command);
    let agree = match asks {
        Decision::AsksPassword(None) => runs == Decision::Runs,
        other => runs == other,
    };
    assert!(agree, "{entry:?}: {runs:?}");
}
