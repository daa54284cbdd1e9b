//! What becomes of an account's fields.

use serde_json::{Value, json};

use crate::kinds::{Around, compared};
use crate::model::field::texts;
use crate::model::placeholder::as_reference;
use crate::model::sudo::Rule;
use crate::model::{BlockedReason, Desired, Finding, KeptReason, Live, State};

use super::KEYS;
use super::account::{Account, is_home};
use super::finding::{blocked, implied};
use super::home;
use super::key_line;
use super::sudo;
use super::withheld;

/// The shell that an account gets whose own is none and for which the manifest names no other.
pub(super) const LOGIN_SHELL: &str = "/usr/bin/bash";

/// Shells that run no command of a replication: no login, or a menu.
const NO_LOGIN: [&str; 4] = ["nologin", "false", "cli", "cli_console"];

/// Shells that every system has and that `user.shell_choices` does not list under these names.
const ALWAYS_THERE: [&str; 2] = ["/bin/sh", "/bin/bash"];

/// Whether an account with this shell can run a replication's commands. `shells`: those that the
/// system has, if they may be read.
pub(crate) fn is_login_shell(shell: &str, shells: Option<&[String]>) -> bool {
    let name = shell.rsplit('/').next().unwrap_or_default();
    // `/bin` is a link to `/usr/bin`.
    let is_there = |shells: &[String]| {
        ALWAYS_THERE.contains(&shell)
            || shells.iter().any(|it| it == shell || it.strip_prefix("/usr") == Some(shell))
    };
    !name.is_empty() && !NO_LOGIN.contains(&name) && shells.is_none_or(is_there)
}

/// Everything that becomes of an account.
pub(super) fn findings(
    want: &Desired,
    live: &Live,
    account: &Account,
    around: &Around<'_>,
) -> Vec<Finding> {
    let mut all: Vec<Finding> = want
        .fields
        .keys()
        .filter(|field| !field.starts_with("home.") && *field != "ssh_access")
        .map(|field| one(field, want, live, account, around))
        .collect();
    all.extend(home::findings(want, live, account, around, changes(&all, KEYS)));
    all.extend(ssh_access(want, live, account, &all));
    withheld::without_home(&mut all, account);
    withheld::without_changes_to_home(&mut all, want, account, around);
    withheld::without_way_to_home(&mut all, want, account, around);
    let own = around.login(&want.address.system);
    let mut all: Vec<Finding> = all
        .into_iter()
        .map(|it| if own == Some(want.address.key()) { of_own(it) } else { it })
        .collect();
    all.sort_by(|a, b| a.field.cmp(&b.field));
    all
}

/// Whether a field is among those that change.
pub(super) fn changes(findings: &[Finding], field: &str) -> bool {
    findings.iter().any(|it| it.field == field && it.state == State::Changes)
}

fn one(
    field: &str,
    want: &Desired,
    live: &Live,
    account: &Account,
    around: &Around<'_>,
) -> Finding {
    match field {
        KEYS => keys(want, live, account, around),
        "groups.names" => groups(want, live, account),
        "sudo.no_password" | "sudo.password" => sudo(field, want, live, account),
        "shell" => shell(compared(want, live, field), account),
        "password_login" => password_login(want, live, account),
        _ => compared(want, live, field),
    }
}

/// A field whose value after apply is not what the manifest says but what comes of it.
fn towards(field: &str, live: &Live, after: Value, reason: KeptReason) -> Finding {
    let before = live.get(field).cloned();
    let state = if before.as_ref() == Some(&after) { State::Kept(reason) } else { State::Changes };
    Finding { field: field.into(), before: before.unwrap_or_default(), after, state }
}

/// The keys: placeholders for keys that do not exist yet are appended, since no line can be theirs.
fn keys(want: &Desired, live: &Live, account: &Account, around: &Around<'_>) -> Finding {
    let wanted = wanted_keys(want, around);
    let known: Vec<String> = wanted.iter().filter_map(Value::as_str).map(Into::into).collect();
    let lines = texts(live.get(KEYS));
    let exclusive = want.switched_on("authorized_keys.exclusive");
    let mut after: Vec<Value> = key_line::merged(&lines, &known, exclusive, account.read_at)
        .into_iter()
        .map(Value::from)
        .collect();
    after.extend(wanted.into_iter().filter(|it| !it.is_string()));
    let finding = towards(KEYS, live, Value::Array(after), KeptReason::Equal);
    if unreadable_keys(account) {
        return blocked(finding, BlockedReason::AuthorizedKeysUnreadable, UNREADABLE_KEYS);
    }
    let home = if account.wanted.path.is_empty() { &account.present } else { &account.wanted };
    if finding.state == State::Changes
        && let Some(remedy) = ssh_is_no_directory(account)
    {
        return blocked(finding, BlockedReason::HomeNotDirectory, remedy);
    }
    if finding.state == State::Changes && !is_home(&home.path) {
        return blocked(finding, BlockedReason::NoHome, NO_HOME_FOR_KEYS);
    }
    finding
}

/// What to do about a `.ssh` of the present home that holds no key file.
pub(super) fn ssh_is_no_directory(account: &Account) -> Option<String> {
    let ssh = account.present.ssh.as_ref()?;
    (!["DIRECTORY", "SYMLINK"].contains(&ssh.kind.as_str())).then(|| {
        format!(
            "{}/.ssh is not a directory; remove it, over SSH or in the shell",
            account.present.path
        )
    })
}

/// The wanted lines. A replication asks for its key as such: where the manifest writes the same key
/// with options, they count.
fn wanted_keys(want: &Desired, around: &Around<'_>) -> Vec<Value> {
    let members = |want: &Desired| want.get(KEYS).and_then(Value::as_array).cloned();
    let resolved = members(want).unwrap_or_default();
    let as_asked = around.desired.get(&want.address).and_then(members).unwrap_or_default();
    let is_of_pair = |at: usize| as_asked.get(at).is_some_and(|it| as_reference(it).is_some());
    let written = resolved.iter().enumerate().filter(|(at, _)| !is_of_pair(*at));
    let written: Vec<&str> = written.filter_map(|(_, it)| it.as_str()).collect();
    let counts = |at: usize, member: &Value| {
        !is_of_pair(at) || !member.as_str().is_some_and(|it| key_line::restricts(&written, it))
    };
    let kept = resolved.iter().enumerate().filter(|(at, member)| counts(*at, member));
    kept.map(|(_, member)| member.clone()).collect()
}

/// What to do about keys that TrueNAS does not show.
pub(super) const UNREADABLE_KEYS: &str = "its authorized_keys is not empty and TrueNAS shows nothing of \
     it, so any change to the account would delete the file; look at it over SSH or in the shell \
     (it must be UTF-8 text that root can read), then plan again";

const NO_HOME_FOR_KEYS: &str = "the account has no home for an authorized_keys; give it one with \
     `home: { path: /mnt/POOL/DATASET/NAME }`";

/// Whether the account has a key file that TrueNAS shows nothing of.
pub(super) fn unreadable_keys(account: &Account) -> bool {
    let shown = account.entry.as_ref().is_some_and(|entry| entry.keys.is_some());
    !shown && account.present.key_file.as_ref().is_some_and(|file| file.size > 0)
}

fn groups(want: &Desired, live: &Live, account: &Account) -> Finding {
    let field = "groups.names";
    let wanted = texts(want.get(field));
    let mut after =
        if want.switched_on("groups.exclusive") { Vec::new() } else { texts(live.get(field)) };
    after.extend(wanted.iter().cloned());
    after.sort();
    after.dedup();
    let finding = towards(field, live, json!(after), KeptReason::Equal);
    if let Some(name) = wanted.iter().find(|name| account.group(name).is_none()) {
        let remedy = format!(
            "the system has no local group `{name}`; make it in TrueNAS (Credentials > Groups)"
        );
        return blocked(finding, BlockedReason::NoSuchGroup, remedy);
    }
    match account.refused_groups(&texts(Some(&finding.after))) {
        Some((reason, remedy)) if finding.state == State::Changes => {
            blocked(finding, reason, remedy)
        }
        _ => finding,
    }
}

fn sudo(field: &str, want: &Desired, live: &Live, account: &Account) -> Finding {
    let wanted = texts(want.get(field));
    let present = texts(live.get(field));
    let after = sudo::merged(&present, &wanted, want.switched_on("sudo.exclusive"));
    let by_all = present == [sudo::ALL] && wanted != [sudo::ALL];
    let reason = if by_all { KeptReason::LiveAllSatisfies } else { KeptReason::Equal };
    let finding = towards(field, live, json!(after), reason);
    let refused = account.refused_commands.iter().find(|it| wanted.contains(&it.command));
    if let Some(refused) = refused.filter(|_| finding.state == State::Changes) {
        return blocked(finding, BlockedReason::NoSuchCommand, refused.remedy.clone());
    }
    if field == "sudo.no_password" {
        return overridden(finding, want, &wanted, account);
    }
    finding
}

/// Blocked if a group's rule comes later and asks for a password.
fn overridden(finding: Finding, want: &Desired, wanted: &[String], account: &Account) -> Finding {
    let rules: Vec<Rule<'_>> = account
        .groups_to_be(want)
        .map(|group| Rule {
            group: Some(&group.name),
            with_password: &group.sudo,
            no_password: &group.sudo_no_password,
        })
        .collect();
    match sudo::overridden_by(wanted, &rules) {
        Some(group) => {
            let remedy = format!(
                "the account is in the group `{group}`, whose sudo rule comes after the account's \
                 own and asks for a password; take the account out of it, or allow the same \
                 commands there without a password"
            );
            blocked(finding, BlockedReason::SudoOverriddenByGroup, remedy)
        }
        None => finding,
    }
}

fn shell(finding: Finding, account: &Account) -> Finding {
    let Some(shells) = account.shells.as_deref().filter(|_| finding.state == State::Changes) else {
        return finding;
    };
    let wanted = finding.after.as_str().unwrap_or_default();
    if shells.iter().any(|it| it == wanted) {
        return finding;
    }
    // `/bin` is a link to `/usr/bin`, and TrueNAS takes a shell only by its name there.
    let offered = format!("/usr{wanted}");
    if wanted.starts_with("/bin/") && shells.contains(&offered) {
        let after = json!(offered);
        let is_equal = finding.before == after;
        let state = if is_equal { State::Kept(KeptReason::Equal) } else { State::Changes };
        return Finding { after, state, ..finding };
    }
    let remedy = format!("the system has no shell `{wanted}`; it has {}", shells.join(", "));
    blocked(finding, BlockedReason::NoSuchShell, remedy)
}

fn password_login(want: &Desired, live: &Live, account: &Account) -> Finding {
    let finding = compared(want, live, "password_login");
    if finding.state != State::Changes || finding.after != Value::Bool(true) {
        return finding;
    }
    let without = account.entry.as_ref().is_none_or(|entry| entry.password_disabled);
    if without {
        let remedy = "the account has no password, and trueup sets none; set one in TrueNAS \
                      (Credentials > Users), or leave `password_login` out: replication uses keys";
        return blocked(finding, BlockedReason::NoPassword, remedy);
    }
    if !is_home(&account.wanted.path) {
        return blocked(finding, BlockedReason::NoHome, "TrueNAS wants a home for password login");
    }
    finding
}

/// `ssh_access: true`: a login shell, a usable home, not locked.
fn ssh_access(want: &Desired, live: &Live, account: &Account, others: &[Finding]) -> Vec<Finding> {
    if want.get("ssh_access").is_none() {
        return Vec::new();
    }
    let mut all = vec![compared(want, live, "ssh_access")];
    if !is_home(&account.wanted.path) {
        let remedy = "it has no home, which sshd needs; give it one with `home: { path: \
                      /mnt/POOL/DATASET/NAME }`";
        let finding = all.remove(0);
        return vec![blocked(finding, BlockedReason::NoHome, remedy)];
    }
    let has = |field: &str| others.iter().any(|it| it.field == field);
    let current = live.get("shell").and_then(Value::as_str).unwrap_or_default();
    if !has("shell") && !is_login_shell(current, account.shells.as_deref().map(Vec::as_slice)) {
        let shell = shell(implied("shell", live, json!(LOGIN_SHELL)), account);
        if let State::Blocked { reason, remedy } = &shell.state {
            return vec![blocked(all.remove(0), *reason, remedy)];
        }
        all.push(shell);
    }
    if !has("locked") && live.get("locked") == Some(&Value::Bool(true)) {
        all.push(implied("locked", live, json!(false)));
    }
    all
}

/// What trueup does not change of the account that it logs in with.
fn of_own(finding: Finding) -> Finding {
    let untouchable = ["groups.names", "locked", "ssh_access"].contains(&finding.field.as_str());
    if finding.state == State::Changes && untouchable {
        let remedy = "trueup logs in with this account and does not change that of itself; do it \
                      by hand, or use another account's key";
        return blocked(finding, BlockedReason::OwnAccount, remedy);
    }
    finding
}
