//! Which call of the audit log changed an account.

use serde_json::{Value, json};

use crate::kinds::trace::{Logged, Touched, fields};
use crate::model::{Desired, Live};

/// An account's fields, as the API names them.
const NAMES: [(&str, &str); 10] = [
    ("authorized_keys.keys", "sshpubkey"),
    ("full_name", "full_name"),
    ("groups.names", "groups"),
    ("home.mode", "home_mode"),
    ("home.path", "home"),
    ("locked", "locked"),
    ("password_login", "ssh_password_enabled"),
    ("shell", "shell"),
    ("sudo.no_password", "sudo_commands_nopasswd"),
    ("sudo.password", "sudo_commands"),
];

/// What a call did to the account; the log's description names it, since its id may be gone.
pub fn touched(want: &Desired, live: &Live, logged: &Logged<'_>) -> Option<Touched> {
    let name = want.address.key();
    let described = |what: &str| logged.description == format!("{what} user {name}");
    match logged.method {
        "user.create" if logged.member(0, "username") == Some(name) => Some(Touched::Whole),
        "user.update" if described("Update") => {
            Some(with_access(fields(logged.object(1), &NAMES, |field, value| match field {
                "full_name" | "home.path" | "locked" | "password_login" | "shell" => {
                    Some(value.clone())
                }
                _ => None,
            })))
        }
        "user.delete" if described("Delete") => Some(Touched::Removed),
        "filesystem.setperm" | "filesystem.chown" | "filesystem.setacl" => {
            of_home(want, live, logged)
        }
        _ => None,
    }
}

/// SSH access is no field of TrueNAS: it goes with these.
fn with_access(touched: Touched) -> Touched {
    match touched {
        Touched::Fields(mut set)
            if ["home.path", "locked", "shell"].iter().any(|it| set.contains_key(it)) =>
        {
            set.insert("ssh_access", None);
            Touched::Fields(set)
        }
        other => other,
    }
}

fn of_home(want: &Desired, live: &Live, logged: &Logged<'_>) -> Option<Touched> {
    let path = logged.member(0, "path")?.trim_end_matches('/');
    let home = live.get("home.path").or_else(|| want.get("home.path"))?.as_str()?;
    let below = format!("{home}/.ssh");
    let key_file = format!("{home}/.ssh/authorized_keys");
    let recursive = logged.object(0)?.get("options").and_then(|it| it.get("recursive"));
    let recursive = recursive == Some(&json!(true));
    let covers = |it: &str| it == path || recursive && it.starts_with(&format!("{path}/"));
    let mut set = std::collections::BTreeMap::new();
    if covers(home) {
        let mode = logged.object(0)?.get("mode").filter(|mode| !mode.is_null());
        let mode = mode.and_then(Value::as_str).map(|it| json!(it.trim_start_matches('0')));
        set.extend([("home.mode", mode), ("home.owner", None), ("home.acl", None)]);
    }
    if covers(&below) {
        set.insert("home.ssh_directory", None);
    }
    if covers(&key_file) {
        set.insert("home.key_file", None);
    }
    (!set.is_empty()).then_some(Touched::Fields(set))
}
