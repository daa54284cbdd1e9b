//! The datasets of a link's replications: what is sent is there, and there is a pool to receive it.

use serde_json::Value;

use crate::model::mountpoint;
use crate::model::{Address, Desired};

use super::{Checker, Verdict};

/// Properties whose difference can stop a transfer.
const LIMITS: [&str; 3] = ["quota", "readonly", "refquota"];

impl Checker<'_> {
    /// What is sent has to be there (zettarepl, `replication/run.py`,
    /// `check_target_existence_and_type`); what is received into is made where it is missing
    /// (`run_replication_step`), but not its pool.
    pub(super) fn datasets(&mut self) {
        let uses = |want: &&Desired| {
            want.address.kind == "dataset"
                && !want.replications.is_disjoint(&self.link.replications)
        };
        let wanted: Vec<&Desired> = self.facts.desired.values().filter(uses).collect();
        for want in wanted {
            let address = &want.address;
            match self.facts.exists(address) {
                Some(false) => self.missing(want),
                Some(true) => {
                    self.limits(address);
                    self.type_of_copy(want);
                }
                None => {}
            }
        }
        self.home_in_copy();
    }

    /// A filesystem is not replicated into a volume, nor a volume into a filesystem (zettarepl,
    /// `check_target_existence_and_type`).
    fn type_of_copy(&mut self, want: &Desired) {
        let is_volume = |it: &Address| self.facts.value(it, "volume").and_then(Value::as_bool);
        let named = |volume| if volume { "a volume" } else { "a filesystem" };
        let Some(target) = is_volume(&want.address) else { return };
        let other = want.copy_of.iter().find(|it| is_volume(it).is_some_and(|it| it != target));
        let Some(source) = other else { return };
        let what = format!(
            "it is {}, and `{}`, which is replicated into it, is {}",
            named(target),
            source.key(),
            named(!target)
        );
        let remedy = "name another destination, or move this dataset away";
        self.fails(Verdict::Breaks, &want.address, None, what, remedy);
    }

    /// A home that a run overwrites, or for which the first one refuses to run: to TrueNAS it is
    /// data like any other.
    fn home_in_copy(&mut self) {
        let account = &self.link.account;
        let Some(home) = self.facts.text(account, "home.path") else { return };
        let copies = self.facts.desired.get(account).map(|want| &want.overwritten);
        let is_inside = |copy: &str| {
            let below = mountpoint::dataset_at(home).and_then(|path| path.strip_prefix(copy));
            below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let copy = copies.and_then(|copies| copies.iter().find(|(copy, _)| is_inside(copy)));
        let Some((copy, replication)) = copy else { return };
        let what = format!("its home is inside `{copy}`, which `{replication}` overwrites");
        let remedy = "move the home to another dataset, or choose another destination";
        self.fails(Verdict::MayBreak, account, Some("home.path"), what, remedy);
    }

    fn missing(&mut self, want: &Desired) {
        let address = &want.address;
        let (system, name) = (&address.system, address.key());
        let (verdict, what, remedy) = if want.sent {
            (
                Verdict::Breaks,
                "there is nothing to send",
                format!("correct the name, or make the dataset `{name}` on {system}"),
            )
        } else if want.referenced_only {
            let pool = name.split('/').next().unwrap_or_default();
            (
                Verdict::Breaks,
                "there is no pool to go into",
                format!("correct the name, or make the pool `{pool}` on {system}"),
            )
        } else {
            (Verdict::MayBreak, "the dataset is not there", "run `trueup apply`".into())
        };
        let check = self.fails(verdict, address, None, what, remedy);
        check.replications = check.replications.intersection(&want.replications).cloned().collect();
    }

    fn limits(&mut self, address: &Address) {
        for field in LIMITS {
            if self.facts.differs(address, field) {
                let what = format!("`{field}` is not what the manifest asks for");
                self.fails(Verdict::MayBreak, address, Some(field), what, "run `trueup apply`");
            }
        }
    }
}
