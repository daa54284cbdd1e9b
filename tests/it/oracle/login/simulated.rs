//! Decisions of the simulated sshd, without sockets and with them.

use std::net::{Ipv4Addr, SocketAddr};

use russh::keys::Algorithm;
use tokio::runtime::Runtime;
use trueup_sim::shell::{self, Login};
use trueup_sim::sshd::admission::{self, Visitor};
use trueup_sim::system::{System, files};
use trueup_sim::{Fleet, Running, start};

use super::super::account::Account;
use super::client::{self, Keys};
use super::{ACCOUNT, ASKED, Group, HOME, LoginCase, LoginDecision, Node, NodeKind, Owner};

const BASE: &str = "/mnt/tank";
const PORT: u16 = 2222;

/// A fleet of one system, `box`, with the accounts and groups of the real machine.
fn fleet(ssh: &str) -> Fleet {
    let [shared, solo, empty] = Account::groups(ACCOUNT);
    let text = format!(
        "systems:
  box:
    release: '25.10.6'
    pools: {{ tank: {{}} }}
    ssh: {{ passwordauth: false, start_limit_ms: 0, {ssh} }}
    groups: {{ {shared}: {{}}, {solo}: {{}}, {empty}: {{}} }}
    users:
      {ACCOUNT}:
        uid: 3101
        home: {BASE}/{HOME}
        shell: /usr/bin/bash
        groups: [{shared}, {solo}]
      {ACCOUNT}-2: {{ uid: 3102, groups: [{shared}] }}
"
    );
    Fleet::parse(&text).expect("a fleet")
}

/// A simulated system, which decides without sockets.
pub struct SimulatedSshd {
    system: System,
}

impl SimulatedSshd {
    pub fn new() -> Self {
        let fleet = fleet(&format!("tcpport: {PORT}"));
        Self { system: System::new(&fleet.systems["box"]).expect("a system") }
    }

    /// What becomes of the login.
    pub fn decide(&self, case: &LoginCase, keys: &Keys) -> LoginDecision {
        let mut system = self.system.clone();
        if !lay_out(&mut system, case, PORT) {
            return LoginDecision::NotStarted;
        }
        let config = system.ssh.running_config().expect("it runs").clone();
        let visitor = Visitor {
            user: ACCOUNT.to_owned(),
            address: case.client.into(),
            local_address: Ipv4Addr::LOCALHOST.into(),
            port: PORT,
        };
        let public = keys.private(case.key).public_key();
        let algorithm = match public.algorithm() {
            Algorithm::Rsa { .. } => Algorithm::Rsa { hash: case.key.hash() },
            other => other,
        };
        let admitted = admission::candidate(&system, &config, &visitor)
            .and_then(|candidate| candidate.with_key(public.key_data(), algorithm.as_ref()));
        let Ok(admitted) = admitted else { return LoginDecision::Refused };
        let sessions = admitted.max_sessions.min(2);
        let login = Login {
            user: ACCOUNT,
            client: SocketAddr::new(case.client.into(), 50_000),
            server: SocketAddr::new(Ipv4Addr::LOCALHOST.into(), PORT),
        };
        let output = if sessions == 0 {
            String::new()
        } else {
            let forced = admitted.forced_command.as_deref();
            let output = shell::run(&mut system, &login, ASKED, forced);
            output.written.into_iter().map(|(_, text)| text).collect()
        };
        LoginDecision::LoggedIn { sessions, output }
    }
}

/// A simulated system that runs, with its SSH server behind a port.
pub struct RunningSshd {
    runtime: Runtime,
    running: Running,
}

impl RunningSshd {
    pub fn start() -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let running = runtime.block_on(start(fleet("running: true"))).expect("it starts");
        Self { runtime, running }
    }

    /// What becomes of the login.
    pub fn decide(&self, case: &LoginCase, keys: &Keys) -> LoginDecision {
        let address = self.running.address("box").expect("the system");
        let port = address.ssh_port;
        let lay_out = |system: &mut System| lay_out(system, case, port);
        if !self.running.with_system("box", lay_out).expect("the system") {
            return LoginDecision::NotStarted;
        }
        let server = SocketAddr::new(Ipv4Addr::LOCALHOST.into(), port);
        self.runtime.block_on(async {
            let stream = client::connect(case.client, server).await.expect("a connection");
            client::log_in(stream, ACCOUNT, keys, case.key).await
        })
    }
}

/// Gives the system the files, options and account of a case, and starts sshd anew; false if it
/// does not start.
fn lay_out(system: &mut System, case: &LoginCase, port: u16) -> bool {
    system.files.remove(BASE);
    system.files.put(BASE, files::Node::directory(0o755));
    for node in &case.nodes {
        let made = make(system, node);
        system.files.put(&format!("{BASE}/{}", node.path), made);
    }
    let account = system.accounts.user_mut(ACCOUNT).expect("the account");
    account.locked = case.password_field.starts_with('!');
    let options = case.options(BASE, port);
    system.ssh.settings.insert("options".to_owned(), options.into());
    system.ssh.stop();
    system.start_ssh()
}

fn make(system: &System, node: &Node) -> files::Node {
    let made = match &node.kind {
        NodeKind::Directory => files::Node::directory(node.mode),
        NodeKind::File(content) => files::Node::file(content.clone(), node.mode),
        NodeKind::Link(target) => files::Node::link(target.replace(super::BASE, BASE)),
    };
    made.owned_by(uid(system, node.owner), gid(system, node.group))
}

fn uid(system: &System, owner: Owner) -> u32 {
    let uid = |name: &str| system.accounts.user(name).expect("an account").uid;
    match owner {
        Owner::Root => 0,
        Owner::Account => uid(ACCOUNT),
        Owner::Other => uid(&format!("{ACCOUNT}-2")),
    }
}

fn gid(system: &System, group: Group) -> u32 {
    let [shared, solo, empty] = Account::groups(ACCOUNT);
    let gid = |name: &str| system.accounts.group(name).expect("a group").gid;
    match group {
        Group::Root => 0,
        Group::Own => gid(ACCOUNT),
        Group::Shared => gid(&shared),
        Group::Solo => gid(&solo),
        Group::Empty => gid(&empty),
    }
}
