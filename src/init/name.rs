//! Names that nobody has given yet: of systems, replications, keys and connections.

use std::net::IpAddr;

use crate::manifest::value::Url;

/// The name of a system as its URL tells it: `boston` for `https://boston.example.net`. An
/// address and `localhost` tell nothing.
pub fn of_url(url: &Url) -> Option<String> {
    let host = url.host();
    if host.parse::<IpAddr>().is_ok() {
        return None;
    }
    of_host(host).filter(|name| name != "localhost")
}

/// The name of a system as its host name tells it.
pub fn of_host(host: &str) -> Option<String> {
    let first = host.split('.').next().unwrap_or_default();
    let name: String =
        first.to_lowercase().chars().map(|c| if is_plain(c) { c } else { '-' }).collect();
    let name = name.trim_matches('-');
    (!name.is_empty()).then(|| name.into())
}

fn is_plain(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'
}

/// The name of a replication after that of a task, which may have blanks and slashes.
pub fn of_replication(task: &str) -> String {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_');
    let words: Vec<&str> = task.split(|c| !allowed(c)).filter(|word| !word.is_empty()).collect();
    let name = words.join("-");
    let name = name.trim_start_matches(['.', '_', '-']);
    if name.is_empty() { "replication".into() } else { name.into() }
}

/// The name, or the first with a number behind it that is not taken.
pub fn free(name: &str, taken: impl Fn(&str) -> bool) -> String {
    let numbered = (2..).map(|number| format!("{name}-{number}"));
    std::iter::once(name.to_owned()).chain(numbered).find(|it| !taken(it)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::read::Text;

    #[test]
    fn systems_are_named_after_their_hosts() {
        let name = |url: &str| Url::parse(url).ok().and_then(|url| of_url(&url));
        assert_eq!(name("https://boston.example.net:8443").as_deref(), Some("boston"));
        assert_eq!(name("https://NAS_2.local").as_deref(), Some("nas-2"));
        for nothing in ["https://10.0.0.1", "https://[fd00::1]", "https://localhost"] {
            assert_eq!(name(nothing), None, "{nothing}");
        }
        assert_eq!(of_host("---"), None);
    }

    #[test]
    fn replications_are_named_after_their_tasks() {
        for (task, name) in [
            ("tank/data - backup/boston", "tank-data-backup-boston"),
            ("Nightly (off site)", "Nightly-off-site"),
            ("_x", "x"),
            ("über", "ber"),
            ("/ /", "replication"),
        ] {
            assert_eq!(of_replication(task), name);
        }
        let taken = ["a", "a-2"];
        assert_eq!(free("a", |it| taken.contains(&it)), "a-3");
        assert_eq!(free("b", |it| taken.contains(&it)), "b");
    }
}
