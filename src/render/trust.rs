//! A certificate's fingerprints as text: what to compare with, and what to pin.

use std::fmt;

use crate::api::tls::Fingerprints;

use super::style::{HEADING, Painted};

/// What a system showed, on its way to a terminal.
pub struct TrustText<'a> {
    /// Where.
    pub url: &'a str,
    /// What it showed.
    pub found: &'a Fingerprints,
}

impl fmt::Display for TrustText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let certificate = &self.found.certificate;
        let sha256 = certificate.sha256();
        writeln!(f, "{} shows this certificate:\n", self.url)?;
        writeln!(f, "  subject     {}", certificate.subject)?;
        writeln!(f, "  issuer      {}", certificate.issuer)?;
        if let Some((from, until)) = &certificate.valid {
            writeln!(f, "  valid       {from} to {until}")?;
        }
        writeln!(f, "  SHA-256     {}", Painted(HEADING, &sha256))?;
        if let Some(spki) = certificate.spki() {
            writeln!(f, "  public key  {spki}")?;
        }
        if self.found.vouched_for {
            return writeln!(
                f,
                "\nPublic roots vouch for it: leave `tls` out of the manifest, nothing is to be pinned."
            );
        }
        writeln!(
            f,
            "\nNobody vouches for it, which is usual for TrueNAS. Compare the SHA-256 with what the\n\
             system itself says, in its shell (System > Advanced Settings) or on its console:\n\n  \
             openssl x509 -in /etc/certificates/truenas_default.crt -noout -fingerprint -sha256\n\n\
             If they are the same, pin it in the manifest:\n\n  \
             tls: {{ sha256: \"{sha256}\" }}"
        )
    }
}
