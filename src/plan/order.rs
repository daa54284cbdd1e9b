//! The order of steps: each after what it needs, otherwise by address.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::Address;

/// Steps that need each other.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("dependency cycle: {}", path(.0))]
pub struct Cycle(pub Vec<Address>);

fn path(cycle: &[Address]) -> String {
    let names: Vec<String> = cycle.iter().map(Address::to_string).collect();
    names.join(" → ")
}

/// For each address, the addresses that it must follow.
type Edges = BTreeMap<Address, BTreeSet<Address>>;

/// The addresses, each after everything in `after`, otherwise sorted. Edges of `after` that are not
/// in `needs` are soft: they are dropped to break cycles. An account that trueup logs in with comes
/// last on its system, but where two systems replicate to each other, the other side's connection
/// needs it.
///
/// Which edges are dropped does not depend on the order in which addresses are placed: whatever
/// still waits when nothing is ready is what a cycle holds up. So one pass finds all of them, and
/// a second one orders what is left.
///
/// # Errors
/// A cycle of needs.
pub fn ordered(needs: &Edges, mut after: Edges) -> Result<Vec<Address>, Cycle> {
    let mut dropped: Vec<(Address, Address)> = Vec::new();
    let mut queue = Queue::new(&after);
    let mut order = Vec::with_capacity(after.len());
    while !queue.waits_for.is_empty() {
        if let Some(next) = queue.next() {
            order.push(next.clone());
            continue;
        }
        let cycle = queue.cycle();
        let is_soft = |(who, whom): &(&Address, &Address)| {
            !needs.get(*who).is_some_and(|all| all.contains(*whom))
        };
        let pairs = cycle.iter().zip(cycle.iter().skip(1)).map(|(who, whom)| (*who, *whom));
        let Some((who, whom)) = pairs.into_iter().find(is_soft) else {
            return Err(Cycle(cycle.into_iter().cloned().collect()));
        };
        queue.release(who, whom);
        dropped.push((who.clone(), whom.clone()));
    }
    if dropped.is_empty() {
        return Ok(order);
    }
    for (who, whom) in &dropped {
        if let Some(all) = after.get_mut(who) {
            all.remove(whom);
        }
    }
    let mut queue = Queue::new(&after);
    Ok(std::iter::from_fn(|| queue.next().cloned()).collect())
}

/// Addresses that wait to be placed (Kahn's algorithm).
struct Queue<'a> {
    /// What each address that is not placed still waits for.
    waits_for: BTreeMap<&'a Address, BTreeSet<&'a Address>>,
    /// Which addresses wait for one.
    awaited_by: BTreeMap<&'a Address, Vec<&'a Address>>,
    /// The addresses that wait for nothing.
    ready: BTreeSet<&'a Address>,
}

impl<'a> Queue<'a> {
    /// Everything waits. What is not itself to be placed is not waited for.
    fn new(after: &'a Edges) -> Self {
        let known = |all: &'a BTreeSet<Address>| -> BTreeSet<&'a Address> {
            all.iter().filter(|it| after.contains_key(it)).collect()
        };
        let waits_for: BTreeMap<_, _> = after.iter().map(|(who, all)| (who, known(all))).collect();
        let mut awaited_by: BTreeMap<&Address, Vec<&Address>> = BTreeMap::new();
        for (who, all) in &waits_for {
            all.iter().for_each(|whom| awaited_by.entry(whom).or_default().push(who));
        }
        let ready = waits_for.iter().filter(|(_, all)| all.is_empty()).map(|(who, _)| *who);
        let ready = ready.collect();
        Self { waits_for, awaited_by, ready }
    }

    /// Places the first address that is ready.
    fn next(&mut self) -> Option<&'a Address> {
        let next = self.ready.pop_first()?;
        self.waits_for.remove(next);
        for who in self.awaited_by.remove(next).unwrap_or_default() {
            self.release(who, next);
        }
        Some(next)
    }

    /// Lets an address no longer wait for another one.
    fn release(&mut self, who: &'a Address, whom: &Address) {
        let Some(all) = self.waits_for.get_mut(who) else { return };
        if all.remove(whom) && all.is_empty() {
            self.ready.insert(who);
        }
    }

    /// A cycle, from one of its members back to that member: what the first address waits for is
    /// followed until an address comes again.
    fn cycle(&self) -> Vec<&'a Address> {
        let mut path: Vec<&Address> = Vec::new();
        let mut position: BTreeMap<&Address, usize> = BTreeMap::new();
        let mut at = self.waits_for.keys().next().copied();
        while let Some(here) = at {
            if let Some(start) = position.insert(here, path.len()) {
                return path.split_off(start).into_iter().chain([here]).collect();
            }
            path.push(here);
            at = self.waits_for.get(here).and_then(|all| all.first().copied());
        }
        path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(edges: &[(&str, &[&str])]) -> BTreeMap<Address, BTreeSet<Address>> {
        let address = |name: &str| Address::new("s", "k", name);
        edges
            .iter()
            .map(|(who, whom)| (address(who), whom.iter().map(|it| address(it)).collect()))
            .collect()
    }

    /// The definition: place the first address whose needs are placed; on a cycle, drop its first
    /// soft edge and start again.
    fn by_definition(needs: &Edges, mut after: Edges) -> Result<Vec<Address>, Cycle> {
        'again: loop {
            let mut queue = Queue::new(&after);
            let mut order = Vec::new();
            while !queue.waits_for.is_empty() {
                let Some(next) = queue.next() else {
                    let cycle: Vec<Address> = queue.cycle().into_iter().cloned().collect();
                    let soft = cycle.windows(2).find(|pair| !needs[&pair[0]].contains(&pair[1]));
                    let Some([who, whom]) = soft else { return Err(Cycle(cycle)) };
                    after.get_mut(who).expect("a member").remove(whom);
                    continue 'again;
                };
                order.push(next.clone());
            }
            return Ok(order);
        }
    }

    proptest::proptest! {
        #[test]
        fn one_pass_drops_what_starting_again_drops(
            edges in proptest::collection::vec((0..9_u8, 0..9_u8, proptest::bool::ANY), 0..40),
        ) {
            let address = |number: u8| Address::new("s", "k", &number.to_string());
            let nodes = || (0..9).map(|node| (address(node), BTreeSet::new()));
            let (mut needs, mut after): (Edges, Edges) = (nodes().collect(), nodes().collect());
            for (who, whom, soft) in edges {
                after.entry(address(who)).or_default().insert(address(whom));
                if !soft {
                    needs.entry(address(who)).or_default().insert(address(whom));
                }
            }
            proptest::prop_assert_eq!(ordered(&needs, after.clone()), by_definition(&needs, after));
        }
    }

    #[test]
    fn needs_first_and_ties_by_address() {
        let needs = graph(&[("a", &["c"]), ("b", &[]), ("c", &[]), ("d", &["x"])]);
        let order = ordered(&needs, needs.clone());
        let names: Vec<String> =
            order.expect("no cycle").iter().map(|it| it.key().to_string()).collect();
        assert_eq!(names, ["b", "c", "a", "d"]);
    }

    #[test]
    fn what_is_no_need_gives_way_to_one() {
        let needs = graph(&[("a", &[]), ("b", &["a"]), ("c", &["b"])]);
        let after = graph(&[("a", &["b", "d"]), ("b", &["a"]), ("c", &["b"]), ("d", &[])]);
        let order = ordered(&needs, after).expect("an order");
        let names: Vec<&str> = order.iter().map(Address::key).collect();
        assert_eq!(names, ["d", "a", "b", "c"]);
    }

    #[test]
    fn a_cycle_is_named() {
        let needs = graph(&[("a", &["b"]), ("b", &["c"]), ("c", &["b"])]);
        let error = ordered(&needs, needs.clone());
        assert_eq!(
            error.expect_err("a cycle").to_string(),
            "dependency cycle: s/k/b → s/k/c → s/k/b"
        );
    }
}
