//! The two systems as the command line names them.

use std::path::Path;

use crate::cli::{Exit, Failure};
use crate::init::name;
use crate::manifest::value::{EnvName, Fingerprint, Login, Url};
use crate::model::{Endpoint, KeySource};

use super::beside::Beside;
use super::{Init, pin};

/// One of the two systems, as the command line names it.
pub(crate) struct Side {
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
    pub(super) fn sides(&self, beside: &Beside) -> Result<[Side; 2], Failure> {
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
        let known = [source, destination].map(|url| beside.known.endpoint(url.text()));
        let names = |at: usize| given[at].clone().or_else(|| Some(known[at]?.system.clone()));
        // Another system of that name stays what it is.
        let found = |url: &Url| {
            let name = name::of_url(url)?;
            Some(name::free(&name, |it| beside.known.has_system(it)))
        };
        let labels = name::apart([names(0), names(1)], [found(source), found(destination)]);
        if let [Some(source), Some(destination)] = &labels {
            beside.refuse_again(source, destination)?;
        }
        let [source_label, destination_label] = labels;
        let [source_known, destination_known] = known;
        let first = Given {
            flag: "source",
            url: source,
            username: self.source_username.as_ref(),
            key_env: self.source_key_env.as_ref(),
            key_file: self.source_key_file.as_deref(),
            sha256: self.source_sha256,
        };
        let second = Given {
            flag: "destination",
            url: destination,
            username: self.destination_username.as_ref(),
            key_env: self.destination_key_env.as_ref(),
            key_file: self.destination_key_file.as_deref(),
            sha256: self.destination_sha256,
        };
        Ok([
            first.side(source_label, source_known),
            second.side(destination_label, destination_known),
        ])
    }
}

/// What the command line says of a system.
struct Given<'a> {
    flag: &'static str,
    url: &'a Url,
    username: Option<&'a Login>,
    key_env: Option<&'a EnvName>,
    key_file: Option<&'a Path>,
    sha256: Option<Fingerprint>,
}

/// The account that a fresh TrueNAS has.
const ADMIN: &str = "truenas_admin";

impl Given<'_> {
    /// The system as the command line describes it, or else the manifest in the same folder.
    fn side(self, label: Option<String>, known: Option<&Endpoint>) -> Side {
        let Self { flag, url, username, key_env, key_file, sha256 } = self;
        let name = label.clone().unwrap_or_else(|| flag.into());
        let api_key = match known {
            Some(known) if key_env.is_none() && key_file.is_none() => known.api_key.clone(),
            _ => key_source(key_env, key_file, &name),
        };
        let known_username = || known.map(|it| it.username.clone());
        let trust = match known {
            Some(known) if sha256.is_none() => known.trust.clone(),
            _ => pin::trust(sha256),
        };
        let username = username.map(|it| it.0.clone()).or_else(known_username);
        Side {
            flag,
            label,
            host: url.host().into(),
            endpoint: Endpoint {
                system: name,
                url: url.text().into(),
                username: username.unwrap_or_else(|| ADMIN.into()),
                api_key,
                trust,
                place: None,
            },
        }
    }
}
