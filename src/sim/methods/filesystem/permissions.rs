//! `filesystem.setperm` and `filesystem.chown`, which are jobs.

use serde_json::{Map, Value, json};

use super::super::super::check::{
    Errors, Field, Model, ModelRule, Objection, between, boolean, nullable, optional, required,
    texts,
};
use super::super::super::fault::Fault;
use super::super::super::method::{Call, Method, Reply};
use super::super::super::release::Release;
use super::super::super::system::System;
use super::super::super::system::files::{Node, normal};
use super::super::super::wire::reply;
use super::super::{job, text_at};
use super::stat::{Found, found};
use super::{accepted, check_no_links, external, is_external, mode_of, statfs};

const ROLES: &[&str] = &["FILESYSTEM_ATTRS_WRITE"];
const SETPERM: &str = "Filesystem set permission";
const CHOWN: &str = "Filesystem change owner";

pub(super) fn jobs(release: Release) -> &'static [Method] {
    const UP_TO_25_10: &[Method] = &[
        job("filesystem.setperm", ROLES, SETPERM, one_lock, setperm),
        job("filesystem.chown", ROLES, CHOWN, one_lock, chown),
    ];
    const SINCE_26_0: &[Method] = &[
        job("filesystem.setperm", ROLES, SETPERM, path_lock, setperm),
        job("filesystem.chown", ROLES, CHOWN, path_lock, chown),
    ];
    if release < Release::V26_0 { UP_TO_25_10 } else { SINCE_26_0 }
}

/// What a job is refused with whose lock cannot be named (`job.py`, `get_lock_name`).
pub(in crate::methods) fn lock_error() -> Fault {
    let text = "Error handling job lock. This is most likely caused by invalid call arguments.";
    Fault::error(22, text)
}

fn one_lock(_: &[Value]) -> Result<Option<String>, Fault> {
    Ok(Some("perm_change".to_owned()))
}

fn path_lock(params: &[Value]) -> Result<Option<String>, Fault> {
    let path = text_at(params, 0, "path").ok_or_else(lock_error)?;
    Ok(Some(format!("perm_change:{}", normal(&path))))
}

/// The greatest uid and gid that a payload may name (`api/v25_10_5/acl.py`).
const MAX_ID: i64 = i32::MAX as i64;

fn model(name: &'static str, own: Option<Field>, options: Model, rule: ModelRule) -> Model {
    let id = || nullable(between(-1, MAX_ID));
    let name_of = || nullable(texts::non_empty());
    let shared = [
        required("path", texts::non_empty()),
        optional("uid", id(), Value::Null),
        optional("user", name_of(), Value::Null),
        optional("gid", id(), Value::Null),
        optional("group", name_of(), Value::Null),
    ];
    let fields = shared.into_iter().chain(own).chain([Field::defaulting("options", options)]);
    Model::new(name, fields).rule(rule)
}

fn recursion() -> [Field; 2] {
    [optional("recursive", boolean(), false), optional("traverse", boolean(), false)]
}

fn setperm_model() -> Model {
    let stripacl = optional("stripacl", boolean(), false);
    let options = Model::new("FilesystemSetpermOptions", recursion().into_iter().chain([stripacl]));
    let mode = optional("mode", nullable(texts::unix_perm()), Value::Null);
    model("FilesystemSetpermArgs", Some(mode), options, |data| {
        if data["mode"].is_null() && data["options"]["stripacl"] == false {
            let text = "Payload must either explicitly specify permissions or contain the \
                        stripacl option.";
            return Err(Objection::Value(text.into()));
        }
        Ok(())
    })
}

fn chown_model() -> Model {
    let options = Model::new("FilesystemChownOptions", recursion());
    model("FilesystemChownArgs", None, options, |data: &Map<String, Value>| {
        let unset = |name: &&str| data[*name].is_null() || data[*name] == -1;
        if ["uid", "user", "gid", "group"].iter().all(unset) {
            let text = "At least one of uid, gid, user, and group must be set in chown payload";
            return Err(Objection::Value(text.into()));
        }
        Ok(())
    })
}

/// Whom a path is given to; `None` leaves what is.
#[derive(Clone, Copy)]
struct Owner {
    uid: Option<u32>,
    gid: Option<u32>,
}

impl Owner {
    /// The owner that the payload names, by number or by name.
    fn of(system: &System, method: &str, data: &Value, errors: &mut Errors) -> Self {
        let number = |name: &str| data[name].as_i64().and_then(|id| u32::try_from(id).ok());
        let mut owner = Self { uid: number("uid"), gid: number("gid") };
        if let Some(name) = data["user"].as_str() {
            match system.accounts.user(name) {
                Some(user) => owner.uid = Some(user.uid),
                None => {
                    errors.add(format!("{method}.user"), format!("{name}: user does not exist"))
                }
            }
        }
        if let Some(name) = data["group"].as_str() {
            match system.accounts.group(name) {
                Some(group) => owner.gid = Some(group.gid),
                None => {
                    errors.add(format!("{method}.group"), format!("{name}: group does not exist"))
                }
            }
        }
        owner
    }

    fn apply(self, node: &mut Node) {
        node.uid = self.uid.unwrap_or(node.uid);
        node.gid = self.gid.unwrap_or(node.gid);
    }
}

/// Whether the path may be changed at all (`_common_perm_path_validate`).
fn check_path(
    system: &System,
    method: &str,
    data: &Value,
    errors: &mut Errors,
) -> Result<(), Fault> {
    const KEYS: [&str; 3] = ["/home/admin/.ssh", "/home/truenas_admin/.ssh", "/root/.ssh"];
    let attribute = format!("{method}.path");
    let path = data["path"].as_str().unwrap_or_default();
    if is_external(path) {
        errors.add(attribute, "ACL operations on remote server paths are not possible");
        return Ok(());
    }
    if !path.starts_with('/') {
        // The attribute is a format string that lacks its prefix.
        errors.add("f{schema}.path", "Must be an absolute path");
        return Ok(());
    }
    let Found { node, is_link, realpath, .. } = found(system, path)?;
    let options = &data["options"];
    if node.is_file() && !is_link && options["recursive"] == true {
        errors.add(attribute, "Recursive operations on a file are invalid.");
        return Ok(());
    }
    let traverses_alone = options["traverse"] == true && options["recursive"] == false;
    if system.generation() >= Release::V26_0 && traverses_alone {
        let message = "Traverse requires recursive to be enabled.";
        errors.add(format!("{method}.options.traverse"), message);
    }
    if KEYS.iter().any(|keys| realpath.starts_with(keys)) {
        return Ok(());
    }
    if !realpath.starts_with("/mnt/") {
        let message = format!(
            "Changes to permissions on paths that are not beneath the directory /mnt are not \
             permitted: {path}"
        );
        errors.add(attribute, message);
    } else if system.files.real(&realpath).matches('/').count() == 2 {
        errors.add(attribute, format!("The specified path is a ZFS pool mountpoint \"({path})\" "));
    } else if system.is_locked(&realpath) {
        let message = match system.generation() >= Release::V25_10 {
            true => "Path component is currently encrypted and locked",
            false => "Path component for is currently encrypted and locked",
        };
        errors.add(attribute, message);
    } else if system.mount_of(&statfs::reach(system, path)?).is_readonly() {
        let message = format!("{path}: dataset underlying path has the readonly property enabled.");
        errors.add(attribute, message);
    }
    Ok(())
}

/// The paths that the job changes: the path, links followed, and with `recursive` what is below,
/// in other datasets only with `traverse`; links below are left alone.
fn reach(system: &System, data: &Value) -> Vec<String> {
    let path = system.files.real(data["path"].as_str().unwrap_or_default());
    let options = &data["options"];
    if options["recursive"] != true {
        return vec![path];
    }
    let own = system.datasets.of_path(&path);
    let mut paths = system.files.tree(&path);
    paths.retain(|below| {
        let here = options["traverse"] == true || system.datasets.of_path(below) == own;
        here && !system.files.entry(below).is_some_and(Node::is_link)
    });
    paths
}

fn progress(call: &mut Call<'_>, percent: u8, description: impl Into<String>) {
    call.progress.push((percent, description.into()));
}

fn setperm(call: &mut Call<'_>) -> Result<Reply, Fault> {
    call.audit_note = text_at(call.params, 0, "path");
    let [data] = accepted(call, [required("filesystem_setperm", setperm_model())])?;
    progress(call, 0, "Preparing to set permissions.");
    let owner = check_setperm(call.system, &data)?;
    if data["options"]["recursive"] == true {
        let path = data["path"].as_str().unwrap_or_default();
        progress(call, 10, format!("Recursively setting permissions on {path}."));
    }
    change_permissions(call.system, &data, owner);
    progress(call, 100, "Finished setting permissions.");
    Ok(Value::Null.into())
}

/// What is wrong with a change of permissions; gives the owner that it names.
fn check_setperm(system: &System, data: &Value) -> Result<Owner, Fault> {
    const METHOD: &str = "filesystem.setperm";
    let path = data["path"].as_str().unwrap_or_default();
    let mut errors = Errors::new();
    let owner = Owner::of(system, METHOD, data, &mut errors);
    check_path(system, METHOD, data, &mut errors)?;
    // What has no ACL to look at ends here, whatever else is wrong.
    if is_external(path) {
        return Err(external(path));
    }
    let node = system.files.get(path).filter(|_| path.starts_with('/'));
    let node = node.ok_or_else(|| Fault::error(2, "Path not found."))?;
    if system.generation() >= Release::V26_0 {
        check_no_links(system, path)?;
    }
    let attribute = "filesystem.setperm.mode";
    if node.acl.is_some() && data["options"]["stripacl"] != true {
        let message = format!(
            "Non-trivial ACL present on [{path}]. Option \"stripacl\" required to change \
             permission."
        );
        errors.add(attribute, message);
    }
    if data["mode"].is_string() && mode_of(&data["mode"]) == 0 {
        errors.add(attribute, "Empty permissions are not permitted.");
    }
    errors.check()?;
    Ok(owner)
}

fn change_permissions(system: &mut System, data: &Value, owner: Owner) {
    let mode = data["mode"].as_str().map(|_| mode_of(&data["mode"]));
    for path in reach(system, data) {
        if let Some(node) = system.files.get_mut(&path) {
            node.acl = None;
            node.mode = mode.unwrap_or(node.mode);
            owner.apply(node);
        }
    }
}

/// Sets mode and owner of a path, and strips its ACL, as the middleware does by the job
/// `filesystem.setperm`, whose end it waits for.
///
/// # Errors
/// A `CallError`: what the job raised, or what that said (`job.py`, `wait`).
pub(in crate::methods) fn set_permissions(
    system: &mut System,
    path: &str,
    mode: u32,
    uid: Option<u32>,
    gid: Option<u32>,
    recursive: bool,
) -> Result<(), Fault> {
    const EFAULT: i32 = 14;
    let data = json!({
        "path": path,
        "mode": format!("{mode:o}"),
        "uid": uid,
        "gid": gid,
        "user": null,
        "group": null,
        "options": {"recursive": recursive, "traverse": false, "stripacl": true},
    });
    let owner = check_setperm(system, &data).map_err(|fault| match reply::class(&fault) {
        "CallError" => fault,
        _ => Fault::error(EFAULT, reply::reason(&fault)),
    })?;
    change_permissions(system, &data, owner);
    Ok(())
}

fn chown(call: &mut Call<'_>) -> Result<Reply, Fault> {
    const METHOD: &str = "filesystem.chown";
    call.audit_note = text_at(call.params, 0, "path");
    let [data] = accepted(call, [required("filesystem_chown", chown_model())])?;
    progress(call, 0, "Preparing to change owner.");
    let mut errors = Errors::new();
    let owner = Owner::of(call.system, METHOD, &data, &mut errors);
    check_path(call.system, METHOD, &data, &mut errors)?;
    errors.check()?;
    let path = data["path"].as_str().unwrap_or_default();
    if call.system.generation() >= Release::V26_0 {
        check_no_links(call.system, path)?;
    }
    if data["options"]["recursive"] == true {
        progress(call, 10, format!("Recursively changing owner of {path}."));
    }
    for path in reach(call.system, &data) {
        if let Some(node) = call.system.files.get_mut(&path) {
            owner.apply(node);
        }
    }
    progress(call, 100, "Finished changing owner.");
    Ok(Value::Null.into())
}
