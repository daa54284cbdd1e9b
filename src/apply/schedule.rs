//! Which step is carried out next: everything that it needs is applied, and there is room.
//!
//! A system takes its changes one by one where they touch the same thing, so more than a few at once
//! gain nothing there, and whoever stops a run waits for those under way. Systems do not wait for
//! each other beyond what the plan's needs say.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;

use crate::model::Address;
use crate::plan::Step;

/// How much is carried out at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many steps on one system.
    pub per_system: NonZeroUsize,
    /// How many steps in all.
    pub parallel: NonZeroUsize,
}

/// The steps that are not under way yet, and the room that is left.
pub(super) struct Schedule<'a> {
    limits: Limits,
    steps: Vec<&'a Step>,
    /// For each step, how many steps that it needs are not applied.
    unmet: Vec<usize>,
    /// For each address, the steps that need it.
    needed_by: BTreeMap<&'a Address, Vec<usize>>,
    /// The steps that need nothing more, by system, in the order of the plan.
    ready: BTreeMap<&'a str, BTreeSet<usize>>,
    /// How many steps are under way, by system.
    running: BTreeMap<&'a str, usize>,
    /// How many steps are under way in all.
    under_way: usize,
    /// Those that were never started.
    unstarted: BTreeSet<usize>,
}

impl<'a> Schedule<'a> {
    /// These steps, in the order of the plan; those that they need are among them or `applied`.
    pub(super) fn new(steps: Vec<&'a Step>, applied: &BTreeSet<&Address>, limits: Limits) -> Self {
        let mut schedule = Self {
            limits,
            unmet: Vec::with_capacity(steps.len()),
            needed_by: BTreeMap::new(),
            ready: BTreeMap::new(),
            running: BTreeMap::new(),
            under_way: 0,
            unstarted: (0..steps.len()).collect(),
            steps: Vec::new(),
        };
        for (number, step) in steps.iter().enumerate() {
            let unmet = step.needs.iter().filter(|need| !applied.contains(need));
            let unmet: BTreeSet<&Address> = unmet.collect();
            schedule.unmet.push(unmet.len());
            if unmet.is_empty() {
                schedule.ready.entry(&step.address.system).or_default().insert(number);
            }
            for need in unmet {
                schedule.needed_by.entry(need).or_default().push(number);
            }
        }
        schedule.steps = steps;
        schedule
    }

    /// The first step of the plan that may start now; it counts as under way.
    pub(super) fn start_next(&mut self) -> Option<&'a Step> {
        let running = |system: &str| self.running.get(system).copied().unwrap_or(0);
        if self.under_way >= self.limits.parallel.get() {
            return None;
        }
        let room = |system: &&str| running(system) < self.limits.per_system.get();
        let ready = self.ready.iter().filter(|(system, _)| room(system));
        let next = ready.filter_map(|(_, numbers)| numbers.first()).min().copied()?;
        let step = *self.steps.get(next)?;
        self.take(next, step);
        *self.running.entry(&step.address.system).or_default() += 1;
        self.under_way += 1;
        Some(step)
    }

    /// A step has ended.
    pub(super) fn ended(&mut self, step: &'a Step, applied: bool) {
        if let Some(running) = self.running.get_mut(step.address.system.as_str()) {
            *running -= 1;
            self.under_way -= 1;
        }
        let needed_by = self.needed_by.remove(&step.address).unwrap_or_default();
        for number in needed_by.into_iter().filter(|_| applied) {
            self.unmet[number] -= 1;
            if self.unmet[number] == 0 {
                let system = self.steps[number].address.system.as_str();
                self.ready.entry(system).or_default().insert(number);
            }
        }
    }

    /// Takes out the steps that could have started: nothing new begins.
    pub(super) fn take_ready(&mut self) -> Vec<&'a Step> {
        let ready: Vec<usize> = self.ready.values().flatten().copied().collect();
        let steps: Vec<&Step> = ready.iter().map(|number| self.steps[*number]).collect();
        ready.into_iter().zip(&steps).for_each(|(number, step)| self.take(number, step));
        steps
    }

    /// The steps that were never started, in the order of the plan.
    pub(super) fn unstarted(&self) -> impl Iterator<Item = &'a Step> {
        self.unstarted.iter().map(|number| self.steps[*number])
    }

    fn take(&mut self, number: usize, step: &'a Step) {
        self.unstarted.remove(&number);
        let system = step.address.system.as_str();
        if let Some(ready) = self.ready.get_mut(system) {
            ready.remove(&number);
            if ready.is_empty() {
                self.ready.remove(system);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Action;
    use crate::plan::document::StepType;

    fn step(address: &str, needs: &[&str]) -> Step {
        let parsed = |text: &&str| text.parse::<Address>().expect("an address");
        Step {
            id: address.into(),
            step_type: StepType::Change,
            address: parsed(&address),
            action: Action::Create,
            manifest: None,
            needs: needs.iter().map(parsed).collect(),
            risks: Vec::new(),
            consequences: BTreeMap::new(),
            expects: BTreeMap::new(),
            changes: Vec::new(),
            switches: BTreeMap::new(),
            calls: Vec::new(),
        }
    }

    fn limits(per_system: usize, parallel: usize) -> Limits {
        let number = |it| NonZeroUsize::new(it).expect("not zero");
        Limits { per_system: number(per_system), parallel: number(parallel) }
    }

    fn started(schedule: &mut Schedule<'_>) -> Vec<String> {
        let next = || schedule.start_next().map(|step| step.address.to_string());
        std::iter::from_fn(next).collect()
    }

    #[test]
    fn steps_start_in_the_order_of_the_plan_as_far_as_there_is_room() {
        let steps = ["a/k/1", "b/k/1", "a/k/2", "a/k/3", "b/k/2"].map(|it| step(it, &[]));
        let all = || steps.iter().collect();
        let mut schedule = Schedule::new(all(), &BTreeSet::new(), limits(2, 9));
        assert_eq!(started(&mut schedule), ["a/k/1", "b/k/1", "a/k/2", "b/k/2"]);
        schedule.ended(&steps[1], true);
        assert_eq!(started(&mut schedule), [""; 0], "the room is on another system");
        schedule.ended(&steps[0], false);
        assert_eq!(started(&mut schedule), ["a/k/3"]);
        let mut schedule = Schedule::new(all(), &BTreeSet::new(), limits(2, 3));
        assert_eq!(started(&mut schedule), ["a/k/1", "b/k/1", "a/k/2"]);
        schedule.ended(&steps[0], true);
        assert_eq!(started(&mut schedule), ["a/k/3"]);
    }

    #[test]
    fn a_step_starts_once_everything_that_it_needs_is_applied() {
        let steps = [step("a/k/1", &[]), step("a/k/2", &["a/k/1", "b/k/1"]), step("b/k/1", &[])];
        let mut schedule = Schedule::new(steps.iter().collect(), &BTreeSet::new(), limits(8, 8));
        assert_eq!(started(&mut schedule), ["a/k/1", "b/k/1"]);
        schedule.ended(&steps[0], true);
        assert_eq!(started(&mut schedule), [""; 0]);
        schedule.ended(&steps[2], true);
        assert_eq!(started(&mut schedule), ["a/k/2"]);
        let applied = BTreeSet::from([&steps[0].address, &steps[2].address]);
        let mut schedule = Schedule::new(vec![&steps[1]], &applied, limits(8, 8));
        assert_eq!(started(&mut schedule), ["a/k/2"]);
    }

    #[test]
    fn what_failed_holds_up_what_needs_it() {
        let steps = [step("a/k/1", &[]), step("a/k/2", &["a/k/1"]), step("b/k/1", &[])];
        let mut schedule = Schedule::new(steps.iter().collect(), &BTreeSet::new(), limits(1, 1));
        assert_eq!(started(&mut schedule), ["a/k/1"]);
        schedule.ended(&steps[0], false);
        assert_eq!(schedule.take_ready(), [&steps[2]]);
        assert_eq!(schedule.unstarted().collect::<Vec<_>>(), [&steps[1]]);
    }
}
