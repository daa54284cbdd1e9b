//! Decisions of the real sudo.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use super::super::account::Account;
use super::{ACCOUNT, SudoCase, SudoDecision};

/// What `/etc/sudoers` includes.
const INCLUDED: &str = "/etc/sudoers.d/trueup-oracle";
const ZFS: &str = "/usr/sbin/zfs";
const STAND_IN: &str = "/bin/true";
/// TrueNAS' own settings, and what spares time: nothing here has a say in what is allowed.
const DEFAULTS: &str = "\
    Defaults secure_path = /sbin:/bin:/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin\n\
    Defaults !fqdn, !syslog, !pam_session, !pam_setcred, !use_pty, !mail_no_user\n";

/// An account, and its rules in sudo's configuration. Everything is removed on drop.
pub struct RealSudo {
    account: Account,
    /// Whether a program that does nothing stands in for `zfs`.
    stand_in: bool,
}

impl RealSudo {
    /// Creates the account.
    ///
    /// # Panics
    /// If that fails.
    pub fn new() -> Self {
        let account = Account::create(ACCOUNT);
        let program = fs::read(STAND_IN).expect("a program that does nothing");
        // A process that was killed leaves it behind.
        let stand_in = fs::read(ZFS).map_or(true, |found| found == program);
        if stand_in {
            fs::copy(STAND_IN, ZFS).expect("a stand-in for zfs");
        }
        Self { account, stand_in }
    }

    /// What sudo does with the command.
    ///
    /// # Panics
    /// If it does anything else.
    pub fn decide(&self, case: &SudoCase) -> SudoDecision {
        fs::write(INCLUDED, format!("{DEFAULTS}{}", case.sudoers())).expect("a file");
        fs::set_permissions(INCLUDED, Permissions::from_mode(0o440)).expect("a mode");
        let mut sudo = Command::new("setpriv");
        sudo.arg(format!("--reuid={}", self.account.uid));
        sudo.arg(format!("--regid={}", self.account.gid)).arg("--init-groups");
        sudo.args(["sudo", "-n", "--"]).args(&case.argv).stdin(Stdio::null());
        let output = sudo.output().expect("sudo");
        let told = String::from_utf8_lossy(&output.stderr);
        if told.contains("sudo: a password is required") {
            return SudoDecision::PasswordRequired;
        }
        if told.contains("command not found") {
            return SudoDecision::NotFound;
        }
        assert!(output.status.success(), "{told}\n{}", case.describe());
        SudoDecision::Runs
    }
}

impl Drop for RealSudo {
    fn drop(&mut self) {
        // It may be missing if nothing was decided.
        let _ = fs::remove_file(INCLUDED);
        if self.stand_in {
            let _ = fs::remove_file(ZFS);
        }
    }
}
