//! Lists of algorithms, which have to hold one that the clients of a replication use.

use crate::model::glob::matches_name;

use super::config::Directive;

/// The keywords, and of each the algorithms that both clients of a replication offer: paramiko 3.5,
/// which asks for snapshots, and ssh(1), which sends them. sshd accepts all of them by default.
const OFFERED: [(&str, &[&str]); 4] = [
    (
        "ciphers",
        &[
            "aes128-ctr",
            "aes192-ctr",
            "aes256-ctr",
            "aes128-gcm@openssh.com",
            "aes256-gcm@openssh.com",
        ],
    ),
    ("hostkeyalgorithms", &["ssh-ed25519", "ecdsa-sha2-nistp256", "rsa-sha2-512", "rsa-sha2-256"]),
    (
        "kexalgorithms",
        &[
            "curve25519-sha256",
            "curve25519-sha256@libssh.org",
            "ecdh-sha2-nistp256",
            "ecdh-sha2-nistp384",
            "ecdh-sha2-nistp521",
            "diffie-hellman-group16-sha512",
            "diffie-hellman-group-exchange-sha256",
            "diffie-hellman-group14-sha256",
        ],
    ),
    (
        "macs",
        &[
            "hmac-sha2-256",
            "hmac-sha2-512",
            "hmac-sha2-256-etm@openssh.com",
            "hmac-sha2-512-etm@openssh.com",
            "hmac-sha1",
        ],
    ),
];

/// The keywords of lists that have to hold an algorithm that the clients offer.
pub(super) fn keywords() -> impl Iterator<Item = &'static str> {
    OFFERED.iter().map(|(keyword, _)| *keyword)
}

/// Whether a list leaves nothing that both clients offer.
pub(super) fn leaves_none(directive: &Directive) -> bool {
    let offered = OFFERED.iter().find(|(keyword, _)| *keyword == directive.keyword);
    offered.is_some_and(|(_, offered)| !offered.iter().any(|it| accepts(directive, it)))
}

/// Whether a list accepts an algorithm that sshd accepts by default: `+` and `^` change nothing
/// about that, `-` takes away what it names, and without either only what is named stays.
pub(super) fn accepts(directive: &Directive, algorithm: &str) -> bool {
    let list = directive.words.first().map(String::as_str).unwrap_or_default();
    match list.chars().next() {
        Some('+' | '^') => true,
        Some('-') => !names(&list[1..], algorithm),
        _ => names(list, algorithm),
    }
}

/// Whether a list names an algorithm, itself or by a pattern.
pub(super) fn names(list: &str, algorithm: &str) -> bool {
    list.split(',').any(|pattern| matches_name(pattern, algorithm))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_needs_an_algorithm_of_both_clients() {
        let leaves_none = |keyword: &str, list: &str| {
            let line = format!("{keyword} {list}");
            let words = vec![list.to_owned()];
            leaves_none(&Directive { keyword: keyword.into(), words, line })
        };
        for (keyword, list) in [
            ("ciphers", "3des-cbc"),
            ("ciphers", "chacha20-poly1305@openssh.com"),
            ("ciphers", "-aes*"),
            ("kexalgorithms", "diffie-hellman-group1-sha1"),
            ("hostkeyalgorithms", "ssh-rsa"),
            ("macs", "hmac-md5,umac-64@openssh.com"),
        ] {
            assert!(leaves_none(keyword, list), "{keyword} {list}");
        }
        for (keyword, list) in [
            ("ciphers", "chacha20-poly1305@openssh.com,aes256-gcm@openssh.com"),
            ("ciphers", "+3des-cbc"),
            ("ciphers", "^aes256-ctr"),
            ("ciphers", "-*cbc"),
            ("kexalgorithms", "sntrup761x25519-sha512@openssh.com,curve25519-sha256"),
            ("hostkeyalgorithms", "ssh-ed25519"),
            ("macs", "hmac-sha2-*"),
            ("logingracetime", "20"),
        ] {
            assert!(!leaves_none(keyword, list), "{keyword} {list}");
        }
    }
}
