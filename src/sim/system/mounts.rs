//! What is mounted where: the boot environment, what is in memory, and the datasets of the pools.

use super::System;
use super::datasets::Kind;
use crate::release::Release;

/// The datasets of the boot environment, and whether nothing can be written to them. That of the
/// root and that of `/usr` are read-only (`utils/rootfs.py`); the others are a part of the real
/// list, which the installer makes.
const BOOT_ENVIRONMENT: [(&str, bool); 9] = [
    ("/", true),
    ("/data", false),
    ("/etc", false),
    ("/home", false),
    ("/mnt", false),
    ("/root", false),
    ("/usr", true),
    ("/var", false),
    ("/var/log", false),
];
/// What is not on a disk.
const IN_MEMORY: [&str; 2] = ["/run", "/tmp"];

/// The size of what is not in a pool, bytes.
const OTHER_SIZE: u64 = 16 << 30;
const OTHER_USED: u64 = 4 << 30;

/// A mounted filesystem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mount {
    /// Where it is mounted.
    pub(crate) at: String,
    /// Its dataset, or what else it is made of.
    pub(crate) source: String,
    /// `zfs` or `tmpfs`
    pub(crate) kind: &'static str,
    /// Its number.
    pub(crate) id: usize,
    /// Its options, as the kernel writes them.
    pub(crate) options: Vec<String>,
    /// The size of a block, bytes.
    pub(crate) block_size: u64,
    /// How many bytes it holds, and how many of them are free.
    pub(crate) bytes: [u64; 2],
}

impl Mount {
    /// Whether nothing can be written to it.
    pub(crate) fn is_readonly(&self) -> bool {
        self.options.iter().any(|option| option == "ro")
    }
}

fn is_below(path: &str, directory: &str) -> bool {
    let directory = directory.trim_end_matches('/');
    path.strip_prefix(directory).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

impl System {
    /// The filesystem that a path is on; the path has no links above it.
    pub(crate) fn mount_of(&self, path: &str) -> Mount {
        if let Some(dataset) = self.datasets.of_path(path) {
            return self.dataset_mount(dataset);
        }
        let found = |places: &[&str]| {
            let fits = |(_, at): &(usize, &&str)| is_below(path, at);
            let places = places.iter().enumerate().filter(fits);
            places.max_by_key(|(_, at)| at.len()).map(|(number, at)| (number, (*at).to_owned()))
        };
        if let Some((number, at)) = found(&IN_MEMORY) {
            return Mount {
                at,
                source: "tmpfs".to_owned(),
                kind: "tmpfs",
                id: 60 + number,
                options: ["rw", "nosuid", "nodev"].map(str::to_owned).into(),
                block_size: 4096,
                bytes: [OTHER_SIZE, OTHER_SIZE],
            };
        }
        let (number, at) =
            found(&BOOT_ENVIRONMENT.map(|(at, _)| at)).unwrap_or_else(|| (0, "/".to_owned()));
        let readonly = BOOT_ENVIRONMENT.get(number).is_none_or(|(_, readonly)| *readonly);
        let version = self.release();
        Mount {
            source: format!("boot-pool/ROOT/{version}{}", at.trim_end_matches('/')),
            at,
            kind: "zfs",
            id: 40 + number,
            options: [
                if readonly { "ro" } else { "rw" },
                "relatime",
                "xattr",
                "noacl",
                "casesensitive",
            ]
            .map(str::to_owned)
            .into(),
            block_size: 131_072,
            bytes: [OTHER_SIZE, OTHER_SIZE - OTHER_USED],
        }
    }

    fn dataset_mount(&self, dataset: &str) -> Mount {
        const FIRST: usize = 100;
        let raw = |property: &str| self.datasets.raw(dataset, property);
        let switched = |property: &str, on: &str, off: &str| {
            if raw(property) == "on" { on } else { off }.to_owned()
        };
        let bytes = |property: &str| raw(property).parse::<u64>().unwrap_or_default();
        let mut options = vec![switched("readonly", "ro", "rw")];
        if raw("exec") == "off" {
            options.push("noexec".to_owned());
        }
        options.push(switched("atime", "relatime", "noatime"));
        options.push("xattr".to_owned());
        options.push(
            match raw("acltype").as_str() {
                "nfsv4" => "nfs4acl",
                "off" => "noacl",
                _ => "posixacl",
            }
            .to_owned(),
        );
        options.push(format!("case{}", raw("casesensitivity")));
        let position = self.datasets.names().position(|name| name == dataset);
        let free = self.datasets.available(super::datasets::pool_of(dataset));
        Mount {
            at: self.datasets.mountpoint_property(dataset),
            source: dataset.to_owned(),
            kind: "zfs",
            id: FIRST + position.unwrap_or_default(),
            options,
            block_size: bytes("recordsize").max(512),
            bytes: [bytes("referenced") + free, free],
        }
    }

    /// Whether a path is where nothing can be written; links are followed.
    pub(crate) fn is_readonly(&self, path: &str) -> bool {
        self.mount_of(&self.files.real(path)).is_readonly()
    }

    /// Whether a path, as it is written, is that of a locked dataset or below
    /// (`pool.dataset.path_in_locked_datasets`): since 25.10 by the datasets' names, before by
    /// where they would be mounted.
    pub(crate) fn is_locked(&self, path: &str) -> bool {
        let locked = |name: &str| self.datasets.is_locked(name);
        if self.generation() >= Release::V25_10 {
            let name = path.strip_prefix("/mnt/").unwrap_or(path);
            let name = name.strip_suffix('/').unwrap_or(name);
            return locked(name) || super::datasets::ancestors(name).any(locked);
        }
        let real = self.files.real(path);
        let mut names = self.datasets.names().filter(|name| locked(name));
        names.any(|name| is_below(&real, &self.datasets.mountpoint_property(name)))
    }

    /// Whether a path is one of those that the system makes immutable: the empty home
    /// (`plugins/account.py`, `setup`), and where a locked dataset would be mounted
    /// (`plugins/pool_/dataset_encryption_lock.py`, `plugins/pool_/import_pool.py`).
    pub(crate) fn is_immutable(&self, path: &str) -> bool {
        let unmounted = |name: &&str| {
            let dataset = self.datasets.get(name);
            dataset.is_some_and(|dataset| dataset.kind == Kind::Filesystem)
                && self.datasets.is_locked(name)
        };
        let mut locked = self.datasets.names().filter(unmounted);
        path == "/var/empty" || locked.any(|name| self.datasets.mountpoint_property(name) == path)
    }
}
