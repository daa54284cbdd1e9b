//! A system's host keys: RSA, ECDSA and ed25519, as `ssh-keygen -A` makes them.

use std::fmt;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use russh::keys::key::safe_rng;
use russh::keys::ssh_key::private::{KeypairData, RsaKeypair};
use russh::keys::ssh_key::{self, LineEnding};
use russh::keys::{Algorithm, EcdsaCurve, PrivateKey};
use serde_json::{Map, Value};

/// Shorter than the 3072 bits of a real one, to be there sooner.
const RSA_BITS: usize = 2048;
/// What `ssh-keygen -A` writes behind a key on a fresh system.
const COMMENT: &str = "root@truenas";

/// An RSA key that is made when somebody first looks at it.
type Rsa = Arc<LazyLock<Result<PrivateKey, ssh_key::Error>>>;

/// The host keys of one system.
#[derive(Clone)]
pub struct HostKeys {
    rsa: Rsa,
    ecdsa: Option<PrivateKey>,
    ed25519: Option<PrivateKey>,
}

impl HostKeys {
    /// New keys. Making an RSA key takes long, so the systems of a process share them by their
    /// number in the fleet: no two systems of one fleet have the same.
    pub fn new(number: usize) -> Self {
        let random = |algorithm| {
            let mut key = PrivateKey::random(&mut safe_rng(), algorithm).ok()?;
            key.set_comment(COMMENT);
            Some(key)
        };
        Self {
            rsa: rsa(number),
            ecdsa: random(Algorithm::Ecdsa { curve: EcdsaCurve::NistP256 }),
            ed25519: random(Algorithm::Ed25519),
        }
    }

    /// The keys, by the kind that the columns of `ssh.config` are named after.
    fn by_kind(&self) -> impl Iterator<Item = (&'static str, &PrivateKey)> {
        let rsa = LazyLock::force(&self.rsa).as_ref().ok();
        [("rsa", rsa), ("ecdsa", self.ecdsa.as_ref()), ("ed25519", self.ed25519.as_ref())]
            .into_iter()
            .filter_map(|(kind, key)| Some((kind, key?)))
    }

    /// The keys that the server proves itself with.
    pub fn private(&self) -> Vec<PrivateKey> {
        self.by_kind().map(|(_, key)| key.clone()).collect()
    }

    /// The columns of `ssh.config`: base64 of the key files (`plugins/ssh.py`).
    pub fn columns(&self) -> Map<String, Value> {
        let mut columns = Map::new();
        for (kind, key) in self.by_kind() {
            let private = key.to_openssh(LineEnding::LF);
            let public = key.public_key().to_openssh();
            if let (Ok(private), Ok(public)) = (private, public) {
                let column = |content: &str| Value::from(STANDARD.encode(content));
                columns.insert(format!("host_{kind}_key"), column(&private));
                columns.insert(format!("host_{kind}_key_pub"), column(&format!("{public}\n")));
            }
        }
        columns
    }
}

impl fmt::Debug for HostKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HostKeys").finish_non_exhaustive()
    }
}

fn rsa(number: usize) -> Rsa {
    static MADE: Mutex<Vec<Rsa>> = Mutex::new(Vec::new());
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    while made.len() <= number {
        made.push(Arc::new(LazyLock::new(|| new_rsa(RSA_BITS, COMMENT))));
    }
    made[number].clone()
}

/// A new RSA key.
///
/// # Errors
/// If the machine has no random numbers.
pub fn new_rsa(bits: usize, comment: &str) -> Result<PrivateKey, ssh_key::Error> {
    let pair = RsaKeypair::random(&mut safe_rng(), bits)?;
    PrivateKey::new(KeypairData::from(pair), comment)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fleets_systems_have_keys_of_their_own() {
        let (one, other) = (HostKeys::new(0).columns(), HostKeys::new(1).columns());
        assert_eq!(one.len(), 6);
        for (column, content) in &one {
            assert_ne!(Some(content), other.get(column), "{column}");
        }
        let public = STANDARD.decode(one["host_ecdsa_key_pub"].as_str().expect("text"));
        let public = String::from_utf8(public.expect("base64")).expect("text");
        assert!(
            public.starts_with("ecdsa-sha2-nistp256 AAAA") && public.ends_with(" root@truenas\n")
        );
    }
}
