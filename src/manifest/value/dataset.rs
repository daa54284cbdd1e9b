//! Names of datasets, by the rules of ZFS (`zfs_namecheck.c`) and of TrueNAS, which leaves room
//! for snapshot names (`api/v25_10_5/pool_dataset.py`: at most 200 characters).

use schemars::JsonSchema;

use crate::manifest::read::{Mistake, Text};

/// How deep datasets may be nested below their pool (`zfs_namecheck.c`, `dataset_nestcheck`: fewer
/// than 50 slashes).
const MOST_LEVELS: usize = 49;

/// A dataset below a pool: `POOL/NAME`, as deep as it goes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, JsonSchema)]
#[schemars(example = "backup/boston")]
pub struct DatasetName(
    #[schemars(
        regex(pattern = r"^[A-Za-z][A-Za-z0-9_.:-]*(/[A-Za-z0-9_.: -]+)+$"),
        length(max = 200)
    )]
    pub String,
);

impl Text for DatasetName {
    const WHAT: &'static str = "the name of a dataset, `POOL/NAME`";

    fn parse(text: &str) -> Result<Self, Mistake> {
        let DatasetPath(name) = DatasetPath::parse(text)?;
        if name.contains('/') {
            return Ok(Self(name));
        }
        Err(Mistake::new(
            "this is a pool, not a dataset",
            "a pool's own dataset comes with the pool",
            "name a dataset below it, `POOL/NAME`: pools are made in TrueNAS",
        ))
    }
}

/// A dataset, or a pool's own one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, JsonSchema)]
#[schemars(example = "tank/data")]
pub struct DatasetPath(
    #[schemars(
        regex(pattern = r"^[A-Za-z][A-Za-z0-9_.:-]*(/[A-Za-z0-9_.: -]+)*$"),
        length(max = 200)
    )]
    pub String,
);

impl DatasetPath {
    /// Whether a dataset is this one or one above it.
    pub fn is_within(&self, dataset: &str) -> bool {
        self.0.strip_prefix(dataset).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// The dataset itself and those above it.
    pub fn with_ancestors(&self) -> impl Iterator<Item = &str> {
        std::iter::successors(Some(self.0.as_str()), |path| {
            path.rsplit_once('/').map(|(parent, _)| parent)
        })
    }
}

impl Text for DatasetPath {
    const WHAT: &'static str = "the name of a dataset, `POOL/NAME`";

    fn parse(text: &str) -> Result<Self, Mistake> {
        let wrong =
            |label: &str, help: &str| Err(Mistake::new("invalid dataset name", label, help));
        let help = "write `POOL/NAME`, with letters, digits and `_`, `-`, `.`, `:` and spaces";
        if text.starts_with("/mnt/") {
            return wrong("this is a path", "leave `/mnt/` out: a dataset is named `POOL/NAME`");
        }
        if text.contains('@') {
            return wrong("this is a snapshot", "leave `@` and what follows out");
        }
        let allowed = |c: char| c.is_ascii_alphanumeric() || "_-.: ".contains(c);
        if let Some(c) = text.chars().find(|c| *c != '/' && !allowed(*c)) {
            return wrong(&format!("ZFS does not allow {c:?}"), help);
        }
        if text.len() > 200 {
            return wrong("longer than 200 characters", "TrueNAS takes at most 200 characters");
        }
        let levels = text.matches('/').count();
        if levels > MOST_LEVELS {
            let label = format!("{levels} levels below its pool");
            return wrong(&label, "ZFS allows at most 49 levels below a pool");
        }
        if !text.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return wrong("a pool's name begins with a letter", help);
        }
        for part in text.split('/') {
            match part {
                "" => return wrong("nothing before or after a `/`", help),
                "." | ".." => return wrong("`.` and `..` are no names", help),
                _ if part.trim() != part => return wrong("space around a name", help),
                _ => {}
            }
        }
        Ok(Self(text.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_rules_of_zfs() {
        for name in ["tank/data", "tank/a b/c.d:e_f-g", "t/x"] {
            assert!(DatasetName::parse(name).is_ok(), "{name}");
        }
        for name in [
            "",
            "tank",
            "/tank/x",
            "tank/",
            "tank//x",
            "tank/..",
            "tank/x@y",
            "tank/é",
            "1/x",
            "/mnt/tank/x",
            "tank/ x",
            "tank/x#y",
        ] {
            assert!(DatasetName::parse(name).is_err(), "{name}");
        }
        assert!(DatasetPath::parse("tank").is_ok());
    }

    #[test]
    fn a_dataset_is_within_those_above_it() {
        let path = DatasetPath("a/b/c".into());
        assert!(path.is_within("a/b/c") && path.is_within("a/b") && !path.is_within("a/b/cd"));
        assert!(!path.is_within("a/bb") && !DatasetPath("a/bb".into()).is_within("a/b"));
    }
}
