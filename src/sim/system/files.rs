//! Directories, files and symbolic links: who owns them, and with which mode.

mod installed;
mod lookup;

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::clock::now_ms;
pub(crate) use lookup::LookupError;

/// What a path is.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// A directory.
    Directory,
    /// A file with its content.
    File(Vec<u8>),
    /// A symbolic link, and where it leads.
    Link(String),
}

/// What stands at a path.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// What it is.
    pub content: Content,
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
    fn new(content: Content, mode: u32) -> Self {
        Self { content, mode, uid: 0, gid: 0, acl: None, inode: 0, changed_ms: now_ms() }
    }

    /// A directory of root's.
    pub fn directory(mode: u32) -> Self {
        Self::new(Content::Directory, mode)
    }

    /// A file of root's.
    pub fn file(content: impl Into<Vec<u8>>, mode: u32) -> Self {
        Self::new(Content::File(content.into()), mode)
    }

    /// A symbolic link of root's; where it leads need not exist.
    pub fn link(target: impl Into<String>) -> Self {
        Self::new(Content::Link(target.into()), 0o777)
    }

    /// The same with another owner.
    pub fn owned_by(mut self, uid: u32, gid: u32) -> Self {
        (self.uid, self.gid) = (uid, gid);
        self
    }

    /// The content of a file that is UTF-8.
    pub fn text(&self) -> Option<&str> {
        match &self.content {
            Content::File(content) => std::str::from_utf8(content).ok(),
            _ => None,
        }
    }

    /// Whether it is a directory.
    pub fn is_directory(&self) -> bool {
        self.content == Content::Directory
    }

    /// Whether it is a regular file.
    pub fn is_file(&self) -> bool {
        matches!(self.content, Content::File(_))
    }

    /// Whether it is a symbolic link.
    pub fn is_link(&self) -> bool {
        matches!(self.content, Content::Link(_))
    }
}

/// All paths of a system that anybody can meet through the API. Every path is kept under the name
/// that it has without links above it.
#[derive(Clone, Debug)]
pub struct Files {
    nodes: BTreeMap<String, Node>,
    inodes: u64,
}

impl Default for Files {
    fn default() -> Self {
        let mut files = Self { nodes: BTreeMap::new(), inodes: 0 };
        installed::add(&mut files);
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

/// The path without empty and `.` parts, and without a slash at its end, as Python's `pathlib`
/// writes it; `..` stays.
pub fn plain(path: &str) -> String {
    let parts: Vec<&str> =
        path.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    let root = match path.starts_with('/') {
        // Exactly two slashes have a meaning of their own.
        true if path.starts_with("//") && !path.starts_with("///") => "//",
        true => "/",
        false => "",
    };
    format!("{root}{}", parts.join("/"))
}

/// The path without empty, `.` and `..` parts, whatever is a link (`os.path.normpath`).
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

/// A name in a directory.
fn joined(directory: &str, name: &str) -> String {
    format!("{}/{name}", directory.trim_end_matches('/'))
}

impl Files {
    /// What stands at a path; of a link, what it leads to.
    pub fn get(&self, path: &str) -> Option<&Node> {
        self.nodes.get(&self.lookup(path).found.ok()?)
    }

    /// What stands at a path itself: a link is one.
    pub fn entry(&self, path: &str) -> Option<&Node> {
        self.nodes.get(&self.lookup_entry(path).found.ok()?)
    }

    /// What stands at a path, to be changed; of a link, what it leads to.
    pub fn get_mut(&mut self, path: &str) -> Option<&mut Node> {
        let path = self.lookup(path).found.ok()?;
        let node = self.nodes.get_mut(&path)?;
        node.changed_ms = now_ms();
        Some(node)
    }

    /// Puts a node at a path, over what stands there: a link is replaced, too.
    pub fn put(&mut self, path: &str, node: Node) {
        self.inodes += 1;
        let path = self.place(path);
        self.nodes.insert(path, Node { inode: self.inodes, ..node });
    }

    /// Where a path has its name: in the directory that those above it lead to.
    fn place(&self, path: &str) -> String {
        let path = plain(path);
        match name(&path) {
            "" | ".." => self.real(&path),
            name => joined(&self.real(parent(&path)), name),
        }
    }

    /// Puts a directory at a path unless something stands there, with what is missing above.
    pub fn ensure_directory(&mut self, path: &str, mode: u32) {
        let path = self.real(path);
        if !self.nodes.contains_key(&path) {
            if path != "/" {
                self.ensure_directory(parent(&path), 0o755);
            }
            self.put(&path, Node::directory(mode));
        }
    }

    /// Removes what stands at a path and everything below; of a link nothing but itself.
    pub fn remove(&mut self, path: &str) {
        let path = self.place(path);
        let below = format!("{path}/");
        self.nodes.retain(|other, _| *other != path && !other.starts_with(&below));
    }

    /// The paths directly in a directory, without links above them.
    pub fn members(&self, path: &str) -> Vec<&str> {
        let path = self.real(path);
        let here = |other: &&str| *other != "/" && parent(other) == path;
        self.nodes.keys().map(String::as_str).filter(here).collect()
    }

    /// The path itself and everything below, as they are now and without links above them; links
    /// are not followed.
    pub fn tree(&self, path: &str) -> Vec<String> {
        let path = self.real(path);
        let below = format!("{}/", path.trim_end_matches('/'));
        let within = |other: &&String| **other == path || other.starts_with(&below);
        self.nodes.keys().filter(within).cloned().collect()
    }
}
