//! ZFS properties: what there is, how it is inherited, how the API shows it.
//!
//! Source: `plugins/pool_/dataset_query_utils.py` (`normalize_zfs_properties`) of TS-25.10.6.

use serde_json::{Value, json};

use super::super::clock::date;
use super::super::release::Release;

/// The user property that the API calls `comments`.
pub const COMMENTS: &str = "org.freenas:description";

/// User properties that the API gives names of its own: API's name, ZFS's name
/// (`plugins/zfs_/utils.py`, `TNUserProp`).
pub const NAMED_USER_PROPERTIES: [(&str, &str); 6] = [
    ("comments", COMMENTS),
    ("managedby", "org.truenas:managedby"),
    ("quota_critical", "org.freenas:quota_critical"),
    ("quota_warning", "org.freenas:quota_warning"),
    ("refquota_critical", "org.freenas:refquota_critical"),
    ("refquota_warning", "org.freenas:refquota_warning"),
];

/// Which datasets have a property.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// Filesystems and volumes.
    Both,
    /// Filesystems.
    Filesystem,
    /// Volumes.
    Volume,
}

/// How a raw value is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reading {
    /// `on` and `off`; anything else reads as null.
    Switch,
    /// A number.
    Number,
    /// A number of bytes; `value` is written for people.
    Size,
    /// A number of bytes, 0 for none.
    Limit,
    /// A number of bytes, `value` in K or M.
    Block,
    /// A text.
    Text,
    /// Seconds since the epoch.
    Date,
    /// A text in 25.10, a number since.
    SmallBlocks,
}

/// A native property.
#[derive(Debug)]
pub struct Property {
    /// ZFS's own name.
    pub name: &'static str,
    /// The API's name.
    pub shown: &'static str,
    /// Who has it.
    pub of: Of,
    /// What it is if nobody sets it; `None` for what ZFS measures.
    pub default: Option<&'static str>,
    /// Whether children inherit it.
    pub inherits: bool,
    /// Whether it is told when nothing particular is asked for.
    pub base: bool,
    reading: Reading,
}

const fn property(
    name: &'static str,
    of: Of,
    reading: Reading,
    default: Option<&'static str>,
    inherits: bool,
) -> Property {
    Property { name, shown: name, of, default, inherits, base: true, reading }
}

impl Property {
    const fn shown_as(mut self, shown: &'static str) -> Self {
        self.shown = shown;
        self
    }

    const fn on_request(mut self) -> Self {
        self.base = false;
        self
    }
}

/// Every property that is simulated.
pub static PROPERTIES: &[Property] = {
    use Of::{Both, Filesystem, Volume};
    use Reading::{Block, Date, Limit, Number, Size, SmallBlocks, Switch, Text};
    &[
        property("aclinherit", Filesystem, Text, Some("restricted"), true).on_request(),
        property("aclmode", Filesystem, Text, Some("discard"), true),
        property("acltype", Filesystem, Text, Some("off"), true),
        property("atime", Filesystem, Switch, Some("on"), true),
        property("available", Both, Size, None, false),
        property("canmount", Filesystem, Switch, Some("on"), false).on_request(),
        property("casesensitivity", Filesystem, Text, None, false),
        property("checksum", Both, Switch, Some("on"), true),
        property("compression", Both, Text, Some("on"), true),
        property("compressratio", Both, Text, None, false),
        property("copies", Both, Number, Some("1"), true),
        property("creation", Both, Date, None, false),
        property("dedup", Both, Text, Some("off"), true).shown_as("deduplication"),
        property("encryption", Both, Text, None, false).shown_as("encryption_algorithm"),
        property("encryptionroot", Both, Text, None, false).shown_as("encryption_root"),
        property("exec", Filesystem, Switch, Some("on"), true),
        property("keyformat", Both, Text, None, false).shown_as("key_format"),
        property("keystatus", Both, Text, None, false).on_request(),
        property("logicalused", Both, Number, None, false).on_request(),
        property("mounted", Filesystem, Text, None, false).on_request(),
        property("mountpoint", Filesystem, Text, None, false),
        property("origin", Both, Text, None, false),
        property("pbkdf2iters", Both, Text, None, false),
        property("primarycache", Both, Text, Some("all"), true).on_request(),
        property("quota", Filesystem, Limit, Some("0"), false),
        property("readonly", Both, Switch, Some("off"), true),
        property("recordsize", Filesystem, Block, Some("131072"), true),
        property("referenced", Both, Number, None, false).on_request(),
        property("refquota", Filesystem, Limit, Some("0"), false),
        property("refreservation", Both, Limit, Some("0"), false),
        property("reservation", Both, Limit, Some("0"), false),
        property("snapdev", Both, Text, Some("hidden"), true),
        property("snapdir", Filesystem, Text, Some("hidden"), true),
        property("special_small_blocks", Filesystem, SmallBlocks, Some("0"), true)
            .shown_as("special_small_block_size"),
        property("sync", Both, Text, Some("standard"), true),
        property("type", Both, Text, None, false).on_request(),
        property("used", Both, Size, None, false),
        property("usedbychildren", Both, Size, None, false),
        property("usedbydataset", Both, Size, None, false),
        property("usedbyrefreservation", Both, Size, None, false),
        property("usedbysnapshots", Both, Size, None, false),
        property("volblocksize", Volume, Block, Some("16384"), false),
        property("volsize", Volume, Size, Some("0"), false),
        property("written", Both, Number, None, false).on_request(),
        property("xattr", Filesystem, Switch, Some("sa"), true),
    ]
};

/// The property of that ZFS name, in any case.
pub fn named(name: &str) -> Option<&'static Property> {
    PROPERTIES.iter().find(|property| property.name.eq_ignore_ascii_case(name))
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Measured by ZFS, or fixed at creation.
    None,
    /// Nobody set it.
    Default,
    /// Set on the dataset itself.
    Local,
    /// Came with a receive.
    Received,
    /// Set on an ancestor.
    Inherited(String),
}

impl Source {
    fn name(&self) -> &'static str {
        match self {
            Self::None => "NONE",
            Self::Default => "DEFAULT",
            Self::Local => "LOCAL",
            Self::Received => "RECEIVED",
            Self::Inherited(_) => "INHERITED",
        }
    }
}

impl Property {
    /// The property as the API shows it.
    pub fn shown_value(&self, raw: &str, source: &Source, release: Release) -> Value {
        let (parsed, raw, value) = self.read(raw, release);
        let info = match source {
            Source::Inherited(ancestor) => Value::from(ancestor.as_str()),
            _ => Value::Null,
        };
        json!({
            "parsed": parsed,
            "rawvalue": raw,
            "value": value,
            "source": source.name(),
            "source_info": info,
        })
    }

    fn read<'a>(&self, raw: &'a str, release: Release) -> (Value, &'a str, Value) {
        // Python's numbers have no largest one: a limit of 2^63 and more is a number, too.
        let number = || match (raw.parse::<i64>(), raw.parse::<u64>()) {
            (Ok(number), _) => Value::from(number),
            (_, Ok(number)) => Value::from(number),
            _ => Value::from(raw),
        };
        let upper = || Value::from(raw.to_uppercase());
        match self.reading {
            Reading::Switch => {
                let parsed = match raw {
                    "on" => Value::Bool(true),
                    "off" => Value::Bool(false),
                    _ => Value::Null,
                };
                (parsed, raw, upper())
            }
            Reading::Number => (number(), raw, upper()),
            Reading::Size => {
                (number(), raw, raw.parse().map_or_else(|_| upper(), |n| human_size(n).into()))
            }
            Reading::Limit if raw == "0" => (Value::Null, raw, Value::Null),
            Reading::Limit => {
                (number(), raw, raw.parse().map_or_else(|_| upper(), |n| human_size(n).into()))
            }
            Reading::Block => {
                (number(), raw, raw.parse().map_or_else(|_| upper(), |n| block_size(n).into()))
            }
            Reading::SmallBlocks if release >= Release::V26_0 => (number(), raw, upper()),
            Reading::SmallBlocks => (raw.into(), raw, upper()),
            Reading::Date => {
                let seconds = raw.parse::<i64>().unwrap_or_default();
                (date(seconds.saturating_mul(1000)), raw, calendar(seconds).into())
            }
            Reading::Text => match (self.name, raw) {
                ("compressratio", _) => (raw.into(), raw, format!("{raw}x").into()),
                ("encryption", "off") | ("keyformat", "none") => (raw.into(), raw, Value::Null),
                ("origin", "none") => ("".into(), "", "".into()),
                _ => (raw.into(), raw, upper()),
            },
        }
    }
}

/// `128K`, `1M`
fn block_size(bytes: u64) -> String {
    const K: u64 = 1024;
    match bytes {
        0..K => bytes.to_string(),
        K..0x10_0000 => format!("{}K", bytes / K),
        _ => format!("{}M", bytes / (K * K)),
    }
}

/// A size as the library humanfriendly writes it, with binary units.
fn human_size(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    if bytes < 1024 {
        return format!("{bytes} byte{}", if bytes == 1 { "" } else { "s" });
    }
    let power = (bytes.ilog2() / 10).min(6);
    let unit = UNITS.get(power as usize - 1).copied().unwrap_or("EiB");
    #[allow(clippy::cast_precision_loss)]
    let number = bytes as f64 / (1u64 << (10 * power)) as f64;
    let number = format!("{number:.2}");
    let number = number.trim_end_matches('0').trim_end_matches('.');
    format!("{number} {unit}")
}

/// `Thu Nov 26  9:05 2026`, in UTC.
fn calendar(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds)
        .map(|at| at.strftime("%a %b %d %k:%M %Y").to_string())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(name: &str, raw: &str) -> Value {
        let property = named(name).expect(name);
        let shown = property.shown_value(raw, &Source::Local, Release::V25_10);
        json!([shown["parsed"], shown["rawvalue"], shown["value"]])
    }

    #[test]
    fn values_are_shown_as_the_api_shows_them() {
        for (name, raw, expected) in [
            ("readonly", "on", json!([true, "on", "ON"])),
            ("xattr", "sa", json!([null, "sa", "SA"])),
            ("compression", "zstd", json!(["zstd", "zstd", "ZSTD"])),
            ("recordsize", "131072", json!([131_072, "131072", "128K"])),
            ("recordsize", "1048576", json!([1_048_576, "1048576", "1M"])),
            ("quota", "0", json!([null, "0", null])),
            ("quota", "1610612736", json!([1_610_612_736, "1610612736", "1.5 GiB"])),
            ("quota", "9223372036854775808", json!([1_u64 << 63, "9223372036854775808", "8 EiB"])),
            ("used", "98304", json!([98_304, "98304", "96 KiB"])),
            ("copies", "2", json!([2, "2", "2"])),
            ("special_small_blocks", "0", json!(["0", "0", "0"])),
            ("compressratio", "1.00", json!(["1.00", "1.00", "1.00x"])),
            ("origin", "none", json!(["", "", ""])),
            ("encryption", "off", json!(["off", "off", null])),
            ("creation", "0", json!([{"$date": 0}, "0", "Thu Jan 01  0:00 1970"])),
        ] {
            assert_eq!(shown(name, raw), expected, "{name} {raw}");
        }
    }
}
