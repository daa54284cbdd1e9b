//! The key that the source logs in with: whether sshd takes it for the account, and what the options
//! in front of it do.

use serde_json::{Value, json};

use crate::model::FieldRef;
use crate::model::authorized_key::{self, KeyLine};
use crate::model::placeholder::as_reference;

use super::{Checker, Verdict, command};

/// The field of the authorized keys.
pub(super) const KEYS: &str = "authorized_keys.keys";

impl Checker<'_> {
    pub(super) fn key(&mut self) {
        let (key, address) = (&self.link.key, &self.link.account);
        let of_pair = FieldRef::new(key.clone(), "public_key");
        let lines = self.facts.value(address, KEYS).and_then(Value::as_array).cloned();
        let lines = lines.unwrap_or_default();
        if lines.iter().any(|line| as_reference(line).as_ref() == Some(&of_pair)) {
            return;
        }
        if self.facts.hidden(address, KEYS).is_some() {
            return;
        }
        // Nobody can have authorized a key that is yet to be made.
        let public_key = match self.facts.text(key, "public_key") {
            None if self.facts.is_made(key) => return self.key_does_not_log_in(&of_pair, ""),
            None => return,
            Some(public_key) => public_key,
        };
        let wanted = authorized_key::key_of(public_key);
        let lines: Vec<&str> = lines.iter().filter_map(Value::as_str).collect();
        let parsed = lines.iter().filter_map(|line| authorized_key::parse(line).ok().flatten());
        let of_key = parsed.filter(|line| Some(line.id) == wanted);
        let mut admitting = of_key.filter(|line| line.options.admit(self.facts.at).is_ok());
        match admitting.next() {
            Some(line) => self.key_options(&line),
            None => {
                let refused =
                    lines.iter().find(|line| wanted.is_some_and(|id| line.contains(id.1)));
                let why = refused.and_then(|line| refusal(line, self.facts)).unwrap_or_default();
                self.key_does_not_log_in(&of_pair, &why);
            }
        }
    }

    /// Notes that the key does not log in, and the place that leaves the account out.
    fn key_does_not_log_in(&mut self, of_pair: &FieldRef, why: &str) {
        let (key, address) = (&self.link.key, &self.link.account);
        let desired = self.facts.desired.get(address);
        let place = desired.and_then(|desired| desired.unauthorized_keys.get(key));
        let wanted = self.facts.desired(address, KEYS).and_then(Value::as_array);
        let mut wanted = wanted.into_iter().flatten().filter_map(as_reference);
        let is_wanted = wanted.any(|from| from == *of_pair);
        let remedy = if is_wanted {
            "run `trueup apply`, which adds it".into()
        } else {
            format!(
                "nothing in the manifest authorizes `{}` there: write `authorize_on: [destination]`",
                key.key()
            )
        };
        let what = format!("the key that the connection uses does not log in{why}");
        let check = self.fails(Verdict::Breaks, address, Some(KEYS), what, remedy);
        if let Some(place) = place.filter(|_| !is_wanted) {
            check.manifest = Some(place.to_string());
        }
    }

    /// Options in front of the key that may keep it from working. What the manifest itself writes
    /// is meant so, and the proof shows whether it works.
    fn key_options(&mut self, line: &KeyLine<'_>) {
        let address = &self.link.account;
        let is_written = |it: &&Value| {
            it.as_str().is_some_and(|it| {
                authorized_key::parse(it).is_ok_and(|it| {
                    it.is_some_and(|it| it.id == line.id && it.options == line.options)
                })
            })
        };
        let wanted = self.facts.desired(address, KEYS).and_then(Value::as_array);
        if wanted.into_iter().flatten().any(|it| is_written(&it)) {
            return;
        }
        let options = &line.options;
        let mut found: Vec<(Verdict, String, &str)> = Vec::new();
        if let Some(command) = &options.command {
            let what = "that runs whatever the source asks for, so no replication gets through";
            found.push((command::verdict(command), format!("command=\"{command}\""), what));
        }
        if let Some(from) = options.from.as_ref().filter(|from| *from != "*") {
            let what = "the key works from these addresses only, and the source's must be one of \
                        them";
            found.push((Verdict::MayBreak, format!("from=\"{from}\""), what));
        }
        if options.expiry.is_some_and(|expiry| expiry.may_be_over(self.facts.at)) {
            let what = "it may be over, depending on the system's time zone";
            found.push((Verdict::MayBreak, "expiry-time".into(), what));
        }
        for (verdict, option, effect) in found {
            let what =
                format!("the line of the key `{}` has `{option}`: {effect}", self.link.key.key());
            let remedy = format!(
                "take it out by hand, under Credentials > Users > {}: trueup leaves options that it \
                 did not write",
                address.key()
            );
            let check = self.fails(verdict, address, Some("authorized_keys.options"), what, remedy);
            check.live = json!(option);
        }
    }
}

/// Why sshd does not take a line that holds the key.
fn refusal(line: &str, facts: &super::Facts<'_>) -> Option<String> {
    let why = match authorized_key::parse(line) {
        Err(error) => error.to_string(),
        Ok(line) => line?.options.admit(facts.at).err()?.to_string(),
    };
    Some(format!(": {why}"))
}
