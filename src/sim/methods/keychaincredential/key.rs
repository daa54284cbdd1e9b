//! Key pairs as `ssh-keygen` reads them.
//!
//! Formats: OpenSSH's `PROTOCOL.key` and RFC 4253 §6.6; PKCS#1 for the older RSA keys.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rand::RngCore;

/// Why a private key cannot be stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unusable {
    /// It asks for a passphrase.
    #[error("Encrypted private keys are not allowed")]
    Encrypted,
    /// What ssh-keygen says of a file that is no key: it names its temporary file.
    #[error("Load key \"/tmp/tmp8k2x7q1c\": error in libcrypto\r\n")]
    NoKey,
}

const MAGIC: &[u8] = b"openssh-key-v1\0";

/// The types of keys: the number of fields that follow the type's name in a public key, and in a
/// private one.
const TYPES: [(&str, usize, usize); 6] = [
    ("ssh-ed25519", 1, 2),
    ("ssh-rsa", 2, 6),
    ("ecdsa-sha2-nistp256", 2, 3),
    ("ecdsa-sha2-nistp384", 2, 3),
    ("ecdsa-sha2-nistp521", 2, 3),
    ("ssh-dss", 4, 5),
];

fn fields_of(name: &str) -> Option<(usize, usize)> {
    TYPES.iter().find(|(known, ..)| *known == name).map(|(_, public, private)| (*public, *private))
}

/// Reads the length-prefixed fields of SSH's encoding.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn number(&mut self) -> Option<u32> {
        let (bytes, rest) = self.0.split_first_chunk::<4>()?;
        self.0 = rest;
        Some(u32::from_be_bytes(*bytes))
    }

    fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.number()?).ok()?;
        let (bytes, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(bytes)
    }

    fn text(&mut self) -> Option<&'a str> {
        std::str::from_utf8(self.bytes()?).ok()
    }
}

/// The public half of a private key, `TYPE BASE64 COMMENT` with a line feed.
pub(super) fn public_of(private: &str) -> Result<String, Unusable> {
    let (label, body) = armour(private).ok_or(Unusable::NoKey)?;
    match label {
        "OPENSSH PRIVATE KEY" => of_openssh(&decode(body).ok_or(Unusable::NoKey)?),
        "ENCRYPTED PRIVATE KEY" => Err(Unusable::Encrypted),
        _ if body.contains("Proc-Type: 4,ENCRYPTED") => Err(Unusable::Encrypted),
        "RSA PRIVATE KEY" => of_pkcs1(&decode(body).ok_or(Unusable::NoKey)?),
        _ => Err(Unusable::NoKey),
    }
}

/// The label and the body of a PEM text.
fn armour(text: &str) -> Option<(&str, &str)> {
    let (_, rest) = text.split_once("-----BEGIN ")?;
    let (label, rest) = rest.split_once("-----")?;
    let (body, _) = rest.split_once("-----END ")?;
    Some((label, body))
}

fn decode(body: &str) -> Option<Vec<u8>> {
    STANDARD.decode(body.split_whitespace().collect::<String>()).ok()
}

fn of_openssh(key: &[u8]) -> Result<String, Unusable> {
    let mut outer = Fields(key.strip_prefix(MAGIC).ok_or(Unusable::NoKey)?);
    if outer.text().ok_or(Unusable::NoKey)? != "none" {
        return Err(Unusable::Encrypted);
    }
    let mut read = || {
        outer.bytes()?;
        outer.bytes()?;
        (outer.number()? == 1).then_some(())?;
        let public = outer.bytes()?;
        let mut inner = Fields(outer.bytes()?);
        (inner.number()? == inner.number()?).then_some(())?;
        let name = inner.text()?;
        let (_, count) = fields_of(name)?;
        for _ in 0..count {
            inner.bytes()?;
        }
        Some((name, public, inner.text()?))
    };
    let (name, public, comment) = read().ok_or(Unusable::NoKey)?;
    Ok(line(name, public, comment))
}

fn line(name: &str, public: &[u8], comment: &str) -> String {
    let blank = if comment.is_empty() { "" } else { " " };
    format!("{name} {}{blank}{comment}\n", STANDARD.encode(public))
}

/// `SEQUENCE { version, n, e, ... }`
fn of_pkcs1(der: &[u8]) -> Result<String, Unusable> {
    let read = || {
        let (0x30, mut rest, _) = element(der)? else { return None };
        let mut numbers = Vec::new();
        while numbers.len() < 3 {
            let (0x02, number, after) = element(rest)? else { return None };
            numbers.push(number);
            rest = after;
        }
        let mut blob = Vec::new();
        for bytes in [b"ssh-rsa".as_slice(), numbers[2], numbers[1]] {
            put(&mut blob, bytes);
        }
        Some(line("ssh-rsa", &blob, ""))
    };
    read().ok_or(Unusable::NoKey)
}

/// The first element of DER: tag, content, and what follows it.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&[tag, first], rest) = der.split_first_chunk::<2>()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
        if bytes.len() > 4 {
            return None;
        }
        (bytes.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)), rest)
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

/// Whether a public key is the other: type and body, whatever the comment says.
pub(super) fn are_equal(public: &str, other: &str) -> bool {
    public.split_whitespace().take(2).eq(other.split_whitespace().take(2))
}

/// Whether `ssh-keygen -l` finds a public key in the text.
pub(super) fn is_public(text: &str) -> bool {
    text.lines().any(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        words.windows(2).any(|pair| is_key(pair[0], pair[1]))
    })
}

fn is_key(name: &str, body: &str) -> bool {
    let Some((count, _)) = fields_of(name) else { return false };
    let Ok(blob) = STANDARD.decode(body) else { return false };
    let mut fields = Fields(&blob);
    let whole = fields.text() == Some(name) && (0..count).all(|_| fields.bytes().is_some());
    whole && fields.0.is_empty()
}

fn put(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend(u32::try_from(bytes.len()).unwrap_or_default().to_be_bytes());
    out.extend(bytes);
}

/// How many bits the modulus of a generated key has: what `ssh-keygen -t rsa` makes.
const MODULUS_BITS: usize = 3072;

/// A new RSA pair, private and public: well-formed, so that everything reads it, and of random
/// numbers, so that nobody can sign with it.
pub(super) fn generate(hostname: &str) -> (String, String) {
    let number = |bits: usize| {
        let mut bytes = vec![0; bits / 8 + 1];
        rand::rng().fill_bytes(&mut bytes[1..]);
        bytes[1] |= 0x80;
        if let Some(last) = bytes.last_mut() {
            *last |= 1;
        }
        bytes
    };
    let (modulus, exponent) = (number(MODULUS_BITS), vec![1, 0, 1]);
    let half = || number(MODULUS_BITS / 2);
    let comment = format!("root@{hostname}");
    let mut public = Vec::new();
    for bytes in [b"ssh-rsa".as_slice(), &exponent, &modulus] {
        put(&mut public, bytes);
    }
    let mut secret = [7; 8].to_vec();
    put(&mut secret, b"ssh-rsa");
    for bytes in [modulus, exponent, number(MODULUS_BITS), half(), half(), half()] {
        put(&mut secret, &bytes);
    }
    put(&mut secret, comment.as_bytes());
    let padding = (8 - secret.len() % 8) % 8;
    secret.extend((1..).take(padding));
    let mut key = MAGIC.to_vec();
    for bytes in [b"none".as_slice(), b"none", b""] {
        put(&mut key, bytes);
    }
    key.extend(1_u32.to_be_bytes());
    put(&mut key, &public);
    put(&mut key, &secret);
    let mut private = String::from("-----BEGIN OPENSSH PRIVATE KEY-----\n");
    for (index, letter) in STANDARD.encode(key).chars().enumerate() {
        if index % 70 == 0 && index > 0 {
            private.push('\n');
        }
        private.push(letter);
    }
    private.push_str("\n-----END OPENSSH PRIVATE KEY-----\n");
    (private, line("ssh-rsa", &public, &comment))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generated_pair_matches() {
        let (private, public) = generate("nas");
        assert_eq!(public_of(&private), Ok(public.clone()));
        assert!(is_public(&public));
        assert!(public.starts_with("ssh-rsa AAAAB3NzaC1yc2EAAAADAQAB"));
        assert!(public.ends_with(" root@nas\n"));
    }

    #[test]
    fn the_comment_does_not_count() {
        let (_, public) = generate("nas");
        assert!(are_equal(&format!("  {} and more ", public.trim()), &public));
        assert!(!are_equal(&generate("nas").1, &public));
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for text in ["", "garbage", "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END X-----"] {
            assert_eq!(public_of(text), Err(Unusable::NoKey), "{text}");
        }
        let pem = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n-----END X-----";
        assert_eq!(public_of(pem), Err(Unusable::Encrypted));
        for text in ["", "ssh-ed25519", "ssh-ed25519 AAAA", "nonsense AAAAC3NzaC1lZDI1NTE5"] {
            assert!(!is_public(text), "{text}");
        }
    }

    #[test]
    fn an_old_rsa_key_has_no_comment() {
        let der = [0x30, 12, 2, 1, 0, 2, 2, 0, 0xc1, 2, 3, 1, 0, 1];
        let pem = format!(
            "-----BEGIN RSA PRIVATE KEY-----\n{}\n-----END RSA PRIVATE KEY-----\n",
            STANDARD.encode(der)
        );
        let public = public_of(&pem).unwrap_or_default();
        assert!(public.starts_with("ssh-rsa ") && is_public(&public), "{public}");
    }
}
