//! Which certificate is believed. There is no way to believe any.
//!
//! The crypto provider (ring) is passed explicitly, so that nothing depends on a process-wide
//! default.

pub mod certificate;
mod verifier;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::{self, PemObject};
use rustls::{ClientConfig, RootCertStore};

pub use certificate::Certificate;
pub use verifier::CertificateRefused;

use crate::model::Trust;
use verifier::Verifier;

/// The TLS configuration that believes what `trust` says and nothing else.
///
/// # Errors
/// What vouches for certificates could not be loaded.
pub fn config(trust: &Trust) -> Result<ClientConfig, TrustError> {
    let provider = provider();
    let vouching: Option<Arc<dyn ServerCertVerifier>> = match trust {
        Trust::Roots => Some(public_roots(&provider)?),
        Trust::CaFile(path) => Some(authority(path, &provider)?),
        Trust::Certificate(_) | Trust::PublicKey(_) => None,
    };
    verified_by(Arc::new(Verifier::new(trust.clone(), vouching, &provider)), provider)
}

pub(super) fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

pub(super) fn verified_by(
    verifier: Arc<dyn ServerCertVerifier>,
    provider: Arc<CryptoProvider>,
) -> Result<ClientConfig, TrustError> {
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(TrustError::Tls)?;
    Ok(builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth())
}

pub(super) fn public_roots(
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>, TrustError> {
    let verifier = rustls_platform_verifier::Verifier::new(provider.clone());
    Ok(Arc::new(verifier.map_err(TrustError::NoRoots)?))
}

fn authority(
    path: &Path,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>, TrustError> {
    let path = || path.to_owned();
    let failed = |error| match error {
        pem::Error::Io(error) => TrustError::Unreadable { path: path(), kind: error.kind() },
        _ => TrustError::NoCertificate { path: path() },
    };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(path()).map_err(failed)? {
        roots
            .add(certificate.map_err(failed)?)
            .map_err(|_| TrustError::NoCertificate { path: path() })?;
    }
    if roots.is_empty() {
        return Err(TrustError::NoCertificate { path: path() });
    }
    let verifier = WebPkiServerVerifier::builder_with_provider(roots.into(), provider.clone());
    Ok(verifier.build().map_err(|_| TrustError::NoCertificate { path: path() })?)
}

/// Why nothing could be set up that tells a good certificate from a bad one.
#[derive(Clone, Debug, thiserror::Error)]
pub enum TrustError {
    /// The CA file cannot be read.
    #[error("the CA file `{path}` cannot be read: {kind}", path = path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why not.
        kind: io::ErrorKind,
    },
    /// The CA file holds no certificate, or something else.
    #[error("the CA file `{path}` does not hold PEM certificates", path = path.display())]
    NoCertificate {
        /// Which file.
        path: PathBuf,
    },
    /// The platform has no public roots.
    #[error("this machine has no public root certificates: {0}")]
    NoRoots(rustls::Error),
    /// The TLS library refuses its own settings.
    #[error("TLS cannot be set up: {0}")]
    Tls(rustls::Error),
}
