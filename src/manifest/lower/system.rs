//! How a system is reached.

use std::path::{Path, PathBuf};

use super::Lowering;
use crate::manifest::document::{ApiKey, System};
use crate::manifest::field::Named;
use crate::manifest::source::{Located, Span};
use crate::manifest::value::{FilePath, OrEnv, Url};
use crate::model::{Endpoint, KeySource, Trust};

impl Lowering<'_> {
    /// A system's API.
    pub(super) fn endpoint(
        &mut self,
        name: &str,
        named: &Named<System>,
        system: &System,
    ) -> Option<Endpoint> {
        let url = system.url.given().and_then(|url| self.text(url));
        let username = system.username.given().and_then(|username| self.text(username));
        let trust = self.trust(system);
        let api_key = system.api_key.value()?;
        if url.is_none() || username.is_none() || trust.is_none() {
            self.unset_key(api_key);
        }
        let api_key = match (&api_key.env, api_key.file.given()) {
            (env, None) => KeySource::Env(env.value()?.0.clone()),
            (_, Some(file)) => KeySource::File(beside(&file.span, &file.value.0)),
        };
        Some(Endpoint {
            system: name.into(),
            url: url?.0.text().into(),
            username: username?.0.0,
            api_key,
            trust: trust?,
            place: Some(named.span.place()),
        })
    }

    /// Says that the key is missing, too, where its system is not known yet: who sets the other
    /// variables sets this one along with them.
    fn unset_key(&mut self, api_key: &ApiKey) {
        if let Some(variable) = api_key.env.given()
            && (self.env)(&variable.value.0).is_none()
        {
            self.unset.push((variable.clone(), "the API key"));
        }
    }

    /// A system's own address, if it is known.
    pub(super) fn url(&self, system: &str) -> Option<Url> {
        use crate::manifest::read::Text;
        self.systems.get(system).and_then(|system| Url::parse(&system.endpoint.url).ok())
    }

    fn trust(&mut self, system: &System) -> Option<Trust> {
        let Some(tls) = system.tls.value() else { return Some(Trust::Roots) };
        if let Some(spki) = tls.spki.given() {
            return self.text(spki).map(|(pin, _)| Trust::PublicKey(pin.0));
        }
        if let Some(file) = tls.ca_file.given() {
            return self.file(file).map(Trust::CaFile);
        }
        let pins = &tls.sha256.value()?.0;
        let pins: Vec<_> = pins.iter().map(|pin| self.text(pin)).collect();
        let pins: Option<Vec<_>> = pins.into_iter().map(|pin| Some(pin?.0.0)).collect();
        pins.map(Trust::Certificate)
    }

    /// A file: written, it is looked for beside the manifest's file; from the environment, where
    /// trueup runs, as the shell that set it would.
    fn file(&mut self, given: &Located<OrEnv<FilePath>>) -> Option<PathBuf> {
        let (path, from_env) = self.text(given)?;
        Some(if from_env { path.0.into() } else { beside(&given.span, &path.0) })
    }
}

/// A path that is relative to the file in which it is written.
fn beside(span: &Span, path: &str) -> PathBuf {
    Path::new(&**span.source().name()).parent().unwrap_or(Path::new("")).join(path)
}
