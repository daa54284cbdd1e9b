//! A system's certificate as it shows it now, to be compared by a person and then pinned.

use std::fmt;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, Error, OtherError, SignatureScheme};

use super::http::{self, Http};
use super::open_error::{OpenError, Reason};
use super::options::Options;
use super::tls::{self, Certificate};

/// What a system shows of itself before anything is believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fingerprints {
    /// Its certificate.
    pub certificate: Certificate,
    /// Whether public roots vouch for it under this name: then nothing needs to be pinned.
    pub vouched_for: bool,
}

/// Connects to `url` and reads its certificate. The handshake is broken off as soon as the
/// certificate is there, so nothing is ever sent to a system that is not believed.
///
/// # Errors
/// The URL is not `https://HOST[:PORT]`, or nothing there speaks TLS.
pub async fn fingerprints(url: &str, options: &Options) -> Result<Fingerprints, OpenError> {
    let failed = |reason| OpenError::new(url, url, reason);
    let base = http::checked(url).map_err(failed)?;
    let provider = tls::provider();
    let onlooker = Onlooker {
        roots: tls::public_roots(&provider).ok(),
        schemes: provider.signature_verification_algorithms.supported_schemes(),
    };
    let config = tls::verified_by(Arc::new(onlooker), provider)
        .map_err(|error| failed(Reason::Trust(error)))?;
    let http = Http::new(base, config, options).map_err(failed)?;
    match http.versions_request().await {
        Ok(_) => Err(failed(Reason::NoTls)),
        Err(http::Failure::Request(error)) => match http::cause::<Seen>(&error) {
            Some(Seen(fingerprints)) => Ok(fingerprints.clone()),
            None => Err(failed(http.reason(&error))),
        },
        Err(http::Failure::TimedOut) => Err(failed(http.timed_out())),
    }
}

/// Looks at the certificate, and believes none.
#[derive(Debug)]
struct Onlooker {
    roots: Option<Arc<dyn ServerCertVerifier>>,
    schemes: Vec<SignatureScheme>,
}

/// The certificate that was seen, carried out of the handshake as its error.
#[derive(Debug)]
struct Seen(Fingerprints);

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the certificate was only looked at")
    }
}

impl std::error::Error for Seen {}

impl ServerCertVerifier for Onlooker {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let vouched_for = self.roots.as_ref().is_some_and(|roots| {
            roots.verify_server_cert(leaf, intermediates, name, ocsp, now).is_ok()
        });
        let seen = Seen(Fingerprints { certificate: Certificate::of(leaf), vouched_for });
        Err(Error::Other(OtherError(Arc::new(seen))))
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(Error::General("never asked: no certificate is believed".into()))
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(Error::General("never asked: no certificate is believed".into()))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.schemes.clone()
    }
}
