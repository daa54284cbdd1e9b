//! Directories and files: who owns them, and with which mode.

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::clock::now_ms;

/// What stands at a path.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The content that makes it a file; `None` for a directory.
    pub content: Option<String>,
    /// Permission bits.
    pub mode: u32,
    /// Its owner.
    pub uid: u32,
    /// Its group.
    pub gid: u32,
    /// Its ACL as `filesystem.getacl` shows it; `None` for a trivial one.
    pub acl: Option<Vec<Value>>,
    /// Its inode.
    pub inode: u64,
    /// When it last changed, milliseconds since the epoch.
    pub changed_ms: i64,
}

impl Node {
    /// A directory of root's.
    pub fn directory(mode: u32) -> Self {
        Self { content: None, mode, uid: 0, gid: 0, acl: None, inode: 0, changed_ms: now_ms() }
    }

    /// A file of root's.
    pub fn file(content: impl Into<String>, mode: u32) -> Self {
        Self { content: Some(content.into()), ..Self::directory(mode) }
    }

    /// The same with another owner.
    pub fn owned_by(mut self, uid: u32, gid: u32) -> Self {
        (self.uid, self.gid) = (uid, gid);
        self
    }

    /// Whether it is a directory.
    pub fn is_directory(&self) -> bool {
        self.content.is_none()
    }
}

/// The directories that every system has.
const BUILT_IN: [(&str, u32); 13] = [
    ("/", 0o755),
    ("/etc", 0o755),
    ("/etc/ssh", 0o755),
    ("/home", 0o755),
    ("/mnt", 0o755),
    ("/root", 0o700),
    ("/tmp", 0o777),
    ("/usr", 0o755),
    ("/usr/bin", 0o755),
    ("/usr/sbin", 0o755),
    ("/var", 0o755),
    ("/var/empty", 0o755),
    ("/var/log", 0o755),
];

/// All paths of a system that anybody can meet through the API.
#[derive(Clone, Debug)]
pub struct Files {
    nodes: BTreeMap<String, Node>,
    inodes: u64,
}

impl Default for Files {
    fn default() -> Self {
        let mut files = Self { nodes: BTreeMap::new(), inodes: 0 };
        for (path, mode) in BUILT_IN {
            files.put(path, Node::directory(mode));
        }
        files
    }
}

/// The directory above a path.
pub fn parent(path: &str) -> &str {
    match path.rsplit_once('/') {
        Some(("", _)) | None => "/",
        Some((parent, _)) => parent,
    }
}

/// A path's last name.
pub fn name(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

/// The path without empty, `.` and `..` parts, and without a slash at its end.
pub fn normal(path: &str) -> String {
    let mut parts = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

impl Files {
    /// What stands at a path.
    pub fn get(&self, path: &str) -> Option<&Node> {
        self.nodes.get(&normal(path))
    }

    /// What stands at a path, to be changed.
    pub fn get_mut(&mut self, path: &str) -> Option<&mut Node> {
        let node = self.nodes.get_mut(&normal(path))?;
        node.changed_ms = now_ms();
        Some(node)
    }

    /// Puts a node at a path, over what stands there.
    pub fn put(&mut self, path: &str, node: Node) {
        self.inodes += 1;
        self.nodes.insert(normal(path), Node { inode: self.inodes, ..node });
    }

    /// Puts a directory at a path unless something stands there, with what is missing above.
    pub fn ensure_directory(&mut self, path: &str, mode: u32) {
        let path = normal(path);
        if !self.nodes.contains_key(&path) {
            self.ensure_directory(parent(&path), 0o755);
            self.put(&path, Node::directory(mode));
        }
    }

    /// Removes what stands at a path and everything below.
    pub fn remove(&mut self, path: &str) {
        let path = normal(path);
        let below = format!("{path}/");
        self.nodes.retain(|other, _| *other != path && !other.starts_with(&below));
    }

    /// The paths directly in a directory.
    pub fn members(&self, path: &str) -> Vec<&str> {
        let path = normal(path);
        let here = |other: &&str| *other != "/" && parent(other) == path;
        self.nodes.keys().map(String::as_str).filter(here).collect()
    }

    /// The path itself and everything below, as they are now.
    pub fn tree(&self, path: &str) -> Vec<String> {
        let path = normal(path);
        let below = format!("{}/", path.trim_end_matches('/'));
        let within = |other: &&String| **other == path || other.starts_with(&below);
        self.nodes.keys().filter(within).cloned().collect()
    }
}
