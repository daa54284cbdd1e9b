//! Starting a fleet, and stopping it.

mod browser;
mod http;

use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use super::call_log::CallLog;
use super::fault::Fault;
use super::fleet::FaultSpec;
use super::fleet::{Fleet, FleetError, SystemSpec, labelled_keys};
use super::middleware::Middleware;
use super::ready::Address;
use super::ssh_client::{keychain, zettarepl};
use super::ssh_port::SshPort;
use super::sshd::Sshd;
use super::system::System;
use super::tls::{Identity, TlsError, TlsListener};

/// The owner of a system's own API key.
const ADMINISTRATOR: &str = "truenas_admin";

/// Why a fleet did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A system that cannot be.
    #[error(transparent)]
    Fleet(#[from] FleetError),
    /// A port that cannot be had.
    #[error("system `{system}` cannot listen on {address}: {source}")]
    Listen {
        /// The system.
        system: String,
        /// Where it should have listened.
        address: SocketAddr,
        /// Why not.
        source: io::Error,
    },
    /// A name that no certificate can be made for.
    #[error("system `{system}`: {source}")]
    Tls {
        /// The system.
        system: String,
        /// Why not.
        source: TlsError,
    },
}

/// A fleet that runs. It stops when this is dropped, and cleanly with [`Running::stop`].
pub struct Running {
    systems: Vec<Address>,
    middlewares: BTreeMap<String, Arc<Middleware>>,
    servers: JoinSet<io::Result<()>>,
    stop: watch::Sender<bool>,
    gone: mpsc::Receiver<()>,
}

/// Starts every system of the fleet.
///
/// # Errors
/// [`StartError`]; nothing runs then.
pub async fn start(fleet: Fleet) -> Result<Running, StartError> {
    let (stop, stopped) = watch::channel(false);
    let (alive, gone) = mpsc::channel(1);
    let mut running = Running {
        systems: Vec::new(),
        middlewares: BTreeMap::new(),
        servers: JoinSet::new(),
        stop,
        gone,
    };
    let names = fleet.names();
    for (name, spec) in fleet.systems {
        let started = start_system(&name, spec, &stopped).await?;
        running.systems.push(started.address);
        running.middlewares.insert(name, started.middleware.clone());
        let app = http::App {
            middleware: started.middleware,
            names: names.clone(),
            stop: stopped.clone(),
            alive: alive.clone(),
        };
        running.servers.spawn(http::serve(started.listener, app));
    }
    Ok(running)
}

struct Started {
    address: Address,
    middleware: Arc<Middleware>,
    listener: TlsListener,
}

async fn start_system(
    name: &str,
    mut spec: SystemSpec,
    stopped: &watch::Receiver<bool>,
) -> Result<Started, StartError> {
    let wanted = spec.listen.unwrap_or((Ipv4Addr::LOCALHOST, 0).into());
    let cannot_listen =
        |address| move |source| StartError::Listen { system: name.to_owned(), address, source };
    let hostname = spec.hostname.get_or_insert_with(|| name.to_owned()).clone();
    let names: Vec<String> =
        spec.names.iter().chain([&name.to_owned()]).filter(|n| **n != hostname).cloned().collect();
    let identity = Identity::new(&hostname, &names)
        .map_err(|source| StartError::Tls { system: name.to_owned(), source })?;
    let listener = TcpListener::bind(wanted).await.map_err(cannot_listen(wanted))?;
    let listener = TlsListener::new(listener, &identity).map_err(cannot_listen(wanted))?;
    let bound = axum::serve::Listener::local_addr(&listener).map_err(cannot_listen(wanted))?;
    let ssh_host = bound.ip();
    let ssh_wanted = SocketAddr::new(ssh_host, spec.ssh.tcpport.unwrap_or(0));
    let ssh = SshPort::reserve(ssh_host, spec.ssh.tcpport).map_err(cannot_listen(ssh_wanted))?;
    let ssh_port = ssh.port();
    spec.ssh.tcpport = Some(ssh_port);
    let system = System::new(&spec).map_err(|error| error.of_system(name))?;
    let address = Address {
        name: name.to_owned(),
        release: spec.release.clone(),
        url: format!("https://{}", SocketAddr::new(ssh_host, bound.port())),
        username: ADMINISTRATOR.to_owned(),
        api_key: spec.api_key.clone().unwrap_or_default(),
        api_keys: labelled_keys(&spec),
        tls_sha256: identity.sha256(),
        ssh_host: ssh_host.to_string(),
        ssh_port,
    };
    let middleware = Arc::new_cyclic(|middleware| {
        let sshd = Sshd::new(middleware.clone(), stopped.clone());
        Middleware::new(&spec, system, ssh.served_by(sshd), identity.channel_binding())
    });
    Ok(Started { address, middleware, listener })
}

impl Running {
    /// Where the systems are, by name.
    pub fn systems(&self) -> &[Address] {
        &self.systems
    }

    /// Where one system is.
    pub fn address(&self, system: &str) -> Option<&Address> {
        self.systems.iter().find(|address| address.name == system)
    }

    /// What a system was asked so far; empty for a name that is none.
    pub fn calls(&self, system: &str) -> CallLog {
        self.middlewares.get(system).map(|it| it.log().clone()).unwrap_or_default()
    }

    /// Breaks something from now on, as the fleet file's `faults` do.
    pub fn add_fault(&self, system: &str, fault: FaultSpec) {
        if let Some(middleware) = self.middlewares.get(system) {
            middleware.breakage().add(fault);
        }
    }

    /// Looks at a system's state, or changes it behind the API's back; `None` if there is no such
    /// system. The system answers nothing meanwhile.
    pub fn with_system<T>(&self, system: &str, act: impl FnOnce(&mut System) -> T) -> Option<T> {
        self.middlewares.get(system).map(|middleware| act(&mut middleware.system()))
    }

    /// Runs a command on the remote that a system's connection leads to, as that system would;
    /// gives what it wrote.
    ///
    /// # Errors
    /// What the system would say: there is no such connection, or it does not work.
    pub async fn run_through(
        &self,
        system: &str,
        connection: &str,
        words: &[&str],
    ) -> Result<String, Fault> {
        let found = self.with_system(system, |system| {
            let id = system.keychain.iter().find(|it| it.name == connection).map(|it| it.id);
            let missing = || Fault::error(2, "Credential does not exist");
            let connection = keychain::connection(&system.keychain, id.ok_or_else(missing)?)?;
            Ok((system.names.clone(), connection))
        });
        let (names, connection) =
            found.unwrap_or_else(|| Err(Fault::not_found(format!("system {system}"))))?;
        Ok(zettarepl::run(&names, &connection, words).await?)
    }

    /// Closes every connection and stops listening; returns when that is done.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        self.servers.shutdown().await;
        // Every connection holds the other end.
        self.gone.recv().await;
    }
}
