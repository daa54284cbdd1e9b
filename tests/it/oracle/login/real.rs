//! Decisions of the real sshd: one process a login, over a socket of loopback.

use std::fs::{self, Permissions};
use std::net::Ipv4Addr;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{PermissionsExt, chown, lchown, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use super::super::account::Account;
use super::client::{self, Keys};
use super::{ACCOUNT, Group, HOME, LoginCase, LoginDecision, Node, NodeKind, Owner, config_text};

const SSHD: &str = "/usr/sbin/sshd";
/// Holds the files of a case. Only root may change what is above it. The account's lock keeps it
/// from being used twice at a time.
const DIRECTORY: &str = "/var/lib/trueup-oracle-login";

/// An account with a home that every case makes anew, and what sshd needs beside it.
pub struct RealSshd {
    runtime: Runtime,
    account: Account,
    /// Configuration and host key.
    settings: TempDir,
}

impl RealSshd {
    /// Creates the account.
    ///
    /// # Panics
    /// If that fails.
    pub fn new() -> Self {
        let account = Account::create(ACCOUNT);
        // A process that was killed leaves it behind.
        let _ = fs::remove_dir_all(DIRECTORY);
        fs::create_dir(DIRECTORY).expect("a directory");
        fs::set_permissions(DIRECTORY, Permissions::from_mode(0o755)).expect("a mode");
        account.set_home(&format!("{DIRECTORY}/{HOME}"));
        let settings = TempDir::new().expect("a directory");
        let mut keygen = Command::new("ssh-keygen");
        keygen.args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(settings.path().join("host_key"));
        assert!(keygen.status().expect("ssh-keygen").success());
        // The directory of its unprivileged half, which systemd makes where it starts sshd.
        fs::create_dir_all("/run/sshd").expect("a directory");
        let runtime = Runtime::new().expect("a runtime");
        Self { runtime, account, settings }
    }

    /// What becomes of the login.
    ///
    /// # Panics
    /// If the case cannot be set up.
    pub fn decide(&self, case: &LoginCase, keys: &Keys) -> LoginDecision {
        self.lay_out(&case.nodes);
        if case.password_field != "*" {
            self.account.set_password_field(case.password_field);
        }
        let decision = self.runtime.block_on(self.log_in(case, keys));
        if case.password_field != "*" {
            self.account.set_password_field("*");
        }
        decision
    }

    async fn log_in(&self, case: &LoginCase, keys: &Keys) -> LoginDecision {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a listener");
        let address = listener.local_addr().expect("an address");
        let options = case.options(DIRECTORY, address.port());
        let config = self.settings.path().join("sshd_config");
        fs::write(&config, config_text(&options, address.port())).expect("a file");
        if !case.options.is_empty() && !self.starts(&config) {
            return LoginDecision::NotStarted;
        }
        let (stream, accepted) =
            tokio::join!(client::connect(case.client, address), listener.accept());
        let served = accepted.expect("a connection").0.into_std().expect("a socket");
        served.set_nonblocking(false).expect("a blocking socket");
        let served = OwnedFd::from(served);
        let mut sshd = self.sshd(&config);
        sshd.arg("-i").stdin(served.try_clone().expect("a socket")).stdout(served);
        let mut sshd = sshd.stderr(Stdio::null()).spawn().expect("sshd");
        let stream = stream.expect("a connection");
        let decision = client::log_in(stream, ACCOUNT, keys, case.key).await;
        sshd.wait().expect("it ends");
        decision
    }

    fn sshd(&self, config: &Path) -> Command {
        let mut sshd = Command::new(SSHD);
        sshd.arg("-f").arg(config).arg("-h").arg(self.settings.path().join("host_key"));
        sshd
    }

    fn starts(&self, config: &Path) -> bool {
        let output = self.sshd(config).arg("-t").output().expect("sshd");
        output.status.success()
    }

    fn lay_out(&self, nodes: &[Node]) {
        for entry in fs::read_dir(DIRECTORY).expect("the directory") {
            let path = entry.expect("an entry").path();
            if path.is_dir() && !path.is_symlink() {
                fs::remove_dir_all(path).expect("removed");
            } else {
                fs::remove_file(path).expect("removed");
            }
        }
        for node in nodes {
            self.make(node);
        }
        // Last, so that no mode keeps anything from being made, and no owner takes bits away.
        for node in nodes.iter().filter(|node| !matches!(node.kind, NodeKind::Link(_))) {
            let mode = Permissions::from_mode(node.mode);
            fs::set_permissions(path(node), mode).expect("a mode");
        }
    }

    fn make(&self, node: &Node) {
        let path = path(node);
        let (uid, gid) = (Some(self.uid(node.owner)), Some(self.gid(node.group)));
        match &node.kind {
            NodeKind::Directory => {
                fs::create_dir(&path).expect("a directory");
                chown(&path, uid, gid).expect("an owner");
            }
            NodeKind::File(content) => {
                fs::write(&path, content).expect("a file");
                chown(&path, uid, gid).expect("an owner");
            }
            NodeKind::Link(target) => {
                let target = target.replace(super::BASE, DIRECTORY);
                symlink(target, &path).expect("a link");
                lchown(&path, uid, gid).expect("an owner");
            }
        }
    }

    fn uid(&self, owner: Owner) -> u32 {
        match owner {
            Owner::Root => 0,
            Owner::Account => self.account.uid,
            Owner::Other => self.account.other_uid,
        }
    }

    fn gid(&self, group: Group) -> u32 {
        match group {
            Group::Root => 0,
            Group::Own => self.account.gid,
            Group::Shared => self.account.shared_gid(),
            Group::Solo => self.account.solo_gid(),
            Group::Empty => self.account.empty_gid(),
        }
    }
}

impl Drop for RealSshd {
    fn drop(&mut self) {
        // What cannot be removed now is removed by the next one.
        let _ = fs::remove_dir_all(DIRECTORY);
    }
}

fn path(node: &Node) -> PathBuf {
    Path::new(DIRECTORY).join(&node.path)
}
