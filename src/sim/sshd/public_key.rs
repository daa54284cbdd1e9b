//! Public keys in lines of text: `TYPE BASE64 COMMENT`.
//!
//! Source: OpenSSH `sshkey.c` (`sshkey_read`, `peek_type_nid`), `openbsd-compat/base64.c`.

use russh::keys::ssh_key::public::KeyData;
use russh::keys::{Algorithm, EcdsaCurve, PublicKey};

/// Skips blanks and tabs, which alone part the words of a line.
pub fn skip_blanks(text: &[u8]) -> &[u8] {
    let blanks = text.iter().take_while(|byte| is_blank(**byte)).count();
    &text[blanks..]
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// The key that a text starts with.
pub fn key_at_start(text: &[u8]) -> Option<KeyData> {
    let end = text.iter().position(|byte| is_blank(*byte))?;
    let (kind, rest) = text.split_at(end);
    let rest = skip_blanks(rest);
    let end = rest.iter().position(|byte| is_blank(*byte)).unwrap_or(rest.len());
    let key = PublicKey::from_bytes(&decode(&rest[..end])?).ok()?;
    is_named(kind, &key.algorithm()).then(|| key.key_data().clone())
}

/// Whether the first word of a line stands for keys of that type. RSA keys go by the names of their
/// signatures, too.
fn is_named(kind: &[u8], algorithm: &Algorithm) -> bool {
    let names: &[&str] = match algorithm {
        Algorithm::Ed25519 => &["ssh-ed25519"],
        Algorithm::Rsa { .. } => &["ssh-rsa", "rsa-sha2-256", "rsa-sha2-512"],
        Algorithm::Ecdsa { curve: EcdsaCurve::NistP256 } => &["ecdsa-sha2-nistp256"],
        Algorithm::Ecdsa { curve: EcdsaCurve::NistP384 } => &["ecdsa-sha2-nistp384"],
        Algorithm::Ecdsa { curve: EcdsaCurve::NistP521 } => &["ecdsa-sha2-nistp521"],
        Algorithm::SkEd25519 => &["sk-ssh-ed25519@openssh.com"],
        Algorithm::SkEcdsaSha2NistP256 => &["sk-ecdsa-sha2-nistp256@openssh.com"],
        Algorithm::Dsa => &["ssh-dss"],
        _ => &[],
    };
    names.iter().any(|name| name.as_bytes() == kind)
}

/// Decodes base64 as `b64_pton` does: white space of any kind is skipped, and nothing may follow
/// the padding.
fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | 0xb | 0xc | b'\r');
    let letters: Vec<u8> = text.iter().copied().filter(|byte| !is_space(byte)).collect();
    base64::Engine::decode(&base64::engine::general_purpose::STANDARD, letters).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKbZ5w7z5x3VICMdWzLEQl0dajw+0G6ChYfzTn5Mckx6";

    #[test]
    fn keys_are_read_as_sshd_reads_them() {
        for text in [
            KEY.to_owned(),
            format!("{KEY} comment"),
            KEY.replace(' ', " \t"),
            KEY.replace("lZDI1", "lZ\u{b}D\r\u{c}I1"),
        ] {
            assert!(key_at_start(text.as_bytes()).is_some(), "{text}");
        }
        for text in [
            format!(" {KEY}"),
            KEY.replace(' ', "\u{b}"),
            KEY.replace(' ', "\u{a0}"),
            KEY.replace("ed25519", "rsa"),
            KEY.replace("ssh-", "SSH-"),
            KEY.replace("ssh-ed25519 ", ""),
            format!("{KEY}AAAA"),
            format!("{KEY}="),
            format!("{KEY},"),
            KEY[..60].to_owned(),
        ] {
            assert!(key_at_start(text.as_bytes()).is_none(), "{text}");
        }
    }
}
