//! Patterns of sshd: names with `*` and `?`, lists with `!`, addresses with a prefix length.
//!
//! Source: OpenSSH `match.c`, `addrmatch.c`.

use std::net::IpAddr;

/// Whether a text fits a pattern of `*` and `?` (`match_pattern`).
pub fn fits(text: &str, pattern: &str) -> bool {
    let (text, pattern): (Vec<char>, Vec<char>) =
        (text.chars().collect(), pattern.chars().collect());
    let (mut at, mut next) = (0, 0);
    // Where the last star stood, and up to where it has swallowed the text.
    let mut star: Option<(usize, usize)> = None;
    while at < text.len() {
        match pattern.get(next) {
            Some('*') => {
                star = Some((next, at));
                next += 1;
            }
            Some(letter) if *letter == '?' || *letter == text[at] => {
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
    pattern[next..].iter().all(|letter| *letter == '*')
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

/// Goes through a comma-separated list whose members may be negated.
fn list(patterns: &str, fits: impl Fn(&str) -> bool) -> Verdict {
    let mut verdict = Verdict::Unknown;
    for pattern in patterns.split(',').map(str::trim).filter(|pattern| !pattern.is_empty()) {
        match pattern.strip_prefix('!') {
            Some(negated) if fits(negated) => return Verdict::Excluded,
            None if fits(pattern) => verdict = Verdict::Fits,
            _ => {}
        }
    }
    verdict
}

/// Whether a name fits a list of patterns (`match_pattern_list`).
pub fn name_list(name: &str, patterns: &str) -> Verdict {
    list(patterns, |pattern| fits(name, pattern))
}

/// Whether an address fits a list of networks, addresses and patterns (`addr_match_list`).
pub fn address_list(address: IpAddr, patterns: &str) -> Verdict {
    let text = address.to_string();
    list(patterns, |pattern| in_network(address, pattern) || fits(&text, pattern))
}

/// Whether a peer fits a list of host patterns. sshd runs with `UseDNS no`: its name is its address.
pub fn host_list(address: IpAddr, patterns: &str) -> bool {
    let name = name_list(&address.to_string(), &patterns.to_lowercase());
    let verdicts = [address_list(address, patterns), name];
    !verdicts.contains(&Verdict::Excluded) && verdicts.contains(&Verdict::Fits)
}

/// Whether a user fits `NAME` or `NAME@HOST` (`match_user`).
pub fn user(name: &str, address: IpAddr, pattern: &str) -> bool {
    match pattern.rsplit_once('@') {
        Some((user, host)) => fits(name, user) && host_list(address, host),
        None => fits(name, pattern),
    }
}

fn in_network(address: IpAddr, network: &str) -> bool {
    let Some((base, length)) = network.split_once('/') else {
        return network.parse::<IpAddr>().is_ok_and(|one| one == address);
    };
    let (Ok(base), Ok(length)) = (base.parse::<IpAddr>(), length.parse::<u32>()) else {
        return false;
    };
    match (address, base) {
        (IpAddr::V4(address), IpAddr::V4(base)) => {
            let apart = u32::from(address) ^ u32::from(base);
            length <= 32 && apart.checked_shr(32 - length).unwrap_or(0) == 0
        }
        (IpAddr::V6(address), IpAddr::V6(base)) => {
            let apart = u128::from(address) ^ u128::from(base);
            length <= 128 && apart.checked_shr(128 - length).unwrap_or(0) == 0
        }
        _ => false,
    }
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
    }

    #[test]
    fn peers_fit_networks_and_patterns() {
        for fitting in
            ["192.0.2.17", "192.0.2.0/24", "0.0.0.0/0", "192.0.*", "10.0.0.1,192.0.2.16/31"]
        {
            assert!(host_list(HERE, fitting), "{fitting}");
        }
        for other in
            ["192.0.2.1", "192.0.3.0/24", "example.net", "192.0.2.0/24,!192.0.2.17", "::/0"]
        {
            assert!(!host_list(HERE, other), "{other}");
        }
        assert!(user("link", HERE, "li*@192.0.2.0/24"));
        assert!(!user("link", HERE, "link@10.0.0.0/8"));
    }
}
