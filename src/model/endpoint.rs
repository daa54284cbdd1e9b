//! How a system is reached: what the manifest says of its API.

use std::path::PathBuf;

use super::place::Place;

/// A system's API, as the manifest names it. Holds no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// The system's name in the manifest.
    pub system: String,
    /// `https://HOST[:PORT]`, nothing behind it.
    pub url: String,
    /// The owner of the API key.
    pub username: String,
    /// Where the API key is read from when it is needed.
    pub api_key: KeySource,
    /// Which certificate is believed.
    pub trust: Trust,
    /// Where the manifest names the system; `None` when it comes from the command line.
    pub place: Option<Place>,
}

/// Where an API key comes from; never the key itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeySource {
    /// An environment variable.
    Env(String),
    /// A file, whose surrounding white space does not count.
    File(PathBuf),
}

/// Which TLS certificate is believed. There is no way to believe any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trust {
    /// One that the platform's public roots vouch for.
    Roots,
    /// One that a certificate authority in this PEM file vouches for.
    CaFile(PathBuf),
    /// Exactly one of these: SHA-256 over the leaf certificate's DER, as openssl prints it.
    Certificate(Vec<[u8; 32]>),
    /// One with this key: SHA-256 over the SubjectPublicKeyInfo's DER.
    PublicKey([u8; 32]),
}
