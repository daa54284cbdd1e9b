//! The faults of a fleet, counted down while calls come in.

use super::fleet::{FaultAction, FaultSpec};

/// Which faults there are, and how many calls each has seen.
#[derive(Default)]
pub struct Breakage {
    faults: Vec<(FaultSpec, u64)>,
    calls: u64,
    mutations: u64,
    repeats_events: bool,
}

impl Breakage {
    /// The faults of a fleet file.
    pub fn new(faults: &[FaultSpec]) -> Self {
        let mut breakage = Self::default();
        faults.iter().for_each(|fault| breakage.add(fault.clone()));
        breakage
    }

    /// One more fault, counting from now; `mutation` and `call` count from the system's start.
    pub fn add(&mut self, fault: FaultSpec) {
        self.faults.push((fault, 0));
    }

    /// How many calls that change the system were met so far.
    pub fn mutations(&self) -> u64 {
        self.mutations
    }

    /// Has every event sent twice from now on.
    pub fn repeat_events(&mut self) {
        self.repeats_events = true;
    }

    /// How often an event is sent.
    pub fn times_sent(&self) -> usize {
        1 + usize::from(self.repeats_events)
    }

    /// Counts a call in; gives what befalls it, in the order of the fleet file.
    pub fn meet(&mut self, method: &str, mutates: bool) -> Vec<FaultAction> {
        self.calls += 1;
        self.mutations += u64::from(mutates);
        let mutation = mutates.then_some(self.mutations);
        let mut actions = Vec::new();
        for (fault, seen) in &mut self.faults {
            if fault.method.as_deref().is_some_and(|named| named != method) {
                continue;
            }
            *seen += 1;
            let now = fault.nth.is_none_or(|nth| nth == *seen);
            let now = now && fault.call.is_none_or(|call| call == self.calls);
            if now && (fault.mutation.is_none() || fault.mutation == mutation) {
                actions.push(fault.action.clone());
            }
        }
        actions
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_meets_the_call_it_names() {
        let fault = |method: Option<&str>, nth, mutation| FaultSpec {
            method: method.map(str::to_owned),
            nth,
            mutation,
            call: None,
            action: FaultAction::DropAfter,
        };
        let mut second = Breakage::new(&[fault(Some("a.create"), Some(2), None)]);
        assert!(second.meet("a.create", true).is_empty());
        assert!(second.meet("b.create", true).is_empty());
        assert_eq!(second.meet("a.create", true), [FaultAction::DropAfter]);
        assert!(second.meet("a.create", true).is_empty());
        let mut third = Breakage::new(&[fault(None, None, Some(2))]);
        assert!(third.meet("a.create", true).is_empty());
        assert!(third.meet("a.query", false).is_empty());
        assert_eq!(third.meet("b.update", true), [FaultAction::DropAfter]);
    }
}
