//! The dataset that a home is in, or would be.

use serde_json::Value;

use crate::kinds::DecodeError;
use crate::kinds::object::Object;
use crate::model::mountpoint;

/// The dataset of a home.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Dataset {
    /// Its name.
    pub name: String,
    /// Locked.
    pub locked: bool,
    /// Read-only.
    pub readonly: bool,
    /// Its property `mountpoint`: a path, `none` or `legacy`; a volume has none.
    pub mountpoint: Option<String>,
}

impl Dataset {
    /// Decodes an entry of `pool.dataset.query`.
    ///
    /// # Errors
    /// A member that is missing or has another type.
    pub(crate) fn decode(name: String, entry: &Value) -> Result<Self, DecodeError> {
        let entry = Object::new("pool.dataset.query", entry);
        let readonly = entry.text("readonly.value")? == "ON";
        let mountpoint = entry.text_if_any("mountpoint")?;
        Ok(Self { name, locked: entry.flag("locked")?, readonly, mountpoint })
    }

    /// Whether `/mnt/NAME` is in it.
    pub(crate) fn is_mounted_by_name(&self) -> bool {
        self.mountpoint.as_deref().and_then(mountpoint::dataset_at) == Some(&self.name)
    }
}
