//! `filesystem.setperm` and `filesystem.chown`, which are jobs.

use serde_json::{Map, Value};

use super::super::super::check::{
    Errors, Field, Model, ModelRule, Objection, between, boolean, nullable, optional, required,
    texts,
};
use super::super::super::fault::Fault;
use super::super::super::method::{Call, Method, Reply};
use super::super::super::release::Release;
use super::super::super::system::System;
use super::super::super::system::files::{Node, normal, parent};
use super::super::{job, text_at};
use super::{accepted, external, found, is_external, mode_of};

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
    let node = found(system, path)?;
    let options = &data["options"];
    if !node.is_directory() && options["recursive"] == true {
        errors.add(attribute, "Recursive operations on a file are invalid.");
        return Ok(());
    }
    let traverses_alone = options["traverse"] == true && options["recursive"] == false;
    if system.generation() >= Release::V26_0 && traverses_alone {
        let message = "Traverse requires recursive to be enabled.";
        errors.add(format!("{method}.options.traverse"), message);
    }
    let real = normal(path);
    if KEYS.iter().any(|keys| real.starts_with(keys)) {
        return Ok(());
    }
    if !real.starts_with("/mnt/") {
        let message = format!(
            "Changes to permissions on paths that are not beneath the directory /mnt are not \
             permitted: {path}"
        );
        errors.add(attribute, message);
    } else if parent(&real) == "/mnt" {
        errors.add(attribute, format!("The specified path is a ZFS pool mountpoint \"({path})\" "));
    } else if is_locked(system, &real) {
        errors.add(attribute, "Path component is currently encrypted and locked");
    } else if system
        .datasets
        .of_path(&real)
        .is_some_and(|name| system.datasets.raw(name, "readonly") == "on")
    {
        let message = format!("{path}: dataset underlying path has the readonly property enabled.");
        errors.add(attribute, message);
    }
    Ok(())
}

/// Whether the path is where a locked dataset would be (`path_in_locked_datasets`).
fn is_locked(system: &System, path: &str) -> bool {
    let datasets = &system.datasets;
    datasets.names().filter(|name| datasets.is_locked(name)).any(|name| {
        let at = datasets.mountpoint_property(name);
        path == at || path.strip_prefix(&at).is_some_and(|rest| rest.starts_with('/'))
    })
}

/// The paths that the job changes: the path, and with `recursive` what is below, in other datasets
/// only with `traverse`.
fn reach(system: &System, data: &Value) -> Vec<String> {
    let path = normal(data["path"].as_str().unwrap_or_default());
    let options = &data["options"];
    if options["recursive"] != true {
        return vec![path];
    }
    let own = system.datasets.of_path(&path);
    let mut paths = system.files.tree(&path);
    paths.retain(|below| options["traverse"] == true || system.datasets.of_path(below) == own);
    paths
}

fn progress(call: &mut Call<'_>, percent: u8, description: impl Into<String>) {
    call.progress.push((percent, description.into()));
}

fn setperm(call: &mut Call<'_>) -> Result<Reply, Fault> {
    const METHOD: &str = "filesystem.setperm";
    call.audit_note = text_at(call.params, 0, "path");
    let [data] = accepted(call, [required("filesystem_setperm", setperm_model())])?;
    progress(call, 0, "Preparing to set permissions.");
    let path = data["path"].as_str().unwrap_or_default();
    let mut errors = Errors::new();
    let owner = Owner::of(call.system, METHOD, &data, &mut errors);
    check_path(call.system, METHOD, &data, &mut errors)?;
    // What has no ACL to look at ends here, whatever else is wrong.
    if is_external(path) {
        return Err(external(path));
    }
    let node = call.system.files.get(path).filter(|_| path.starts_with('/'));
    let node = node.ok_or_else(|| Fault::error(2, "Path not found."))?;
    let attribute = "filesystem.setperm.mode";
    if node.acl.is_some() && data["options"]["stripacl"] != true {
        let message = format!(
            "Non-trivial ACL present on [{path}]. Option \"stripacl\" required to change \
             permission."
        );
        errors.add(attribute, message);
    }
    let mode = data["mode"].as_str().map(|_| mode_of(&data["mode"]));
    if mode == Some(0) {
        errors.add(attribute, "Empty permissions are not permitted.");
    }
    errors.check()?;
    if data["options"]["recursive"] == true {
        progress(call, 10, format!("Recursively setting permissions on {path}."));
    }
    for path in reach(call.system, &data) {
        if let Some(node) = call.system.files.get_mut(&path) {
            node.acl = None;
            node.mode = mode.unwrap_or(node.mode);
            owner.apply(node);
        }
    }
    progress(call, 100, "Finished setting permissions.");
    Ok(Value::Null.into())
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
    if data["options"]["recursive"] == true {
        let path = data["path"].as_str().unwrap_or_default();
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
