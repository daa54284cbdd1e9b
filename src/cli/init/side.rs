//! The two systems as the command line names them.

use std::path::Path;

use crate::cli::{Exit, Failure};
use crate::init::name;
use crate::manifest::value::EnvName;
use crate::model::{Endpoint, KeySource};

use super::{Init, pin};

/// One of the two systems, as the command line names it.
pub struct Side {
    /// `source` or `destination`, as the flags begin.
    pub flag: &'static str,
    /// Its name, where the command line or the URL tells one.
    pub label: Option<String>,
    /// The URL's host.
    pub host: String,
    /// How it is reached.
    pub endpoint: Endpoint,
}

/// Where an API key is: as it was given, or in the variable that is named after the system.
fn key_source(env: Option<&EnvName>, file: Option<&Path>, system: &str) -> KeySource {
    match (env, file) {
        (_, Some(path)) => KeySource::File(path.into()),
        (Some(EnvName(name)), None) => KeySource::Env(name.clone()),
        (None, None) => {
            let name = system.to_ascii_uppercase().replace('-', "_");
            // No variable begins with a digit.
            let digit = name.starts_with(|c: char| c.is_ascii_digit());
            KeySource::Env(format!("{}{name}_API_KEY", if digit { "_" } else { "" }))
        }
    }
}

impl Init {
    /// Both systems, as far as the command line tells.
    pub(super) fn sides(&self) -> Result<[Side; 2], Failure> {
        let (Some(source), Some(destination)) = (&self.source_url, &self.destination_url) else {
            return Err(Failure::new(Exit::Usage, "both systems' URLs are needed"));
        };
        if source.text().eq_ignore_ascii_case(destination.text()) {
            return Err(Failure::new(Exit::Usage, "both URLs are the same system")
                .remedy("Name the system where replication starts, then the one where it goes."));
        }
        let given = [&self.source_name, &self.destination_name];
        if let [Some(name), Some(other)] = given
            && name == other
        {
            return Err(Failure::new(Exit::Usage, format!("both systems are named `{}`", name.0))
                .remedy("Give them two names: `--source-name`, `--destination-name`."));
        }
        let given = given.map(|name| name.as_ref().map(|name| name.0.clone()));
        let [source_label, destination_label] =
            name::apart(given, [name::of_url(source), name::of_url(destination)]);
        Ok([
            Side {
                flag: "source",
                endpoint: Endpoint {
                    system: source_label.clone().unwrap_or_else(|| "source".into()),
                    url: source.text().into(),
                    username: self.source_username.0.clone(),
                    api_key: key_source(
                        self.source_key_env.as_ref(),
                        self.source_key_file.as_deref(),
                        source_label.as_deref().unwrap_or("source"),
                    ),
                    trust: pin::trust(self.source_sha256),
                    place: None,
                },
                label: source_label,
                host: source.host().into(),
            },
            Side {
                flag: "destination",
                endpoint: Endpoint {
                    system: destination_label.clone().unwrap_or_else(|| "destination".into()),
                    url: destination.text().into(),
                    username: self.destination_username.0.clone(),
                    api_key: key_source(
                        self.destination_key_env.as_ref(),
                        self.destination_key_file.as_deref(),
                        destination_label.as_deref().unwrap_or("destination"),
                    ),
                    trust: pin::trust(self.destination_sha256),
                    place: None,
                },
                label: destination_label,
                host: destination.host().into(),
            },
        ])
    }
}
