//! The SSH service: its settings, its host keys, and sshd under systemd.

use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

use super::super::clock::now_ms;
use super::super::fleet::SshSpec;
use super::super::release::Release;
use super::super::sshd::config::{Complaints, Config};
use super::super::sshd::host_keys::HostKeys;
use super::accounts::Accounts;

/// The SSH service of one system.
#[derive(Clone, Debug)]
pub struct Ssh {
    /// What `ssh.update` takes, by its names.
    pub settings: Map<String, Value>,
    /// The host keys on disk.
    host_keys: HostKeys,
    /// Whether the database has them.
    pub keys_stored: bool,
    /// What the running sshd has read; `None` while it does not run.
    running: Option<Running>,
    failing_starts: u32,
    start_limit: Duration,
    refused_until: Option<Instant>,
    /// The last time that systemd really tried to start it, if that failed.
    failed_attempt: Option<FailedAttempt>,
}

/// A start that failed, with what sshd said.
#[derive(Clone, Debug)]
struct FailedAttempt {
    at_ms: i64,
    complaints: Vec<String>,
}

/// How often systemd tries before its start limit is reached (`StartLimitBurst`).
const ATTEMPTS: usize = 5;

/// What sshd read when it was started or last told to read again.
#[derive(Clone, Debug)]
struct Running {
    port: u16,
    config: Config,
}

/// Four lines of comment, so that sshd's line numbers are the real ones.
const OPTIONS_COME_LAST: [&str; 4] = ["#"; 4];

impl Ssh {
    /// The service as the fleet says, stopped; what it leaves out is as on a fresh system.
    pub fn new(spec: &SshSpec, keys_stored: bool) -> Self {
        let ciphers = || vec!["AES128-CBC".to_owned(), "NONE".to_owned()];
        let port = spec.tcpport.unwrap_or(22);
        let settings = json!({
            "bindiface": spec.bindiface,
            "tcpport": port,
            "password_login_groups": spec.password_login_groups,
            "passwordauth": spec.passwordauth.unwrap_or(true),
            "kerberosauth": spec.kerberosauth,
            "tcpfwd": spec.tcpfwd,
            "compression": spec.compression,
            "sftp_log_level": spec.sftp_log_level,
            "sftp_log_facility": spec.sftp_log_facility,
            "weak_ciphers": spec.weak_ciphers.clone().unwrap_or_else(ciphers),
            "options": spec.options,
        });
        Self {
            settings: settings.as_object().cloned().unwrap_or_default(),
            host_keys: HostKeys::new(spec.rsa_key),
            keys_stored,
            running: None,
            failing_starts: spec.failing_starts,
            start_limit: Duration::from_millis(spec.start_limit_ms),
            refused_until: None,
            failed_attempt: None,
        }
    }

    /// The port that sshd listens on; `None` while it does not run.
    pub fn listens_on(&self) -> Option<u16> {
        self.running.as_ref().map(|running| running.port)
    }

    /// What the running sshd has read; `None` while it does not run.
    pub fn running_config(&self) -> Option<&Config> {
        self.running.as_ref().map(|running| &running.config)
    }

    /// The keys that sshd proves itself with.
    pub fn host_keys(&self) -> &HostKeys {
        &self.host_keys
    }

    /// What `ssh.config` answers.
    pub fn config(&self) -> Value {
        let mut config = self.settings.clone();
        config.insert("id".into(), 1.into());
        config.insert("privatekey".into(), "".into());
        let keys = if self.keys_stored { self.host_keys.columns() } else { Map::new() };
        for kind in ["host_", "host_dsa_", "host_ecdsa_", "host_ed25519_", "host_rsa_"] {
            for part in ["key", "key_pub", "key_cert_pub"] {
                let column = format!("{kind}{part}");
                if column != "host_key_cert_pub" {
                    let stored = keys.get(&column).cloned().unwrap_or_default();
                    config.insert(column, stored);
                }
            }
        }
        Value::Object(config)
    }

    fn port(&self) -> u16 {
        let port = self.settings.get("tcpport").and_then(Value::as_u64);
        port.and_then(|port| u16::try_from(port).ok()).unwrap_or(22)
    }

    fn setting(&self, name: &str) -> &Value {
        self.settings.get(name).unwrap_or(&Value::Null)
    }

    fn is_set(&self, name: &str) -> bool {
        self.setting(name).as_bool().unwrap_or_default()
    }

    /// `sshd_config` (`etc_files/local/ssh/sshd_config.mako`). The options come last: of a keyword
    /// that stands above they have no say, and below a `Match` they belong to it.
    fn config_file(&self, accounts: &Accounts) -> String {
        let options = self.setting("options").as_str().unwrap_or_default();
        let switch = |name, on: &'static str, off: &'static str| {
            if self.is_set(name) { on } else { off }
        };
        let by_password =
            |name: &str| accounts.user(name).is_some_and(|user| user.ssh_password_enabled);
        let mut lines = vec!["Subsystem\tsftp\tinternal-sftp -l ERROR -f AUTH".to_owned()];
        let unless_given = [
            "Protocol 2",
            "UseDNS no",
            "ChallengeResponseAuthentication no",
            "ClientAliveCountMax 3",
            "ClientAliveInterval 15",
            "VersionAddendum none",
        ];
        let given = |line: &&str| !line.split(' ').next().is_some_and(|it| options.contains(it));
        lines.extend(unless_given.into_iter().filter(given).map(str::to_owned));
        let weak = self.setting("weak_ciphers").as_array();
        let weak = weak.into_iter().flatten().any(|cipher| cipher == "AES128-CBC");
        if weak && !options.contains("Ciphers") {
            lines.push("Ciphers +aes128-cbc".to_owned());
        }
        lines.extend([
            format!("Port {}", self.port()),
            format!(
                "PermitRootLogin {}",
                if by_password("root") { "yes" } else { "without-password" }
            ),
            format!("AllowTcpForwarding {}", switch("tcpfwd", "yes", "no")),
            format!("Compression {}", switch("compression", "delayed", "no")),
            "PasswordAuthentication no".to_owned(),
        ]);
        lines.extend(self.is_set("kerberosauth").then(|| "GSSAPIAuthentication yes".to_owned()));
        lines.extend(
            [
                "PubkeyAuthentication yes",
                "",
                "# These are forced to be enabled with 2FA",
                "UsePAM yes",
                "PrintMotd no",
                "SetEnv LC_ALL=C.UTF-8",
                "",
            ]
            .map(str::to_owned),
        );
        if self.is_set("passwordauth") {
            let users = accounts.users.values().filter(|user| user.ssh_password_enabled);
            let users = users.map(|user| format!("User \"{}\"", user.username));
            let groups = self.setting("password_login_groups").as_array();
            let groups = groups.into_iter().flatten().filter_map(Value::as_str);
            let groups = groups.map(|group| format!("Group \"{group}\""));
            for matched in users.chain(groups) {
                lines.extend([
                    format!("Match {matched}"),
                    "\tPasswordAuthentication yes".to_owned(),
                    "\tChallengeResponseAuthentication yes".to_owned(),
                ]);
            }
        }
        lines.extend(OPTIONS_COME_LAST.map(str::to_owned));
        lines.push(options.to_owned());
        lines.join("\n")
    }

    /// What sshd makes of its settings as they are now.
    fn read_settings(&self, accounts: &Accounts) -> Result<Running, Complaints> {
        let config = Config::parse(&self.config_file(accounts))?;
        Ok(Running { port: self.port(), config })
    }

    /// sshd reads its settings anew; it goes on with the old ones if the new ones are bad.
    /// Up to 25.10 the host keys are stored whether it runs or not; 26.0 returns before that.
    pub fn reload(&mut self, release: Release, accounts: &Accounts) {
        if self.running.is_some()
            && let Ok(running) = self.read_settings(accounts)
        {
            self.running = Some(running);
        }
        if self.running.is_some() || release < Release::V26_0 {
            self.keys_stored = true;
        }
    }

    /// Starts sshd unless it runs; gives whether it runs afterwards.
    pub fn start(&mut self, accounts: &Accounts) -> bool {
        if self.running.is_none() {
            self.running = self.try_to_start(accounts);
        }
        if self.running.is_some() {
            self.keys_stored = true;
        }
        self.running.is_some()
    }

    /// Lets it run as if it had been started before its options were written.
    pub fn assume_running(&mut self, accounts: &Accounts) {
        let options = self.settings.insert("options".to_owned(), "".into());
        self.running = self.read_settings(accounts).ok();
        self.settings.extend(options.map(|options| ("options".to_owned(), options)));
        self.running = self.read_settings(accounts).ok().or(self.running.take());
    }

    /// Stops sshd.
    pub fn stop(&mut self) {
        self.running = None;
    }

    fn try_to_start(&mut self, accounts: &Accounts) -> Option<Running> {
        let now = Instant::now();
        if self.refused_until.is_some_and(|until| now < until) {
            return None;
        }
        if self.failing_starts > 0 {
            self.failing_starts -= 1;
            return self.failed_to_start(now, Vec::new());
        }
        match self.read_settings(accounts) {
            Ok(running) => {
                self.refused_until = None;
                Some(running)
            }
            Err(complaints) => self.failed_to_start(now, complaints),
        }
    }

    fn failed_to_start(&mut self, now: Instant, complaints: Vec<String>) -> Option<Running> {
        self.refused_until = Some(now + self.start_limit);
        self.failed_attempt = Some(FailedAttempt { at_ms: now_ms(), complaints });
        None
    }

    /// The unit's journal since it was last really started, as a failed start shows it: other
    /// people's logins are in it, what sshd said at each attempt, and at last that systemd
    /// refuses, which it does for a while whether the settings were repaired or not.
    ///
    /// Source: `plugins/service_/services/base.py`, `_unit_failure_logs` (the lines, from
    /// `InactiveExitTimestampMonotonic` on).
    pub fn journal(&self) -> String {
        let (at_ms, complaints) = match &self.failed_attempt {
            Some(attempt) => (attempt.at_ms, attempt.complaints.as_slice()),
            None => (now_ms(), [].as_slice()),
        };
        let mut attempt = vec![
            "sshd[2107]: Accepted publickey for backup-operator from 192.0.2.17 port 50122 ssh2"
                .to_owned(),
            "sshd[2107]: pam_unix(sshd:session): session opened for user backup-operator"
                .to_owned(),
        ];
        for number in 1..=ATTEMPTS {
            let starting = "Starting ssh.service - OpenBSD Secure Shell server...";
            attempt.push(format!("systemd[1]: {starting}"));
            let said = complaints.iter().flat_map(|complaint| complaint.lines());
            attempt.extend(said.map(|line| format!("sshd[4242]: {line}")));
            attempt.extend([
                "systemd[1]: ssh.service: Control process exited, code=exited, \
                 status=255/EXCEPTION"
                    .to_owned(),
                "systemd[1]: ssh.service: Failed with result 'exit-code'.".to_owned(),
                "systemd[1]: Failed to start ssh.service - OpenBSD Secure Shell server.".to_owned(),
                format!(
                    "systemd[1]: ssh.service: Scheduled restart job, restart counter is at \
                     {number}."
                ),
            ]);
        }
        let attempt = attempt.into_iter().map(|line| format!("{} {line}", journal_time(at_ms)));
        let refusal = "systemd[1]: ssh.service: Start request repeated too quickly.";
        let refusal = format!("{} {refusal}", journal_time(now_ms()));
        attempt.chain([refusal]).collect::<Vec<_>>().join("\n")
    }
}

/// A moment as a line of the journal begins with it.
fn journal_time(at_ms: i64) -> String {
    let at = jiff::Timestamp::from_millisecond(at_ms);
    at.map(|at| at.strftime("%b %d %H:%M:%S").to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_options(options: &str) -> Ssh {
        let spec = SshSpec { options: options.into(), ..SshSpec::default() };
        Ssh::new(&spec, false)
    }

    #[test]
    fn a_failed_start_uses_up_systemds_start_limit() {
        let accounts = Accounts::default();
        let mut ssh = with_options("Nonsense yes");
        ssh.start_limit = Duration::from_secs(11);
        assert!(!ssh.start(&accounts));
        ssh.settings.insert("options".into(), "".into());
        assert!(!ssh.start(&accounts), "systemd refuses for a while, repaired or not");
        ssh.refused_until = Some(Instant::now());
        assert!(ssh.start(&accounts));
    }

    #[test]
    fn a_reload_with_bad_options_goes_on_with_the_old_settings() {
        let accounts = Accounts::default();
        let mut ssh = with_options("");
        assert!(ssh.start(&accounts));
        ssh.settings.insert("tcpport".into(), 2222.into());
        ssh.settings.insert("options".into(), "Nonsense yes".into());
        ssh.reload(Release::V26_0, &accounts);
        assert_eq!(ssh.listens_on(), Some(22));
        ssh.settings.insert("options".into(), "".into());
        ssh.reload(Release::V26_0, &accounts);
        assert_eq!(ssh.listens_on(), Some(2222));
    }

    #[test]
    fn host_keys_are_stored_as_the_release_does() {
        let accounts = Accounts::default();
        for (release, stored) in [(Release::V25_10, true), (Release::V26_0, false)] {
            let mut ssh = with_options("");
            assert_eq!(ssh.config()["host_rsa_key_pub"], Value::Null);
            ssh.reload(release, &accounts);
            assert_eq!(ssh.config()["host_rsa_key_pub"].is_string(), stored, "{release:?}");
            ssh.start(&accounts);
            assert!(ssh.config()["host_ed25519_key_pub"].is_string());
        }
    }

    #[test]
    fn the_journal_names_the_bad_line() {
        let accounts = Accounts::default();
        let mut ssh = with_options("Nonsense yes");
        assert!(!ssh.start(&accounts));
        let complaints =
            |ssh: &Ssh| ssh.journal().matches(": Bad configuration option: Nonsense\n").count();
        assert_eq!(complaints(&ssh), ATTEMPTS);
        // While systemd refuses, the journal is still that of the attempt.
        ssh.refused_until = Some(Instant::now() + Duration::from_secs(60));
        ssh.settings.insert("options".into(), "".into());
        assert!(!ssh.start(&accounts));
        assert_eq!(complaints(&ssh), ATTEMPTS);
    }
}
