//! Pools, datasets and directories of a fleet.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::{self, Deserializer, Visitor};
use serde_json::Value;

/// A pool.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PoolSpec {
    /// `ONLINE` when left out.
    pub status: Option<String>,
    /// Its size in bytes.
    pub size: Option<u64>,
}

/// A dataset, with the properties of `pool.dataset.create`. Values are written as the API takes
/// them (`ZSTD`, `128K`, numbers of bytes); what is left out is inherited.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DatasetSpec {
    /// `FILESYSTEM` when left out, or `VOLUME`.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// Bytes of a volume.
    pub volsize: Option<u64>,
    /// `acltype`
    pub acltype: Option<Value>,
    /// `atime`
    pub atime: Option<Value>,
    /// `comments`
    pub comments: Option<String>,
    /// `compression`
    pub compression: Option<Value>,
    /// `copies`
    pub copies: Option<Value>,
    /// `deduplication`
    pub deduplication: Option<Value>,
    /// `exec`
    pub exec: Option<Value>,
    /// `quota`, bytes
    pub quota: Option<u64>,
    /// `readonly`
    pub readonly: Option<Value>,
    /// `recordsize`
    pub recordsize: Option<Value>,
    /// `refquota`, bytes
    pub refquota: Option<u64>,
    /// `snapdir`
    pub snapdir: Option<Value>,
    /// `sync`
    pub sync: Option<Value>,
    /// Whether it is the root of its own encryption.
    pub encrypted: bool,
    /// Whether its key is not loaded.
    pub locked: bool,
    /// Where it is mounted if not below its parent; `none` or `legacy` for nowhere.
    pub mountpoint: Option<String>,
    /// User properties by name.
    pub user_properties: BTreeMap<String, String>,
    /// Properties that came with a receive, by name and value (`source: RECEIVED`).
    pub received: BTreeMap<String, String>,
    /// How many snapshots it has.
    pub snapshots: u64,
}

/// A directory; a file if it has content, a symbolic link if it leads somewhere.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DirectorySpec {
    /// Its mode, octal digits; 755 (files 644) when left out.
    #[schemars(with = "Option<OctalText>")]
    pub mode: Option<Mode>,
    /// Its owner, 0 when left out.
    pub uid: Option<u32>,
    /// Its group, 0 when left out.
    pub gid: Option<u32>,
    /// Entries of an ACL as `filesystem.getacl` shows them; none: a trivial one.
    pub acl: Option<Vec<Value>>,
    /// The content that makes it a file.
    pub content: Option<String>,
    /// The same in base64, for content that is not UTF-8.
    pub content_base64: Option<String>,
    /// Where a symbolic link leads: an absolute path, or one from the link's directory; nothing
    /// need be there.
    pub link: Option<String>,
}

/// A mode: written in octal digits, as the API writes it, with or without quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mode(pub u32);

impl<'de> Deserialize<'de> for Mode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OctalDigits)
    }
}

/// A mode, in octal digits.
#[derive(JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "only its schema is used")]
enum OctalText {
    Text(String),
    Digits(u32),
}

struct OctalDigits;

impl Visitor<'_> for OctalDigits {
    type Value = Mode;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a mode in octal digits, such as 755")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Mode, E> {
        match u32::from_str_radix(text, 8) {
            Ok(mode) if mode <= 0o7777 => Ok(Mode(mode)),
            _ => Err(E::custom(format!("`{text}` is no mode: write octal digits, such as 755"))),
        }
    }

    fn visit_u64<E: de::Error>(self, digits: u64) -> Result<Mode, E> {
        self.visit_str(&digits.to_string())
    }

    fn visit_i64<E: de::Error>(self, digits: i64) -> Result<Mode, E> {
        self.visit_str(&digits.to_string())
    }
}
