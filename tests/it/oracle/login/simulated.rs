//! Decisions of the simulated sshd, without its sockets.

use std::net::{Ipv4Addr, SocketAddr};

use russh::keys::Algorithm;
use trueup_sim::Fleet;
use trueup_sim::shell::{self, Login};
use trueup_sim::sshd::admission::{self, Visitor};
use trueup_sim::system::System;
use trueup_sim::system::files;

use super::super::account::Account;
use super::client::Keys;
use super::{ACCOUNT, ASKED, Group, HOME, LoginCase, LoginDecision, Node, NodeKind, Owner};

const BASE: &str = "/mnt/tank";
const PORT: u16 = 2222;

/// A simulated system with the accounts and groups of the real machine.
pub struct SimulatedSshd {
    system: System,
}

impl SimulatedSshd {
    pub fn new() -> Self {
        let [shared, solo, empty] = Account::groups(ACCOUNT);
        let text = format!(
            "systems:
  box:
    release: '25.10.6'
    pools: {{ tank: {{}} }}
    ssh: {{ tcpport: {PORT}, passwordauth: false }}
    groups: {{ {shared}: {{}}, {solo}: {{}}, {empty}: {{}} }}
    users:
      {ACCOUNT}:
        home: {BASE}/{HOME}
        uid: 3101
        shell: /usr/bin/bash
        groups: [{shared}, {solo}]
      {ACCOUNT}-2: {{ uid: 3102, groups: [{shared}] }}
"
        );
        let fleet = Fleet::parse(&text).expect("a fleet");
        Self { system: System::new(&fleet.systems["box"]).expect("a system") }
    }

    /// What becomes of the login.
    pub fn decide(&self, case: &LoginCase, keys: &Keys) -> LoginDecision {
        let mut system = self.system.clone();
        system.files.remove(BASE);
        system.files.put(BASE, files::Node::directory(0o755));
        for node in &case.nodes {
            let path = format!("{BASE}/{}", node.path);
            let made = self.node(node);
            system.files.put(&path, made);
        }
        let account = system.accounts.user_mut(ACCOUNT).expect("the account");
        account.locked = case.password_field.starts_with('!');
        let options = case.options(BASE, PORT);
        system.ssh.settings.insert("options".to_owned(), options.into());
        if !system.start_ssh() {
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

    fn node(&self, node: &Node) -> files::Node {
        let made = match &node.kind {
            NodeKind::Directory => files::Node::directory(node.mode),
            NodeKind::File(content) => files::Node::file(content.clone(), node.mode),
            NodeKind::Link(_) => unreachable!("links are not simulated"),
        };
        made.owned_by(self.uid(node.owner), self.gid(node.group))
    }

    fn uid(&self, owner: Owner) -> u32 {
        let uid = |name: &str| self.system.accounts.user(name).expect("an account").uid;
        match owner {
            Owner::Root => 0,
            Owner::Account => uid(ACCOUNT),
            Owner::Other => uid(&format!("{ACCOUNT}-2")),
        }
    }

    fn gid(&self, group: Group) -> u32 {
        let [shared, solo, empty] = Account::groups(ACCOUNT);
        let gid = |name: &str| self.system.accounts.group(name).expect("a group").gid;
        match group {
            Group::Root => 0,
            Group::Own => gid(ACCOUNT),
            Group::Shared => gid(&shared),
            Group::Solo => gid(&solo),
            Group::Empty => gid(&empty),
        }
    }
}
