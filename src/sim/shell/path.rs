//! The programs that there are, and where.

use super::super::system::System;

/// All programs, by where they really are; `/bin` and `/sbin` lead to `/usr/bin` and `/usr/sbin`.
const PROGRAMS: [&str; 17] = [
    "/usr/bin/bash",
    "/usr/bin/cli",
    "/usr/bin/cli_console",
    "/usr/bin/dash",
    "/usr/bin/echo",
    "/usr/bin/false",
    "/usr/bin/hostname",
    "/usr/bin/id",
    "/usr/bin/rbash",
    "/usr/bin/sh",
    "/usr/bin/sudo",
    "/usr/bin/tmux",
    "/usr/bin/true",
    "/usr/bin/whoami",
    "/usr/bin/zsh",
    "/usr/sbin/nologin",
    "/usr/sbin/zfs",
];

/// Where a path really leads.
pub fn real(path: &str) -> String {
    match path {
        _ if path.starts_with("/bin/") || path.starts_with("/sbin/") => format!("/usr{path}"),
        _ => path.to_owned(),
    }
}

/// The program of that name, as the directories of `PATH` have it; a name with a slash is a path.
pub fn find(name: &str, directories: &str) -> Option<String> {
    let exists = |path: &String| PROGRAMS.contains(&real(path).as_str());
    if name.contains('/') {
        return Some(name.to_owned()).filter(exists);
    }
    directories.split(':').map(|directory| format!("{directory}/{name}")).find(exists)
}

/// Where the file at a path really is; `None` if there is none.
pub fn locate(system: &System, path: &str) -> Option<String> {
    let real = real(path);
    let exists = PROGRAMS.contains(&real.as_str())
        || system.files.get(&real).is_some_and(|node| !node.is_directory());
    (path.starts_with('/') && exists).then_some(real)
}

/// The directories that hold a file of that name, by every path that leads to them.
pub fn directories_with(system: &System, name: &str) -> Vec<String> {
    let mut directories: Vec<String> =
        ["/bin", "/sbin", "/usr/bin", "/usr/sbin"].map(str::to_owned).to_vec();
    let below = |path: &String| path.strip_suffix(name)?.strip_suffix('/').map(str::to_owned);
    directories.extend(system.files.tree("/").iter().filter_map(below));
    directories.retain(|directory| locate(system, &format!("{directory}/{name}")).is_some());
    directories.sort_unstable();
    directories.dedup();
    directories
}

/// A path's last name.
pub fn base(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}
