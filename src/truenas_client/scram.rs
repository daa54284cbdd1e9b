//! SCRAM-SHA-512 (RFC 5802) as TrueNAS speaks it: both sides prove that they know the API key, and
//! it never crosses the wire.
//!
//! The messages are those that were recorded on 26.0. Two things keep generic libraries out: the
//! user is written `USER:KEYID`, and the server's nonce is the base64 of the client's bytes
//! followed by its own, so it does not begin with the client's text. The limits are those of
//! TrueNAS' own client (`py_scram/scram_crypto.py`, truenas_api_client).

use std::num::NonZeroU32;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::rand::{SecureRandom, SystemRandom};
use ring::{digest, hmac, pbkdf2};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};

/// Base64 of `n,,`: no channel binding.
const NO_BINDING: &str = "biws";
/// A nonce's length in bytes; the server refuses any other.
const NONCE: usize = 32;
/// How many rounds the server may ask for: fewer would make the key cheap to guess, more would
/// keep this machine busy for the server's pleasure.
const ROUNDS: std::ops::RangeInclusive<u32> = 50_000..=5_000_000;

/// Why an exchange was given up. The key was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScramError {
    /// A message is not what the protocol has at that place.
    #[error("its SCRAM message is malformed")]
    Malformed,
    /// The server answers somebody else's question.
    #[error("its SCRAM message answers another question")]
    OtherNonce,
    /// The server asks for a number of rounds that no TrueNAS asks for.
    #[error("it asks for {0} rounds of SCRAM")]
    Rounds(u32),
    /// The server could not prove that it knows the key.
    #[error("it let the login in without proving that it knows the API key")]
    Unproven,
    /// There are no random numbers.
    #[error("this machine has no random numbers")]
    NoRandom,
}

/// An exchange that has begun.
#[derive(Debug)]
pub(super) struct Exchange {
    nonce: [u8; NONCE],
    /// The first message without its header.
    bare: String,
}

/// The client's proof, and what the server's must be.
pub(super) struct Proof {
    /// The final message.
    pub message: String,
    server_key: hmac::Key,
    told: String,
}

impl Exchange {
    /// Begins an exchange for a user and the number that their key begins with.
    ///
    /// # Errors
    /// There are no random numbers.
    pub(super) fn begin(username: &str, key: &SecretString) -> Result<Self, ScramError> {
        let mut nonce = [0; NONCE];
        SystemRandom::new().fill(&mut nonce).map_err(|_| ScramError::NoRandom)?;
        Ok(Self::with_nonce(username, key, nonce))
    }

    fn with_nonce(username: &str, key: &SecretString, nonce: [u8; NONCE]) -> Self {
        let id = halves(key).0;
        // RFC 5802 §5.1: these two would end the attribute.
        let name = username.replace('=', "=3D").replace(',', "=2C");
        let bare = format!("n={name}:{id},r={}", STANDARD.encode(nonce));
        Self { nonce, bare }
    }

    /// The first message. It holds no secret.
    pub(super) fn first_message(&self) -> String {
        format!("n,,{}", self.bare)
    }

    /// Proves that this side knows the key. Takes as long as the server wants: some tenths of a
    /// second of computing.
    ///
    /// # Errors
    /// The server's first message is not what it should be.
    pub(super) fn prove(
        &self,
        server_first: &str,
        key: &SecretString,
    ) -> Result<Proof, ScramError> {
        let [nonce, salt, rounds] = attributes(server_first, ["r", "s", "i"])?;
        let combined = STANDARD.decode(nonce).map_err(|_| ScramError::Malformed)?;
        if combined.len() != 2 * NONCE || !combined.starts_with(&self.nonce) {
            return Err(ScramError::OtherNonce);
        }
        let salt = STANDARD.decode(salt).map_err(|_| ScramError::Malformed)?;
        let rounds: u32 = rounds.parse().map_err(|_| ScramError::Malformed)?;
        let rounds = NonZeroU32::new(rounds)
            .filter(|rounds| ROUNDS.contains(&rounds.get()))
            .ok_or(ScramError::Rounds(rounds))?;

        let mut salted = Zeroizing::new([0; digest::SHA512_OUTPUT_LEN]);
        let secret = halves(key).1.as_bytes();
        pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA512, rounds, &salt, secret, &mut *salted);
        let salted = hmac::Key::new(hmac::HMAC_SHA512, &*salted);
        let client_key = hmac::sign(&salted, b"Client Key");
        let stored_key = digest::digest(&digest::SHA512, client_key.as_ref());
        let server_key = hmac::sign(&salted, b"Server Key");

        let without_proof = format!("c={NO_BINDING},r={nonce}");
        let told = format!("{},{server_first},{without_proof}", self.bare);
        let stored_key = hmac::Key::new(hmac::HMAC_SHA512, stored_key.as_ref());
        let signature = hmac::sign(&stored_key, told.as_bytes());
        let proof = client_key.as_ref().iter().zip(signature.as_ref()).map(|(a, b)| a ^ b);
        let message = format!("{without_proof},p={}", STANDARD.encode(proof.collect::<Vec<u8>>()));
        let server_key = hmac::Key::new(hmac::HMAC_SHA512, server_key.as_ref());
        Ok(Proof { message, server_key, told })
    }
}

impl Proof {
    /// Checks, in constant time, that the server knows the key too.
    ///
    /// # Errors
    /// It does not.
    pub(super) fn check(&self, server_final: &str) -> Result<(), ScramError> {
        let [signature] = attributes(server_final, ["v"])?;
        let signature = STANDARD.decode(signature).map_err(|_| ScramError::Malformed)?;
        hmac::verify(&self.server_key, self.told.as_bytes(), &signature)
            .map_err(|_| ScramError::Unproven)
    }
}

/// The number and the secret that a key is made of: `ID-SECRET`.
fn halves(key: &SecretString) -> (&str, &str) {
    key.expose_secret().split_once('-').unwrap_or_default()
}

/// The values of exactly these attributes, which stand in this order.
fn attributes<'a, const N: usize>(
    message: &'a str,
    names: [&str; N],
) -> Result<[&'a str; N], ScramError> {
    let mut parts = message.split(',');
    let mut values = [""; N];
    for (value, name) in values.iter_mut().zip(names) {
        let part = parts.next().and_then(|part| part.split_once('='));
        *value = part.filter(|(it, _)| *it == name).map(|it| it.1).ok_or(ScramError::Malformed)?;
    }
    if parts.next().is_some() { Err(ScramError::Malformed) } else { Ok(values) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONCES: &str =
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw==";
    const SALT: &str = "ZGVmZ2hpamtsbW5vcHFycw==";

    fn key() -> SecretString {
        SecretString::from("7-TheKeyThatNobodyMaySee")
    }

    fn exchange() -> Exchange {
        Exchange::with_nonce("trueup", &key(), std::array::from_fn(|at| at as u8))
    }

    fn server_first(rounds: u32) -> String {
        format!("r={NONCES},s={SALT},i={rounds}")
    }

    // Computed with Python's hashlib and hmac.
    #[test]
    fn the_proofs_are_those_that_another_implementation_makes() {
        let exchange = exchange();
        assert_eq!(
            exchange.first_message(),
            "n,,n=trueup:7,r=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
        );
        let proof = exchange.prove(&server_first(50_000), &key()).expect("a proof");
        assert_eq!(
            proof.message,
            format!(
                "c=biws,r={NONCES},p=CyLgskWAGGRaO8p0/upQzHFROcLpYTSaxQYfPK8+qJHoodFSfdEqXSZpIt6VEZcgSiP72BVb+VFsAFr3X/Koog=="
            )
        );
        let right = "v=o17KZGl9zu9r1CJQBrAYSMIybAhgqKvNDj61s44jlyXENHr1KsRy+VKQFUBT4PRMxS6X9jhsLDMFaUpkZlT5bQ==";
        assert_eq!(proof.check(right), Ok(()));
        assert_eq!(proof.check(&right.replace("v=o", "v=p")), Err(ScramError::Unproven));
        assert_eq!(proof.check("v="), Err(ScramError::Unproven));
        assert_eq!(proof.check("e=other-error"), Err(ScramError::Malformed));
    }

    #[test]
    fn what_is_no_answer_to_the_first_message_is_refused_before_anything_is_computed() {
        let prove = |text: &str| exchange().prove(text, &key()).err();
        assert_eq!(prove(&server_first(4096)), Some(ScramError::Rounds(4096)));
        assert_eq!(prove(&server_first(100_000_000)), Some(ScramError::Rounds(100_000_000)));
        let foreign = STANDARD.encode([9; 64]);
        for nonce in [foreign.as_str(), "AAEC", ""] {
            let text = format!("r={nonce},s={SALT},i=500000");
            assert_eq!(prove(&text), Some(ScramError::OtherNonce), "{nonce}");
        }
        for text in ["", "r", "r=!,s=,i=1", "s=a,r=b,i=500000", "r=,s="] {
            assert_eq!(prove(text), Some(ScramError::Malformed), "{text}");
        }
        let more = format!("{},m=more", server_first(500_000));
        assert_eq!(prove(&more), Some(ScramError::Malformed));
    }

    #[test]
    fn every_exchange_has_a_nonce_of_its_own() {
        let begin = || Exchange::begin("trueup", &key()).expect("random numbers").first_message();
        assert_ne!(begin(), begin());
        assert!(!begin().contains("TheKey"));
    }
}
