//! A certificate's fingerprints as text: what to compare with, and what to pin.

use std::fmt;

use crate::model::visible::visible;
use crate::truenas_client::fingerprints::Fingerprints;

use super::style::{HEADING, Painted, paragraph};

/// What a system showed, and how a person finds out whether it is the system's.
pub struct CertificateText<'a> {
    /// Where.
    pub url: &'a str,
    /// What it showed.
    pub found: &'a Fingerprints,
    /// The width of the terminal, in columns.
    pub width: usize,
}

impl fmt::Display for CertificateText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let certificate = &self.found.certificate;
        writeln!(f, "{} shows this certificate:\n", visible(self.url))?;
        writeln!(f, "  subject     {}", visible(&certificate.subject))?;
        writeln!(f, "  issuer      {}", visible(&certificate.issuer))?;
        if let Some((from, until)) = &certificate.valid {
            writeln!(f, "  valid       {from} to {until}")?;
        }
        writeln!(f, "  SHA-256     {}", Painted(HEADING, certificate.sha256()))?;
        if let Some(spki) = certificate.spki() {
            writeln!(f, "  public key  {spki}")?;
        }
        let what_now = if self.found.vouched_for {
            "Public roots vouch for it: leave `tls` out of the manifest, nothing is to be pinned."
        } else {
            "Nobody vouches for it, which is usual for TrueNAS. Compare the SHA-256 with what the \
             system itself says, in its shell (System > Advanced Settings) or on its console:"
        };
        write!(f, "\n{}", paragraph(what_now, "", self.width))?;
        if !self.found.vouched_for {
            write!(
                f,
                "\n\n  openssl x509 -noout -fingerprint -sha256 \\\n    \
                 -in /etc/certificates/truenas_default.crt"
            )?;
        }
        Ok(())
    }
}

/// The answer of `trueup trust`: the certificate, and what pins it in a manifest.
pub struct TrustText<'a>(pub CertificateText<'a>);

impl fmt::Display for TrustText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(shown) = self;
        shown.fmt(f)?;
        if shown.found.vouched_for {
            return writeln!(f);
        }
        let sha256 = shown.found.certificate.sha256();
        writeln!(
            f,
            "\n\nIf they are the same, pin it in the manifest:\n\n  tls: {{ sha256: \"{sha256}\" }}"
        )
    }
}
