//! The one certificate verifier: what it refuses, it can show.

use std::fmt;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature,
};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, Error, OtherError, SignatureScheme};

use super::certificate::{Certificate, base64, colon_hex};
use crate::model::Trust;

/// Believes exactly the certificates of a [`Trust`]. A pin is the identity itself: name, age and
/// issuer do not matter then. Signatures in the handshake are verified in every case, so whoever
/// shows the certificate also holds its key.
#[derive(Debug)]
pub(super) struct Verifier {
    trust: Trust,
    /// Who vouches for certificates; needed for [`Trust::Roots`] and [`Trust::CaFile`].
    vouching: Option<Arc<dyn ServerCertVerifier>>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl Verifier {
    pub(super) fn new(
        trust: Trust,
        vouching: Option<Arc<dyn ServerCertVerifier>>,
        provider: &CryptoProvider,
    ) -> Self {
        Self { trust, vouching, algorithms: provider.signature_verification_algorithms }
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let got = Certificate::of(leaf);
        let verdict = match (&self.trust, &self.vouching) {
            (Trust::Certificate(pins), _) if pins.contains(&got.sha256) => Ok(()),
            (Trust::PublicKey(pin), _) if got.public_key_sha256 == Some(*pin) => Ok(()),
            (Trust::Certificate(_) | Trust::PublicKey(_), _) => Err("it is not the pinned one"),
            (Trust::Roots | Trust::CaFile(_), Some(vouching)) => vouching
                .verify_server_cert(leaf, intermediates, name, ocsp, now)
                .map(drop)
                .map_err(|error| in_words(&error)),
            (Trust::Roots | Trust::CaFile(_), None) => Err("nothing vouches for it"),
        };
        match verdict {
            Ok(()) => Ok(ServerCertVerified::assertion()),
            Err(why) => {
                let refused = CertificateRefused { trust: self.trust.clone(), got, why };
                Err(Error::Other(OtherError(Arc::new(refused))))
            }
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

/// Why a certificate is not vouched for, so that a person understands it.
fn in_words(error: &Error) -> &'static str {
    let Error::InvalidCertificate(error) = error else { return "it could not be checked" };
    match error {
        // Issuers may share a name: then it is the signature that does not fit.
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            "nobody who is trusted vouches for it"
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "it is made out to another name"
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "it has expired",
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "it is not valid yet"
        }
        CertificateError::Revoked => "it is revoked",
        CertificateError::BadEncoding => "it is malformed",
        // A certificate authority's own certificate, for one.
        _ => "it is not acceptable as a server's",
    }
}

/// A certificate that is not believed: what was expected, and what was got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateRefused {
    /// What would have been believed.
    pub trust: Trust,
    /// What the server showed.
    pub got: Certificate,
    /// Why it is not believed, as a fragment.
    pub why: &'static str,
}

impl CertificateRefused {
    /// What was expected: `sha256 AA:BB:…`, `spki …`, or who should have vouched.
    pub fn expected(&self) -> String {
        match &self.trust {
            Trust::Roots => "a certificate that public roots vouch for".into(),
            Trust::CaFile(path) => format!("a certificate that `{}` vouches for", path.display()),
            Trust::Certificate(pins) => {
                let pins: Vec<String> = pins.iter().map(|pin| colon_hex(pin)).collect();
                format!("sha256\n{}", pins.join("\nor sha256\n"))
            }
            Trust::PublicKey(pin) => format!("spki {}", base64(pin)),
        }
    }
}

impl fmt::Display for CertificateRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { trust: _, got, why } = self;
        // A fingerprint fills a line of its own; one above the other they can be compared.
        write!(f, "its certificate is not believed, since {why}:")?;
        write!(f, "\nexpected {}\ngot sha256\n{}", self.expected(), got.sha256())?;
        match got.spki() {
            Some(spki) => write!(f, "\nspki {spki}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for CertificateRefused {}
