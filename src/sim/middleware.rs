//! The middleware of one system: everything that its connections share.

mod dispatch;
mod drive;
mod secrets;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::sync::mpsc;

pub use dispatch::{Found, Outcome};

use super::audit::{AuditEntry, UNAUTHENTICATED};
use super::breakage::Breakage;
use super::call_log::CallLog;
use super::clock::now_ms;
use super::event::Event;
use super::fleet::{FailoverSpec, SystemSpec};
use super::job::{Job, Jobs};
use super::rate_limit::RateLimit;
use super::release::Release;
use super::session::Client;
use super::session::token::Tokens;
use super::ssh_port::SshPort;
use super::system::System;

/// One system's middleware.
pub struct Middleware {
    version: String,
    latency: Duration,
    failover: FailoverSpec,
    boot_id: String,
    channel_binding: Vec<u8>,
    system: Mutex<System>,
    ssh: Mutex<SshPort>,
    jobs: Mutex<Jobs>,
    clients: Mutex<BTreeMap<String, Arc<Client>>>,
    tokens: Mutex<Tokens>,
    attributes: Mutex<BTreeMap<String, Value>>,
    rate_limit: Mutex<RateLimit>,
    breakage: Mutex<Breakage>,
    log: Mutex<CallLog>,
    /// Until when it does not run, if it died.
    down_until: Mutex<Option<Instant>>,
}

/// The guard of a lock that no panic can make unusable; never held across an await.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Middleware {
    /// The middleware of a system that starts as the fleet says.
    pub fn new(spec: &SystemSpec, system: System, ssh: SshPort, channel_binding: Vec<u8>) -> Self {
        let middleware = Self {
            version: spec.release.clone(),
            latency: Duration::from_millis(spec.latency_ms),
            failover: spec.failover.clone(),
            boot_id: super::clock::uuid(),
            channel_binding,
            ssh: Mutex::new(ssh),
            system: Mutex::new(system),
            jobs: Mutex::default(),
            clients: Mutex::default(),
            tokens: Mutex::default(),
            attributes: Mutex::default(),
            rate_limit: Mutex::new(RateLimit::new(spec.limits.logins_per_minute)),
            breakage: Mutex::new(Breakage::new(&spec.faults)),
            log: Mutex::default(),
            down_until: Mutex::default(),
        };
        middleware.follow_ssh(&middleware.system());
        middleware
    }

    /// `25.10.6`
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The release that this version belongs to.
    pub fn release(&self) -> Release {
        Release::of(&self.version)
    }

    /// What is added to every reply.
    pub fn latency(&self) -> Duration {
        self.latency
    }

    /// This node's part in high availability.
    pub fn failover(&self) -> &FailoverSpec {
        &self.failover
    }

    /// What `GET /api/boot_id` answers.
    pub fn boot_id(&self) -> &str {
        &self.boot_id
    }

    /// What a login is bound to that is bound to the certificate of this system.
    pub fn channel_binding(&self) -> &[u8] {
        &self.channel_binding
    }

    /// How long a connection may be silent in both directions: nginx's default up to 25.10, an
    /// hour from 26.0 on (`etc_files/local/nginx/nginx.conf.mako`).
    pub fn idle_timeout(&self) -> Duration {
        Duration::from_secs(if self.release() < Release::V26_0 { 60 } else { 3600 })
    }

    /// The system's state.
    pub fn system(&self) -> MutexGuard<'_, System> {
        lock(&self.system)
    }

    /// The jobs.
    pub fn jobs(&self) -> MutexGuard<'_, Jobs> {
        lock(&self.jobs)
    }

    /// The tokens of `auth.generate_token`.
    pub fn tokens(&self) -> MutexGuard<'_, Tokens> {
        lock(&self.tokens)
    }

    /// What `auth.set_attribute` stored, by user name.
    pub fn attributes(&self) -> MutexGuard<'_, BTreeMap<String, Value>> {
        lock(&self.attributes)
    }

    /// The faults.
    pub fn breakage(&self) -> MutexGuard<'_, Breakage> {
        lock(&self.breakage)
    }

    /// What was asked so far.
    pub fn log(&self) -> MutexGuard<'_, CallLog> {
        lock(&self.log)
    }

    /// All connections.
    pub fn clients(&self) -> Vec<Arc<Client>> {
        lock(&self.clients).values().cloned().collect()
    }

    /// A connection has been opened; gives what is to be sent to it, too.
    pub fn connect(
        &self,
        peer: SocketAddr,
        agent: &str,
    ) -> (Arc<Client>, mpsc::UnboundedReceiver<String>) {
        let number = {
            let mut log = self.log();
            log.connections += 1;
            log.clients.push(agent.to_owned());
            log.connections
        };
        let (client, outbox) = Client::new(number, peer);
        let client = Arc::new(client);
        lock(&self.clients).insert(client.id.clone(), client.clone());
        (client, outbox)
    }

    /// Dies, and is back after that time.
    pub(crate) fn restart(&self, after: Duration) {
        *lock(&self.down_until) = Some(Instant::now() + after);
        self.clients().iter().for_each(|client| client.cut.notify_one());
    }

    /// Whether it died and is not back yet.
    pub(crate) fn is_down(&self) -> bool {
        lock(&self.down_until).is_some_and(|until| Instant::now() < until)
    }

    /// A connection is gone.
    pub fn disconnect(&self, client: &Client) {
        lock(&self.clients).remove(&client.id);
        super::session::login::log_out(self, client);
    }

    /// Tells everybody who asked.
    pub fn tell(&self, event: &Event) {
        for _ in 0..self.breakage().times_sent() {
            self.clients().iter().for_each(|client| client.tell(event));
        }
    }

    /// Tells of a job whoever asked and may see it.
    pub fn tell_of_job(&self, msg: &'static str, job: &Job) {
        let event = Event {
            msg,
            collection: "core.get_jobs".to_owned(),
            id: json!(job.id),
            fields: Some(job.encode()),
        };
        let times = self.breakage().times_sent();
        for client in self.clients() {
            if client.login().is_some_and(|login| job.readable_by(&login.caller).is_ok()) {
                (0..times).for_each(|_| client.tell(&event));
            }
        }
    }

    /// Writes into the audit log.
    pub fn audit(&self, client: &Client, event: &'static str, data: Value, success: bool) {
        let login = client.login();
        let entry = AuditEntry {
            at_ms: now_ms(),
            address: client.peer.ip().to_string(),
            username: login
                .as_ref()
                .map_or_else(|| UNAUTHENTICATED.to_owned(), |it| it.caller.username.clone()),
            session: client.id.clone(),
            event,
            data,
            service_data: json!({
                "vers": {"major": 0, "minor": 1},
                "origin": client.origin(),
                "protocol": "WEBSOCKET",
                "credentials": login.map(|login| login.credentials()),
            }),
            success,
        };
        self.system().audit.push(entry);
    }

    /// Lets the SSH port listen exactly while the service runs.
    pub(super) fn follow_ssh(&self, system: &System) {
        lock(&self.ssh).follow(system.ssh_listens_on());
    }
}
