//! The way to one system: a connection that is logged in, and how to make another one.

use std::sync::Arc;

use secrecy::SecretString;
use tokio::sync::{Mutex, OnceCell};
use tokio::time::{Instant, sleep_until};

use super::http::{self, Http};
use super::login::{Login, login};
use super::open_error::{OpenError, Reason};
use super::options::{Notice, Options};
use super::outage::Outage;
use super::rpc::Rpc;
use super::tls;
use crate::model::Endpoint;
use crate::truenas_wire::Release;
use crate::truenas_wire::release::{Dialect, Known};

/// The way to one system. What reads and what writes share it, and so the one connection.
#[derive(Debug)]
pub(super) struct Link {
    endpoint: Endpoint,
    key: SecretString,
    /// How patiently.
    pub options: Options,
    http: Http,
    dialect: &'static Dialect,
    current: Mutex<Current>,
}

/// The connection that is used.
#[derive(Debug)]
struct Current {
    connection: Arc<Connection>,
    /// When it was made.
    since: Instant,
    /// The last outage.
    outage: Option<Outage>,
}

/// A connection that is logged in.
#[derive(Debug)]
pub(super) struct Connection {
    /// What is called on it.
    pub rpc: Rpc,
    /// What the login gave.
    pub login: Login,
    /// Whether events of jobs are subscribed to.
    pub told_of_jobs: OnceCell<()>,
}

impl Link {
    /// Learns the release and logs in.
    pub(super) async fn open(
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
            current: Mutex::new(Current {
                connection: Arc::new(connection),
                since: Instant::now(),
                outage: None,
            }),
        };
        Ok((link, release))
    }

    /// The system's name in the manifest.
    pub(super) fn system(&self) -> &str {
        &self.endpoint.system
    }

    /// The connection, whether it is still there or not.
    pub(super) async fn connection(&self) -> Arc<Connection> {
        self.current.lock().await.connection.clone()
    }

    /// Another connection than `gone`, made now if nobody else did already. A system that does not
    /// answer is waited for as long as its middleware may take to restart; whoever else asks
    /// meanwhile waits along.
    ///
    /// # Errors
    /// The system could not be reached, or did not let us in again.
    pub(super) async fn instead_of(
        &self,
        gone: &Arc<Connection>,
    ) -> Result<Arc<Connection>, Arc<OpenError>> {
        let mut current = self.current.lock().await;
        if !Arc::ptr_eq(&current.connection, gone) {
            return Ok(current.connection.clone());
        }
        let Options { patience, on_notice, .. } = &self.options;
        let system = &self.endpoint.system;
        let now = Instant::now();
        if !current.outage.as_ref().is_some_and(|outage| outage.goes_on(now, current.since)) {
            let why = gone.rpc.closed().map(|why| why.of_system(system)).unwrap_or_default();
            on_notice.tell(&Notice::ConnectionLost { system: system.clone(), why });
            current.outage = Some(Outage::begin(now, patience));
        }
        let Current { connection, since, outage } = &mut *current;
        let outage = outage.get_or_insert_with(|| Outage::begin(now, patience));
        if let Some(error) = outage.given_up(now) {
            return Err(error);
        }
        loop {
            sleep_until(outage.next_try()).await;
            let made =
                connected(&self.http, &self.endpoint, &self.key, &self.options, self.dialect).await;
            match made {
                Ok(made) => {
                    (*connection, *since) = (Arc::new(made), Instant::now());
                    if let Some(after) = outage.ended(Instant::now(), patience) {
                        let system = system.clone();
                        on_notice.tell(&Notice::ConnectionRestored { system, after });
                    }
                    return Ok(connection.clone());
                }
                Err(reason) => {
                    let error = OpenError::new(system, &self.endpoint.url, reason);
                    outage.failed(Instant::now(), error, patience)?;
                }
            }
        }
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
