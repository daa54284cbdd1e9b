//! What a certificate says of itself, as far as a person needs it to compare.
//!
//! A reader for the few parts of DER (X.690) and of a certificate (RFC 5280, 4.1) that are shown.
//! Nothing is believed because of what is read here, but for the public key's digest.

use sha2::{Digest, Sha256};

/// A leaf certificate, reduced to what is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// SHA-256 over its DER.
    pub sha256: [u8; 32],
    /// SHA-256 over its SubjectPublicKeyInfo's DER; `None` if it is malformed.
    pub public_key_sha256: Option<[u8; 32]>,
    /// Whom it is made out to: `CN=truenas.local, O=…`; empty if it does not say.
    pub subject: String,
    /// Who signed it, likewise.
    pub issuer: String,
    /// Since when and until when it is valid.
    pub valid: Option<(jiff::Timestamp, jiff::Timestamp)>,
}

impl Certificate {
    /// What this DER says. What cannot be read is left out.
    pub fn of(der: &[u8]) -> Self {
        let parts = Parts::of(der);
        Self {
            sha256: Sha256::digest(der).into(),
            public_key_sha256: parts.as_ref().map(|parts| Sha256::digest(parts.public_key).into()),
            subject: parts.as_ref().map(|parts| name(parts.subject)).unwrap_or_default(),
            issuer: parts.as_ref().map(|parts| name(parts.issuer)).unwrap_or_default(),
            valid: parts.as_ref().and_then(|parts| validity(parts.validity)),
        }
    }

    /// The certificate's SHA-256 as openssl prints it and a manifest pins it: `AA:BB:…`.
    pub fn sha256(&self) -> String {
        colon_hex(&self.sha256)
    }

    /// The public key's SHA-256 in base64, as a manifest pins it.
    pub fn spki(&self) -> Option<String> {
        self.public_key_sha256.as_ref().map(|digest| base64(digest))
    }
}

/// `AA:BB:…`
pub fn colon_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":")
}

/// Base64 with padding.
pub fn base64(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

/// The parts of a TBSCertificate that are looked at.
struct Parts<'a> {
    issuer: &'a [u8],
    validity: &'a [u8],
    subject: &'a [u8],
    /// The whole element, tag and length included.
    public_key: &'a [u8],
}

impl<'a> Parts<'a> {
    fn of(der: &'a [u8]) -> Option<Self> {
        let certificate = Elements(der).next()?;
        let body = Elements(certificate.content).next()?;
        let mut parts = Elements(body.content).peekable();
        // The version is an explicit [0], left out in version 1.
        parts.next_if(|part| part.tag == 0xa0);
        let (_serial, _algorithm) = (parts.next()?, parts.next()?);
        Some(Self {
            issuer: parts.next()?.content,
            validity: parts.next()?.content,
            subject: parts.next()?.content,
            public_key: parts.next()?.whole,
        })
    }
}

struct Element<'a> {
    tag: u8,
    content: &'a [u8],
    whole: &'a [u8],
}

/// The elements that stand one after the other; ends at the first that is malformed.
struct Elements<'a>(&'a [u8]);

impl<'a> Iterator for Elements<'a> {
    type Item = Element<'a>;

    fn next(&mut self) -> Option<Element<'a>> {
        let (&tag, rest) = self.0.split_first()?;
        let (&first, rest) = rest.split_first()?;
        let (length, rest) = if first < 0x80 {
            (usize::from(first), rest)
        } else {
            let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            if bytes.is_empty() || bytes.len() > 4 {
                return None;
            }
            (bytes.iter().fold(0, |length, &byte| (length << 8) | usize::from(byte)), rest)
        };
        let (content, rest) = rest.split_at_checked(length)?;
        let (whole, _) = self.0.split_at_checked(self.0.len() - rest.len())?;
        self.0 = rest;
        Some(Element { tag, content, whole })
    }
}

/// A distinguished name with the attributes that people know.
fn name(der: &[u8]) -> String {
    let attributes = Elements(der).flat_map(|set| Elements(set.content)).filter_map(|attribute| {
        let mut parts = Elements(attribute.content);
        let kind = match parts.next()?.content {
            [0x55, 0x04, 0x03] => "CN",
            [0x55, 0x04, 0x06] => "C",
            [0x55, 0x04, 0x07] => "L",
            [0x55, 0x04, 0x08] => "ST",
            [0x55, 0x04, 0x0a] => "O",
            [0x55, 0x04, 0x0b] => "OU",
            _ => return None,
        };
        let text = String::from_utf8_lossy(parts.next()?.content);
        // It is shown on terminals and comes from whoever answered.
        let text: String = text.chars().filter(|c| !c.is_control()).take(100).collect();
        Some(format!("{kind}={text}"))
    });
    attributes.take(20).collect::<Vec<_>>().join(", ")
}

fn validity(der: &[u8]) -> Option<(jiff::Timestamp, jiff::Timestamp)> {
    let mut times = Elements(der);
    Some((time(&times.next()?)?, time(&times.next()?)?))
}

/// UTCTime `YYMMDDHHMMSSZ` (years 1950 to 2049) or GeneralizedTime `YYYYMMDDHHMMSSZ`.
fn time(element: &Element<'_>) -> Option<jiff::Timestamp> {
    let text = str::from_utf8(element.content).ok().filter(|text| text.is_ascii())?;
    let (century, rest) = match element.tag {
        0x17 if text < "50" => ("20", text),
        0x17 => ("19", text),
        0x18 => text.split_at_checked(2)?,
        _ => return None,
    };
    let digits = rest.strip_suffix('Z').filter(|digits| digits.len() == 12)?;
    let part = |at: usize| digits.get(at..at + 2);
    let text = format!(
        "{century}{}-{}-{}T{}:{}:{}Z",
        part(0)?,
        part(2)?,
        part(4)?,
        part(6)?,
        part(8)?,
        part(10)?
    );
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_written_as_openssl_writes_them() {
        assert_eq!(colon_hex(&[0x4e, 0x01, 0xff]), "4E:01:FF");
        assert_eq!(base64(&[0xff, 0x00]), "/wA=");
    }

    #[test]
    fn what_is_no_certificate_has_only_a_digest() {
        for der in [&b""[..], b"\x30", b"\x30\x84\xff\xff\xff\xff", b"\x30\x80\x00", b"garbage"] {
            let certificate = Certificate::of(der);
            assert_eq!(certificate.public_key_sha256, None);
            assert_eq!((certificate.subject.as_str(), certificate.valid), ("", None));
        }
    }

    #[test]
    fn both_forms_of_time_are_read() {
        let read = |tag, content: &str| {
            time(&Element { tag, content: content.as_bytes(), whole: &[] })
                .map(|time| time.to_string())
        };
        assert_eq!(read(0x17, "260102030405Z").as_deref(), Some("2026-01-02T03:04:05Z"));
        assert_eq!(read(0x17, "990102030405Z").as_deref(), Some("1999-01-02T03:04:05Z"));
        assert_eq!(read(0x18, "21260102030405Z").as_deref(), Some("2126-01-02T03:04:05Z"));
        assert_eq!(read(0x18, "20269902030405Z"), None);
        assert_eq!(read(0x17, "2601020304Z"), None);
    }
}
