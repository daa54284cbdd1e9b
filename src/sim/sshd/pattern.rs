//! Patterns of sshd: names with `*` and `?`, lists with `!`, addresses with a prefix length.
//!
//! Source: OpenSSH `match.c`, `addrmatch.c`.

use std::net::IpAddr;

use super::address::{self, NetworkError};

/// Whether a text fits a pattern of `*` and `?` (`match_pattern`).
pub fn fits(text: &str, pattern: &str) -> bool {
    let (text, pattern) = (text.as_bytes(), pattern.as_bytes());
    let (mut at, mut next) = (0, 0);
    // Where the last star stood, and up to where it has swallowed the text.
    let mut star: Option<(usize, usize)> = None;
    while at < text.len() {
        match pattern.get(next) {
            Some(b'*') => {
                star = Some((next, at));
                next += 1;
            }
            Some(letter) if *letter == b'?' || *letter == text[at] => {
                at += 1;
                next += 1;
            }
            _ => {
                let Some((position, swallowed)) = star else { return false };
                star = Some((position, swallowed + 1));
                (next, at) = (position + 1, swallowed + 1);
            }
        }
    }
    pattern[next..].iter().all(|letter| *letter == b'*')
}

/// What a list of patterns says of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// A pattern fits.
    Fits,
    /// A pattern behind `!` fits: it counts more than all others.
    Excluded,
    /// No pattern fits.
    Unknown,
}

/// A list of addresses with an empty member, or with a network that has bits behind its prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidList;

/// Whether a name fits a list of patterns (`match_pattern_list`).
pub fn name_list(name: &str, patterns: &str) -> Verdict {
    let mut verdict = Verdict::Unknown;
    for pattern in patterns.split(',') {
        match pattern.strip_prefix('!') {
            Some(negated) if fits(name, negated) => return Verdict::Excluded,
            None if fits(name, pattern) => verdict = Verdict::Fits,
            _ => {}
        }
    }
    // An empty list has no member, not an empty one.
    if patterns.is_empty() { Verdict::Unknown } else { verdict }
}

/// Whether an address fits a list of networks, addresses and patterns (`addr_match_list`).
///
/// # Errors
/// [`InvalidList`], if it comes to that before a negated member fits.
pub fn address_list(address: IpAddr, patterns: &str) -> Result<Verdict, InvalidList> {
    let text = address.to_string();
    let mut verdict = Verdict::Unknown;
    for member in patterns.split(',') {
        let negated = member.strip_prefix('!');
        let pattern = negated.unwrap_or(member);
        let fits = match check_member(pattern)? {
            Some((network, length)) => address::is_within(address, network, length),
            None => fits(&text, pattern),
        };
        match (fits, negated) {
            (true, Some(_)) => return Ok(Verdict::Excluded),
            (true, None) => verdict = Verdict::Fits,
            (false, _) => {}
        }
    }
    Ok(verdict)
}

/// Checks a list of addresses without an address.
///
/// # Errors
/// [`InvalidList`]
pub fn check_address_list(patterns: &str) -> Result<(), InvalidList> {
    let member = |member: &str| check_member(member.strip_prefix('!').unwrap_or(member)).map(drop);
    patterns.split(',').try_for_each(member)
}

/// The network that a member of a list is; `None` for a pattern.
fn check_member(member: &str) -> Result<Option<(IpAddr, u32)>, InvalidList> {
    if member.is_empty() {
        return Err(InvalidList);
    }
    match address::parse_network(member) {
        Ok(network) => Ok(Some(network)),
        Err(NetworkError::NoNetwork) => Ok(None),
        Err(NetworkError::Inconsistent) => Err(InvalidList),
    }
}

/// Whether a peer fits a list of host patterns (`match_host_and_ip`). sshd runs with `UseDNS no`:
/// its name is its address. Nobody fits an invalid list.
pub fn host_list(address: IpAddr, patterns: &str) -> bool {
    let Ok(by_address) = address_list(address, patterns) else { return false };
    let by_name = name_list(&address.to_string(), &patterns.to_ascii_lowercase());
    let verdicts = [by_address, by_name];
    !verdicts.contains(&Verdict::Excluded) && verdicts.contains(&Verdict::Fits)
}

/// Whether a user fits `NAME` or `NAME@HOST` (`match_user`).
pub fn user(name: &str, address: IpAddr, pattern: &str) -> bool {
    match pattern.split_once('@') {
        Some((user, host)) => fits(name, user) && host_list(address, host),
        None => fits(name, pattern),
    }
}

/// Checks `NAME` or `NAME@HOST`.
///
/// # Errors
/// [`InvalidList`]
pub fn check_user(pattern: &str) -> Result<(), InvalidList> {
    pattern.split_once('@').map_or(Ok(()), |(_, host)| check_address_list(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 17));

    #[test]
    fn names_fit_patterns() {
        for (name, pattern) in [("link", "link"), ("link", "l*k"), ("link", "l??k"), ("x", "**x**")]
        {
            assert!(fits(name, pattern), "{name} {pattern}");
        }
        for (name, pattern) in [("link", "lin"), ("link", "?"), ("", "?")] {
            assert!(!fits(name, pattern), "{name} {pattern}");
        }
        assert_eq!(name_list("bob", "alice,b*"), Verdict::Fits);
        assert_eq!(name_list("bob", "*,!bob"), Verdict::Excluded);
        assert_eq!(name_list("bob", "!bob,*"), Verdict::Excluded);
        assert_eq!(name_list("bob", "!alice"), Verdict::Unknown);
        assert_eq!(name_list("bob", "alice, bob"), Verdict::Unknown);
        assert_eq!(name_list("", ""), Verdict::Unknown);
    }

    #[test]
    fn peers_fit_networks_and_patterns() {
        for fitting in
            ["192.0.2.17", "192.0.2.0/24", "0.0.0.0/0", "192.0.*", "10.0.0.1,192.0.2.16/31"]
        {
            assert!(host_list(HERE, fitting), "{fitting}");
        }
        for other in [
            "192.0.2.1",
            "192.0.3.0/24",
            "example.net",
            "192.0.2.0/24,!192.0.2.17",
            "::/0",
            // These are errors, which no member that fits makes good.
            "",
            "192.0.2.17,",
            "192.0.2.17,192.0.2.1/24",
            "192.0.2.17,192.0.2.0/33",
        ] {
            assert!(!host_list(HERE, other), "{other}");
        }
        assert!(user("link", HERE, "li*@192.0.2.0/24"));
        assert!(!user("link", HERE, "link@10.0.0.0/8"));
        assert_eq!(check_user("link@10.0.0.1/8"), Err(InvalidList));
        assert_eq!(check_user("link@"), Err(InvalidList));
    }
}
