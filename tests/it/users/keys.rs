//! Random accounts, keys, sudo lists and group rules: after apply the manifest holds, every
//! foreign line is where it was, and applying again sends nothing.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

use proptest::prelude::*;
use serde_json::json;

use super::{FOREIGN, KEY, account, system};
use crate::support::Fleet;

static FLEET: LazyLock<std::sync::Mutex<Fleet>> =
    LazyLock::new(|| std::sync::Mutex::new(system("groups: { extra: { gid: 4003 } }")));
static NEXT: AtomicU32 = AtomicU32::new(1);

/// A line that may stand in somebody's authorized_keys.
fn line() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(FOREIGN.to_string()),
        Just(KEY.to_string()),
        Just(format!("restrict,from=\"10.0.0.1\" {KEY}")),
        Just(format!("command=\"a \\\" b\" {FOREIGN}")),
        Just(format!("{FOREIGN}\r")),
        Just("# a comment".to_string()),
        Just("   indented nonsense".to_string()),
        Just("ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQC7 rsa key with a long comment".to_string()),
        Just(String::new()),
        "[a-zA-Z0-9 =,\"@.-]{1,30}",
    ]
}

fn sudo() -> impl Strategy<Value = Vec<&'static str>> {
    proptest::sample::subsequence(vec!["/usr/bin/id", "/usr/bin/ls", "/usr/sbin/zfs"], 0..=3)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 20, ..ProptestConfig::default() })]

    #[test]
    fn foreign_lines_stay_and_the_manifest_holds(
        lines in proptest::collection::vec(line(), 0..6),
        live_sudo in sudo(),
        wanted_sudo in sudo(),
        options in any::<bool>(),
    ) {
        let fleet = FLEET.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let name = format!("u{}", NEXT.fetch_add(1, Ordering::SeqCst));
        let text = lines.join("\n");
        fleet.call("box", "user.create", json!([{
            "username": name, "full_name": name, "group_create": true, "smb": false, "password_disabled": true,
            "shell": "/usr/bin/bash", "home": "/mnt/tank/home", "home_create": true,
            "sshpubkey": text, "sudo_commands_nopasswd": live_sudo,
        }]));
        let wanted_key = if options { format!("no-pty {KEY}") } else { KEY.to_string() };
        let wanted_list = if wanted_sudo.is_empty() { "[/usr/bin/id]".into() } else { format!("[{}]", wanted_sudo.join(", ")) };
        fleet.manifest(&[("box", &format!(
            "admins:\n  {name}:\n    sudo: {{ no_password: {wanted_list} }}\n    authorized_keys: {{ keys: ['{wanted_key}'] }}"
        ))]);
        let before: Vec<String> = account(&fleet, &name)["sshpubkey"]
            .as_str().unwrap_or_default().split('\n').map(Into::into).collect();
        fleet.trueup(&["apply", "--yes"]).exits(0);
        fleet.trueup(&["drift"]).exits(0);
        let sent = fleet.mutations("box");
        fleet.trueup(&["apply", "--yes"]).exits(0);
        prop_assert_eq!(fleet.mutations("box"), sent);
        let after: Vec<String> = account(&fleet, &name)["sshpubkey"]
            .as_str().unwrap_or_default().split('\n').map(Into::into).collect();
        let key = KEY.split_whitespace().nth(1).expect("a key");
        prop_assert!(after.iter().any(|line| line.contains(key)));
        let foreign = |lines: &[String]| lines.iter().filter(|line| !line.contains(key)).cloned().collect::<Vec<_>>();
        // The server strips blank lines at both ends.
        let stripped = |lines: Vec<String>| lines.join("\n").trim().to_string();
        prop_assert_eq!(stripped(foreign(&after)), stripped(foreign(&before)));
    }
}
