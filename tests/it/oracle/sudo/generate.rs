//! Generates rules and commands.

use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;

use super::{Commands, Group, SudoCase};

/// Programs and directories, as rules name them. All pass the API's checks on a real system.
const PATHS: &[&str] = &[
    "/usr/sbin/zfs",
    "/usr/sbin/zfs",
    "/usr/sbin/zfs",
    "/sbin/zfs",
    "/sbin/zfs",
    "/usr/sbin/",
    "/sbin/",
    "/usr/bin/",
    "/usr/sbin/z*",
    "/usr/sbin/*",
    "/usr/*/zfs",
    "/*/zfs",
    "/usr/sbin/z?s",
    "/usr/sbin/z[f]s",
    "/usr/sbin/[!a]fs",
    "/usr/sbin/[[:lower:]]fs",
    "/usr/*bin/",
    "/usr/s*/",
    "/s[b]in/*",
    "/usr/bin/*",
    "/usr/bin/id",
    "/bin/true",
    "/usr/bin/true",
    "/usr/bin/whoami",
];

/// Arguments, as rules name them.
const ARGUMENTS: &[&str] = &[
    "",
    "",
    "\"\"",
    "*",
    "list",
    "list *",
    "get *",
    "get * backup/a",
    "list -r backup/a",
    "list  -r   backup/a",
    "list\t-r backup/a",
    "set a=b backup/a",
    "set readonly=on backup/a",
    "get type,used backup/a",
    "destroy backup/a@*",
    "destroy backup/a@x:y",
    "list ?r backup/[ab]",
    "list -[rd] *",
    "list -[!r] backup/a",
    "list [[:alpha:]-]* backup/a",
    "list \\*",
    "list backup/a\\ b",
    "list \"backup/a b\"",
    "list 'backup/a b'",
    "list backup/a#b",
    "list # -r",
    "list #1",
    "list !x",
    "list (x)",
    "list [x",
    "list x]",
    "list back\\\\slash",
    "^list$",
    "^list .*$",
    "^(get|list) .*$",
    "^(get|list) -[rH] backup/(a|b)$",
    "^get [a-z_,]+ backup/a$",
    "^set readonly=(on|off) backup/a$",
    "^list -r backup/a[.]b$",
    "^list -r backup/a\\.b$",
    "^list -r backup/.*$",
    "^destroy backup/a@[A-Za-z0-9_,:.-]+$",
    "^list( -r)? backup/a$",
    "^list( -r){0,2} backup/a$",
    "^list( -r){1,300} backup/a$",
    "^list [^ @]+$",
    "^list [+*]$",
    "^list a++$",
    "^list [[:alpha:]/]+$",
    "^LIST$",
    "^(?i)LIST$",
    "^list",
    "^list(",
    "^list($",
    "^list[$",
    "^list a#b$",
    "^list$ backup",
    "^$",
    "^.*$",
    "^*$",
    "list ^x$",
    "list$",
    "^list .* backup/a, get$",
    "^list \\$",
    "^list (a|b|)$",
    "^list a{,2}$",
    "^list a{x}$",
    "^list )$",
    "^list []a]$",
];

/// Commands as somebody types them.
const COMMANDS: &[&[&str]] = &[
    &["zfs"],
    &["zfs", ""],
    &["zfs", "list"],
    &["/sbin/zfs", "list"],
    &["/usr/sbin/zfs", "list"],
    &["zfs", "list", "-r", "backup/a"],
    &["zfs", "list", "-d", "backup/b"],
    &["zfs", "list", "-r", "backup/a.b"],
    &["zfs", "list", "-r", "backup/axb"],
    &["zfs", "list", "backup/a b"],
    &["zfs", "list", "backup/a", "b"],
    &["zfs", "list", "backup/a"],
    &["zfs", "list", "*"],
    &["zfs", "list", "+"],
    &["zfs", "list", "aa"],
    &["zfs", "list", "]"],
    &["zfs", "list", "[x"],
    &["zfs", "list", "$"],
    &["zfs", "list", "!x"],
    &["zfs", "list", "(x)"],
    &["zfs", "list", "x]"],
    &["zfs", "list", "back\\slash"],
    &["zfs", "list", "backup/a#b"],
    &["zfs", "list", ""],
    &["zfs", "list", "-r", "-r", "backup/a"],
    &["zfs", "list", "a\nb"],
    &["zfs", "LIST"],
    &["zfs", "get", "type,used", "backup/a"],
    &["zfs", "get", "used", "backup/a"],
    &["zfs", "get", "all", "backup/a", "backup/c"],
    &["zfs", "set", "a=b", "backup/a"],
    &["zfs", "set", "readonly=on", "backup/a"],
    &["zfs", "set", "mountpoint=/etc", "backup/a"],
    &["zfs", "destroy", "backup/a@x:y"],
    &["zfs", "destroy", "backup/a@x,y"],
    &["zfs", "destroy", "backup/a@x", "-r"],
    &["id"],
    &["true"],
    &["/bin/true"],
    &["/usr/bin/true", "x"],
    &["whoami"],
    &["nothere"],
    &["/usr/sbin/nothere"],
    &["/nowhere/zfs", "list"],
];

/// A command with the rules of its account. The recorded commands are given besides.
pub fn sudo(rng: &mut StdRng, recorded: &[Vec<String>]) -> SudoCase {
    let argv: Vec<String> = if rng.random_ratio(1, 4) {
        recorded.choose(rng).expect("one").clone()
    } else {
        COMMANDS.choose(rng).expect("one").iter().map(|word| (*word).to_owned()).collect()
    };
    let own = commands(rng, 3, &argv);
    let groups = Group::ALL.map(|group| (group, commands(rng, 1, &argv)));
    SudoCase { own, groups, argv }
}

/// Commands of a user or group: often none.
fn commands(rng: &mut StdRng, weight: u32, argv: &[String]) -> Commands {
    let mut commands = Commands::default();
    if rng.random_ratio(weight, 4) {
        commands.without_password = rules(rng, argv);
    }
    if rng.random_ratio(1, 6) {
        commands.with_password = rules(rng, argv);
    }
    commands
}

fn rules(rng: &mut StdRng, argv: &[String]) -> Vec<String> {
    if rng.random_ratio(1, 16) {
        return vec!["ALL".to_owned()];
    }
    let count = rng.random_range(1..=3);
    (0..count).map(|_| rule(rng, argv)).collect()
}

fn rule(rng: &mut StdRng, argv: &[String]) -> String {
    let path = *PATHS.choose(rng).expect("one");
    let named = argv[1..].join(" ");
    let arguments = match rng.random_range(0..8) {
        // What is asked for, as it is or as an expression.
        0 if !named.is_empty() => named,
        1 if !named.is_empty() => format!("^{named}$"),
        _ => (*ARGUMENTS.choose(rng).expect("one")).to_owned(),
    };
    if path.ends_with('/') && rng.random_ratio(9, 10) {
        return path.to_owned();
    }
    format!("{path} {arguments}").trim_end().to_owned()
}
