//! Which call of the audit log changed an account.
//!
//! A call is only said to have set a field to the value that it shows, or to one that it may have
//! had as far as the log shows.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::kinds::trace::{Logged, Touched, known_fields};
use crate::model::{Desired, Live};

use super::KEYS;
use super::account::is_home;
use super::findings::is_login_shell;
use super::reads;
use super::sudo::sorted;

/// An account's fields, as the API names them.
const NAMES: [(&str, &str); 10] = [
    (KEYS, "sshpubkey"),
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

/// Fields, each with the value in the manifest's form that it was set to, where the log shows it.
type Set = BTreeMap<&'static str, Option<Value>>;

/// What a call did to the account; the log's description names it, since its id may be gone.
pub(super) fn touched(want: &Desired, live: &Live, logged: &Logged<'_>) -> Option<Touched> {
    let name = want.address.key();
    let described = |what: &str| logged.description == format!("{what} user {name}");
    match logged.method {
        "user.create" if logged.member(0, "username") == Some(name) => {
            Some(Touched::Created(created(logged.object(0)?)))
        }
        "user.update" if described("Update") => Some(Touched::Fields(updated(logged.object(1)?))),
        "user.delete" if described("Delete") => Some(Touched::Removed),
        "filesystem.setperm" | "filesystem.chown" | "filesystem.setacl" => {
            of_home(want, live, logged)
        }
        _ => None,
    }
}

/// What `user.create` sets: what is left out gets a default (`api/v25_10_0/user.py`). The home's
/// owner is the account, whatever it was before.
fn created(given: &Map<String, Value>) -> Set {
    let mut params = json!({
        "groups": [],
        "home": "/var/empty",
        "home_mode": "700",
        "locked": false,
        "shell": "/usr/bin/zsh",
        "ssh_password_enabled": false,
        "sshpubkey": null,
        "sudo_commands": [],
        "sudo_commands_nopasswd": [],
    });
    if let Value::Object(params) = &mut params {
        params.extend(given.clone());
    }
    let mut set = params.as_object().map(fields_of).unwrap_or_default();
    if !denies_access(&set) {
        set.insert("ssh_access", Some(json!(true)));
    }
    set
}

fn updated(params: &Map<String, Value>) -> Set {
    let mut set = fields_of(params);
    if set.contains_key("home.path") {
        // The directory keeps its owner and mode, unless the call says otherwise.
        for field in ["home.acl", "home.mode", "home.owner"] {
            set.entry(field).or_insert(None);
        }
    }
    set
}

/// The fields that the parameters name. SSH access is no field of TrueNAS: it goes with others.
fn fields_of(params: &Map<String, Value>) -> Set {
    let creates_home = params.get("home_create") == Some(&json!(true));
    let mut set = known_fields(params, &NAMES, value);
    if creates_home && let Some(home) = set.get_mut("home.path") {
        // The account's name is appended to it.
        *home = None;
    }
    if denies_access(&set) {
        set.insert("ssh_access", Some(json!(false)));
    }
    set
}

/// A parameter in the manifest's form; `None`: the log does not show that.
fn value(field: &str, given: &Value) -> Option<Value> {
    let texts = || -> Option<Vec<String>> {
        given.as_array()?.iter().map(|it| it.as_str().map(Into::into)).collect()
    };
    match field {
        KEYS => Some(match given.as_str().map(str::trim) {
            None | Some("") => json!([]),
            Some(text) => json!(text.split('\n').collect::<Vec<_>>()),
        }),
        "full_name" | "locked" | "password_login" | "shell" => Some(given.clone()),
        "home.path" => Some(json!(reads::normalized(given.as_str()?))),
        "home.mode" => mode(given.as_str()?),
        "sudo.no_password" | "sudo.password" => Some(json!(sorted(&texts()?))),
        // Groups are named by numbers.
        _ => given.as_array()?.is_empty().then(|| json!([])),
    }
}

fn mode(text: &str) -> Option<Value> {
    let mode = u32::from_str_radix(text, 8).ok()?;
    Some(json!(format!("{mode:03o}")))
}

/// Whether one of these values alone keeps the account from logging in over SSH.
fn denies_access(set: &Set) -> bool {
    let value = |field| set.get(field).and_then(Option::as_ref);
    let text = |field| value(field).and_then(Value::as_str);
    value("locked") == Some(&json!(true))
        || text("shell").is_some_and(|shell| !is_login_shell(shell, None))
        || text("home.path").is_some_and(|home| !is_home(home))
}

/// What a call that changes permissions did to the home and what is in it.
fn of_home(want: &Desired, live: &Live, logged: &Logged<'_>) -> Option<Touched> {
    let params = logged.object(0)?;
    let path = logged.member(0, "path")?.trim_end_matches('/');
    let home = live.get("home.path").or_else(|| want.get("home.path"))?.as_str()?;
    let option = |name| params.get("options").and_then(|it| it.get(name)) == Some(&json!(true));
    let given = |name: &str| params.get(name).filter(|value| !value.is_null());
    let covers =
        |it: &str| it == path || option("recursive") && it.starts_with(&format!("{path}/"));
    let sets_owner = ["uid", "gid", "user", "group"].iter().any(|name| given(name).is_some());
    let sets_acl = logged.method == "filesystem.setacl";
    let sets_mode = sets_acl || given("mode").is_some();
    let mut set = Set::new();
    if covers(home) {
        if sets_mode {
            let text = given("mode").and_then(Value::as_str);
            set.insert("home.mode", text.and_then(mode));
        }
        if sets_owner {
            set.insert("home.owner", given("user").cloned());
        }
        if sets_acl {
            set.insert("home.acl", None);
        } else if option("stripacl") {
            set.insert("home.acl", Some(json!(false)));
        }
    }
    for (field, path) in [
        ("home.ssh_directory", format!("{home}/.ssh")),
        ("home.key_file", format!("{home}/.ssh/authorized_keys")),
    ] {
        if covers(&path) && (sets_mode || sets_owner) {
            set.insert(field, None);
        }
    }
    (!set.is_empty()).then_some(Touched::Fields(set))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Address;

    const HOME: &str = "/mnt/tank/home/repl";

    fn touched_by(method: &str, description: &str, params: Value) -> Option<Touched> {
        let want = Desired::new(Address::new("chicago", "user", "repl"));
        let mut live = Live { exists: true, ..Live::default() };
        live.field("home.path", HOME);
        let params = params.as_array().cloned().unwrap_or_default();
        touched(&want, &live, &Logged { method, params: &params, description })
    }

    fn set(fields: Value) -> Set {
        let fields = fields.as_object().cloned().unwrap_or_default();
        let names = NAMES.iter().map(|(field, _)| *field).chain([
            "home.acl",
            "home.key_file",
            "home.owner",
            "home.ssh_directory",
            "ssh_access",
        ]);
        let value = |name: &str| fields.get(name).map(|it| (!it.is_null()).then(|| it.clone()));
        names.filter_map(|name| Some((name, value(name)?))).collect()
    }

    #[test]
    fn creation_sets_what_it_is_given_and_the_defaults() {
        let params = json!([{
            "username": "repl", "full_name": "Replicator", "home": HOME, "shell": "/usr/bin/bash",
            "sshpubkey": "ssh-ed25519 A a\nssh-ed25519 B b\n", "groups": [41],
            "sudo_commands_nopasswd": ["/b", "/a"],
        }]);
        assert_eq!(
            touched_by("user.create", "Create user repl", params),
            Some(Touched::Created(set(json!({
                "authorized_keys.keys": ["ssh-ed25519 A a", "ssh-ed25519 B b"],
                "full_name": "Replicator",
                "groups.names": null,
                "home.mode": "700",
                "home.path": HOME,
                "locked": false,
                "password_login": false,
                "shell": "/usr/bin/bash",
                "ssh_access": true,
                "sudo.no_password": ["/a", "/b"],
                "sudo.password": [],
            }))))
        );
    }

    #[test]
    fn an_update_is_said_to_deny_access_only_if_it_can() {
        let update =
            |params: Value| touched_by("user.update", "Update user repl", json!([7, params]));
        assert_eq!(
            update(json!({ "shell": "/usr/bin/bash" })),
            Some(Touched::Fields(set(json!({ "shell": "/usr/bin/bash" }))))
        );
        assert_eq!(
            update(json!({ "locked": true })),
            Some(Touched::Fields(set(json!({ "locked": true, "ssh_access": false }))))
        );
        assert_eq!(update(json!({})), Some(Touched::Fields(Set::new())));
    }

    #[test]
    fn permissions_are_said_to_have_been_set_only_by_calls_that_set_them() {
        let call = |method: &str, params: Value| touched_by(method, "", json!([params]));
        let fields = |fields: Value| Some(Touched::Fields(set(fields)));
        assert_eq!(
            call("filesystem.setperm", json!({ "path": HOME, "mode": "0777" })),
            fields(json!({ "home.mode": "777" }))
        );
        assert_eq!(
            call("filesystem.setperm", json!({ "path": HOME, "options": { "stripacl": true } })),
            fields(json!({ "home.acl": false }))
        );
        assert_eq!(
            call("filesystem.chown", json!({ "path": HOME, "user": "eve" })),
            fields(json!({ "home.owner": "eve" }))
        );
        assert_eq!(
            call("filesystem.setacl", json!({ "path": HOME, "dacl": [] })),
            fields(json!({ "home.acl": null, "home.mode": null }))
        );
        let below = json!({ "path": "/mnt/tank", "uid": 0, "options": { "recursive": true } });
        assert_eq!(
            call("filesystem.chown", below),
            fields(json!({
                "home.key_file": null, "home.owner": null, "home.ssh_directory": null,
            }))
        );
        assert_eq!(call("filesystem.chown", json!({ "path": "/mnt/tank", "uid": 0 })), None);
    }
}
