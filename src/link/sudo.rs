//! Whether the account runs what a replication runs under sudo.
//!
//! The commands are those of real runs (`replication-runs.md`, sections 3 and 6). Which of them a
//! run needs depends on its task; those that every run needs decide.

use crate::kinds::Account;
use crate::model::Link;
use crate::model::link::Transfer;
use crate::model::sudo::{Command, Decision, Rule, decide};

use super::{Checker, Verdict};

/// What runs as root where a replication receives.
const ZFS: &str = "/usr/sbin/zfs";

/// What a run asks zfs for, and whether it fails without: some it only asks for in some states.
struct Question {
    arguments: String,
    always: bool,
}

/// What a run into a dataset asks of zfs there.
fn questions(transfer: &Transfer, target_exists: Option<bool>) -> Vec<Question> {
    let target = transfer.target.as_deref().unwrap_or("POOL/DATASET");
    let ask = |arguments: String, always: bool| Question { arguments, always };
    let mut all = vec![
        ask(format!("get -H -p -t filesystem,volume type {target}"), true),
        ask(
            format!("list -t snapshot -H -o name -s name -d 1 {target}"),
            target_exists == Some(true),
        ),
        ask(format!("recv -s -F -x mountpoint -x sharenfs -x sharesmb {target}"), true),
        ask(format!("set readonly=on {target}"), false),
        ask(format!("destroy {target}@auto-2030-01-01_00-00"), false),
    ];
    if let Some((parent, _)) = target.rsplit_once('/').filter(|_| target_exists == Some(false)) {
        // Not for a dataset directly below the pool.
        if parent.contains('/') {
            all.push(ask(format!("create -p {parent}"), true));
        }
    }
    all
}

impl Checker<'_> {
    pub(super) fn sudo(&mut self, account: &Account) {
        let address = &self.link.account;
        if account.entry.as_ref().is_some_and(|entry| entry.uid == 0) || address.key() == "root" {
            return;
        }
        if self.facts.hidden(address, "sudo.no_password").is_some() {
            return;
        }
        let (with_password, no_password) = (
            self.facts.texts(address, "sudo.password"),
            self.facts.texts(address, "sudo.no_password"),
        );
        let names = self.group_names(account);
        let mut rules =
            vec![Rule { group: None, with_password: &with_password, no_password: &no_password }];
        let groups = account.groups.iter().filter(|group| names.contains(&group.name));
        rules.extend(groups.map(|group| Rule {
            group: Some(&group.name),
            with_password: &group.sudo,
            no_password: &group.sudo_no_password,
        }));
        let asked = self
            .link
            .transfers
            .iter()
            .flat_map(|transfer| questions(transfer, self.target_exists(self.link, transfer)));
        let refused: Vec<(Question, Decision<'_>)> = asked
            .map(|question| {
                let command = Command { path: ZFS, arguments: &question.arguments };
                let decision = decide(&rules, &command);
                (question, decision)
            })
            .filter(|(_, decision)| !decision.runs())
            .collect();
        let needed = refused.iter().find(|(question, _)| question.always);
        let Some((question, decision)) = needed.or(refused.first()) else { return };
        let named = mentions_zfs(&rules);
        // Without any rule for zfs the account may still be allowed by `zfs allow`.
        let delegated = *decision == Decision::Refuses
            && self.facts.desired(address, "sudo.no_password").is_none()
            && !named;
        let certain = question.always && !delegated && !matches!(decision, Decision::Unclear(_));
        let verdict = if certain { Verdict::Breaks } else { Verdict::MayBreak };
        let (what, remedy) = explain(address.key(), question, decision, delegated, named);
        self.fails(verdict, address, Some("sudo.no_password"), what, remedy);
    }

    fn target_exists(&self, link: &Link, transfer: &Transfer) -> Option<bool> {
        let target = transfer.target.as_deref()?;
        let address = crate::model::Address::new(&link.account.system, "dataset", target);
        self.facts.exists(&address)
    }
}

/// Whether any rule names zfs at all.
fn mentions_zfs(rules: &[Rule<'_>]) -> bool {
    let mut entries =
        rules.iter().flat_map(|rule| rule.with_password.iter().chain(rule.no_password));
    entries.any(|entry| entry.contains("zfs"))
}

/// What a run says of itself where nothing allows zfs.
const NO_PASSWORD: &str = "zfs asks for a password that nobody can type";

fn explain(
    account: &str,
    question: &Question,
    decision: &Decision<'_>,
    delegated: bool,
    named: bool,
) -> (String, String) {
    const WRITE: &str = "write `sudo: { no_password: zfs }`";
    let arguments = &question.arguments;
    let command = format!("`sudo zfs {arguments}`");
    if delegated {
        return (
            "it has no sudo for zfs without a password, and only root receives datasets".into(),
            format!("{WRITE}, unless `zfs allow` lets it receive"),
        );
    }
    match decision {
        Decision::AsksPassword(Some(group)) => (
            format!(
                "{NO_PASSWORD}: the sudo rule of the group `{group}` comes after the account's own"
            ),
            format!(
                "take {account} out of the group, or allow the same commands there without a \
                 password"
            ),
        ),
        Decision::AsksPassword(None) => (NO_PASSWORD.into(), WRITE.into()),
        Decision::Unclear(entry) => (
            format!("sudo may not understand `{entry}`, which takes the whole line out of force"),
            "replace the entry by one without quotes, `#` and broken regular expressions".into(),
        ),
        _ if !named => (NO_PASSWORD.into(), WRITE.into()),
        _ if question.always => {
            (format!("{account} may not run {command}, which every run needs"), WRITE.into())
        }
        _ => (
            format!("{account} may not run {command}, which most replication tasks need"),
            WRITE.into(),
        ),
    }
}
