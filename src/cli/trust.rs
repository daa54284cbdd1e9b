//! `trueup trust`: prints what to pin, after a person compared it.

use clap::Args;

use crate::api::tls::fingerprints;
use crate::api::{Options, Reason};
use crate::render::trust::TrustText;

use super::{Exit, Failure, output};

/// Print a system's certificate fingerprint, to be pinned after comparing
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Trust {
    /// The system's URL: https://HOST[:PORT]
    url: String,
}

/// For `--help`.
const EXAMPLES: &str = "\
Example:
  trueup trust https://chicago.example.net      # compare it, then write it under `tls`";

impl Trust {
    /// Connects, sends no key, and prints the certificate's fingerprints.
    pub async fn run(self) -> Result<Exit, Failure> {
        let found = fingerprints(&self.url, &Options::default()).await.map_err(|error| {
            let usage = matches!(error.reason, Reason::NotHttps | Reason::BadUrl);
            let exit = if usage { Exit::Usage } else { Exit::Failed };
            Failure::new(exit, error.to_string()).remedy(error.remedy())
        })?;
        output::result(TrustText { url: &self.url, found: &found });
        Ok(Exit::Success)
    }
}
