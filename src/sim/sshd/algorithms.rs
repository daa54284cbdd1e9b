//! Names of algorithms in `sshd_config`: which ones exist, and what a list of them comes to.
//!
//! Source: OpenSSH `sshkey.c` (`keyimpls`, `sshkey_names_valid2`), `cipher.c`, `mac.c`, `kex.c`
//! (`kex_assemble_names`), `myproposal.h`.

use super::pattern::{self, Verdict};

/// How public keys sign, and whether sshd takes it unless it is told otherwise.
const KEYS: [(&str, bool); 21] = [
    ("ssh-ed25519", true),
    ("ssh-ed25519-cert-v01@openssh.com", true),
    ("sk-ssh-ed25519@openssh.com", true),
    ("sk-ssh-ed25519-cert-v01@openssh.com", true),
    ("ecdsa-sha2-nistp256", true),
    ("ecdsa-sha2-nistp256-cert-v01@openssh.com", true),
    ("ecdsa-sha2-nistp384", true),
    ("ecdsa-sha2-nistp384-cert-v01@openssh.com", true),
    ("ecdsa-sha2-nistp521", true),
    ("ecdsa-sha2-nistp521-cert-v01@openssh.com", true),
    ("sk-ecdsa-sha2-nistp256@openssh.com", true),
    ("sk-ecdsa-sha2-nistp256-cert-v01@openssh.com", true),
    ("webauthn-sk-ecdsa-sha2-nistp256@openssh.com", false),
    ("ssh-dss", false),
    ("ssh-dss-cert-v01@openssh.com", false),
    ("ssh-rsa", false),
    ("ssh-rsa-cert-v01@openssh.com", false),
    ("rsa-sha2-256", true),
    ("rsa-sha2-256-cert-v01@openssh.com", true),
    ("rsa-sha2-512", true),
    ("rsa-sha2-512-cert-v01@openssh.com", true),
];
/// Short names of key types, which are valid, but stand for no algorithm.
const KEY_TYPES: [&str; 6] = ["ed25519", "ed25519-sk", "ecdsa", "ecdsa-sk", "dsa", "rsa"];
const CIPHERS: &str = "3des-cbc aes128-cbc aes192-cbc aes256-cbc aes128-ctr aes192-ctr aes256-ctr \
    aes128-gcm@openssh.com aes256-gcm@openssh.com chacha20-poly1305@openssh.com";
/// Each also with `-etm@openssh.com`.
const MACS: &str = "hmac-sha1 hmac-sha1-96 hmac-sha2-256 hmac-sha2-512 hmac-md5 hmac-md5-96 \
    umac-64@openssh.com umac-128@openssh.com hmac-sha1-etm@openssh.com \
    hmac-sha1-96-etm@openssh.com hmac-sha2-256-etm@openssh.com hmac-sha2-512-etm@openssh.com \
    hmac-md5-etm@openssh.com hmac-md5-96-etm@openssh.com umac-64-etm@openssh.com \
    umac-128-etm@openssh.com";
const KEY_EXCHANGES: &str = "diffie-hellman-group1-sha1 diffie-hellman-group14-sha1 \
    diffie-hellman-group14-sha256 diffie-hellman-group16-sha512 diffie-hellman-group18-sha512 \
    diffie-hellman-group-exchange-sha1 diffie-hellman-group-exchange-sha256 ecdh-sha2-nistp256 \
    ecdh-sha2-nistp384 ecdh-sha2-nistp521 curve25519-sha256 curve25519-sha256@libssh.org \
    sntrup761x25519-sha512@openssh.com";

/// What algorithms are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Signatures of keys.
    Key,
    /// Encryption.
    Cipher,
    /// Integrity.
    Mac,
    /// Key exchange.
    KeyExchange,
}

/// Whether every name of a list is known. A list that takes names away is not looked at.
pub fn are_valid(purpose: Purpose, list: &str) -> bool {
    if list.starts_with('-') {
        return true;
    }
    let names = list.strip_prefix(['+', '^']).unwrap_or(list);
    // An empty name ends the list.
    !names.is_empty()
        && names.split(',').take_while(|name| !name.is_empty()).all(|name| is_known(purpose, name))
}

fn is_known(purpose: Purpose, name: &str) -> bool {
    let names = match purpose {
        Purpose::Key => {
            let is_type = KEY_TYPES.iter().any(|known| known.eq_ignore_ascii_case(name));
            let fits = |known: &str| pattern::name_list(known, name) != Verdict::Unknown;
            return is_type || KEYS.iter().any(|(known, _)| fits(known));
        }
        Purpose::Cipher => CIPHERS,
        Purpose::Mac => MACS,
        Purpose::KeyExchange => KEY_EXCHANGES,
    };
    names.split_whitespace().any(|known| known == name)
}

/// A list of key algorithms that sshd can do nothing with: it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unusable;

/// The key algorithms that a list comes to.
///
/// # Errors
/// [`Unusable`]
pub fn assemble_keys(list: &str) -> Result<Vec<&'static str>, Unusable> {
    let defaults = || KEYS.iter().filter(|(_, default)| *default).map(|(name, _)| *name);
    if let Some(removed) = list.strip_prefix('-') {
        let is_kept = |name: &&str| pattern::name_list(name, removed) != Verdict::Fits;
        let kept: Vec<&str> = defaults().filter(is_kept).collect();
        // sshd assembles its lists again for every connection, and then an empty one is unset.
        return Ok(if kept.is_empty() { default_keys() } else { kept });
    }
    let added = list.strip_prefix(['+', '^']);
    let mut names: Vec<&str> = if added.is_some() { defaults().collect() } else { Vec::new() };
    for wanted in added.unwrap_or(list).split(',') {
        if wanted.starts_with('!') {
            return Err(Unusable);
        }
        let fits = |name: &&str| pattern::name_list(name, wanted) == Verdict::Fits;
        names.extend(KEYS.iter().map(|(name, _)| *name).filter(fits));
    }
    if names.is_empty() { Err(Unusable) } else { Ok(names) }
}

/// The key algorithms that sshd takes unless it is told otherwise.
pub fn default_keys() -> Vec<&'static str> {
    KEYS.iter().filter(|(_, default)| *default).map(|(name, _)| *name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_come_to_algorithms() {
        let takes = |list: &str, name: &str| assemble_keys(list).expect(list).contains(&name);
        assert!(takes("+ssh-rsa", "ssh-rsa") && takes("+ssh-rsa", "ssh-ed25519"));
        assert!(takes("^rsa-sha2-512", "ssh-ed25519"));
        assert!(!takes("-ssh-ed25519", "ssh-ed25519") && takes("-ssh-ed25519", "rsa-sha2-512"));
        assert!(takes("rsa-*,ssh-dss", "rsa-sha2-256") && !takes("rsa-*", "ssh-ed25519"));
        assert!(takes("*", "ssh-rsa"));
        assert_eq!(assemble_keys("-*"), Ok(default_keys()));
        assert_eq!(assemble_keys("*,!ssh-rsa"), Err(Unusable));
        assert_eq!(assemble_keys("RSA"), Err(Unusable));
    }

    #[test]
    fn unknown_names_are_refused() {
        for list in ["ssh-ed25519,rsa-*", "+ssh-rsa", "-bogus", "!ssh-dss", "RSA", "*,,bogus"] {
            assert!(are_valid(Purpose::Key, list), "{list}");
        }
        for list in ["bogus", "+bogus", "ssh-ed25519,bogus", "+", ""] {
            assert!(!are_valid(Purpose::Key, list), "{list}");
        }
        assert!(are_valid(Purpose::Cipher, "aes256-ctr"));
        assert!(!are_valid(Purpose::Cipher, "aes*"));
    }
}
