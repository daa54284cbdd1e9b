//! Where a path leads: how the kernel walks it, and what Python takes for its real name.

use super::{Content, Files, joined, parent};

/// How many links a path may lead over (`MAXSYMLINKS`).
const MOST_LINKS: usize = 40;

/// Why a path leads nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LookupError {
    /// `ENOENT`
    NotFound,
    /// `ENOTDIR`: a file in the place of a directory.
    NotADirectory,
    /// `ELOOP`: links that lead to each other.
    Loop,
}

/// A path that was walked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lookup {
    /// Where it leads, under the name that this has without links.
    pub(crate) found: Result<String, LookupError>,
    /// The directories in which a name was looked for, in their order: whoever walks the path has
    /// to be able to enter them.
    pub(crate) searched: Vec<String>,
    /// Whether it led over a link.
    pub(crate) over_link: bool,
}

impl Files {
    /// Walks a path to its end, links followed.
    pub(crate) fn lookup(&self, path: &str) -> Lookup {
        self.walk(path, true)
    }

    /// Walks a path; a link at its end is not followed, unless a slash behind it asks for a
    /// directory.
    pub(crate) fn lookup_entry(&self, path: &str) -> Lookup {
        self.walk(path, path.ends_with('/'))
    }

    fn walk(&self, path: &str, follow_last: bool) -> Lookup {
        let mut walked =
            Lookup { found: Err(LookupError::NotFound), searched: Vec::new(), over_link: false };
        let mut current = "/".to_owned();
        let mut open: Vec<String> = path.split('/').rev().map(str::to_owned).collect();
        let mut links = 0;
        while let Some(part) = open.pop() {
            let here = self.nodes.get(&current);
            if here.is_none_or(|node| !node.is_directory()) {
                walked.found = Err(LookupError::NotADirectory);
                return walked;
            }
            let next = match part.as_str() {
                "" | "." => continue,
                ".." => parent(&current).to_owned(),
                name => joined(&current, name),
            };
            walked.searched.push(current.clone());
            let Some(node) = self.nodes.get(&next) else { return walked };
            match &node.content {
                Content::Link(target) if follow_last || !open.is_empty() => {
                    walked.over_link = true;
                    links += 1;
                    if links > MOST_LINKS {
                        walked.found = Err(LookupError::Loop);
                        return walked;
                    }
                    if target.starts_with('/') {
                        current = "/".to_owned();
                    }
                    open.extend(target.split('/').rev().map(str::to_owned));
                }
                _ => current = next,
            }
        }
        walked.found = Ok(current);
        walked
    }

    /// The name of a path without links (`os.path.realpath`): what is missing is taken as it is
    /// written, and links that lead to each other are left.
    pub(crate) fn real(&self, path: &str) -> String {
        let mut real = "/".to_owned();
        let mut open: Vec<String> = path.split('/').rev().map(str::to_owned).collect();
        let mut links = 0;
        while let Some(part) = open.pop() {
            match part.as_str() {
                "" | "." => {}
                ".." => real = parent(&real).to_owned(),
                name => {
                    let next = joined(&real, name);
                    match self.nodes.get(&next).map(|node| &node.content) {
                        Some(Content::Link(target)) if links < MOST_LINKS => {
                            links += 1;
                            if target.starts_with('/') {
                                real = "/".to_owned();
                            }
                            open.extend(target.split('/').rev().map(str::to_owned));
                        }
                        _ => real = next,
                    }
                }
            }
        }
        real
    }
}

#[cfg(test)]
mod tests {
    use super::super::Node;
    use super::*;

    fn files() -> Files {
        let mut files = Files::default();
        files.ensure_directory("/mnt/tank/home", 0o755);
        files.put("/mnt/tank/file", Node::file("text", 0o644));
        for (path, target) in [
            ("/mnt/tank/absolute", "/mnt/tank/file"),
            ("/mnt/tank/home/relative", "../file"),
            ("/mnt/tank/directory", "home"),
            ("/mnt/tank/broken", "nothing/there"),
            ("/mnt/tank/one", "two"),
            ("/mnt/tank/two", "one"),
        ] {
            files.put(path, Node::link(target));
        }
        files
    }

    #[test]
    fn links_are_followed() {
        let files = files();
        for (path, found) in [
            ("/mnt/tank/absolute", Ok("/mnt/tank/file")),
            ("/mnt/tank/home/relative", Ok("/mnt/tank/file")),
            ("/mnt/tank/directory/relative", Ok("/mnt/tank/file")),
            ("/mnt/tank/directory/..", Ok("/mnt/tank")),
            ("//mnt/./tank//home/", Ok("/mnt/tank/home")),
            ("/bin/sh", Ok("/usr/bin/sh")),
            ("/sbin/zfs", Ok("/usr/sbin/zfs")),
            ("/mnt/tank/broken", Err(LookupError::NotFound)),
            ("/mnt/tank/nothing", Err(LookupError::NotFound)),
            ("/mnt/tank/file/", Err(LookupError::NotADirectory)),
            ("/mnt/tank/file/x", Err(LookupError::NotADirectory)),
            ("/mnt/tank/absolute/..", Err(LookupError::NotADirectory)),
            ("/mnt/tank/one", Err(LookupError::Loop)),
        ] {
            assert_eq!(files.lookup(path).found.as_deref(), found.as_ref().copied(), "{path}");
        }
    }

    #[test]
    fn an_entry_is_the_link_itself() {
        let files = files();
        for (path, found) in [
            ("/mnt/tank/broken", "/mnt/tank/broken"),
            ("/mnt/tank/directory", "/mnt/tank/directory"),
            ("/mnt/tank/directory/", "/mnt/tank/home"),
            ("/mnt/tank/directory/relative", "/mnt/tank/home/relative"),
        ] {
            assert_eq!(files.lookup_entry(path).found.as_deref(), Ok(found), "{path}");
        }
    }

    #[test]
    fn a_walk_tells_which_directories_it_entered() {
        let walked = files().lookup("/mnt/tank/directory/relative");
        let entered = ["/", "/mnt", "/mnt/tank", "/mnt/tank", "/mnt/tank/home"];
        assert_eq!(&walked.searched[..5], entered);
        assert!(walked.over_link);
        assert!(!files().lookup("/mnt/tank/file").over_link);
    }

    #[test]
    fn the_real_name_leads_on_where_nothing_is() {
        let files = files();
        for (path, real) in [
            ("/mnt/tank/directory/relative", "/mnt/tank/file"),
            ("/mnt/tank/broken", "/mnt/tank/nothing/there"),
            ("/mnt/tank/directory/new/deeper", "/mnt/tank/home/new/deeper"),
            ("/mnt/tank/nothing/../x", "/mnt/tank/x"),
            ("/bin", "/usr/bin"),
        ] {
            assert_eq!(files.real(path), real);
        }
    }
}
