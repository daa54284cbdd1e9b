//! Lists that others change too: keys, sudo commands, groups. What somebody adds or removes between
//! the plan and the write is neither lost nor brought back, and trueup looks after its own entries.

use std::collections::BTreeSet;
use std::process::Child;

use serde_json::{Value, json};
use trueup_sim::call_log::CallRecord;

use super::{FOREIGN, KEY, account, system};
use crate::support::{Fleet, Ran};

/// An account with a home, sudo, a group and a key that are not trueup's.
fn fleet() -> Fleet {
    system(&format!(
        "groups: {{ one: {{ gid: 4001 }}, two: {{ gid: 4002 }}, three: {{ gid: 4003 }} }}\n\
         users:\n  repl: {{ uid: 3001, home: /mnt/tank/home/repl, shell: /usr/bin/bash, groups: [one], sudo_commands_nopasswd: [/usr/bin/ls], sshpubkey: '{FOREIGN}' }}"
    ))
}

/// Another key, by a number.
fn key(number: usize) -> String {
    const BLOBS: [&str; 5] = [
        "AAAAC3NzaC1lZDI1NTE5AAAAIJEVqAi8rBQmwWyIYxmOL/6wHOpkJ6ml6Dl+6pIlnbKZ",
        "AAAAC3NzaC1lZDI1NTE5AAAAIAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB",
        "AAAAC3NzaC1lZDI1NTE5AAAAIAICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIC",
        "AAAAC3NzaC1lZDI1NTE5AAAAIAMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMD",
        "AAAAC3NzaC1lZDI1NTE5AAAAIAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE",
    ];
    format!("ssh-ed25519 {} key-{number}", BLOBS[number])
}

/// Commands that every system has.
const COMMANDS: [&str; 5] =
    ["/usr/sbin/zfs", "/usr/bin/cat", "/usr/bin/date", "/usr/bin/id", "/usr/bin/env"];

/// Writes a manifest with these fields of the account.
fn manifest(fleet: &Fleet, file: &str, fields: &str) {
    let fields: String = fields.lines().map(|line| format!("        {line}\n")).collect();
    let system = format!("{}    admins:\n      repl:\n{fields}", fleet.connection("box"));
    fleet.write(file, &format!("version: 1\nsystems:\n{system}"));
}

/// What the tests want of the account.
fn wanted() -> String {
    format!(
        "groups: {{ names: [two] }}\nsudo: {{ no_password: [/usr/sbin/zfs] }}\nauthorized_keys: {{ keys: ['{KEY}'] }}"
    )
}

/// Changes the account as somebody else would.
fn by_hand(fleet: &Fleet, change: Value) {
    let id = account(fleet, "repl")["id"].clone();
    fleet.call("box", "user.update", json!([id, change]));
}

fn lines(fleet: &Fleet) -> Vec<String> {
    let keys = account(fleet, "repl")["sshpubkey"].clone();
    keys.as_str().unwrap_or_default().lines().map(Into::into).collect()
}

fn sudo(fleet: &Fleet) -> Vec<String> {
    let list = account(fleet, "repl")["sudo_commands_nopasswd"].clone();
    serde_json::from_value(list).expect("texts")
}

fn group_names(fleet: &Fleet) -> BTreeSet<String> {
    let ids = account(fleet, "repl")["groups"].clone();
    let groups = fleet.call("box", "group.query", json!([[["id", "in", ids]]]));
    let names = groups.as_array().expect("groups").iter();
    names.map(|group| group["group"].as_str().expect("a name").to_owned()).collect()
}

fn id_of(fleet: &Fleet, group: &str) -> Value {
    fleet.call("box", "group.query", json!([[["group", "=", group]]]))[0]["id"].clone()
}

fn ended(child: Child, fleet: &Fleet) -> Ran {
    Ran::of(child.wait_with_output().expect("it ends"), fleet)
}

#[test]
fn a_saved_plan_keeps_what_others_changed_since() {
    let fleet = fleet();
    manifest(&fleet, "trueup.yaml", &wanted());
    fleet.trueup(&["plan", "--out", "plan.json"]).exits(0);
    let ids: Vec<Value> = ["one", "three"].map(|name| id_of(&fleet, name)).into();
    let keys = format!("{}\n# a remark\n{FOREIGN}", key(0));
    by_hand(
        &fleet,
        json!({
            "groups": ids, "sshpubkey": keys,
            "sudo_commands_nopasswd": ["/usr/bin/cat"],
        }),
    );
    fleet.trueup(&["apply", "--plan", "plan.json", "--yes"]).exits(0);
    assert_eq!(lines(&fleet), [&key(0), "# a remark", FOREIGN, KEY]);
    assert_eq!(sudo(&fleet), ["/usr/bin/cat", "/usr/sbin/zfs"]);
    assert_eq!(group_names(&fleet), ["one", "three", "two"].map(String::from).into());
    // Again there is nothing to do, also where others go on.
    by_hand(&fleet, json!({ "sudo_commands_nopasswd": ["/usr/sbin/zfs", "/usr/bin/id"] }));
    let before = fleet.mutations("box");
    fleet.trueup(&["apply", "--plan", "plan.json", "--yes"]).exits(0);
    assert_eq!(fleet.mutations("box"), before);
}

#[test]
fn a_saved_plan_is_refused_where_its_own_entries_changed() {
    let fleet = fleet();
    manifest(&fleet, "trueup.yaml", &wanted());
    fleet.trueup(&["plan", "--out", "plan.json"]).exits(0);
    by_hand(&fleet, json!({ "sudo_commands_nopasswd": ["/usr/bin/ls", "/usr/sbin/zfs"] }));
    let before = fleet.mutations("box");
    fleet.trueup(&["apply", "--plan", "plan.json", "--yes"]).exits(1).says("sudo.no_password");
    assert_eq!(fleet.mutations("box"), before);
}

#[test]
fn an_exclusive_list_takes_away_only_what_the_plan_shows() {
    let fleet = fleet();
    let exclusive = "sudo: { no_password: [/usr/sbin/zfs], exclusive: true }";
    manifest(&fleet, "trueup.yaml", exclusive);
    fleet.trueup(&["plan", "--out", "plan.json"]).exits(0);
    by_hand(&fleet, json!({ "sudo_commands_nopasswd": ["/usr/bin/ls", "/usr/bin/cat"] }));
    let before = fleet.mutations("box");
    let ran = fleet.trueup(&["apply", "--plan", "plan.json", "--yes"]).exits(1);
    assert!(ran.stderr.contains("sudo.no_password"), "{ran:?}");
    assert_eq!(fleet.mutations("box"), before);
    fleet.trueup(&["apply", "--yes"]).exits(0);
    assert_eq!(sudo(&fleet), ["/usr/sbin/zfs"]);
}

#[test]
fn a_run_keeps_what_others_change_while_it_is_under_way() {
    let fleet = fleet();
    let delay = json!({ "method": "pool.dataset.create", "do": { "delay_ms": 1500 } });
    fleet.fault("box", &delay.to_string());
    let fields: String = wanted().lines().map(|line| format!("        {line}\n")).collect();
    // The account's step waits for the dataset of its home.
    let text = format!(
        "version: 1\nsystems:\n{}    datasets: {{ tank/home/repl: {{ create_ancestors: true }} }}\n    admins:\n      repl:\n        home: {{ path: /mnt/tank/home/repl/in }}\n{fields}",
        fleet.connection("box")
    );
    let user = account(&fleet, "repl")["id"].clone();
    fleet.call("box", "user.delete", json!([user, {}]));
    let made = json!([{
        "username": "repl", "full_name": "r", "group_create": true, "smb": false,
        "password_disabled": true, "shell": "/usr/bin/bash", "home": "/var/empty",
    }]);
    fleet.call("box", "user.create", made);
    fleet.with_system("box", |system| system.files.remove("/mnt/tank/home/repl"));
    fleet.write("trueup.yaml", &text);
    let running = fleet.spawn(&["apply", "--yes"]);
    fleet.wait_until("the dataset is being made", || {
        fleet.calls("box").count("pool.dataset.create") > 0
    });
    by_hand(&fleet, json!({ "sudo_commands_nopasswd": ["/usr/bin/cat", "/usr/sbin/zfs"] }));
    let ran = ended(running, &fleet);
    ran.exits(0);
    assert_eq!(sudo(&fleet), ["/usr/bin/cat", "/usr/sbin/zfs"], "kept, and nothing twice");
    assert_eq!(lines(&fleet), [KEY]);
}

/// Starts an apply whose look at what it wrote is delayed, and changes the account meanwhile.
fn while_it_looks(fleet: &Fleet, looks: &[u64], change: impl Fn(usize)) -> Ran {
    for nth in looks {
        let fault = json!({ "method": "user.query", "nth": nth, "do": { "delay_ms": 1500 } });
        fleet.fault("box", &fault.to_string());
    }
    let mut mutations = fleet.mutations("box");
    let running = fleet.spawn(&["apply", "--yes", "--format", "json"]);
    for (at, _) in looks.iter().enumerate() {
        fleet.wait_until("the step's write", || fleet.mutations("box") > mutations);
        fleet.wait_until("its look", || fleet.calls("box").count("user.query") as u64 >= looks[at]);
        change(at);
        mutations = fleet.mutations("box");
    }
    ended(running, fleet)
}

/// The first look at what a step wrote: after the plan's reading and the one before the write.
const FIRST_LOOK: u64 = 3;

#[test]
fn entries_that_somebody_takes_away_are_written_again_at_most_twice() {
    for (times, code) in [(1, 0), (2, 0), (3, 3)] {
        let fleet = fleet();
        manifest(&fleet, "trueup.yaml", "sudo: { no_password: [/usr/sbin/zfs] }");
        // Each repeat reads twice more.
        let looks: Vec<u64> = (0..times).map(|at| FIRST_LOOK + 2 * at).collect();
        // The change goes around the API, whose calls would count.
        let ran = while_it_looks(&fleet, &looks, |_| set_sudo(&fleet, &["/usr/bin/ls"]));
        let report = ran.exits(code).json();
        assert_eq!(report["steps"][0]["calls_sent"], times + u64::from(code == 0), "{report:#}");
        if code == 0 {
            assert_eq!(sudo(&fleet), ["/usr/bin/ls", "/usr/sbin/zfs"]);
        } else {
            let error = report["steps"][0]["error"].as_str().expect("an error");
            assert!(error.contains("somebody else takes it away again"), "{error}");
        }
    }
}

#[test]
fn an_entry_of_somebody_else_that_disappears_is_named_and_not_brought_back() {
    let fleet = fleet();
    manifest(&fleet, "trueup.yaml", "sudo: { no_password: [/usr/sbin/zfs] }");
    let ran = while_it_looks(&fleet, &[FIRST_LOOK], |_| set_sudo(&fleet, &["/usr/sbin/zfs"]));
    let report = ran.exits(3).json();
    assert_eq!(report["steps"][0]["result"], "applied");
    assert_eq!(
        report["steps"][0]["warnings"],
        json!([
            "`/usr/bin/ls` disappeared from `sudo.no_password` meanwhile, and this plan does not remove it"
        ])
    );
    assert_eq!(sudo(&fleet), ["/usr/sbin/zfs"]);
}

/// Sets the account's sudo commands without a call.
fn set_sudo(fleet: &Fleet, commands: &[&str]) {
    fleet.with_system("box", |system| {
        let user = system.accounts.users.values_mut().find(|user| user.username == "repl");
        user.expect("the account").sudo_commands_nopasswd =
            commands.iter().map(|it| (*it).to_owned()).collect();
    });
}

/// TrueNAS has no compare-and-set: between the last reading and the write, somebody's change is
/// lost. README says so.
#[test]
fn what_others_write_between_the_last_reading_and_the_write_is_lost() {
    let fleet = fleet();
    manifest(&fleet, "trueup.yaml", "sudo: { no_password: [/usr/sbin/zfs] }");
    let fault = json!({ "method": "user.update", "nth": 1, "do": { "delay_ms": 1500 } });
    fleet.fault("box", &fault.to_string());
    let running = fleet.spawn(&["apply", "--yes"]);
    fleet.wait_until("the write", || fleet.calls("box").count("user.update") > 0);
    set_sudo(&fleet, &["/usr/bin/ls", "/usr/bin/cat"]);
    ended(running, &fleet).exits(0);
    assert_eq!(sudo(&fleet), ["/usr/bin/ls", "/usr/sbin/zfs"]);
}

/// Whether an entry was lost as nobody without compare-and-set can help: the run that wrote last had
/// read the list again, before the entry was written, and wrote after whoever wrote the entry had
/// looked for the last time. A busy machine can stop a run for that long.
fn is_lost_in_the_window(fleet: &Fleet, entry: &str) -> bool {
    let log = fleet.calls("box");
    let calls: Vec<_> = log.calls.iter().enumerate().collect();
    let last = |method: &str, until: usize, is_meant: &dyn Fn(&CallRecord) -> bool| {
        let mut before = calls[..until].iter().rev();
        before.find(|(_, call)| call.method == method && is_meant(call)).map(|(at, _)| *at)
    };
    let by = |connection: u64| move |call: &CallRecord| call.connection == connection;
    let lost = || {
        let taking = last("user.update", calls.len(), &|_| true)?;
        let taker = by(calls[taking].1.connection);
        let read = last("user.query", taking, &taker)?;
        let planned = last("user.query", read, &taker)?;
        let written =
            last("user.update", taking, &|call| json!(call.params).to_string().contains(entry))?;
        let looked = last("user.query", calls.len(), &by(calls[written].1.connection))?;
        Some(planned < read && read < written && written < looked && looked < taking)
    };
    lost() == Some(true)
}

/// Applies at once, each of its own manifest or all of the same: every entry is there afterwards, or
/// somebody was told, and nothing is there twice.
fn at_once(rounds: usize, count: usize, same: bool) {
    for round in 0..rounds {
        let fleet = fleet();
        let number = |at: usize| if same { 0 } else { at };
        for at in 0..count {
            let fields = format!(
                "sudo: {{ no_password: [{}] }}\nauthorized_keys: {{ keys: ['{}'] }}",
                COMMANDS[number(at)],
                key(number(at))
            );
            manifest(&fleet, &format!("{at}.yaml"), &fields);
        }
        // Different delays bring about different orders.
        for at in 0..count {
            let delay = (round * 7 + at * 13) % 40;
            let fault = json!({ "method": "user.query", "nth": at + 1 + count, "do": { "delay_ms": delay } });
            fleet.fault("box", &fault.to_string());
        }
        let running: Vec<Child> = (0..count)
            .map(|at| fleet.spawn(&["apply", "--yes", "-f", &format!("{at}.yaml")]))
            .collect();
        let ran: Vec<Ran> = running.into_iter().map(|child| ended(child, &fleet)).collect();
        let told = ran.iter().any(|ran| ran.code == 3);
        let (lines, sudo) = (lines(&fleet), sudo(&fleet));
        for at in 0..count {
            let (line, command) = (key(number(at)), COMMANDS[number(at)]);
            let all = [
                (lines.contains(&line), line.as_str()),
                (sudo.iter().any(|it| it == command), command),
            ];
            for (_, entry) in all.into_iter().filter(|(there, _)| !there && !told) {
                assert!(
                    is_lost_in_the_window(&fleet, entry),
                    "round {round}, {at}: {lines:?} {sudo:?}\n{ran:?}"
                );
            }
        }
        let unique: BTreeSet<&String> = lines.iter().collect();
        assert_eq!(unique.len(), lines.len(), "round {round}: {lines:?}");
        assert!(lines.iter().any(|line| line == FOREIGN) || told, "round {round}: {lines:?}");
    }
}

#[test]
fn two_runs_at_once_lose_nothing_silently() {
    at_once(8, 2, false);
    at_once(4, 2, true);
}

#[test]
fn five_runs_at_once_lose_nothing_silently() {
    at_once(4, 5, false);
    at_once(2, 5, true);
}

#[test]
#[ignore = "takes minutes"]
fn two_hundred_times_two_and_five_runs_at_once() {
    at_once(70, 2, false);
    at_once(30, 2, true);
    at_once(70, 5, false);
    at_once(30, 5, true);
}
