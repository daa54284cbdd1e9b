//! The two messages that a client sends, as the server's library reads them: attributes in one
//! order, nonces of one size, nothing optional.
//!
//! Source: `scram_client_first.c`, `scram_client_final.c` and `scram_attr_parse.c` of
//! truenas/truenas_scram.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::scram::PROOF;

/// A nonce of one side, bytes; the server answers with both sides' in one.
const NONCE: usize = 32;
/// What ends the header that says whether the channel is bound.
const SEPARATOR: &str = ",,";

/// `n,,n=USER:KEYID,r=NONCE`
#[derive(Debug)]
pub struct First {
    /// `n`, `y` or `p=TYPE`; `n` if there is none.
    pub header: String,
    /// The account's name.
    pub username: String,
    /// The number of the API key; 0 if there is none.
    pub key: u32,
    /// The client's nonce.
    pub nonce: Vec<u8>,
}

/// `c=BINDING,r=NONCE,p=PROOF`
#[derive(Debug)]
pub struct Final {
    /// The first message's header and what the channel is bound to.
    pub binding: Vec<u8>,
    /// Both sides' nonces.
    pub nonce: Vec<u8>,
    /// The proof.
    pub proof: Vec<u8>,
}

impl First {
    /// Reads one.
    ///
    /// # Errors
    /// What is wrong with it, as the audit log tells it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (header, attributes) = text.split_once(SEPARATOR).unwrap_or(("n", text));
        let mut attributes = attributes.split(',').filter(|attribute| !attribute.is_empty());
        let (Some(principal), Some(nonce)) = (attributes.next(), attributes.next()) else {
            return Err("missing required attributes".to_owned());
        };
        if let Some(more) = attributes.next() {
            return Err(format!("{more}: unexpected attribute."));
        }
        let expected = "expected username as second attribute";
        let principal = principal.strip_prefix("n=").ok_or(expected)?;
        let (username, key) = match principal.split_once(':') {
            Some((username, "")) => {
                return Err(format!("{username}: expected value after separator (:)"));
            }
            Some((username, key)) => {
                let number =
                    key.parse().ok().filter(|number| (1..=i32::MAX as u32).contains(number));
                (username, number.ok_or_else(|| format!("{key}: not an integer"))?)
            }
            None => (principal, 0),
        };
        if username.is_empty() {
            return Err("missing required attributes".to_owned());
        }
        let nonce = nonce_of(nonce.strip_prefix("r=").ok_or(expected)?)?;
        Ok(Self { header: header.to_owned(), username: username.to_owned(), key, nonce })
    }

    /// The message without its header, as the proof covers it.
    pub fn bare(&self) -> String {
        let key = if self.key == 0 { String::new() } else { format!(":{}", self.key) };
        format!("n={}{key},r={}", self.username, STANDARD.encode(&self.nonce))
    }

    /// What the final message must be bound to; `certificate` is the channel's own.
    pub fn binding(&self, certificate: &[u8]) -> Vec<u8> {
        let bound = self.header.starts_with("p=");
        let certificate = if bound { certificate } else { &[] };
        [self.header.as_bytes(), SEPARATOR.as_bytes(), certificate].concat()
    }
}

impl Final {
    /// Reads one.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let attributes: Vec<&str> =
            text.split(',').filter(|attribute| !attribute.is_empty()).collect();
        let [binding, nonce, proof] = attributes[..] else {
            return Err("missing required attributes".to_owned());
        };
        let value = |attribute: &str, name: &str| {
            attribute
                .strip_prefix(name)
                .map(str::to_owned)
                .ok_or_else(|| format!("expected {name}"))
        };
        let proof = decode(&value(proof, "p=")?)?;
        if proof.len() != PROOF {
            return Err(format!("{}: output size does not match expected {PROOF}", proof.len()));
        }
        let binding = decode(&value(binding, "c=")?)?;
        Ok(Self { binding, nonce: nonce_of(&value(nonce, "r=")?)?, proof })
    }

    /// The message without its proof, as the proof covers it.
    pub fn without_proof(&self) -> String {
        format!("c={},r={}", STANDARD.encode(&self.binding), STANDARD.encode(&self.nonce))
    }
}

fn decode(text: &str) -> Result<Vec<u8>, String> {
    STANDARD.decode(text).map_err(|_| "EVP_DecodeBlock()".to_owned())
}

fn nonce_of(text: &str) -> Result<Vec<u8>, String> {
    let nonce = decode(text)?;
    match nonce.len() {
        NONCE => Ok(nonce),
        size if size == 2 * NONCE => Ok(nonce),
        size => Err(format!("{size}: unexpected nonce size")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nonce(size: usize) -> String {
        STANDARD.encode(vec![7; size])
    }

    #[test]
    fn a_first_message_names_an_account_and_the_number_of_its_key() {
        let text = format!("p=tls-server-end-point,,n=viewer:2,r={}", nonce(32));
        let first = First::parse(&text).expect("a message");
        assert_eq!((&*first.username, first.key, &*first.header), ("viewer", 2, &text[..22]));
        assert_eq!(first.bare(), text[24..]);
        assert_eq!(first.binding(b"hash"), b"p=tls-server-end-point,,hash");
        let text = format!("n,,n=viewer,r={}", nonce(32));
        let first = First::parse(&text).expect("a message");
        assert_eq!((first.key, first.bare()), (0, text[3..].to_owned()));
        assert_eq!(first.binding(b"hash"), b"n,,");
    }

    #[test]
    fn whatever_else_a_first_message_may_be_is_refused() {
        let good = nonce(32);
        for (text, told) in [
            (format!("n,,n=viewer:2,r={}", nonce(18)), "18: unexpected nonce size"),
            (format!("n,,n=viewer:2,r={}", nonce(33)), "33: unexpected nonce size"),
            ("n,,n=viewer:2,r=*".to_owned(), "EVP_DecodeBlock()"),
            ("n,,n=viewer:2".to_owned(), "missing required attributes"),
            (String::new(), "missing required attributes"),
            (format!("n,,n=:2,r={good}"), "missing required attributes"),
            (format!("n,,n=viewer:,r={good}"), "viewer: expected value after separator (:)"),
            (format!("n,,n=viewer:0,r={good}"), "0: not an integer"),
            (format!("n,,n=viewer:two,r={good}"), "two: not an integer"),
            (format!("n,,r={good},n=viewer:2"), "expected username as second attribute"),
            (format!("n,,n=viewer:2,r={good},x=1"), "x=1: unexpected attribute."),
        ] {
            assert_eq!(First::parse(&text).expect_err(&text), told, "{text}");
        }
    }

    #[test]
    fn a_final_message_has_a_binding_a_nonce_and_a_proof() {
        let text = format!("c=biws,r={},p={}", nonce(64), nonce(64));
        let message = Final::parse(&text).expect("a message");
        assert_eq!(message.binding, b"n,,");
        assert_eq!(message.without_proof(), text[..text.rfind(",p=").expect("a proof")]);
        for text in [
            format!("c=biws,r={}", nonce(64)),
            format!("c=biws,r={},p=", nonce(64)),
            format!("c=biws,r={},p={}", nonce(64), nonce(63)),
            format!("c=biws,r={},p={}", nonce(96), nonce(64)),
            format!("r={},c=biws,p={}", nonce(64), nonce(64)),
            format!("c=biws,r={},p={},x=1", nonce(64), nonce(64)),
        ] {
            assert!(Final::parse(&text).is_err(), "{text}");
        }
    }
}
