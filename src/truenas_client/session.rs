//! One session with one system.

use std::sync::Arc;

use secrecy::SecretString;

use super::link::Link;
use super::open_error::OpenError;
use super::options::Options;
use super::reader::Reader;
use super::writer::Writer;
use crate::model::Endpoint;
use crate::truenas_wire::{Release, Roles};

/// A session with one system: what is known of it, and the two ways to use it. The connection is
/// closed when the session and everything made from it are gone.
#[derive(Debug)]
pub struct Session {
    link: Arc<Link>,
    /// The newest API that the system offers (`25.10.5` for TrueNAS 25.10.6, say);
    /// `system.version_short` has the product's own version.
    pub release: Release,
    /// What the login may do.
    pub roles: Roles,
    /// Who is logged in, as the system says it.
    pub username: String,
}

impl Session {
    /// Opens a session: the versions, the upgrade of that connection to a WebSocket, and one flight
    /// with the login.
    ///
    /// # Errors
    /// What came in between; the key is sent only when the certificate is believed.
    pub async fn open(
        endpoint: &Endpoint,
        key: SecretString,
        options: &Options,
    ) -> Result<Self, OpenError> {
        let (link, release) = Link::open(endpoint, key, options).await?;
        let login = link.connection().await.login.clone();
        Ok(Self { link: Arc::new(link), release, roles: login.roles, username: login.username })
    }

    /// What reads from the system, and can do nothing else.
    pub fn reader(&self) -> Reader {
        Reader::new(self.link.clone())
    }

    /// What changes the system.
    pub fn writer(&self) -> Writer {
        Writer::new(self.link.clone())
    }
}
