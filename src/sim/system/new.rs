//! A system as the fleet describes it; what that leaves out is as on a fresh system.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use serde_json::{Map, Value};

use super::super::caller::Key;
use super::super::clock::now_ms;
use super::super::fleet::number_of;
use super::super::fleet::{
    ApiKeySpec, DatasetSpec, DirectorySpec, FleetError, GroupSpec, KeychainSpec, SystemSpec,
    UserSpec,
};
use super::super::release::Release;
use super::super::scram::Verifier;
use super::super::ssh_client::names::Names;
use super::System;
use super::accounts::{Accounts, ApiKey, Privilege, User};
use super::datasets::{self, Dataset, Datasets, Encryption, Kind, Pool};
use super::files::{self, Files, Node};
use super::keychain::Keychain;
use super::services::Services;
use super::ssh::Ssh;

/// How big a pool is if nobody says, bytes.
const POOL_SIZE: u64 = 100 << 30;

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

/// Groups that come with the system.
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
    (951, "truenas_readonly_administrators", false),
    (952, "truenas_sharing_administrators", false),
];

/// Privileges that come with the system (`plugins/account_/privilege.py`).
const PRIVILEGES: [(&str, &str, u32, &str, bool); 3] = [
    ("LOCAL_ADMINISTRATOR", "Local Administrator", 544, "FULL_ADMIN", true),
    ("READONLY_ADMINISTRATOR", "Read-Only Administrator", 951, "READONLY_ADMIN", false),
    ("SHARING_ADMINISTRATOR", "Sharing Administrator", 952, "SHARING_ADMIN", false),
];

impl System {
    /// A system as the fleet describes it.
    ///
    /// # Errors
    /// [`FleetError::System`] where the fleet contradicts itself or names what is not there.
    pub fn new(spec: &SystemSpec) -> Result<Self, FleetError> {
        let generation = Release::of(&spec.release);
        let mut datasets = Datasets::default();
        let mut files = Files::default();
        add_storage(spec, generation, &mut datasets, &mut files)?;
        let mut accounts = fresh_accounts();
        add_accounts(spec, &mut accounts, &mut files)?;
        for (path, directory) in &spec.directories {
            add_directory(path, directory, &mut files)?;
        }
        // Up to 25.10 making a user reloads SSH, which stores the host keys; a start always does.
        let made_users = !spec.users.is_empty() || !spec.api_keys.is_empty();
        let stored = spec.ssh.running || (generation < Release::V26_0 && made_users);
        let mut services = Services::new(&spec.services, generation)?;
        if let Some(ssh) = services.get_mut("ssh") {
            ssh.enable = spec.ssh.enable;
        }
        let mut ssh = Ssh::new(&spec.ssh, spec.ssh.host_keys.unwrap_or(stored));
        if spec.ssh.running {
            ssh.assume_running(&accounts);
        }
        Ok(Self {
            version: spec.release.clone(),
            generation,
            hostname: spec.hostname.clone().unwrap_or_else(|| "truenas".to_owned()),
            host_id: host_id(),
            boot_ms: now_ms(),
            accounts,
            datasets,
            files,
            keychain: keychain(&spec.keychain)?,
            ssh,
            names: Names::new(&spec.hosts),
            services,
            audit: Vec::new(),
            events: Vec::new(),
        })
    }
}

fn host_id() -> String {
    format!("{:032x}{:032x}", rand::random::<u128>(), rand::random::<u128>())
}

fn wrong(reason: impl Into<String>) -> FleetError {
    FleetError::in_system("", reason)
}

fn add_storage(
    spec: &SystemSpec,
    release: Release,
    datasets: &mut Datasets,
    files: &mut Files,
) -> Result<(), FleetError> {
    let created = now_ms() / 1000;
    for (id, (name, pool)) in (1..).zip(&spec.pools) {
        datasets.pools.insert(
            name.clone(),
            Pool {
                id,
                guid: (rand::random::<u64>() >> 1).to_string(),
                status: pool.status.clone().unwrap_or_else(|| "ONLINE".to_owned()),
                size: pool.size.unwrap_or(POOL_SIZE),
            },
        );
        // Source: `plugins/pool_/pool.py` (`do_create`, `fsoptions`).
        let mut root = Dataset::new(Kind::Filesystem, created);
        for (property, value) in [
            ("aclinherit", "passthrough"),
            ("aclmode", "discard"),
            ("acltype", "posix"),
            ("atime", "off"),
            ("compression", "lz4"),
            ("xattr", "sa"),
        ] {
            root.local.insert(property.to_owned(), value.to_owned());
        }
        datasets.insert(name.as_str(), root);
        files.ensure_directory(&format!("/mnt/{name}"), 0o755);
    }
    for (name, dataset) in &spec.datasets {
        let pool = datasets::pool_of(name);
        if !datasets.pools.contains_key(pool) {
            return Err(wrong(format!("dataset `{name}` is in no pool: add `{pool}` to `pools`")));
        }
        if !datasets::is_valid_name(name) {
            return Err(wrong(format!("`{name}` is no name for a dataset")));
        }
        let missing: Vec<String> = datasets::ancestors(name)
            .filter(|above| datasets.get(above).is_none())
            .map(str::to_owned)
            .collect();
        for above in missing.into_iter().rev() {
            datasets.insert(above.as_str(), api_made(&DatasetSpec::default(), release, created));
        }
        let mut made = api_made(dataset, release, created);
        if let Some(mine) = datasets.get(name) {
            // A pool's root keeps what the pool was made with.
            let mut local = mine.local.clone();
            local.append(&mut made.local);
            made.local = local;
        }
        datasets.insert(name.as_str(), made);
    }
    let is_filesystem =
        |name: &&str| datasets.get(name).is_some_and(|d| d.kind == Kind::Filesystem);
    let mounted: Vec<String> = datasets
        .names()
        .filter(is_filesystem)
        .map(|name| datasets.mountpoint_property(name))
        .filter(|path| path.starts_with('/'))
        .collect();
    for path in mounted {
        files.ensure_directory(&path, 0o755);
    }
    Ok(())
}

/// A dataset as `pool.dataset.create` would have made it.
fn api_made(spec: &DatasetSpec, release: Release, created: i64) -> Dataset {
    let volume = spec.kind.as_deref() == Some("VOLUME");
    let mut made = Dataset::new(if volume { Kind::Volume } else { Kind::Filesystem }, created);
    if volume {
        made.local.insert("volsize".into(), spec.volsize.unwrap_or(1 << 30).to_string());
    } else {
        made.local.insert("xattr".into(), "sa".into());
    }
    for (property, value) in [
        ("acltype", &spec.acltype),
        ("atime", &spec.atime),
        ("compression", &spec.compression),
        ("copies", &spec.copies),
        ("dedup", &spec.deduplication),
        ("exec", &spec.exec),
        ("readonly", &spec.readonly),
        ("recordsize", &spec.recordsize),
        ("snapdir", &spec.snapdir),
        ("sync", &spec.sync),
    ] {
        if let Some(raw) = value.as_ref().and_then(|value| raw_value(property, value)) {
            made.local.insert(property.to_owned(), raw);
        }
    }
    for (property, bytes) in [("quota", spec.quota), ("refquota", spec.refquota)] {
        if let Some(bytes) = bytes {
            made.local.insert(property.to_owned(), bytes.to_string());
        }
    }
    if let Some(mountpoint) = &spec.mountpoint {
        made.local.insert("mountpoint".into(), mountpoint.clone());
    }
    // 26.0 takes the default of `comments` for a text of its own (`plugins/pool_/utils.py`).
    let literal = (release >= Release::V26_0).then(|| "INHERIT".to_owned());
    if let Some(comments) = spec.comments.clone().or(literal) {
        made.user.insert(super::property::COMMENTS.to_owned(), comments);
    }
    made.user.extend(spec.user_properties.clone());
    made.received = spec.received.clone();
    if spec.encrypted || spec.locked {
        made.encryption = Some(Encryption {
            key_format: "hex",
            algorithm: "aes-256-gcm".into(),
            iterations: 0,
            key_loaded: !spec.locked,
        });
    }
    made
}

/// A property's value as ZFS keeps it; `None` for `INHERIT`.
fn raw_value(property: &str, value: &Value) -> Option<String> {
    let text = match value {
        Value::Bool(true) => "on".to_owned(),
        Value::Bool(false) => "off".to_owned(),
        Value::String(text) => text.to_lowercase(),
        other => other.to_string(),
    };
    match property {
        _ if text == "inherit" => None,
        "recordsize" => Some(bytes_of(&text).unwrap_or(131_072).to_string()),
        _ => Some(text),
    }
}

/// The number of bytes that `128K`, `1M` or `512` stand for.
pub fn bytes_of(size: &str) -> Option<u64> {
    let size = size.trim_end_matches(['b', 'B']);
    let (number, unit) = match size.find(|c: char| !c.is_ascii_digit()) {
        Some(at) => size.split_at(at),
        None => (size, ""),
    };
    let shift = match unit.to_ascii_uppercase().as_str() {
        "" => 0,
        "K" => 10,
        "M" => 20,
        "G" => 30,
        "T" => 40,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(1 << shift)
}

fn fresh_accounts() -> Accounts {
    let mut accounts = Accounts::default();
    for (gid, name, smb) in GROUPS {
        accounts.add_group(name, gid, true, smb);
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

fn add_accounts(
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

fn add_directory(path: &str, spec: &DirectorySpec, files: &mut Files) -> Result<(), FleetError> {
    if !path.starts_with('/') {
        return Err(wrong(format!("directory `{path}` must be an absolute path")));
    }
    files.ensure_directory(files::parent(path), 0o755);
    let content =
        match &spec.content_base64 {
            Some(encoded) => Some(STANDARD.decode(encoded).map_err(|error| {
                wrong(format!("file `{path}`: its content is no base64: {error}"))
            })?),
            None => spec.content.clone().map(String::into_bytes),
        };
    let node = match content {
        Some(content) => Node::file(content, spec.mode.map_or(0o644, |mode| mode.0)),
        None => Node::directory(spec.mode.map_or(0o755, |mode| mode.0)),
    };
    let node = node.owned_by(spec.uid.unwrap_or(0), spec.gid.unwrap_or(0));
    files.put(path, Node { acl: spec.acl.clone(), ..node });
    Ok(())
}

fn keychain(specs: &BTreeMap<String, KeychainSpec>) -> Result<Keychain, FleetError> {
    let mut keychain = Keychain::default();
    let mut pairs: BTreeMap<&str, i64> = BTreeMap::new();
    let (first, then): (Vec<_>, Vec<_>) =
        specs.iter().partition(|(_, spec)| spec.kind == "SSH_KEY_PAIR");
    for (name, spec) in first.into_iter().chain(then) {
        let mut attributes: Map<String, Value> =
            spec.attributes.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        if spec.kind == "SSH_CREDENTIALS" {
            if let Some(pair) = attributes.get("private_key").and_then(Value::as_str) {
                let id = pairs.get(pair).copied();
                let id = id.ok_or_else(|| {
                    wrong(format!("keychain `{name}`: there is no key pair `{pair}`"))
                })?;
                attributes.insert("private_key".into(), id.into());
            }
            for (field, value) in [
                ("port", Value::from(22)),
                ("username", "root".into()),
                ("connect_timeout", 10.into()),
            ] {
                attributes.entry(field).or_insert(value);
            }
        } else {
            for field in ["private_key", "public_key"] {
                attributes.entry(field).or_insert(Value::Null);
            }
        }
        let id = keychain.add(name, &spec.kind, attributes);
        pairs.insert(name, id);
    }
    Ok(keychain)
}
