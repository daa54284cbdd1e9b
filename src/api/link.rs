//! The way to one system: a connection that is logged in, and how to make another one.

use std::sync::Arc;

use secrecy::SecretString;
use tokio::sync::{Mutex, OnceCell};

use super::http::{self, Http};
use super::login::{Login, login};
use super::open_error::{OpenError, Reason};
use super::options::{Notice, Options};
use super::rpc::Rpc;
use super::tls;
use crate::model::release::{Dialect, Known};
use crate::model::{Endpoint, Release};

/// The way to one system. What reads and what writes share it, and so the one connection.
#[derive(Debug)]
pub struct Link {
    endpoint: Endpoint,
    key: SecretString,
    /// How patiently.
    pub options: Options,
    http: Http,
    dialect: &'static Dialect,
    connection: Mutex<Arc<Connection>>,
}

/// A connection that is logged in.
#[derive(Debug)]
pub struct Connection {
    /// What is called on it.
    pub rpc: Rpc,
    /// What the login gave.
    pub login: Login,
    /// Whether events of jobs are subscribed to.
    pub told_of_jobs: OnceCell<()>,
}

impl Link {
    /// Learns the release and logs in.
    pub async fn open(
        endpoint: &Endpoint,
        key: SecretString,
        options: &Options,
    ) -> Result<(Self, Release), OpenError> {
        let failed = |reason| OpenError::new(&endpoint.system, &endpoint.url, reason);
        let url = http::checked(&endpoint.url).map_err(failed)?;
        let tls = tls::config(&endpoint.trust).map_err(|error| failed(Reason::Trust(error)))?;
        let http = Http::new(url, tls, options).map_err(failed)?;
        let release = http.release().await.map_err(failed)?;
        warn_of(&release, endpoint, options);
        let dialect = release.dialect;
        let connection =
            connected(&http, endpoint, &key, options, dialect).await.map_err(failed)?;
        let link = Self {
            endpoint: endpoint.clone(),
            key,
            options: options.clone(),
            http,
            dialect,
            connection: Mutex::new(Arc::new(connection)),
        };
        Ok((link, release))
    }

    /// The system's name in the manifest.
    pub fn system(&self) -> &str {
        &self.endpoint.system
    }

    /// The connection, whether it is still there or not.
    pub async fn connection(&self) -> Arc<Connection> {
        self.connection.lock().await.clone()
    }

    /// Another connection than `gone`, made now if nobody else did already.
    ///
    /// # Errors
    /// The system could not be reached, or did not let us in again.
    pub async fn instead_of(&self, gone: &Arc<Connection>) -> Result<Arc<Connection>, OpenError> {
        let mut current = self.connection.lock().await;
        if Arc::ptr_eq(&current, gone) {
            let system = self.endpoint.system.clone();
            let why = gone.rpc.closed().map(|why| why.of_system(&system)).unwrap_or_default();
            self.options.on_notice.tell(&Notice::Reconnecting { system, why });
            let made =
                connected(&self.http, &self.endpoint, &self.key, &self.options, self.dialect).await;
            let made = made.map_err(|reason| {
                OpenError::new(&self.endpoint.system, &self.endpoint.url, reason)
            })?;
            *current = Arc::new(made);
        }
        Ok(current.clone())
    }
}

/// Tells of a release that trueup knows little or nothing of.
fn warn_of(release: &Release, endpoint: &Endpoint, options: &Options) {
    let (system, version) = (endpoint.system.clone(), release.version.clone());
    if release.newer_than_known {
        options.on_notice.tell(&Notice::NewerThanKnown { system, version });
    } else if release.dialect.known == Known::SchemasOnly {
        options.on_notice.tell(&Notice::SchemasOnly { system, version });
    }
}

async fn connected(
    http: &Http,
    endpoint: &Endpoint,
    key: &SecretString,
    options: &Options,
    dialect: &Dialect,
) -> Result<Connection, Reason> {
    let keep_alive = options.keep_alive.min(dialect.longest_silence / 3);
    let rpc = Rpc::start(http.websocket().await?, keep_alive);
    let login = login(&rpc, endpoint, key, options, dialect).await?;
    Ok(Connection { rpc, login, told_of_jobs: OnceCell::new() })
}
