//! What only the system's state decides, and TrueNAS would refuse half-way through a run: all of it
//! is blocked in the plan, and what is not blocked is applied.

use std::collections::BTreeMap;

use serde_json::Value;

use super::account;
use crate::support::Fleet;

const SYSTEM: &str = r#"
systems:
  box:
    release: RELEASE
    pools: { tank: {} }
    datasets:
      tank/home: {}
      tank/away: { mountpoint: /mnt/tank/elsewhere }
      tank/nowhere: { mountpoint: none }
      tank/old: { mountpoint: legacy }
    directories:
      /mnt/tank/tools: { mode: 755 }
      /mnt/tank/tools/notes.txt: { mode: 644, content: x }
      /mnt/tank/tools/run.sh: { mode: 755, content: x }
      /mnt/tank/old: { mode: 755 }
    groups:
GROUPS
    users:
      many: { uid: 3500, home: /var/empty, groups: [MEMBER] }
    limits: { logins_per_minute: 1000, scram_iterations: 50000 }
"#;

fn fleet(release: &str) -> Fleet {
    let numbers = || 1..=64;
    let groups: String =
        numbers().map(|it| format!("      g{it}: {{ gid: {} }}\n", 4000 + it)).collect();
    let names: Vec<String> = numbers().map(|it| format!("g{it}")).collect();
    let yaml = SYSTEM.replace("RELEASE", &format!("\"{release}\"")).replace("GROUPS", &groups);
    Fleet::start(&yaml.replace("MEMBER", &names.join(", ")))
}

/// The reason why something is blocked, and what the remedy says.
type Blocked = Option<(&'static str, &'static str)>;

/// Accounts with their fields, and what is blocked of them.
const ACCOUNTS: [(&str, &str, Blocked); 21] = [
    // Sudo commands.
    (
        "missing",
        "sudo: { no_password: [/usr/bin/nonsense] }",
        Some(("no-such-command", "the system has no `/usr/bin/nonsense`")),
    ),
    (
        "folder",
        "sudo: { no_password: [/usr/sbin] }",
        Some(("no-such-command", "write `/usr/sbin/` if every command")),
    ),
    (
        "slash",
        "sudo: { no_password: [/usr/sbin/zfs/] }",
        Some(("no-such-command", "without the slash at its end")),
    ),
    (
        "nofolder",
        "sudo: { password: [/opt/nonsense/] }",
        Some(("no-such-command", "the system has no `/opt/nonsense`")),
    ),
    (
        "glob",
        "sudo: { no_password: [/usr/sbin/nonsense*] }",
        Some(("no-such-command", "nothing on the system matches `/usr/sbin/nonsense*`")),
    ),
    (
        "deep",
        "sudo: { no_password: [/usr/*/nonsense] }",
        Some(("no-such-command", "nothing on the system matches `/usr/*/nonsense`")),
    ),
    (
        "deeper",
        "sudo: { no_password: ['/usr/s?in/nons*'] }",
        Some(("no-such-command", "nothing on the system matches")),
    ),
    (
        "data",
        "sudo: { no_password: [/mnt/tank/tools/notes.txt] }",
        Some(("no-such-command", "is not executable")),
    ),
    (
        "dataglob",
        "sudo: { no_password: ['/mnt/tank/tools/*.txt'] }",
        Some(("no-such-command", "is not executable")),
    ),
    (
        "good",
        "sudo: { no_password: [/usr/sbin/zfs, '/usr/sbin/z*', '/usr/s?in/zfs list', '/usr/*/[l]s', /usr/bin/, /mnt/tank/tools/run.sh] }",
        None,
    ),
    ("quoted", "sudo: { password: [\"\\\"/usr/sbin/zfs\\\" list 'a b' !x\"] }", None),
    ("every", "sudo: { no_password: all }", None),
    // Homes.
    (
        "away",
        "home: { path: /mnt/tank/away/x }",
        Some((
            "home-not-mounted",
            "`tank/away` is mounted at /mnt/tank/elsewhere, so /mnt/tank/away/x is not in it",
        )),
    ),
    (
        "nowhere",
        "home: { path: /mnt/tank/nowhere/x }",
        Some(("home-not-mounted", "`tank/nowhere` is not mounted")),
    ),
    (
        "itself",
        "home: { path: /mnt/tank/away }",
        Some(("home-not-mounted", "mount `tank/away` at /mnt/tank/away")),
    ),
    (
        "below",
        "home: { path: /mnt/tank/nowhere/child }",
        Some(("home-not-mounted", "`tank/nowhere` is not mounted")),
    ),
    ("plain", "home: { path: /mnt/tank/old/plain }", None),
    ("usual", "home: { path: /mnt/tank/home/usual }", None),
    // Groups.
    ("closed", "groups: { names: [root] }", Some(("closed-group", "`root` is a builtin group"))),
    ("open", "groups: { names: [builtin_users, g1] }", None),
    ("many", "groups: { names: [builtin_users] }", Some(("too-many-groups", "in 65 groups"))),
];

#[test]
fn what_truenas_would_refuse_is_blocked_in_the_plan() {
    for release in ["25.04.2.6", "25.10.6", "26.0.0"] {
        let fleet = fleet(release);
        let admins: String = ACCOUNTS
            .iter()
            .map(|(name, fields, _)| format!("  {name}: {{ {fields} }}\n"))
            .collect();
        let datasets = "datasets:\n  tank/nowhere/child: {}\n  tank/old/child: {}\n  tank/away: {}\n  tank/home/new: {}\n";
        fleet.manifest(&[("box", &format!("{datasets}admins:\n{admins}"))]);
        let plan = fleet.trueup(&["plan", "--format", "json"]).exits(0).json();
        let mut blocked: BTreeMap<String, (String, String)> = BTreeMap::new();
        for item in plan["blocked"].as_array().expect("a list") {
            let text = |name: &str| item[name].as_str().unwrap_or_default().to_owned();
            assert!(text("manifest").starts_with("trueup.yaml:"), "{item}");
            blocked.insert(text("address"), (text("reason"), text("remedy")));
        }
        for (name, _, expected) in ACCOUNTS {
            let found = blocked.remove(&format!("box/user/{name}"));
            match (expected, found) {
                (None, None) => {}
                (Some((reason, remedy)), Some(found)) => {
                    assert!(found.0 == reason && found.1.contains(remedy), "{name}: {found:?}");
                }
                (_, found) => panic!("{release} {name}: {found:?}"),
            }
        }
        for child in ["tank/nowhere/child", "tank/old/child"] {
            let found = blocked.remove(&format!("box/dataset/{child}")).expect(child);
            assert_eq!(found.0, "parent-not-mounted", "{child}: {found:?}");
            assert!(found.1.contains("is not mounted, and TrueNAS creates nothing"), "{found:?}");
        }
        assert!(blocked.is_empty(), "{release}: {blocked:?}");
        let ran = fleet.trueup(&["apply", "--yes", "--allow", "blocked", "--format", "json"]);
        let report = ran.exits(3).json();
        let steps = report["steps"].as_array().expect("steps");
        let failed: Vec<&Value> = steps.iter().filter(|it| it["result"] != "applied").collect();
        assert!(failed.is_empty() && !steps.is_empty(), "{release}: {failed:#?}");
        assert_eq!(account(&fleet, "plain")["home"], "/mnt/tank/old/plain");
        fleet.trueup(&["plan", "--detailed-exitcode"]).exits(2).says("");
    }
}
