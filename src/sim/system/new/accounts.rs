//! The accounts of a fresh system, and those that the fleet describes: users, groups, privileges
//! and API keys.

use std::num::NonZeroU32;
use std::sync::Arc;

use serde_json::Value;

use super::wrong;
use crate::caller::Key;
use crate::clock::now_ms;
use crate::fleet::{ApiKeySpec, FleetError, GroupSpec, SystemSpec, UserSpec, number_of};
use crate::scram::Verifier;
use crate::system::accounts::{Accounts, ApiKey, Privilege, User};
use crate::system::files::{self, Files, Node};

/// Users that come with the system: uid, name, group, home, shell, full name. A part of the real
/// list (`alembic/initial.sql`): those that the API's users meet.
const USERS: [(u32, &str, &str, &str, &str); 9] = [
    (1, "daemon", "daemon", "/usr/sbin", "Owner of many system processes"),
    (2, "bin", "bin", "/bin", "Binaries Commands and Source"),
    (14, "ftp", "ftp", "/srv/ftp", "ftp"),
    (33, "www-data", "www-data", "/var/www", "World Wide Web Owner"),
    (65534, "nobody", "nogroup", "/nonexistent", "nobody"),
    (106, "messagebus", "messagebus", "/nonexistent", "messagebus"),
    (107, "sshd", "nogroup", "/run/sshd", "Secure Shell Daemon"),
    (568, "apps", "apps", "/var/empty", "Applications user"),
    (666, "webdav", "webdav", "/var/empty", "WebDAV Anonymous User"),
];

/// Groups that come with the system, and whether SMB may use them
/// (`alembic/versions/24.04/2024-01-15_20-10_builtin_roles_groups.py`,
/// `plugins/account_/sync_builtin.py`).
const GROUPS: [(u32, &str, bool); 15] = [
    (0, "wheel", false),
    (1, "daemon", false),
    (2, "bin", false),
    (14, "ftp", false),
    (33, "www-data", false),
    (65534, "nogroup", false),
    (106, "messagebus", false),
    (568, "apps", false),
    (666, "webdav", false),
    (0, "root", false),
    (544, "builtin_administrators", true),
    (545, "builtin_users", true),
    (546, "builtin_guests", true),
    (951, "truenas_readonly_administrators", true),
    (952, "truenas_sharing_administrators", true),
];

/// The number, as user and as group, of what containers see as themselves
/// (`alembic/versions/25.04/2025-03-03_21-02_apps-userns-idmap.py`).
const APPS: u32 = 568;

/// Privileges that come with the system (`plugins/account_/privilege.py`).
const PRIVILEGES: [(&str, &str, u32, &str, bool); 3] = [
    ("LOCAL_ADMINISTRATOR", "Local Administrator", 544, "FULL_ADMIN", true),
    ("READONLY_ADMINISTRATOR", "Read-Only Administrator", 951, "READONLY_ADMIN", false),
    ("SHARING_ADMINISTRATOR", "Sharing Administrator", 952, "SHARING_ADMIN", false),
];

/// The accounts that come with the system.
pub(super) fn fresh_accounts() -> Accounts {
    let mut accounts = Accounts::default();
    for (gid, name, smb) in GROUPS {
        let id = accounts.add_group(name, gid, true, smb);
        if let Some(group) = accounts.groups.get_mut(&id).filter(|group| group.gid == APPS) {
            group.userns_idmap = "DIRECT".into();
        }
    }
    let group = |accounts: &Accounts, name: &str| accounts.group(name).map_or(0, |group| group.id);
    let mut root = blank("root", 0, group(&accounts, "wheel"));
    root.home = "/root".into();
    root.builtin = true;
    root.groups = vec![group(&accounts, "builtin_administrators")];
    accounts.add_user(root);
    for (uid, name, group_name, home, full_name) in USERS {
        let mut user = blank(name, uid, group(&accounts, group_name));
        (user.home, user.full_name) = (home.into(), full_name.into());
        (user.builtin, user.shell) = (true, "/usr/sbin/nologin".into());
        if uid == APPS {
            user.userns_idmap = "DIRECT".into();
        }
        accounts.add_user(user);
    }
    let own = accounts.add_group("truenas_admin", 950, false, false);
    let mut admin = blank("truenas_admin", 950, own);
    admin.full_name = "Local Administrator".into();
    admin.home = "/home/truenas_admin".into();
    admin.groups = vec![group(&accounts, "builtin_administrators")];
    admin.sudo_commands = vec!["ALL".into()];
    admin.password_disabled = false;
    admin.password = Some(format!("{:032x}", rand::random::<u128>()));
    admin.password_set_ms = Some(now_ms());
    accounts.add_user(admin);
    for (builtin_name, name, gid, role, web_shell) in PRIVILEGES {
        accounts.add_privilege(Privilege {
            id: 0,
            builtin_name: Some(builtin_name),
            name: name.into(),
            local_groups: vec![gid],
            roles: vec![role.into()],
            web_shell,
        });
    }
    accounts
}

/// An account with the defaults of `user.create`, but for SMB.
fn blank(username: &str, uid: u32, group: i64) -> User {
    User {
        id: 0,
        uid,
        username: username.to_owned(),
        full_name: username.to_owned(),
        home: "/var/empty".to_owned(),
        shell: "/usr/bin/zsh".to_owned(),
        builtin: false,
        smb: false,
        webshare: false,
        email: None,
        group,
        groups: Vec::new(),
        password_disabled: true,
        ssh_password_enabled: false,
        locked: false,
        sudo_commands: Vec::new(),
        sudo_commands_nopasswd: Vec::new(),
        userns_idmap: Value::Null,
        password: None,
        password_set_ms: None,
        otp_token: None,
    }
}

/// The accounts that the fleet adds or changes, and their API keys.
pub(super) fn add_accounts(
    spec: &SystemSpec,
    accounts: &mut Accounts,
    files: &mut Files,
) -> Result<(), FleetError> {
    files.put("/home/truenas_admin", Node::directory(0o700).owned_by(950, 950));
    for (name, group) in &spec.groups {
        add_group(name, group, accounts);
    }
    for (name, user) in &spec.users {
        add_user(name, user, accounts, files)?;
    }
    for (name, group) in &spec.groups {
        let id = accounts.group(name).map(|group| group.id);
        for member in &group.users {
            let user = accounts.user_mut(member);
            let user =
                user.ok_or_else(|| wrong(format!("group `{name}`: there is no user `{member}`")))?;
            user.groups.extend(id.filter(|id| !user.groups.contains(id)));
        }
    }
    for (name, privilege) in &spec.privileges {
        let gids: Result<Vec<u32>, FleetError> = privilege
            .local_groups
            .iter()
            .map(|group| group_gid(accounts, group, &format!("privilege `{name}`")))
            .collect();
        accounts.add_privilege(Privilege {
            id: 0,
            builtin_name: None,
            name: name.clone(),
            local_groups: gids?,
            roles: privilege.roles.clone(),
            web_shell: privilege.web_shell,
        });
    }
    let admin = ApiKeySpec {
        username: "truenas_admin".into(),
        key: spec.api_key.clone(),
        ..ApiKeySpec::default()
    };
    for (name, key) in std::iter::once(("truenas_admin", &admin))
        .chain(spec.api_keys.iter().map(|(name, key)| (name.as_str(), key)))
    {
        add_key(name, key, spec.limits.scram_iterations, accounts, files)?;
    }
    Ok(())
}

fn group_gid(accounts: &Accounts, name: &str, of: &str) -> Result<u32, FleetError> {
    let group = accounts.group(name);
    group.map(|group| group.gid).ok_or_else(|| wrong(format!("{of}: there is no group `{name}`")))
}

fn add_group(name: &str, spec: &GroupSpec, accounts: &mut Accounts) -> i64 {
    let id = match accounts.group(name) {
        Some(known) => known.id,
        None => {
            let gid = spec.gid.unwrap_or_else(|| accounts.next_gid());
            accounts.add_group(name, gid, false, spec.smb)
        }
    };
    if let Some(group) = accounts.groups.get_mut(&id) {
        group.sudo_commands = spec.sudo_commands.clone();
        group.sudo_commands_nopasswd = spec.sudo_commands_nopasswd.clone();
    }
    id
}

fn add_user(
    name: &str,
    spec: &UserSpec,
    accounts: &mut Accounts,
    files: &mut Files,
) -> Result<(), FleetError> {
    let of = format!("user `{name}`");
    let known = accounts.user(name).cloned();
    let uid = spec.uid.or(known.as_ref().map(|user| user.uid));
    let uid = uid.unwrap_or_else(|| accounts.next_uid());
    let mut user = match known {
        Some(known) => known,
        None => {
            let own = spec.group.as_deref().unwrap_or(name);
            let group = match (accounts.group(own), &spec.group) {
                (Some(group), _) => group.id,
                (None, None) => accounts.add_group(own, uid, false, false),
                (None, Some(_)) => return Err(wrong(format!("{of}: there is no group `{own}`"))),
            };
            blank(name, uid, group)
        }
    };
    for group in &spec.groups {
        let id = accounts.group(group).map(|group| group.id);
        let id = id.ok_or_else(|| wrong(format!("{of}: there is no group `{group}`")))?;
        if !user.groups.contains(&id) {
            user.groups.push(id);
        }
    }
    set(&mut user.full_name, &spec.full_name);
    set(&mut user.home, &spec.home);
    set(&mut user.shell, &spec.shell);
    set(&mut user.sudo_commands, &spec.sudo_commands);
    set(&mut user.sudo_commands_nopasswd, &spec.sudo_commands_nopasswd);
    if let Some(password) = &spec.password {
        user.password = Some(password.clone());
        user.password_disabled = false;
        user.password_set_ms = Some(now_ms());
    }
    set(&mut user.password_disabled, &spec.password_disabled);
    user.ssh_password_enabled |= spec.ssh_password_enabled;
    user.locked |= spec.locked;
    user.smb |= spec.smb;
    user.email = spec.email.clone().or(user.email);
    user.otp_token = spec.otp_token.clone();
    let gid = accounts.groups.get(&user.group).map_or(uid, |group| group.gid);
    let home = user.home.clone();
    if home.starts_with("/mnt/") && files.get(files::parent(&home)).is_some() {
        files.ensure_directory(&home, 0o700);
        if let Some(node) = files.get_mut(&home) {
            (node.uid, node.gid, node.mode) = (uid, gid, 0o700);
        }
    }
    if let Some(keys) = spec.sshpubkey.as_ref().filter(|_| files.get(&home).is_some()) {
        let content = format!("{}\n", keys.trim());
        files.put(&format!("{home}/.ssh"), Node::directory(0o700).owned_by(uid, gid));
        let file = Node::file(content, 0o600).owned_by(uid, gid);
        files.put(&format!("{home}/.ssh/authorized_keys"), file);
    }
    match user.id {
        0 => {
            accounts.add_user(user);
        }
        id => {
            accounts.users.insert(id, user);
        }
    }
    Ok(())
}

fn set<T: Clone>(field: &mut T, value: &Option<T>) {
    if let Some(value) = value {
        field.clone_from(value);
    }
}

fn add_key(
    name: &str,
    spec: &ApiKeySpec,
    scram_iterations: Option<NonZeroU32>,
    accounts: &mut Accounts,
    files: &mut Files,
) -> Result<(), FleetError> {
    let text = spec.key.as_deref().unwrap_or_default();
    let (Some(id), Some((_, secret))) = (number_of(text), text.split_once('-')) else {
        return Err(wrong(format!("API key `{name}` has no value")));
    };
    if accounts.user(&spec.username).is_none() {
        add_user(&spec.username, &UserSpec::default(), accounts, files)?;
    }
    if !spec.roles.is_empty() {
        let group = format!("{}_roles", spec.username);
        let group = match accounts.group(&group) {
            Some(known) => known.id,
            None => {
                // Out of the way of the gids that `group.create` gives away.
                let gid = 89_000 + u32::try_from(accounts.groups.len()).unwrap_or_default();
                accounts.add_group(&group, gid, false, false)
            }
        };
        if let Some(user) = accounts.user_mut(&spec.username)
            && !user.groups.contains(&group)
        {
            user.groups.push(group);
        }
        let gid = accounts.groups.get(&group).map(|group| group.gid);
        accounts.add_privilege(Privilege {
            id: 0,
            builtin_name: None,
            name: name.to_owned(),
            local_groups: gid.into_iter().collect(),
            roles: spec.roles.clone(),
            web_shell: false,
        });
    }
    let key = Key {
        id,
        name: name.to_owned(),
        username: spec.username.clone(),
        secret: secret.to_owned(),
        expires_at: spec.expires_at,
        scram: Arc::new(Verifier::new(scram_iterations)),
    };
    accounts.keys.insert(id, ApiKey { key, created_ms: now_ms() });
    Ok(())
}
