//! `pool.dataset.create`.

use serde_json::{Map, Value, json};

use super::super::super::check::{Errors, accept, accept_by_schema};
use super::super::super::clock::now_ms;
use super::super::super::fault::Fault;
use super::super::super::method::{Call, Reply};
use super::super::super::release::Release;
use super::super::super::repr::python_repr;
use super::super::super::system::System;
use super::super::super::system::datasets::{
    Dataset, Encryption, Kind, ancestors, is_valid_name, parent,
};
use super::super::super::system::files::Node;
use super::rules::{Checked, parent_of};
use super::setting::SETTINGS;
use super::{model, tell};

const NAME: &str = "pool_dataset_create.name";

/// Makes a dataset, mounts it, and answers with it.
pub(super) fn create(call: &mut Call<'_>) -> Result<Reply, Fault> {
    call.audit_note = super::super::text_at(call.params, 0, "name");
    let release = call.system.generation();
    let [data] = match release.checks_by_schema() {
        true => accept_by_schema([model::create(release)], call.params)?,
        false => accept(release, [model::create(release)], &typed(release, call.params))?,
    };
    let mut data = data.as_object().cloned().unwrap_or_default();
    let name = data["name"].as_str().unwrap_or_default().to_owned();
    let kind = if data["type"] == "VOLUME" { Kind::Volume } else { Kind::Filesystem };
    let system = &mut *call.system;
    let mut errors = Errors::new();
    if !name.contains('/') {
        errors.add(NAME, "You need a full name, e.g. pool/newdataset");
    } else if !is_valid_name(&name) {
        errors.add(NAME, "Invalid dataset name");
    } else if name.ends_with(' ') {
        errors.add(NAME, "Trailing spaces are not permitted in dataset names");
    }
    errors.check()?;
    let above = parent_of(system, &name, data["create_ancestors"] == true)?;
    for (field, value) in for_share(data["share_type"].as_str().unwrap_or_default()) {
        data.insert((*field).to_owned(), (*value).into());
    }
    let mut errors = Errors::new();
    if kind == Kind::Volume {
        data.entry("volblocksize").or_insert_with(|| "16K".into());
        if !data.contains_key("volsize") {
            errors.add("pool_dataset_create.volsize", "This field is required for VOLUME");
        }
    }
    let schema = "pool_dataset_create";
    let checked = Checked { schema, kind, data: &data, current: None, above: &above };
    checked.check(release, &mut errors)?;
    errors.check()?;
    let mut errors = check_place(system, &name, &above)?;
    check_encryption(system, &name, &data, &above, &mut errors);
    errors.check()?;
    if let Some(acltype) = data.get("acltype").and_then(Value::as_str)
        && acltype != "INHERIT"
        && kind == Kind::Filesystem
    {
        let inherit = if acltype == "NFSV4" { "PASSTHROUGH" } else { "DISCARD" };
        data.insert("aclinherit".into(), inherit.into());
    }
    if system.datasets.get(&name).is_some() {
        let told = match release < Release::V26_0 {
            true => format!("cannot create {}", python_repr(&name)),
            false => name.clone(),
        };
        let message = format!("Failed to create dataset: {told}: dataset already exists");
        return Err(Fault::error(14, message));
    }
    make(system, &name, dataset(kind, &data, release));
    if let Some(acl) = acl_for_share(data["share_type"].as_str().unwrap_or_default())
        && let Some(node) = system.files.get_mut(&format!("/mnt/{name}"))
    {
        node.acl = Some(acl);
    }
    tell(system, "added", &name)
}

/// The parameters, with the type that 26.0 fills in before it looks for the model.
fn typed(release: Release, params: &[Value]) -> Vec<Value> {
    let mut params = params.to_vec();
    if release >= Release::V26_0
        && let Some(data) = params.first_mut().and_then(Value::as_object_mut)
    {
        data.entry("type").or_insert_with(|| "FILESYSTEM".into());
    }
    params
}

/// What a kind of share asks of its dataset.
fn for_share(share_type: &str) -> &'static [(&'static str, &'static str)] {
    match share_type {
        "SMB" => {
            &[("casesensitivity", "INSENSITIVE"), ("acltype", "NFSV4"), ("aclmode", "RESTRICTED")]
        }
        "APPS" | "MULTIPROTOCOL" | "NFS" => &[
            ("casesensitivity", "SENSITIVE"),
            ("atime", "OFF"),
            ("acltype", "NFSV4"),
            ("aclmode", "PASSTHROUGH"),
        ],
        _ => &[],
    }
}

/// The ACL that a kind of share gets: the template `NFS4_RESTRICTED`, and the applications.
fn acl_for_share(share_type: &str) -> Option<Vec<Value>> {
    let entry = |tag: &str, id: i64, perms: &str| {
        json!({
            "tag": tag,
            "id": id,
            "perms": {"BASIC": perms},
            "flags": {"BASIC": "INHERIT"},
            "type": "ALLOW",
        })
    };
    let mut acl = vec![
        entry("owner@", -1, "FULL_CONTROL"),
        entry("group@", -1, "FULL_CONTROL"),
        entry("GROUP", 545, "MODIFY"),
        entry("GROUP", 544, "FULL_CONTROL"),
    ];
    match share_type {
        "SMB" => Some(acl),
        "APPS" => {
            acl.push(entry("USER", 568, "MODIFY"));
            Some(acl)
        }
        _ => None,
    }
}

/// What stands in the way: the parent's kind, its mountpoint, the path, a lock.
fn check_place(system: &System, name: &str, above: &Value) -> Result<Errors, Fault> {
    let mut errors = Errors::new();
    let above_name = above["name"].as_str().unwrap_or_default();
    let locked = above["locked"] == true;
    if above["type"] == "VOLUME" {
        errors.add(NAME, format!("{above_name}: parent may not be a ZFS volume"));
    }
    if let Some(mountpoint) = above["mountpoint"].as_str().filter(|_| !locked) {
        if !mountpoint.starts_with('/') {
            return Err(Fault::error(22, format!("{mountpoint}: path must be absolute")));
        }
        if system.files.get(mountpoint).is_none() {
            return Err(Fault::error(2, format!("Path {mountpoint} not found")));
        }
    }
    let path = format!("/mnt/{name}");
    if system.files.get(&path).is_some() {
        errors.add(NAME, format!("Path {path} already exists"));
    }
    if locked {
        let direct = parent(name).unwrap_or(name);
        errors.add(NAME, format!("{direct} must be unlocked to create {name}."));
    }
    Ok(errors)
}

/// Source: `do_create`, and `validate_encryption_data` in
/// `plugins/pool_/dataset_encryption_operations.py`.
fn check_encryption(
    system: &System,
    name: &str,
    data: &Map<String, Value>,
    above: &Value,
    errors: &mut Errors,
) {
    let wanted = data["encryption"] == true;
    let inherited = data["inherit_encryption"] == true;
    let mut unencrypted = None;
    for ancestor in ancestors(name).filter(|name| system.datasets.get(name).is_some()) {
        if system.datasets.encryption_root(ancestor).is_none() {
            unencrypted = Some(ancestor);
            continue;
        }
        if let Some(between) = unencrypted {
            let between = python_repr(between);
            let message = format!(
                "Creating an encrypted dataset within an unencrypted dataset is not allowed. In \
                 this case, {between} must be moved to an unencrypted dataset."
            );
            errors.add(NAME, message);
            break;
        }
        if !wanted && !inherited {
            let message = format!(
                "Cannot create an unencrypted dataset within an encrypted dataset ({ancestor})."
            );
            errors.add("pool_dataset_create.encryption", message);
            break;
        }
    }
    if !wanted {
        return;
    }
    if inherited {
        let message = "Must be disabled when encryption is enabled.";
        errors.add("pool_dataset_create.inherit_encryption", message);
    }
    let options = &data["encryption_options"];
    let given = |name: &&str| match &options[*name] {
        Value::Bool(value) => *value,
        Value::String(text) => !text.is_empty(),
        _ => false,
    };
    let keys: Vec<&str> = ["key", "generate_key"].into_iter().filter(given).collect();
    let passphrase = given(&"passphrase");
    let root = above["name"].as_str().and_then(|name| system.datasets.encryption_root(name));
    if !passphrase && root.is_some_and(|(_, encryption)| encryption.key_format == "passphrase") {
        let message = "Passphrase encrypted datasets cannot have children encrypted with a key.";
        errors.add("pool_dataset_create.encryption", message);
    }
    let mut wrong = |field: &str, message: String| {
        errors.add(format!("pool_dataset_create.encryption_options.{field}"), message);
    };
    match (passphrase, keys.as_slice()) {
        (true, keys) => {
            for key in keys {
                let message = "Must be disabled when dataset is to be encrypted with passphrase.";
                wrong(key, message.to_owned());
            }
        }
        (false, []) => wrong(
            "key",
            "Please provide a key or select generate_key to automatically generate a key when \
             passphrase is not provided."
                .to_owned(),
        ),
        (false, [_]) => {}
        (false, keys) => {
            for key in keys {
                wrong(key, format!("Only one of {} must be provided.", keys.join(", ")));
            }
        }
    }
}

fn dataset(kind: Kind, data: &Map<String, Value>, release: Release) -> Dataset {
    let mut made = Dataset::new(kind, now_ms() / 1000);
    if kind == Kind::Filesystem {
        made.local.insert("xattr".into(), "sa".into());
    } else if data.get("sparse") != Some(&Value::Bool(true)) {
        let size = data.get("volsize").map(Value::to_string).unwrap_or_default();
        made.local.insert("refreservation".into(), size);
    }
    // 26.0 takes the default of `comments` for a text of its own (`plugins/pool_/utils.py`).
    let comments_too = release < Release::V26_0;
    for setting in &SETTINGS {
        if let Some(value) = data.get(setting.field)
            && !setting.inherits(value, comments_too)
        {
            setting.set(&mut made, value);
        }
    }
    // 26.0 leaves `user_properties` aside at creation (`POOL_DS_CREATE_PROPERTIES`).
    if release < Release::V26_0 {
        for property in data["user_properties"].as_array().map(Vec::as_slice).unwrap_or_default() {
            if let (Some(key), Some(value)) = (property["key"].as_str(), property["value"].as_str())
            {
                made.user.insert(key.to_owned(), value.to_owned());
            }
        }
    }
    made.encryption = (data["encryption"] == true).then(|| {
        let options = &data["encryption_options"];
        let passphrase = options["passphrase"].is_string();
        Encryption {
            key_format: if passphrase { "passphrase" } else { "hex" },
            algorithm: options["algorithm"].as_str().unwrap_or_default().to_lowercase(),
            iterations: if passphrase { options["pbkdf2iters"].as_i64().unwrap_or(0) } else { 0 },
            key_loaded: true,
        }
    });
    made
}

/// Puts the dataset there, with the ancestors that are missing, and mounts them.
fn make(system: &mut System, name: &str, dataset: Dataset) {
    let created = dataset.created;
    let mut missing: Vec<String> = ancestors(name)
        .filter(|above| system.datasets.get(above).is_none())
        .map(str::to_owned)
        .collect();
    missing.reverse();
    for above in &missing {
        system.datasets.insert(above.as_str(), Dataset::new(Kind::Filesystem, created));
    }
    system.datasets.insert(name, dataset);
    for made in missing.iter().map(String::as_str).chain([name]) {
        if let Some(path) = system.datasets.mounted_at(made) {
            system.files.ensure_directory(&path, 0o755);
            if let Some(node) = system.files.get_mut(&path) {
                *node = Node { inode: node.inode, ..Node::directory(0o755) };
            }
        }
    }
}
