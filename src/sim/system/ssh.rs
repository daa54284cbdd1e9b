//! The SSH service: its settings, its host keys, and sshd under systemd.

use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rand::RngCore;
use serde_json::{Map, Value, json};

use super::super::clock::now_ms;
use super::super::fleet::SshSpec;
use super::super::release::Release;

/// How long systemd refuses to start a unit whose start failed: its own restarts use up the five
/// that it allows in ten seconds.
const START_LIMIT: Duration = Duration::from_secs(11);

/// The SSH service of one system.
#[derive(Clone, Debug)]
pub struct Ssh {
    /// What `ssh.update` takes, by its names.
    pub settings: Map<String, Value>,
    /// The host keys on disk, by column of `ssh.config`: base64 of the file.
    keys: Map<String, Value>,
    /// Whether the database has them.
    pub keys_stored: bool,
    /// Port and options that the running sshd has read; `None` while it does not run.
    running: Option<u16>,
    failing_starts: u32,
    refused_until: Option<Instant>,
}

/// The keywords of `sshd_config` that OpenSSH 9.2 knows, in lower case.
const KEYWORDS: &str = "acceptenv addressfamily allowagentforwarding allowgroups \
    allowstreamlocalforwarding allowtcpforwarding allowusers authenticationmethods \
    authorizedkeyscommand authorizedkeyscommanduser authorizedkeysfile authorizedprincipalscommand \
    authorizedprincipalscommanduser authorizedprincipalsfile banner casignaturealgorithms \
    channeltimeout challengeresponseauthentication chrootdirectory ciphers clientalivecountmax \
    clientaliveinterval compression debianbanner denygroups denyusers disableforwarding \
    exposeauthinfo fingerprinthash forcecommand gatewayports gssapiauthentication \
    gssapicleanupcredentials gssapikeyexchange gssapistorecredentialsonrekey \
    gssapistrictacceptorcheck hostbasedacceptedkeytypes hostbasedacceptedalgorithms \
    hostbasedauthentication hostbasedusesnamefrompacketonly hostcertificate hostkey hostkeyagent \
    hostkeyalgorithms ignorerhosts ignoreuserknownhosts include ipqos kbdinteractiveauthentication \
    kerberosauthentication kerberosgetafstoken kerberosorlocalpasswd kerberosticketcleanup \
    kexalgorithms keyregenerationinterval listenaddress logingracetime loglevel logverbose macs \
    match maxauthtries maxsessions maxstartups modulifile passwordauthentication \
    permitemptypasswords permitlisten permitopen permitrootlogin permittty permittunnel \
    permituserenvironment permituserrc persourcemaxstartups persourcenetblocksize pidfile port \
    printlastlog printmotd protocol pubkeyacceptedalgorithms pubkeyacceptedkeytypes \
    pubkeyauthentication pubkeyauthoptions rdomain rekeylimit requiredrsasize revokedkeys \
    rhostsrsaauthentication rsaauthentication rsaminsize securitykeyprovider serverkeybits setenv \
    skeyauthentication streamlocalbindmask streamlocalbindunlink strictmodes subsystem \
    syslogfacility tcpkeepalive trustedusercakeys unusedconnectiontimeout usedns uselogin usepam \
    useprivilegeseparation versionaddendum x11displayoffset x11forwarding x11uselocalhost \
    xauthlocation";

/// The line of `sshd_config` where the options of `ssh.update` begin.
const FIRST_OPTION_LINE: usize = 46;

/// What sshd finds wrong with the options: line number, and what it says of the line.
fn bad_lines(options: &str) -> Vec<(usize, String)> {
    let mut bad = Vec::new();
    for (index, line) in options.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (keyword, rest) =
            line.split_once(|c: char| c.is_whitespace() || c == '=').unwrap_or((line, ""));
        let known = KEYWORDS.split_whitespace().any(|known| known.eq_ignore_ascii_case(keyword));
        if !known {
            bad.push((index, format!("Bad configuration option: {keyword}")));
        } else if rest.trim_matches(|c: char| c.is_whitespace() || c == '=').is_empty() {
            bad.push((index, format!("{keyword} requires an argument")));
        }
    }
    bad.into_iter().map(|(index, text)| (FIRST_OPTION_LINE + index, text)).collect()
}

impl Ssh {
    /// The service as the fleet says; what it leaves out is as on a fresh system.
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
            keys: host_keys(),
            keys_stored,
            running: spec.running.then_some(port),
            failing_starts: spec.failing_starts,
            refused_until: None,
        }
    }

    /// The port that sshd listens on; `None` while it does not run.
    pub fn listens_on(&self) -> Option<u16> {
        self.running
    }

    /// What `ssh.config` answers.
    pub fn config(&self) -> Value {
        let mut config = self.settings.clone();
        config.insert("id".into(), 1.into());
        config.insert("privatekey".into(), "".into());
        for kind in ["host_", "host_dsa_", "host_ecdsa_", "host_ed25519_", "host_rsa_"] {
            for part in ["key", "key_pub", "key_cert_pub"] {
                let column = format!("{kind}{part}");
                if column != "host_key_cert_pub" {
                    let stored = self.keys.get(&column).filter(|_| self.keys_stored);
                    config.insert(column, stored.cloned().unwrap_or_default());
                }
            }
        }
        Value::Object(config)
    }

    fn port(&self) -> u16 {
        let port = self.settings.get("tcpport").and_then(Value::as_u64);
        port.and_then(|port| u16::try_from(port).ok()).unwrap_or(22)
    }

    fn wrong(&self) -> Vec<(usize, String)> {
        bad_lines(self.settings.get("options").and_then(Value::as_str).unwrap_or_default())
    }

    /// sshd reads its settings anew; it goes on with the old ones if the new ones are bad.
    /// Up to 25.10 the host keys are stored whether it runs or not; 26.0 returns before that.
    pub fn reload(&mut self, release: Release) {
        if self.running.is_some() && self.wrong().is_empty() {
            self.running = Some(self.port());
        }
        if self.running.is_some() || release < Release::V26_0 {
            self.keys_stored = true;
        }
    }

    /// Starts sshd unless it runs; gives whether it runs afterwards.
    pub fn start(&mut self) -> bool {
        if self.running.is_none() && self.can_start() {
            self.running = Some(self.port());
        }
        if self.running.is_some() {
            self.keys_stored = true;
        }
        self.running.is_some()
    }

    /// Stops sshd.
    pub fn stop(&mut self) {
        self.running = None;
    }

    fn can_start(&mut self) -> bool {
        if self.failing_starts > 0 {
            self.failing_starts -= 1;
            return false;
        }
        let now = Instant::now();
        if self.refused_until.is_some_and(|until| now < until) {
            return false;
        }
        if self.wrong().is_empty() {
            self.refused_until = None;
            return true;
        }
        self.refused_until = Some(now + START_LIMIT);
        false
    }

    /// The unit's journal since its last start, as a failed start shows it: other people's logins
    /// are in it.
    pub fn journal(&self, hostname: &str) -> String {
        let at = jiff::Timestamp::from_millisecond(now_ms())
            .map(|at| at.strftime("%b %d %H:%M:%S").to_string())
            .unwrap_or_default();
        let wrong = self.wrong();
        let mut lines = vec![
            "sshd[2107]: Accepted publickey for backup-operator from 192.0.2.17 port 50122 ssh2"
                .to_owned(),
            "sshd[2107]: pam_unix(sshd:session): session opened for user backup-operator"
                .to_owned(),
            "systemd[1]: Starting ssh.service - OpenBSD Secure Shell server...".to_owned(),
        ];
        for (line, text) in &wrong {
            lines.push(format!("sshd[4242]: /etc/ssh/sshd_config: line {line}: {text}"));
        }
        if !wrong.is_empty() {
            let count = wrong.len();
            lines.push(format!(
                "sshd[4242]: /etc/ssh/sshd_config: terminating, {count} bad configuration options"
            ));
        }
        for text in [
            "ssh.service: Control process exited, code=exited, status=255/EXCEPTION",
            "ssh.service: Failed with result 'exit-code'.",
            "Failed to start ssh.service - OpenBSD Secure Shell server.",
            "ssh.service: Scheduled restart job, restart counter is at 5.",
            "ssh.service: Start request repeated too quickly.",
        ] {
            lines.push(format!("systemd[1]: {text}"));
        }
        let lines: Vec<String> =
            lines.into_iter().map(|line| format!("{at} {hostname} {line}")).collect();
        lines.join("\n")
    }
}

/// New host keys: well-formed, and nobody's.
fn host_keys() -> Map<String, Value> {
    let mut keys = Map::new();
    for (kind, name, length) in [
        ("rsa", "ssh-rsa", 0),
        ("ecdsa", "ecdsa-sha2-nistp256", 65),
        ("ed25519", "ssh-ed25519", 32),
    ] {
        let public = format!("{} root@truenas\n", public_key(name, length));
        let private = private_key();
        for (column, content) in [("key", private), ("key_pub", public)] {
            let content = STANDARD.encode(content);
            keys.insert(format!("host_{kind}_{column}"), content.into());
        }
    }
    keys
}

fn random(length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    rand::rng().fill_bytes(&mut bytes);
    bytes
}

fn field(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend(u32::try_from(bytes.len()).unwrap_or_default().to_be_bytes());
    out.extend(bytes);
}

/// A public key of that type, `TYPE BASE64`.
pub fn public_key(name: &str, length: usize) -> String {
    let mut blob = Vec::new();
    field(&mut blob, name.as_bytes());
    match name {
        "ssh-rsa" => {
            field(&mut blob, &[1, 0, 1]);
            let mut modulus = random(384);
            // The highest bit and the lowest one make it a modulus of 3072 bits.
            modulus[0] |= 0x80;
            modulus[383] |= 1;
            modulus.insert(0, 0);
            field(&mut blob, &modulus);
        }
        "ecdsa-sha2-nistp256" => {
            field(&mut blob, b"nistp256");
            let mut point = random(length);
            point[0] = 4;
            field(&mut blob, &point);
        }
        _ => field(&mut blob, &random(length)),
    }
    format!("{name} {}", STANDARD.encode(blob))
}

/// A text with the form of a private key.
pub fn private_key() -> String {
    let body = STANDARD.encode([b"openssh-key-v1\0".as_slice(), &random(300)].concat());
    let mut text = String::from("-----BEGIN OPENSSH PRIVATE KEY-----\n");
    for (index, letter) in body.chars().enumerate() {
        text.push(letter);
        if index % 70 == 69 {
            text.push('\n');
        }
    }
    text.push_str("\n-----END OPENSSH PRIVATE KEY-----\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_options(options: &str, running: bool) -> Ssh {
        let spec = SshSpec { options: options.into(), running, ..SshSpec::default() };
        Ssh::new(&spec, false)
    }

    #[test]
    fn options_are_read_as_sshd_reads_them() {
        for good in [
            "",
            "# note\n\nPermitRootLogin no",
            "permitrootlogin=no",
            "Match User x\n X11Forwarding no",
        ] {
            assert!(bad_lines(good).is_empty(), "{good}");
        }
        assert_eq!(
            bad_lines("Banner none\nNonsenseKeyword yes"),
            [(47, "Bad configuration option: NonsenseKeyword".to_owned())]
        );
        assert_eq!(bad_lines("Port"), [(46, "Port requires an argument".to_owned())]);
    }

    #[test]
    fn a_failed_start_uses_up_systemds_start_limit() {
        let mut ssh = with_options("Nonsense yes", false);
        assert!(!ssh.start());
        ssh.settings.insert("options".into(), "".into());
        assert!(!ssh.start(), "systemd refuses for a while, repaired or not");
        ssh.refused_until = Some(Instant::now());
        assert!(ssh.start());
    }

    #[test]
    fn a_reload_with_bad_options_goes_on_with_the_old_settings() {
        let mut ssh = with_options("", true);
        ssh.settings.insert("tcpport".into(), 2222.into());
        ssh.settings.insert("options".into(), "Nonsense yes".into());
        ssh.reload(Release::V26_0);
        assert_eq!(ssh.listens_on(), Some(22));
        ssh.settings.insert("options".into(), "".into());
        ssh.reload(Release::V26_0);
        assert_eq!(ssh.listens_on(), Some(2222));
    }

    #[test]
    fn host_keys_are_stored_as_the_release_does() {
        for (release, stored) in [(Release::V25_10, true), (Release::V26_0, false)] {
            let mut ssh = with_options("", false);
            assert_eq!(ssh.config()["host_rsa_key_pub"], Value::Null);
            ssh.reload(release);
            assert_eq!(ssh.config()["host_rsa_key_pub"].is_string(), stored, "{release:?}");
            ssh.start();
            assert!(ssh.config()["host_ed25519_key_pub"].is_string());
        }
    }

    #[test]
    fn the_journal_names_the_bad_line() {
        let journal = with_options("Nonsense yes", false).journal("nas");
        assert!(journal.contains("sshd_config: line 46: Bad configuration option: Nonsense"));
    }
}
