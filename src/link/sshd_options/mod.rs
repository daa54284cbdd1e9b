//! The SSH service's auxiliary parameters: lines that keep the source from logging in.
//!
//! TrueNAS appends them to its own `sshd_config` (`etc_files/local/ssh/sshd_config.mako`). Of a
//! keyword's values the first one counts, a `Match` block that fits goes before the global part,
//! and the lists of users and groups grow with every line (OpenSSH 9.2 `servconf.c`). With one
//! keyword that sshd does not know it goes on with its earlier settings, and does not start again.

mod algorithms;
mod config;
mod keywords;

use serde_json::{Value, json};

use crate::kinds::Account;
use crate::model::Address;
use crate::model::glob::matches_name;

use super::{Checker, Verdict, command};
use config::{Config, Directive, Effective, Fit, Login};

/// What is wrong with a line.
type Failure<'a> = (Verdict, &'a Directive, String);

/// Lines whose effect depends on what trueup cannot read.
const UNCLEAR: [&str; 8] = [
    "addressfamily",
    "chrootdirectory",
    "hostkey",
    "include",
    "listenaddress",
    "rdomain",
    "requiredrsasize",
    "revokedkeys",
];

impl Checker<'_> {
    pub(super) fn sshd_options(&mut self) {
        let service = &self.link.service;
        let Some(options) = self.facts.text(service, "options").map(str::to_owned) else { return };
        let config = match Config::parse(&options, self.options_below(service)) {
            Ok(config) => config,
            Err(line) => {
                let what = format!(
                    "sshd does not understand `{line}` in the service's auxiliary parameters: it \
                     goes on with its earlier settings, and does not start again"
                );
                return self.option_fails(Verdict::MayBreak, &line, &what);
            }
        };
        let Some(account) = self.account_facts() else { return };
        let login = self.login(&account);
        let certain = config.effective(&login, |fit| fit == Fit::Yes);
        let possible = config.effective(&login, |fit| fit != Fit::No);
        let kind = self.key_type();
        let mut failures = failures(&certain, &login, kind.as_deref());
        for (_, directive, what) in self::failures(&possible, &login, kind.as_deref()) {
            if !failures.iter().any(|(_, known, _)| *known == directive) {
                failures.push((Verdict::MayBreak, directive, what));
            }
        }
        for (verdict, directive, what) in failures {
            let line = &directive.line;
            let what = format!("the SSH service's auxiliary parameters hold `{line}`: {what}");
            self.option_fails(verdict, line, &what);
        }
    }

    /// Whether sshd looks at the owners and modes of key files, as far as the options say.
    pub(super) fn is_strict(&self, account: &Account) -> bool {
        let service = &self.link.service;
        let options = self.facts.text(service, "options").unwrap_or_default();
        let config = Config::parse(options, self.options_below(service)).unwrap_or_default();
        let effective = config.effective(&self.login(account), |fit| fit == Fit::Yes);
        effective.word("strictmodes") != Some("no")
    }

    fn option_fails(&mut self, verdict: Verdict, line: &str, what: &str) {
        const REMEDY: &str = "change the line in the web interface, under System > Services > SSH: \
             trueup does not manage it";
        let service = &self.link.service;
        self.fails(verdict, service, Some("options"), what, REMEDY).live = json!(line);
    }

    /// The `Match` block that TrueNAS writes in front of the options, if any: they are part of it.
    fn options_below(&self, service: &Address) -> Option<(String, String)> {
        let below = self.facts.live.get(service)?.facts.get("options_below")?;
        let text = |name: &str| below.get(name).and_then(Value::as_str).map(str::to_owned);
        Some((text("criterion")?, text("name")?))
    }

    fn login(&self, account: &Account) -> Login {
        Login {
            user: self.link.account.key().to_owned(),
            groups: self.group_names(account),
            port: self.facts.value(&self.link.service, "port").and_then(Value::as_u64),
            is_root: account.entry.as_ref().is_some_and(|entry| entry.uid == 0),
        }
    }

    /// The type of the key that the connection uses, if it is known.
    fn key_type(&self) -> Option<String> {
        let key = self.facts.text(&self.link.key, "public_key")?;
        key.split(' ').next().map(str::to_owned)
    }
}

fn failures<'a>(config: &'a Effective<'a>, login: &Login, kind: Option<&str>) -> Vec<Failure<'a>> {
    let user = &login.user;
    let mut all = Vec::new();
    let mut fail = |verdict, directive: &'a Directive, what: String| {
        all.push((verdict, directive, what));
    };
    if let Some((directive, verdict)) = config.names_user("denyusers", user) {
        fail(verdict, directive, format!("it keeps {user} out"));
    }
    if let Some((directive, verdict)) = config.lacks_user("allowusers", user) {
        fail(verdict, directive, format!("it keeps {user} out"));
    }
    let in_groups = |pattern: &str| login.groups.iter().any(|it| matches_name(pattern, it));
    let denying = config.all("denygroups").find(|it| it.words.iter().any(|word| in_groups(word)));
    if let Some(directive) = denying {
        fail(Verdict::Breaks, directive, format!("it keeps the groups of {user} out"));
    }
    if let Some(directive) = config.all("allowgroups").last()
        && !config.all("allowgroups").flat_map(|it| &it.words).any(|word| in_groups(word))
    {
        fail(Verdict::Breaks, directive, format!("{user} is in none of the groups"));
    }
    if let Some(directive) = config.first("authorizedkeysfile")
        && !directive.words.iter().any(|path| is_default_key_file(path))
    {
        let none = directive.words.iter().all(|path| path.eq_ignore_ascii_case("none"));
        let verdict = if none { Verdict::Breaks } else { Verdict::MayBreak };
        fail(verdict, directive, "sshd does not read the keys that TrueNAS writes".into());
    }
    if let Some(directive) = config.first("pubkeyauthentication")
        && directive.is("no")
    {
        fail(Verdict::Breaks, directive, "no key logs in".into());
    }
    if let Some(directive) = config.first("authenticationmethods") {
        let enough = |list: &String| ["publickey", "any"].contains(&list.as_str());
        if !directive.words.iter().any(enough) {
            // In the global part sshd refuses a list with a method that is off, as passwords are
            // in TrueNAS' part, and goes on with its earlier settings.
            let global = config.is_global(directive);
            let verdict = if global { Verdict::MayBreak } else { Verdict::Breaks };
            fail(verdict, directive, "a key alone does not log in".into());
        }
    }
    if let Some(directive) = config.first("forcecommand")
        && !directive.is("none")
    {
        let forced = directive.words.join(" ");
        let what = "that runs whatever the source asks for, so no replication gets through";
        fail(command::verdict(&forced), directive, what.into());
    }
    if let (Some(directive), Some(kind)) = (config.first("pubkeyacceptedalgorithms"), kind)
        && let Some(verdict) = refuses_key_type(directive, kind)
    {
        fail(verdict, directive, format!("sshd accepts no key of the type {kind}"));
    }
    if let Some(directive) = config.first("maxsessions")
        && directive.words.first().and_then(|it| it.parse::<u32>().ok()).is_some_and(|it| it < 2)
    {
        let what = "a replication opens two sessions over one connection";
        fail(Verdict::Breaks, directive, what.into());
    }
    if let Some(directive) = config.first("permitrootlogin").filter(|_| login.is_root)
        && (directive.is("no") || directive.is("forced-commands-only"))
    {
        fail(Verdict::Breaks, directive, "root does not log in".into());
    }
    for directive in algorithms::keywords().filter_map(|keyword| config.first(keyword)) {
        if algorithms::leaves_none(directive) {
            let what = "it has none of the algorithms that both of the source's SSH clients offer";
            fail(Verdict::MayBreak, directive, what.into());
        }
    }
    if let Some(directive) = config.first("maxauthtries")
        && directive.words.first().and_then(|it| it.parse::<i64>().ok()).is_some_and(|it| it < 1)
    {
        let what = "the client that sends snapshots first asks which methods there are, and that \
                    is one attempt";
        fail(Verdict::MayBreak, directive, what.into());
    }
    for directive in UNCLEAR.iter().filter_map(|keyword| config.first(keyword)) {
        if !directive.is("none") {
            fail(Verdict::MayBreak, directive, "it can keep a replication from logging in".into());
        }
    }
    all
}

/// Whether the path is the file that TrueNAS writes an account's keys to.
fn is_default_key_file(path: &str) -> bool {
    path.strip_prefix("%h/").unwrap_or(path) == ".ssh/authorized_keys"
}

/// Whether the accepted algorithms leave a type of key out. The types that sshd accepts by default
/// all stay unless the list replaces or shortens the default.
fn refuses_key_type(directive: &Directive, kind: &str) -> Option<Verdict> {
    let list = directive.words.first()?;
    // RSA keys sign with algorithms of their own; SHA-1 alone is refused by newer clients.
    let signing: &[&str] =
        if kind == "ssh-rsa" { &["rsa-sha2-512", "rsa-sha2-256"] } else { &[kind] };
    if signing.iter().any(|it| algorithms::accepts(directive, it)) {
        return None;
    }
    let sha1 = kind == "ssh-rsa"
        && list.starts_with(|c: char| c.is_alphabetic())
        && algorithms::names(list, kind);
    Some(if sha1 { Verdict::MayBreak } else { Verdict::Breaks })
}
