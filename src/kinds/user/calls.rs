//! The calls that bring an account about, chosen by the state that it is in.
//!
//! The order and the arguments are those that were recorded (scenarios `homes`, `repair`):
//! `user.create` sets owner and mode of the home, `user.update` from `/var/empty` only the mode;
//! `home_create` appends the name and is never sent; an update sends `sshpubkey` only if a key
//! changes, since it is the whole file.

use serde_json::{Map, Value, json};

use crate::model::placeholder::{lines, reference};
use crate::model::{Change, Desired, FieldRef};
use crate::truenas_wire::Call;

use super::KEYS;
use super::account::{Account, is_home};
use super::entry::Entry;
use super::home::HOME_MODE;
use super::place::Stat;
use crate::model::field::texts;

/// What changes an account and its home, with the roles for it.
pub(super) const WRITES: [(&str, &str); 4] = [
    ("user.create", "ACCOUNT_WRITE"),
    ("user.update", "ACCOUNT_WRITE"),
    ("filesystem.setperm", "FILESYSTEM_ATTRS_WRITE"),
    ("filesystem.mkdir", "FILESYSTEM_DATA_WRITE"),
];

/// The calls for these changes. `mounted`: a dataset of the manifest will be mounted at the home.
pub(super) fn calls(
    want: &Desired,
    account: &Account,
    changes: &[Change],
    mounted: bool,
) -> Vec<Call> {
    let mode = mode(changes);
    let mkdir = (account.wanted.directory.is_none() && !mounted).then(|| {
        let params = json!({ "path": account.wanted.path, "options": { "mode": mode } });
        Call::new("filesystem.mkdir", vec![params])
    });
    match &account.entry {
        None => create(want, account, changes, mkdir, &mode),
        Some(entry) => update(want, account, entry, changes, mkdir, &mode),
    }
}

/// An account's simple fields, as the API names them.
const SIMPLE: [(&str, &str); 6] = [
    ("full_name", "full_name"),
    ("locked", "locked"),
    ("password_login", "ssh_password_enabled"),
    ("shell", "shell"),
    ("sudo.no_password", "sudo_commands_nopasswd"),
    ("sudo.password", "sudo_commands"),
];

/// The home of accounts that have none: the only one that TrueNAS does not take for a home that
/// is to be copied (`plugins/account.py`, `DEFAULT_HOME_PATH`).
const EMPTY_HOME: &str = "/var/empty";

/// What an account's own call is told, but for its home.
fn payload(account: &Account, changes: &[Change]) -> Map<String, Value> {
    let changed = |field: &str| changes.iter().find(|change| change.field == field);
    let mut payload: Map<String, Value> = SIMPLE
        .iter()
        .filter_map(|(field, name)| Some(((*name).to_string(), changed(field)?.after.clone())))
        .collect();
    if let Some(change) = changed("groups.names") {
        let names = texts(Some(&change.after));
        let ids: Vec<u64> = names.iter().filter_map(|name| Some(account.group(name)?.id)).collect();
        payload.insert("groups".into(), json!(ids));
    }
    if let Some(change) = changed(KEYS) {
        let members = change.after.as_array().cloned().unwrap_or_default();
        payload.insert("sshpubkey".into(), key_file(members));
    }
    payload
}

/// The whole key file: a text, or a placeholder for one while a key is not known yet.
fn key_file(members: Vec<Value>) -> Value {
    let known: Option<Vec<&str>> = members.iter().map(Value::as_str).collect();
    match known {
        Some(known) => json!(known.join("\n")),
        None => lines(members),
    }
}

fn mode(changes: &[Change]) -> String {
    let change = changes.iter().find(|change| change.field == "home.mode");
    let mode = change.and_then(|change| change.after.as_str());
    mode.unwrap_or(HOME_MODE).to_string()
}

fn create(
    want: &Desired,
    account: &Account,
    changes: &[Change],
    mkdir: Option<Call>,
    mode: &str,
) -> Vec<Call> {
    let name = want.address.key();
    let mut payload = payload(account, changes);
    let mut calls = Vec::new();
    if is_home(&account.wanted.path) {
        calls.extend(mkdir);
        payload.insert("home".into(), json!(account.wanted.path));
        payload.insert("home_mode".into(), json!(mode));
    }
    payload.insert("username".into(), json!(name));
    payload.entry("full_name").or_insert(json!(name));
    payload.insert("group_create".into(), json!(true));
    payload.insert("smb".into(), json!(false));
    payload.insert("password_disabled".into(), json!(true));
    calls.push(Call::new("user.create", vec![Value::Object(payload)]));
    calls
}

fn update(
    want: &Desired,
    account: &Account,
    entry: &Entry,
    changes: &[Change],
    mkdir: Option<Call>,
    mode: &str,
) -> Vec<Call> {
    let changed = |field: &str| changes.iter().any(|change| change.field == field);
    let id = reference(&FieldRef { address: want.address.clone(), field: "id".into() });
    let send = |payload: Map<String, Value>| {
        Call::new("user.update", vec![id.clone(), Value::Object(payload)])
    };
    let owner = Owner { user: want.address.key(), group: &entry.group };
    let mut rest = payload(account, changes);
    let mut calls = Vec::new();
    if changed("home.path") {
        let home = [
            ("home".to_string(), json!(account.wanted.path)),
            ("home_mode".to_string(), json!(mode)),
        ];
        calls.extend(mkdir);
        if entry.home != EMPTY_HOME {
            // The old home is gone, and TrueNAS writes the keys into it before it moves on, so
            // they follow in an update of their own.
            calls.push(send(home.into_iter().collect()));
            calls.push(owner.setperm(&account.wanted.path, Some(mode), true));
        } else {
            // The home must be the account's before a key is stored in it: 26.0 insists.
            calls.push(owner.setperm(&account.wanted.path, Some(mode), true));
            rest.extend(home);
        }
    } else if changed("home.directory") {
        calls.extend(mkdir);
        calls.push(owner.setperm(&account.wanted.path, Some(mode), true));
    } else if ["home.mode", "home.owner", "home.acl"].iter().any(|field| changed(field)) {
        let mode = changed("home.mode").then_some(mode);
        // Stripping an ACL leaves a mode that TrueNAS derives from it, so one is set.
        let mode = mode.or_else(|| changed("home.acl").then_some(HOME_MODE));
        // TrueNAS takes no owner without a mode, so the present one is sent along.
        let present = account.present.directory.as_ref().map(Stat::mode_text);
        let mode = mode.or(present.as_deref());
        calls.push(owner.mend(
            &account.wanted.path,
            mode,
            changed("home.owner"),
            changed("home.acl"),
        ));
    }
    if changed("home.ssh_directory") {
        calls.push(owner.setperm(&format!("{}/.ssh", account.present.path), Some("700"), true));
    }
    if changed("home.key_file") {
        let path = format!("{}/.ssh/authorized_keys", account.present.path);
        calls.push(owner.setperm(&path, Some("600"), true));
    }
    if !rest.is_empty() {
        calls.push(send(rest));
    }
    calls
}

/// Whom the home belongs to.
struct Owner<'a> {
    user: &'a str,
    group: &'a str,
}

impl Owner<'_> {
    /// Sets owner and mode, and strips the ACL if told to.
    fn setperm(&self, path: &str, mode: Option<&str>, stripacl: bool) -> Call {
        self.mend(path, mode, true, stripacl)
    }

    /// Sets exactly what is wrong.
    fn mend(&self, path: &str, mode: Option<&str>, owner: bool, stripacl: bool) -> Call {
        let mut params = json!({ "path": path });
        if let Value::Object(params) = &mut params {
            if owner {
                params.insert("user".into(), json!(self.user));
                params.insert("group".into(), json!(self.group));
            }
            if let Some(mode) = mode {
                params.insert("mode".into(), json!(mode));
            }
            if stripacl {
                params.insert("options".into(), json!({ "stripacl": true }));
            }
        }
        Call::new("filesystem.setperm", vec![params]).job()
    }
}
