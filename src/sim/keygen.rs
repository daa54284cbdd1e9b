//! What `ssh-keygen` makes of key files, and the pairs that it makes.
//!
//! Source: `plugins/keychain.py` of TS-25.10.6 (`ssh-keygen -y`, `-l`, `-t rsa`); the texts are
//! those of OpenSSH 9.2.

use rand::Rng;
use rand::distr::Alphanumeric;
use russh::keys::ssh_key::LineEnding;
use russh::keys::{Error, decode_secret_key};

use super::sshd::host_keys::new_rsa;
use super::sshd::key_options::end_of_options;
use super::sshd::public_key::{key_at_start, skip_blanks};

/// The default of `ssh-keygen -t rsa`.
const RSA_BITS: usize = 3072;

/// Why `ssh-keygen -y` shows no public half.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoPublicHalf {
    /// It asks for a passphrase.
    Encrypted,
    /// It cannot read the key, and says so.
    Unreadable(String),
}

/// The public half of a private key, as `ssh-keygen -y` writes it: a line, with the comment if the
/// key has one.
///
/// # Errors
/// [`NoPublicHalf`]
pub fn public_half(private: &str) -> Result<String, NoPublicHalf> {
    // PEM says so in a header, or in its first line.
    if private.contains("\nProc-Type: 4,ENCRYPTED") || private.contains("BEGIN ENCRYPTED PRIVATE") {
        return Err(NoPublicHalf::Encrypted);
    }
    match decode_secret_key(private, None) {
        Ok(key) if key.is_encrypted() => Err(NoPublicHalf::Encrypted),
        Err(Error::KeyIsEncrypted) => Err(NoPublicHalf::Encrypted),
        Ok(key) => match key.public_key().to_openssh() {
            Ok(line) => Ok(format!("{}\n", line.trim_end())),
            Err(_) => Err(unreadable("invalid format")),
        },
        Err(_) if private.contains("BEGIN OPENSSH PRIVATE KEY") => {
            Err(unreadable("incomplete message"))
        }
        Err(_) => Err(unreadable("error in libcrypto")),
    }
}

fn unreadable(why: &str) -> NoPublicHalf {
    let name: String = rand::rng()
        .sample_iter(Alphanumeric)
        .take(8)
        .map(|it| char::from(it.to_ascii_lowercase()))
        .collect();
    NoPublicHalf::Unreadable(format!("Load key \"/tmp/tmp{name}\": {why}\n"))
}

/// Whether `ssh-keygen -l` finds a public key in a text: at the start of a line, or behind one word
/// of options.
pub fn holds_public_key(text: &str) -> bool {
    text.lines().map(|line| skip_blanks(line.as_bytes())).any(|line| {
        let behind_options = || key_at_start(skip_blanks(&line[end_of_options(line)?..]));
        !line.starts_with(b"#") && key_at_start(line).or_else(behind_options).is_some()
    })
}

/// A new pair, private half first, as `ssh-keygen -t rsa` makes it for root on that host. Takes a
/// while.
pub fn new_pair(hostname: &str) -> Option<(String, String)> {
    let key = new_rsa(RSA_BITS, &format!("root@{hostname}")).ok()?;
    let private = key.to_openssh(LineEnding::LF).ok()?.to_string();
    let public = key.public_key().to_openssh().ok()?;
    Some((private, format!("{public}\n")))
}
