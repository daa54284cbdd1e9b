//! Sorting what a query found.

use std::cmp::Ordering;

use serde_json::Value;

use super::super::fault::Fault;
use super::{path, python};

/// Sorts by each order in turn, so the last one counts most; stable, as Python's `sorted`.
pub(super) fn sort(entries: &mut Vec<Value>, order_by: &[String]) -> Result<(), Fault> {
    for order in order_by {
        if let Some(order) = order.strip_prefix("nulls_first:") {
            let (nulls, mut others) = split(std::mem::take(entries), order);
            by_one(&mut others, order)?;
            entries.extend(nulls);
            entries.append(&mut others);
        } else if let Some(order) = order.strip_prefix("nulls_last:") {
            let (nulls, mut others) = split(std::mem::take(entries), order);
            by_one(&mut others, order)?;
            entries.append(&mut others);
            entries.extend(nulls);
        } else {
            by_one(entries, order)?;
        }
    }
    Ok(())
}

fn split(entries: Vec<Value>, order: &str) -> (Vec<Value>, Vec<Value>) {
    let name = order.strip_prefix('-').unwrap_or(order);
    entries.into_iter().partition(|entry| entry.get(name).is_none_or(Value::is_null))
}

fn by_one(entries: &mut Vec<Value>, order: &str) -> Result<(), Fault> {
    let (name, reverse) = match order.strip_prefix('-') {
        Some(name) => (name, true),
        None => (order, false),
    };
    let mut keyed = Vec::with_capacity(entries.len());
    for entry in entries.drain(..) {
        let key = path::value(&entry, name)?.clone();
        keyed.push((key, entry));
    }
    // Python compares neighbours first, each with the one before it.
    for pair in keyed.windows(2) {
        if let [(before, _), (after, _)] = pair {
            python::compare(after, before, "<")?;
        }
    }
    keyed.sort_by(|(left, _), (right, _)| {
        let order = python::compare(left, right, "<").ok().flatten().unwrap_or(Ordering::Equal);
        if reverse { order.reverse() } else { order }
    });
    entries.extend(keyed.into_iter().map(|(_, entry)| entry));
    Ok(())
}
