//! Pools and datasets, as ZFS keeps them.

use std::collections::BTreeMap;

use super::property::{self, Source};

/// What a dataset is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A filesystem.
    Filesystem,
    /// A volume.
    Volume,
}

impl Kind {
    /// `FILESYSTEM` or `VOLUME`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Filesystem => "FILESYSTEM",
            Self::Volume => "VOLUME",
        }
    }
}

/// The root of an encryption.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encryption {
    /// `hex` or `passphrase`.
    pub key_format: &'static str,
    /// `aes-256-gcm`
    pub algorithm: String,
    /// Rounds for a passphrase, 0 for a key.
    pub iterations: i64,
    /// Whether the key is loaded: not locked.
    pub key_loaded: bool,
}

/// A dataset.
#[derive(Clone, Debug)]
pub struct Dataset {
    /// What it is.
    pub kind: Kind,
    /// Properties set on it, by ZFS's name, raw.
    pub local: BTreeMap<String, String>,
    /// Properties that came with a receive.
    pub received: BTreeMap<String, String>,
    /// User properties set on it.
    pub user: BTreeMap<String, String>,
    /// Its own encryption, if it is the root of one.
    pub encryption: Option<Encryption>,
    /// How many snapshots it has.
    pub snapshots: u64,
    /// When it was made, seconds since the epoch.
    pub created: i64,
}

impl Dataset {
    /// A new one that inherits everything.
    pub fn new(kind: Kind, created: i64) -> Self {
        Self {
            kind,
            local: BTreeMap::new(),
            received: BTreeMap::new(),
            user: BTreeMap::new(),
            encryption: None,
            snapshots: 0,
            created,
        }
    }

    fn own(&self, name: &str) -> Option<(&str, Source)> {
        let local = self.local.get(name).map(|value| (value.as_str(), Source::Local));
        local.or_else(|| self.received.get(name).map(|value| (value.as_str(), Source::Received)))
    }
}

/// A pool.
#[derive(Clone, Debug)]
pub struct Pool {
    /// Its number in `pool.query`.
    pub id: i64,
    /// Its GUID, a decimal number as text.
    pub guid: String,
    /// `ONLINE`
    pub status: String,
    /// Bytes.
    pub size: u64,
}

/// What every dataset takes up, bytes.
const USED_EACH: u64 = 98_304;

/// All pools and datasets; a pool's root dataset has the pool's name.
#[derive(Clone, Debug, Default)]
pub struct Datasets {
    /// The pools.
    pub pools: BTreeMap<String, Pool>,
    all: BTreeMap<String, Dataset>,
}

/// The datasets above one, nearest first.
pub fn ancestors(name: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(parent(name), |name| parent(name))
}

/// The dataset above one.
pub fn parent(name: &str) -> Option<&str> {
    name.rsplit_once('/').map(|(parent, _)| parent)
}

/// The pool of a dataset.
pub fn pool_of(name: &str) -> &str {
    name.split('/').next().unwrap_or(name)
}

/// Whether ZFS takes the name (`zfs_namecheck.c`): letters, digits, `-_.: ` and no empty part.
pub fn is_valid_name(name: &str) -> bool {
    const LONGEST: usize = 255;
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':' | ' ');
    name.len() <= LONGEST
        && name
            .starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ':' | '.'))
        && name.split('/').all(|part| {
            !part.is_empty() && part != "." && part != ".." && part.chars().all(allowed)
        })
}

impl Datasets {
    /// A dataset.
    pub fn get(&self, name: &str) -> Option<&Dataset> {
        self.all.get(name)
    }

    /// A dataset, to be changed.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Dataset> {
        self.all.get_mut(name)
    }

    /// Puts a dataset there.
    pub fn insert(&mut self, name: impl Into<String>, dataset: Dataset) {
        self.all.insert(name.into(), dataset);
    }

    /// All names, parents before children.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.all.keys().map(String::as_str)
    }

    /// The names of everything below one, all levels.
    pub fn below(&self, name: &str) -> impl Iterator<Item = &str> {
        let prefix = format!("{name}/");
        self.all.keys().map(String::as_str).filter(move |other| other.starts_with(&prefix))
    }

    /// Destroys a dataset and everything below.
    pub fn destroy(&mut self, name: &str) {
        let prefix = format!("{name}/");
        self.all.retain(|other, _| other != name && !other.starts_with(&prefix));
    }

    /// A property's raw value and where it comes from; `None` if the dataset does not exist.
    pub fn effective(&self, name: &str, property: &str) -> Option<(String, Source)> {
        let dataset = self.all.get(name)?;
        if let Some(measured) = self.measured(name, dataset, property) {
            return Some((measured, Source::None));
        }
        let known = property::named(property)?;
        if let Some((value, source)) = dataset.own(known.name) {
            return Some((value.to_owned(), source));
        }
        if known.inherits {
            for ancestor in ancestors(name) {
                let set = self.all.get(ancestor).and_then(|above| above.own(known.name));
                if let Some((value, _)) = set {
                    return Some((value.to_owned(), Source::Inherited(ancestor.to_owned())));
                }
            }
        }
        Some((known.default.unwrap_or("-").to_owned(), Source::Default))
    }

    /// A property's raw value; empty if the dataset does not exist.
    pub fn raw(&self, name: &str, property: &str) -> String {
        self.effective(name, property).map(|(value, _)| value).unwrap_or_default()
    }

    /// User properties: its own, and what it inherits, which ZFS does with all of them.
    pub fn user_properties(&self, name: &str) -> BTreeMap<String, String> {
        let mut names: Vec<&str> = ancestors(name).collect();
        names.reverse();
        names.push(name);
        let sets = names.into_iter().filter_map(|name| self.all.get(name));
        sets.flat_map(|dataset| dataset.user.clone()).collect()
    }

    /// The root of its encryption, itself or an ancestor.
    pub fn encryption_root(&self, name: &str) -> Option<(&str, &Encryption)> {
        let (own, dataset) = self.all.get_key_value(name)?;
        if let Some(encryption) = &dataset.encryption {
            return Some((own, encryption));
        }
        ancestors(name).find_map(|above| {
            let (above, dataset) = self.all.get_key_value(above)?;
            Some((above.as_str(), dataset.encryption.as_ref()?))
        })
    }

    /// Whether its key is not loaded.
    pub fn is_locked(&self, name: &str) -> bool {
        self.encryption_root(name).is_some_and(|(_, encryption)| !encryption.key_loaded)
    }

    /// Its property `mountpoint`: a path, `none` or `legacy`.
    pub fn mountpoint_property(&self, name: &str) -> String {
        let set = |name: &str| {
            self.all.get(name).and_then(|d| d.own("mountpoint")).map(|(v, _)| v.to_owned())
        };
        if let Some(own) = set(name) {
            return own;
        }
        match ancestors(name).find_map(|above| Some((above, set(above)?))) {
            Some((_, none)) if none == "none" || none == "legacy" => none,
            Some((above, path)) => {
                format!("{}{}", path.trim_end_matches('/'), &name[above.len()..])
            }
            None => format!("/mnt/{name}"),
        }
    }

    /// Where it is mounted: nowhere if it is a volume, locked, or meant for nowhere.
    pub fn mounted_at(&self, name: &str) -> Option<String> {
        let dataset = self.all.get(name)?;
        let mountpoint = self.mountpoint_property(name);
        let mounted = dataset.kind == Kind::Filesystem
            && !self.is_locked(name)
            && mountpoint.starts_with('/');
        mounted.then_some(mountpoint)
    }

    /// The dataset that a path is on: the mounted one with the longest prefix.
    pub fn of_path(&self, path: &str) -> Option<&str> {
        let mounted = self.names().filter_map(|name| Some((name, self.mounted_at(name)?)));
        mounted
            .filter(|(_, at)| {
                path == at || path.strip_prefix(at.as_str()).is_some_and(|r| r.starts_with('/'))
            })
            .max_by_key(|(_, at)| at.len())
            .map(|(name, _)| name)
    }

    /// Bytes that are left in a pool.
    pub fn available(&self, pool: &str) -> u64 {
        let size = self.pools.get(pool).map_or(0, |pool| pool.size);
        size.saturating_sub(self.used(pool))
    }

    fn used(&self, name: &str) -> u64 {
        let reserved = |name: &str| {
            self.all
                .get(name)
                .and_then(|dataset| dataset.local.get("refreservation"))
                .and_then(|bytes| bytes.parse::<u64>().ok())
                .unwrap_or(0)
        };
        let one = |name: &str| USED_EACH.saturating_add(reserved(name));
        self.below(name).fold(one(name), |sum, below| sum.saturating_add(one(below)))
    }

    fn measured(&self, name: &str, dataset: &Dataset, property: &str) -> Option<String> {
        let encryption = self.encryption_root(name);
        let own = |fallback: &str| {
            dataset.own(property).map_or_else(|| fallback.to_owned(), |(value, _)| value.to_owned())
        };
        let reserved = || own_number(dataset, "refreservation");
        let used = self.used(name);
        Some(match property {
            "available" => self.available(pool_of(name)).to_string(),
            "casesensitivity" => own("sensitive"),
            "compressratio" => "1.00".to_owned(),
            "creation" => dataset.created.to_string(),
            "encryption" => encryption.map_or("off".into(), |(_, e)| e.algorithm.clone()),
            "encryptionroot" => encryption.map_or("-".into(), |(root, _)| root.to_owned()),
            "keyformat" => encryption.map_or("none".into(), |(_, e)| e.key_format.to_owned()),
            "keystatus" => match encryption {
                None => "none",
                Some((_, e)) if e.key_loaded => "available",
                Some(_) => "unavailable",
            }
            .to_owned(),
            "pbkdf2iters" => encryption.map_or("0".into(), |(_, e)| e.iterations.to_string()),
            "mountpoint" => self.mountpoint_property(name),
            "mounted" => if self.mounted_at(name).is_some() { "yes" } else { "no" }.to_owned(),
            "origin" => "none".to_owned(),
            "type" => dataset.kind.name().to_lowercase(),
            "used" => used.to_string(),
            "usedbychildren" => used.saturating_sub(USED_EACH + reserved()).to_string(),
            "usedbyrefreservation" => reserved().to_string(),
            "usedbysnapshots" => "0".to_owned(),
            "usedbydataset" | "referenced" | "written" => USED_EACH.to_string(),
            "logicalused" => (USED_EACH / 2).to_string(),
            _ => return None,
        })
    }
}

fn own_number(dataset: &Dataset, name: &str) -> u64 {
    dataset.own(name).and_then(|(value, _)| value.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tank() -> Datasets {
        let mut datasets = Datasets::default();
        for (name, local) in [
            ("tank", vec![("compression", "lz4")]),
            ("tank/a", vec![("readonly", "on")]),
            ("tank/a/b", vec![]),
            ("tank/c", vec![("mountpoint", "none")]),
            ("tank/c/d", vec![]),
        ] {
            let mut dataset = Dataset::new(Kind::Filesystem, 0);
            dataset.local = local.into_iter().map(|(k, v)| (k.into(), v.into())).collect();
            datasets.insert(name, dataset);
        }
        datasets
    }

    #[test]
    fn properties_are_inherited_from_the_nearest_that_sets_them() {
        let datasets = tank();
        let of = |name, property| datasets.effective(name, property).expect(name);
        assert_eq!(of("tank/a/b", "compression"), ("lz4".into(), Source::Inherited("tank".into())));
        assert_eq!(of("tank/a", "readonly"), ("on".into(), Source::Local));
        assert_eq!(of("tank/a/b", "readonly"), ("on".into(), Source::Inherited("tank/a".into())));
        assert_eq!(of("tank", "readonly"), ("off".into(), Source::Default));
        assert_eq!(of("tank/a/b", "quota"), ("0".into(), Source::Default));
    }

    #[test]
    fn mountpoints_follow_the_names_and_what_is_set() {
        let datasets = tank();
        assert_eq!(datasets.mounted_at("tank/a/b").as_deref(), Some("/mnt/tank/a/b"));
        assert_eq!(datasets.mountpoint_property("tank/c/d"), "none");
        assert_eq!(datasets.mounted_at("tank/c/d"), None);
        assert_eq!(datasets.of_path("/mnt/tank/a/bc/x"), Some("tank/a"));
        assert_eq!(datasets.of_path("/etc"), None);
    }

    #[test]
    fn names() {
        for name in ["tank/a", "tank/a b", "tank/a.b:c-d_e", "tank/.hidden"] {
            assert!(is_valid_name(name), "{name}");
        }
        for name in ["", "/tank", "tank/", "tank//a", "tank/..", "tank/a@b", "tank/a#b", "tänk/a"]
        {
            assert!(!is_valid_name(name), "{name}");
        }
    }
}
