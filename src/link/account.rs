//! The account that the source logs in to: its shell, its home and what is above it, and its key
//! file.

use serde_json::json;

use crate::kinds::Account;
use crate::kinds::user::{MAKE_ENTERABLE, Refusal, Stat, cannot_enter, is_home, is_login_shell};

use super::key::KEYS;
use super::{Checker, Verdict};

/// What follows from a home that sshd does not trust.
const NOT_TAKEN: &str = "sshd does not take the account's keys";

impl Checker<'_> {
    /// What was read of the account.
    pub(super) fn account_facts(&self) -> Option<Account> {
        self.facts.live.get(&self.link.account).and_then(Account::of).cloned()
    }

    /// The groups of the account, its own among them.
    pub(super) fn group_names(&self, account: &Account) -> Vec<String> {
        let mut names = self.facts.texts(&self.link.account, "groups.names");
        names.push(account.own_group(self.link.account.key()).into());
        names
    }

    pub(super) fn account(&mut self) {
        let address = &self.link.account;
        if self.facts.exists(address) == Some(false) {
            let what = "the account that the source logs in to is not there";
            let remedy = format!(
                "declare it: `systems: {{ {}: {{ admins: {{ {}: … }} }} }}`",
                address.system,
                address.key()
            );
            self.fails(Verdict::Breaks, address, None, what, remedy);
            return;
        }
        let Some(account) = self.account_facts() else { return };
        self.shell(&account);
        let home = self.facts.text(address, "home.path").unwrap_or_default().to_owned();
        if !is_home(&home) {
            let what = format!("{NOT_TAKEN}: it has no home");
            let remedy = "give it one with `home: { path: /mnt/POOL/DATASET/NAME }`";
            self.fails(Verdict::Breaks, address, Some("home.path"), what, remedy);
        } else if self.is_strict(&account) {
            self.home(&account, &home);
        }
        self.ancestors(&account, &home);
        self.key_file(&account);
        self.key();
        self.sudo(&account);
    }

    fn shell(&mut self, account: &Account) {
        let address = &self.link.account;
        let Some(shell) = self.facts.text(address, "shell").map(str::to_owned) else { return };
        if is_login_shell(&shell, account.shells.as_deref().map(Vec::as_slice)) {
            return;
        }
        let what = format!("the account cannot run a command over SSH: its shell is {shell}");
        let remedy = match self.facts.desired(address, "shell") {
            Some(_) => "the manifest asks for this shell: write `/usr/bin/bash`, or leave it out",
            None => "write `ssh_access: true` or a `shell` for the account",
        };
        self.fails(Verdict::Breaks, address, Some("shell"), what, remedy);
    }

    /// The home itself, `.ssh` and the key file, as they will be.
    fn home(&mut self, account: &Account, path: &str) {
        let address = &self.link.account;
        let changed = |field: &str| self.facts.change(address, field).is_some();
        let moves = changed("home.path") || changed("home.directory");
        let Some(who) = account.inhabitant() else {
            return self.wanted_mode();
        };
        let home = if account.present.path == path { &account.present } else { &account.wanted };
        if home.hidden {
            return;
        }
        let Some(directory) = home.directory.as_ref().filter(|_| !moves) else {
            if !moves {
                let what = format!("{NOT_TAKEN}: {path} is not there");
                let remedy = "make the directory, or name `home: { path: … }` and apply";
                self.fails(Verdict::Breaks, address, Some("home.directory"), what, remedy);
            }
            return self.wanted_mode();
        };
        let mut directory = directory.clone();
        if changed("home.owner") {
            directory.uid = who.uid;
        }
        if changed("home.mode") || changed("home.acl") {
            directory.mode = self.changed_mode().unwrap_or(0o700);
        }
        let refused = Refusal::of(&directory, who);
        let keys_change = changed(KEYS);
        let ssh = home.ssh.as_ref().filter(|_| !keys_change && !changed("home.ssh_directory"));
        let file = home.key_file.as_ref().filter(|_| !keys_change && !changed("home.key_file"));
        let wrong = |stat: Option<&Stat>, kind: &str| {
            let stat = stat?;
            let is_kind = stat.kind == kind || stat.kind == "SYMLINK";
            (!is_kind || Refusal::of(stat, who).any()).then(|| stat.clone())
        };
        let (ssh, file) = (wrong(ssh, "DIRECTORY"), wrong(file, "FILE"));
        const MEND: &str = "write `ssh_access: true` for the account, and apply";
        if refused.owner {
            let what = format!("{NOT_TAKEN}: {path} belongs to {}", directory.owner());
            self.fails(Verdict::Breaks, address, Some("home.owner"), what, MEND);
        }
        if refused.mode {
            let what = format!("{NOT_TAKEN}: {path} has the mode {}", directory.mode_text());
            self.fails(Verdict::Breaks, address, Some("home.mode"), what, self.mode_remedy());
        }
        for (stat, name, field) in
            [(ssh, ".ssh", "home.ssh_directory"), (file, ".ssh/authorized_keys", "home.key_file")]
        {
            if let Some(stat) = stat {
                let described = stat.described();
                let what = format!("{NOT_TAKEN}: {path}/{name} is {described}");
                self.fails(Verdict::Breaks, address, Some(field), what, MEND);
            }
        }
    }

    /// A new home has the mode that the manifest asks for.
    fn wanted_mode(&mut self) {
        let address = &self.link.account;
        if let Some(mode) = self.changed_mode()
            && (mode & 0o002 != 0 || mode & 0o500 != 0o500)
        {
            let what = format!("{NOT_TAKEN}: its home gets the mode {mode:03o}");
            self.fails(Verdict::Breaks, address, Some("home.mode"), what, self.mode_remedy());
        }
    }

    fn changed_mode(&self) -> Option<u64> {
        let mode = self.facts.change(&self.link.account, "home.mode")?.as_str()?;
        u64::from_str_radix(mode, 8).ok()
    }

    fn mode_remedy(&self) -> String {
        match self.facts.desired(&self.link.account, "home.mode") {
            Some(mode) => format!(
                "if the manifest asks for it: `mode: {mode}` lets others write, or keeps the \
                 account itself out; write 700"
            ),
            None => "write `ssh_access: true` for the account, and apply".into(),
        }
    }

    /// The directories above the home: sshd reads the keys as the account.
    fn ancestors(&mut self, account: &Account, home: &str) {
        let address = &self.link.account;
        let closed: Vec<_> = account.closed_above(home).cloned().collect();
        for (path, stat) in closed {
            let cannot = cannot_enter(address.key(), &path, &stat);
            let what = format!("{cannot}, so sshd cannot read its keys");
            // What an ACL allows beyond the mode is not read.
            let verdict = if stat.acl { Verdict::MayBreak } else { Verdict::Breaks };
            let check = self.fails(verdict, address, Some("home.ancestors"), what, MAKE_ENTERABLE);
            check.live = json!(format!("{path}: {} {}", stat.mode_text(), stat.owner()));
        }
    }

    /// A key file that is a link: sshd opens what it points to as the account, and looks at every
    /// directory on the way there.
    fn key_file(&mut self, account: &Account) {
        let address = &self.link.account;
        if self.facts.change(address, KEYS).is_some() {
            return;
        }
        let link = [&account.present.key_file, &account.present.ssh].into_iter().flatten();
        let Some(target) = link.filter_map(Stat::link_target).next().map(str::to_owned) else {
            return;
        };
        let is_root = account.entry.as_ref().is_some_and(|entry| entry.uid == 0);
        // Nobody but root enters root's home (`sshd_config.mako` sets its mode).
        let closed = target.starts_with("/root/") && !is_root;
        let verdict = if closed { Verdict::Breaks } else { Verdict::MayBreak };
        let what = format!("its authorized_keys is a link to {target}, where sshd may not read it");
        let remedy = "replace the link by a file, over SSH or in the shell of the system";
        self.fails(verdict, address, Some("authorized_keys.file"), what, remedy).live =
            json!(target);
    }
}
