//! The order of steps: each after what it needs, otherwise by address.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::Address;

/// Steps that need each other.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("these need each other: {}", path(.0))]
pub struct Cycle(pub Vec<Address>);

fn path(cycle: &[Address]) -> String {
    let names: Vec<String> = cycle.iter().map(Address::to_string).collect();
    names.join(" → ")
}

/// Whom each one comes after.
type Edges = BTreeMap<Address, BTreeSet<Address>>;

/// The addresses, each after everything in `after`, as far as that can be: what is not in `needs`
/// gives way. An account that trueup logs in with comes last on its system, but where two systems
/// replicate to each other, the other side's connection needs it.
///
/// # Errors
/// A cycle of needs.
pub fn ordered(needs: &Edges, mut after: Edges) -> Result<Vec<Address>, Cycle> {
    loop {
        let cycle = match in_order(&after) {
            Ok(order) => return Ok(order),
            Err(cycle) => cycle,
        };
        let mut pairs = cycle.0.windows(2);
        let gives_way = pairs.find(|it| !needs.get(&it[0]).is_some_and(|all| all.contains(&it[1])));
        let Some([who, whom]) = gives_way else { return Err(cycle) };
        if let Some(all) = after.get_mut(who) {
            all.remove(whom);
        }
    }
}

/// The addresses, each after everything that it needs (Kahn's algorithm; of several that could
/// come next, the first by address does). Needs outside of `needs`' own keys do not count.
///
/// # Errors
/// A cycle, from one of its members back to that member.
fn in_order(needs: &Edges) -> Result<Vec<Address>, Cycle> {
    let mut waiting: BTreeMap<&Address, BTreeSet<&Address>> = needs
        .iter()
        .map(|(who, whom)| (who, whom.iter().filter(|it| needs.contains_key(it)).collect()))
        .collect();
    let mut order = Vec::with_capacity(needs.len());
    while !waiting.is_empty() {
        let next = waiting.iter().find(|(_, whom)| whom.is_empty()).map(|(who, _)| *who);
        let Some(next) = next else {
            return Err(cycle(&waiting));
        };
        waiting.remove(next);
        for whom in waiting.values_mut() {
            whom.remove(next);
        }
        order.push(next.clone());
    }
    Ok(order)
}

/// Follows needs from one that waits until an address comes again.
fn cycle(waiting: &BTreeMap<&Address, BTreeSet<&Address>>) -> Cycle {
    let mut seen: Vec<&Address> = Vec::new();
    let mut at = waiting.keys().next().copied();
    while let Some(here) = at {
        if let Some(start) = seen.iter().position(|it| *it == here) {
            let path = seen[start..].iter().copied().chain([here]);
            return Cycle(path.cloned().collect());
        }
        seen.push(here);
        at = waiting.get(here).and_then(|whom| whom.iter().next().copied());
    }
    Cycle(seen.into_iter().cloned().collect())
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
            "these need each other: s/k/b → s/k/c → s/k/b"
        );
    }
}
