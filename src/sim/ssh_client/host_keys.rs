//! The host keys that a connection names, read as paramiko reads a `known_hosts` file.
//!
//! Source: zettarepl `transport/base_ssh.py` (`get_host_key_entries`), paramiko `hostkeys.py`.

use base64::Engine;
use base64::engine::{GeneralPurpose, GeneralPurposeConfig};
use russh::keys::ssh_key::public::KeyData;
use russh::keys::{Algorithm, EcdsaCurve, HashAlg, PublicKey};

use super::failure::Failure;

/// The types that paramiko asks a server for, in its order.
const PREFERRED: [Algorithm; 7] = [
    Algorithm::Ed25519,
    Algorithm::Ecdsa { curve: EcdsaCurve::NistP256 },
    Algorithm::Ecdsa { curve: EcdsaCurve::NistP384 },
    Algorithm::Ecdsa { curve: EcdsaCurve::NistP521 },
    Algorithm::Rsa { hash: Some(HashAlg::Sha512) },
    Algorithm::Rsa { hash: Some(HashAlg::Sha256) },
    Algorithm::Rsa { hash: None },
];

/// Host keys by type, in the order in which the types were first named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnownHost(Vec<(String, KeyData)>);

/// What a host's key is to a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// It is named.
    Known,
    /// Another one is named.
    Other,
    /// None is named at all.
    NoneNamed,
}

/// Base64 as Python's `decodebytes` takes it: what is no letter of it is left out.
fn decode(text: &str) -> Option<Vec<u8>> {
    const LENIENT: GeneralPurpose = GeneralPurpose::new(
        &base64::alphabet::STANDARD,
        GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
    );
    let letters: String = text
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '='))
        .collect();
    LENIENT.decode(letters).ok()
}

impl KnownHost {
    /// Reads the lines of a connection: type and key; empty ones and comments are passed over.
    ///
    /// # Errors
    /// What zettarepl says of a line that is no key.
    pub fn parse(host: &str, port: u16, lines: &str) -> Result<Self, Failure> {
        let mut known = Self::default();
        let lines = lines.split('\n');
        for line in lines.filter(|line| !line.trim().is_empty() && !line.trim().starts_with('#')) {
            let named = match port {
                22 => format!("{host} {line}"),
                port => format!("[{host}]:{port} {line}"),
            };
            let fields: Vec<&str> = named.split([' ', '\t']).collect();
            let none = || Failure::Exception("ValueError", "Invalid SSH host key".to_owned());
            let [_, kind, key, ..] = fields[..] else { return Err(none()) };
            let rsa = kind == "ssh-rsa" || kind == "rsa-sha2-256" || kind == "rsa-sha2-512";
            let takes = rsa || PREFERRED.iter().any(|algorithm| algorithm.as_ref() == kind);
            if !takes {
                return Err(none());
            }
            let Some(blob) = decode(key) else {
                let line = super::super::repr::python_repr(&named);
                let text = format!("({line}, Error('Incorrect padding'))");
                return Err(Failure::Exception("InvalidHostKey", text));
            };
            let parsed = PublicKey::from_bytes(&blob).ok();
            let key = parsed.filter(|key| rsa || key.algorithm().as_ref() == kind);
            let Some(key) = key else {
                let text = format!("Invalid key (class: {}, data type: )", class_of(kind));
                return Err(Failure::connection("SSHException", &text));
            };
            known.add(key.algorithm().as_ref(), key.key_data().clone());
        }
        Ok(known)
    }

    fn add(&mut self, kind: &str, key: KeyData) {
        match self.0.iter_mut().find(|(other, _)| other == kind) {
            Some((_, known)) => *known = key,
            None => self.0.push((kind.to_owned(), key)),
        }
    }

    /// The types to ask the server for: the first one that is named, and then the rest. RSA is
    /// asked for by its old name, which no present server offers, and so comes last.
    pub fn preferred(&self) -> Vec<Algorithm> {
        let first = self.0.first().map(|(kind, _)| kind.as_str()).unwrap_or_default();
        let (mut order, rest): (Vec<Algorithm>, Vec<Algorithm>) =
            PREFERRED.into_iter().partition(|algorithm| algorithm.as_ref() == first);
        order.extend(rest);
        order
    }

    /// What the server's key is to this connection.
    pub fn judge(&self, key: &PublicKey) -> Trust {
        let kind = key.algorithm();
        match self.0.iter().find(|(other, _)| other == kind.as_ref()) {
            _ if self.0.is_empty() => Trust::NoneNamed,
            Some((_, known)) if known == key.key_data() => Trust::Known,
            _ => Trust::Other,
        }
    }

    /// The key that paramiko expected instead of another, in base64: the one of the same type, or
    /// the first one that is named.
    pub fn expected_instead_of(&self, key: &PublicKey) -> String {
        let kind = key.algorithm();
        let same_type = self.0.iter().find(|(other, _)| other == kind.as_ref());
        let expected = same_type.or(self.0.first());
        let expected = expected.map(|(_, key)| base64(&PublicKey::from(key.clone())));
        expected.unwrap_or_default()
    }
}

/// A key's blob in base64.
pub fn base64(key: &PublicKey) -> String {
    base64::engine::general_purpose::STANDARD.encode(key.to_bytes().unwrap_or_default())
}

fn class_of(kind: &str) -> &'static str {
    match kind {
        "ssh-ed25519" => "Ed25519Key",
        _ if kind.starts_with("ecdsa") => "ECDSAKey",
        _ => "RSAKey",
    }
}

/// A key's fingerprint as the middleware writes it: MD5, without leading zeros.
pub fn fingerprint(key: &PublicKey) -> String {
    let digest = md5::compute(key.to_bytes().unwrap_or_default());
    digest.iter().map(|byte| format!("{byte:x}")).collect::<Vec<_>>().join(":")
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKbZ5w7z5x3VICMdWzLEQl0dajw+0G6ChYfzTn5Mckx6";
    const B: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAII9OX/MBR4nTo+BM542aNEo8MTxvfo96WgF12IDcoPV2 b";

    fn known(lines: &str) -> Result<KnownHost, Failure> {
        KnownHost::parse("nas", 22, lines)
    }

    #[test]
    fn keys_are_known_or_not() {
        let key = PublicKey::from_openssh(A).expect("a key");
        for (lines, trust) in [
            (String::new(), Trust::NoneNamed),
            ("# none\n\n".to_owned(), Trust::NoneNamed),
            (A.to_owned(), Trust::Known),
            (format!("{A} with a comment\n"), Trust::Known),
            (B.to_owned(), Trust::Other),
            (format!("{A}\n{B}"), Trust::Other),
            (format!("{B}\n{A}"), Trust::Known),
        ] {
            assert_eq!(known(&lines).expect("keys").judge(&key), trust, "{lines}");
        }
    }

    #[test]
    fn lines_that_are_no_keys_are_told_as_zettarepl_tells_them() {
        let none = Err(Failure::Exception("ValueError", "Invalid SSH host key".to_owned()));
        for lines in ["garbage", "ssh-dss AAAA", " ssh-ed25519 AAAA", "a b c"] {
            assert_eq!(known(lines), none, "{lines}");
        }
        let padding = "('nas ssh-rsa AAAAB', Error('Incorrect padding'))".to_owned();
        assert_eq!(known("ssh-rsa AAAAB"), Err(Failure::Exception("InvalidHostKey", padding)));
        assert!(matches!(known("ssh-rsa AAAA"), Err(Failure::Connection(_))));
    }

    #[test]
    fn the_first_type_is_asked_for_first() {
        assert_eq!(known(A).expect("keys").preferred()[0], Algorithm::Ed25519);
        let ecdsa = KnownHost(vec![(
            "ecdsa-sha2-nistp256".to_owned(),
            PublicKey::from_openssh(A).expect("a key").key_data().clone(),
        )]);
        assert_eq!(ecdsa.preferred()[0].as_ref(), "ecdsa-sha2-nistp256");
        assert_eq!(ecdsa.preferred().len(), PREFERRED.len());
    }
}
