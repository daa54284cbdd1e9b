//! The programs that there are, and where.

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

/// A path's last name.
pub fn base(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}
