//! Names that nobody has given yet: of systems, replications, keys and connections.

use std::net::IpAddr;

use crate::manifest::value::Url;

use super::writable::looks_secret;

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
    (!name.is_empty() && !looks_secret(name)).then(|| name.into())
}

/// Two systems' names: those that were given, else those that were found, unless both would have
/// the same.
pub fn apart(given: [Option<String>; 2], found: [Option<String>; 2]) -> [Option<String>; 2] {
    let [first, second] = given.clone();
    let [first_found, second_found] = found;
    let names = [first.or(first_found), second.or(second_found)];
    if names[0] == names[1] { given } else { names }
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
    if name.is_empty() || looks_secret(name) { "replication".into() } else { name.into() }
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
        let like_an_api_key = format!("nas-7-{}", "a".repeat(64));
        assert_eq!(of_host(&like_an_api_key), None);
        assert_eq!(of_replication(&like_an_api_key), "replication");
    }

    #[test]
    fn two_systems_have_two_names() {
        let names = |given: [Option<&str>; 2], found: [Option<&str>; 2]| {
            let owned = |names: [Option<&str>; 2]| names.map(|name| name.map(String::from));
            let [first, second] = apart(owned(given), owned(found));
            format!("{} {}", first.unwrap_or("-".into()), second.unwrap_or("-".into()))
        };
        assert_eq!(names([None, None], [Some("a"), Some("b")]), "a b");
        assert_eq!(names([None, Some("c")], [Some("a"), Some("b")]), "a c");
        assert_eq!(names([None, None], [Some("nas"), Some("nas")]), "- -");
        assert_eq!(names([Some("nas"), None], [None, Some("nas")]), "nas -");
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
