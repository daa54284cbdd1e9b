//! `trueup trust`: prints what to pin, after a person compared it.

use clap::Args;

use crate::api::tls::fingerprints;

use super::{Exit, Failure, output};

/// Print a system's certificate fingerprint, to be pinned after comparing
#[derive(Args, Debug)]
pub struct Trust {
    /// The system's URL: https://HOST[:PORT]
    url: String,
}

impl Trust {
    /// Connects, sends no key, and prints the certificate's fingerprints.
    pub async fn run(self) -> Result<Exit, Failure> {
        let found = fingerprints(&self.url).await.map_err(|error| {
            Failure::new(Exit::Failed, error.to_string()).remedy(error.remedy())
        })?;
        let url = &self.url;
        output::result(format_args!(
            "{url} shows a certificate with\n\n  \
             SHA-256      {}\n  \
             public key   {}\n\n\
             Compare the first with what the system itself says (in its web interface:\n\
             System > Advanced Settings > Shell, or on its console):\n\n  \
             openssl x509 -in /etc/certificates/truenas_default.crt -noout -fingerprint -sha256\n\n\
             If they are the same, pin it in the manifest:\n\n  \
             tls: {{ sha256: \"{}\" }}\n",
            found.leaf_sha256(),
            found.spki_sha256(),
            found.leaf_sha256(),
        ));
        Ok(Exit::Success)
    }
}
