//! What creation and update check alike.
//!
//! Source: `__common_validation` in `plugins/pool_/dataset.py` of TS-25.10.6 and 26.0.

use serde_json::{Map, Value};

use super::super::super::check::Errors;
use super::super::super::fault::Fault;
use super::super::super::release::Release;
use super::super::super::repr::python_repr;
use super::super::super::system::System;
use super::super::super::system::bytes_of;
use super::super::super::system::datasets::{Kind, parent};

/// What `recordsize` may be.
pub(super) const RECORD_SIZES: [&str; 17] = [
    "512", "512B", "1K", "2K", "4K", "8K", "16K", "32K", "64K", "128K", "256K", "512K", "1M", "2M",
    "4M", "8M", "16M",
];

/// What is checked.
pub(super) struct Checked<'a> {
    /// `pool_dataset_create` or `pool_dataset_update`.
    pub(super) schema: &'static str,
    /// What it is or becomes.
    pub(super) kind: Kind,
    /// The fields.
    pub(super) data: &'a Map<String, Value>,
    /// The dataset itself, unless it is yet to be made.
    pub(super) current: Option<&'a Value>,
    /// The dataset whose values it inherits.
    pub(super) above: &'a Value,
}

/// The dataset above: the nearest that exists where ancestors are to be made.
///
/// # Errors
/// No parent, one of the system's own datasets, or a parent that is read-only.
pub(super) fn parent_of(
    system: &System,
    name: &str,
    create_ancestors: bool,
) -> Result<Value, Fault> {
    const NAME: &str = "pool_dataset_create.name";
    let mut errors = Errors::new();
    let direct = parent(name).unwrap_or(name);
    let mut above = direct;
    let mut found = super::found(system, above);
    while let (None, true, Some(next)) = (&found, create_ancestors, parent(above)) {
        above = next;
        found = super::found(system, above);
    }
    if super::is_internal(name) {
        let shown = python_repr(name);
        let message = format!(
            "{shown} is using system internal managed dataset. Please specify a different parent."
        );
        errors.add(NAME, message);
    }
    match &found {
        None if create_ancestors => {
            errors.add(
                NAME,
                "Please specify a pool which exists for the dataset/volume to be created",
            );
        }
        None if system.generation().checks_by_schema() => {
            errors.add(NAME, "Parent dataset does not exist for specified name");
        }
        None if parent(direct).is_none() => {
            errors.add(NAME, format!("zpool ({direct}) does not exist."));
        }
        None => errors.add(NAME, format!("Parent dataset ({direct}) does not exist.")),
        Some(found) if found["readonly"]["rawvalue"] == "on" => {
            let first = name.split('/').next().unwrap_or(name);
            let message = format!("Turn off readonly mode on {above} to create {first}");
            errors.add("pool_dataset_create.readonly", message);
        }
        Some(_) => {}
    }
    errors.check()?;
    Ok(found.unwrap_or_default())
}

impl Checked<'_> {
    /// Adds what is wrong.
    ///
    /// # Errors
    /// `KeyError` where the real code looks for what a volume has not.
    pub(super) fn check(&self, release: Release, errors: &mut Errors) -> Result<(), Fault> {
        match self.kind {
            Kind::Filesystem => self.filesystem(errors)?,
            Kind::Volume => self.volume(errors),
        }
        if self.kind == Kind::Filesystem || release >= Release::V26_0 {
            self.small_blocks(release, errors);
        }
        if self.current.is_some() {
            self.user_properties(errors);
        }
        Ok(())
    }

    fn wrong(&self, errors: &mut Errors, field: &str, message: impl Into<String>) {
        errors.add(format!("{}.{field}", self.schema), message);
    }

    fn refuse(&self, errors: &mut Errors, fields: &[&str], kind: &str) {
        for field in fields.iter().filter(|field| self.data.contains_key(**field)) {
            self.wrong(errors, field, format!("This field is not valid for {kind}"));
        }
    }

    /// What the property will be: asked for, as it is, or inherited.
    fn outcome(&self, field: &str) -> Result<String, Fault> {
        let shown = |of: &Value| of[field]["value"].as_str().map(str::to_owned);
        let asked = self.data.get(field).and_then(Value::as_str).map(str::to_owned);
        match asked.or_else(|| self.current.and_then(shown)) {
            Some(value) if value != "INHERIT" => Ok(value),
            _ => shown(self.above).ok_or_else(|| Fault::key_error(field)),
        }
    }

    fn filesystem(&self, errors: &mut Errors) -> Result<(), Fault> {
        let acltype = self.outcome("acltype")?;
        let aclmode = self.outcome("aclmode")?;
        if acltype != "NFSV4" && aclmode != "DISCARD" {
            let message = "Must be set to DISCARD when acltype is POSIX or OFF";
            self.wrong(errors, "aclmode", message);
        } else if acltype == "NFSV4" && aclmode == "DISCARD" {
            self.wrong(errors, "aclmode", "DISCARD aclmode may not be set for NFSv4 acl type");
        }
        self.refuse(errors, &["force_size", "sparse", "volsize", "volblocksize"], "FILESYSTEM");
        if let Some(size) = self.data.get("recordsize").and_then(Value::as_str)
            && !size.is_empty()
            && size != "INHERIT"
            && !RECORD_SIZES.contains(&size)
        {
            let message = format!("{} is an invalid recordsize.", python_repr(size));
            self.wrong(errors, "recordsize", message);
        }
        Ok(())
    }

    fn small_blocks(&self, release: Release, errors: &mut Errors) {
        const M: i64 = 1 << 20;
        let Some(size) = self.data.get("special_small_block_size").and_then(Value::as_i64) else {
            return;
        };
        let (right, message) = if release < Release::V26_0 {
            let power = size == 0 || ((512..=M).contains(&size) && size.count_ones() == 1);
            (power, "This field must be zero or a power of 2 from 512B to 1M")
        } else {
            ((0..=16 * M).contains(&size), "This field must be from zero to 16M")
        };
        if !right {
            self.wrong(errors, "special_small_block_size", message);
        }
    }

    fn volume(&self, errors: &mut Errors) {
        let only_filesystems =
            ["aclmode", "acltype", "atime", "casesensitivity", "quota", "refquota", "recordsize"];
        self.refuse(errors, &only_filesystems, "VOLUME");
        let Some(size) = self.data.get("volsize").and_then(Value::as_i64) else { return };
        let bytes = |of: &Value, name: &str| of[name]["parsed"].as_i64().unwrap_or_default();
        let own = self.current.map_or(0, |current| bytes(current, "used"));
        let available = bytes(self.above, "available").saturating_add(own);
        let forced = self.data.get("force_size").and_then(Value::as_bool).unwrap_or_default();
        // More than four fifths, without leaving integers.
        if i128::from(size) * 5 > i128::from(available) * 4 && !forced {
            let message =
                "It is not recommended to use more than 80% of your available space for VOLUME";
            self.wrong(errors, "volsize", message);
        }
        let asked = self.data.get("volblocksize").and_then(Value::as_str);
        let current = self.current.and_then(|current| current["volblocksize"]["value"].as_str());
        let block = asked.or(current).and_then(bytes_of).unwrap_or(16 << 10);
        if i64::try_from(block).is_ok_and(|block| block > 0 && size % block != 0) {
            let message = "Volume size should be a multiple of volume block size";
            self.wrong(errors, "volsize", message);
        }
    }

    fn user_properties(&self, errors: &mut Errors) {
        let many = |name: &str| {
            let given = self.data.get(name).and_then(Value::as_array).map(Vec::as_slice);
            given.unwrap_or_default()
        };
        let (all, updates) = (many("user_properties"), many("user_properties_update"));
        if !all.is_empty() && !updates.is_empty() {
            let message =
                "Should not be specified when \"user_properties\" are explicitly specified";
            self.wrong(errors, "user_properties_update", message);
            return;
        }
        for (index, update) in updates.iter().enumerate() {
            let remove = update["remove"].as_bool();
            if update.get("value").is_some() && remove == Some(true) {
                let field = format!("user_properties_update.{index}.remove");
                self.wrong(errors, &field, "When \"value\" is specified, this cannot be set");
            } else if update.get("value").is_none() && remove.is_none() {
                let field = format!("user_properties_update.{index}.value");
                self.wrong(errors, &field, "Either \"value\" or \"remove\" must be specified");
            }
        }
    }
}
