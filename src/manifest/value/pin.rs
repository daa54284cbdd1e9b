//! Pins: which certificate, or which key of one, is believed.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::manifest::read::{Mistake, Text};

/// SHA-256 over a certificate, as 64 hexadecimal digits with or without colons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fingerprint(pub [u8; 32]);

impl Text for Fingerprint {
    const WHAT: &'static str = "a certificate's SHA-256 fingerprint";

    fn parse(text: &str) -> Result<Self, Mistake> {
        let wrong = |label: String| {
            Mistake::new(
                "this is no SHA-256 fingerprint",
                label,
                "write 64 hexadecimal digits, with or without colons; `trueup trust URL` prints them",
            )
        };
        if let Some((before, _)) = text.split_once('=').filter(|(_, after)| after.len() > 1) {
            return Err(wrong(format!("leave `{before}=` out")));
        }
        let digits: Vec<u8> = match text.contains(':') {
            true if text.split(':').all(|pair| pair.len() == 2) => text.replace(':', "").into(),
            true => return Err(wrong("two digits between two colons".into())),
            false => text.into(),
        };
        let digit = |byte: &u8| (*byte as char).to_digit(16).and_then(|it| u8::try_from(it).ok());
        let Some(digits) = digits.iter().map(digit).collect::<Option<Vec<u8>>>() else {
            return Err(match STANDARD.decode(text).is_ok_and(|bytes| bytes.len() == 32) {
                true => wrong("in base64 this may be a key's: that goes under `spki`".into()),
                false => wrong("not only hexadecimal digits".into()),
            });
        };
        let bytes: Vec<u8> =
            digits.chunks(2).map(|pair| pair.iter().fold(0, |a, b| a << 4 | b)).collect();
        match (<[u8; 32]>::try_from(bytes), digits.len()) {
            (Ok(bytes), 64) => Ok(Self(bytes)),
            (_, 40) => Err(wrong("40 digits are a SHA-1 fingerprint".into())),
            (_, count) => Err(wrong(format!("{count} digits"))),
        }
    }
}

impl JsonSchema for Fingerprint {
    fn schema_name() -> Cow<'static, str> {
        "Fingerprint".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "SHA-256 over the certificate: 64 hexadecimal digits, with or without colons; `trueup trust URL` prints it.",
            "pattern": "^([0-9A-Fa-f]{64}|([0-9A-Fa-f]{2}:){31}[0-9A-Fa-f]{2})$"
        })
    }
}

/// SHA-256 over a certificate's public key, in base64: it survives the certificate's renewal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spki(pub [u8; 32]);

impl Text for Spki {
    const WHAT: &'static str = "a public key's SHA-256 in base64";

    fn parse(text: &str) -> Result<Self, Mistake> {
        let bytes = STANDARD.decode(text).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        bytes.map(Self).ok_or_else(|| {
            let label = match Fingerprint::parse(text) {
                Ok(_) => {
                    "in hexadecimal digits this may be a certificate's: that goes under `sha256`"
                }
                Err(_) => "",
            };
            Mistake::new(
                "this is no SHA-256 in base64",
                label,
                "write the 44 characters that `trueup trust URL` prints for the public key",
            )
        })
    }
}

impl JsonSchema for Spki {
    fn schema_name() -> Cow<'static, str> {
        "Spki".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "SHA-256 over the certificate's public key (SubjectPublicKeyInfo), in base64; `trueup trust URL` prints it.",
            "pattern": "^[A-Za-z0-9+/]{43}=$"
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colons_and_case_do_not_matter() {
        let plain = "4e1f".repeat(16);
        let colons = ["4E", "1F"].repeat(16).join(":");
        assert_eq!(Fingerprint::parse(&plain), Fingerprint::parse(&colons));
        assert!(Fingerprint::parse(&plain).is_ok_and(|it| it.0[..2] == [0x4e, 0x1f]));
    }

    #[test]
    fn what_is_no_fingerprint_is_explained() {
        let label = |text: &str| Fingerprint::parse(text).err().map(|mistake| mistake.label);
        assert_eq!(label(&"ab".repeat(20)), Some("40 digits are a SHA-1 fingerprint".into()));
        assert_eq!(label("sha256=ab"), Some("leave `sha256=` out".into()));
        assert_eq!(label("4:1F"), Some("two digits between two colons".into()));
        assert_eq!(label("é"), Some("not only hexadecimal digits".into()));
        let base64 = STANDARD.encode([7; 32]);
        assert!(label(&base64).is_some_and(|label| label.contains("`spki`")));
        assert_eq!(Spki::parse(&base64), Ok(Spki([7; 32])));
    }
}
