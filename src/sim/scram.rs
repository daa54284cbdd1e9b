//! What a system keeps of an API key to check a login by SCRAM-SHA-512, and the proof itself.
//!
//! Source: RFC 5802; `utils/crypto.py` of 26.0.0; `scram_utils.c`, `scram_client_final.c` and
//! `truenas_scram.h` of truenas/truenas_scram.

use std::num::NonZeroU32;
use std::ops::RangeInclusive;
use std::sync::OnceLock;

use rand::Rng;
use rand::distr::slice::Choose;
use ring::{digest, hmac, pbkdf2};

/// How many rounds a key gets.
const ITERATIONS: NonZeroU32 = NonZeroU32::new(500_000).unwrap();
/// How many rounds a client puts up with.
pub const ALLOWED_ITERATIONS: RangeInclusive<u32> = 50_000..=5_000_000;
/// How long a proof is, bytes.
pub const PROOF: usize = digest::SHA512_OUTPUT_LEN;
const SALT: usize = 16;
const SALT_LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789./";

/// One API key as SCRAM sees it.
#[derive(Debug)]
pub struct Verifier {
    /// The salt: random letters.
    pub salt: Vec<u8>,
    /// How many rounds.
    pub iterations: NonZeroU32,
    keys: OnceLock<Keys>,
}

/// What is derived from a key's secret: enough to check a proof, not to make one.
#[derive(Debug)]
pub struct Keys {
    /// `StoredKey`
    pub stored: Vec<u8>,
    /// `ServerKey`
    pub server: Vec<u8>,
}

impl Verifier {
    /// With a salt of its own, and the real number of rounds if no other is wanted.
    pub fn new(iterations: Option<NonZeroU32>) -> Self {
        let letters = Choose::new(SALT_LETTERS).into_iter().flat_map(|letters| {
            rand::rng().sample_iter(letters).take(SALT).copied().collect::<Vec<u8>>()
        });
        Self {
            salt: letters.collect(),
            iterations: iterations.unwrap_or(ITERATIONS),
            keys: OnceLock::new(),
        }
    }

    /// The keys, derived when they are first asked for, since that takes a while. The secret is
    /// what stands behind the API key's number.
    pub fn keys(&self, secret: &str) -> &Keys {
        self.keys.get_or_init(|| {
            let mut salted = [0; digest::SHA512_OUTPUT_LEN];
            let algorithm = pbkdf2::PBKDF2_HMAC_SHA512;
            pbkdf2::derive(algorithm, self.iterations, &self.salt, secret.as_bytes(), &mut salted);
            Keys {
                stored: sha512(&sign(&salted, "Client Key")),
                server: sign(&salted, "Server Key"),
            }
        })
    }
}

impl Keys {
    /// Whether whoever made the proof over these messages has the secret.
    pub fn accept(&self, proof: &[u8], messages: &str) -> bool {
        let signature = sign(&self.stored, messages);
        let client: Vec<u8> = signature.iter().zip(proof).map(|(one, other)| one ^ other).collect();
        sha512(&client) == self.stored
    }

    /// What shows the client that the system knows the key, too.
    pub fn signature(&self, messages: &str) -> Vec<u8> {
        sign(&self.server, messages)
    }
}

fn sign(key: &[u8], data: &str) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA512, key), data.as_bytes()).as_ref().to_vec()
}

fn sha512(data: &[u8]) -> Vec<u8> {
    digest::digest(&digest::SHA512, data).as_ref().to_vec()
}
