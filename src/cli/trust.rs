//! `trueup trust`: prints what to pin, after a person compared it.

use clap::Args;

use crate::manifest::value::Url;
use crate::render::trust::{CertificateText, TrustText};
use crate::truenas_client::Options;
use crate::truenas_client::fingerprints::fingerprints;

use super::argument::AsInManifest;
use super::{Exit, Failure, output};

/// Print a system's certificate fingerprint, to be pinned after comparing
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Trust {
    /// The system's URL: https://HOST[:PORT]
    #[arg(value_parser = AsInManifest::<Url>::new())]
    url: Url,
}

/// For `--help`.
const EXAMPLES: &str = "\
Example:
  trueup trust https://chicago.example.net      # compare it, then write it under `tls`";

impl Trust {
    /// Connects, sends no key, and prints the certificate's fingerprints.
    pub async fn run(self) -> Result<Exit, Failure> {
        let url = self.url.text();
        let found = fingerprints(url, &Options::default()).await.map_err(|error| {
            Failure::new(Exit::Failed, error.to_string()).remedy(error.remedy())
        })?;
        output::result(TrustText(CertificateText { url, found: &found, width: output::width() }));
        Ok(Exit::Success)
    }
}
