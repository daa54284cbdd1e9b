//! What the database says to a query.
//!
//! Services whose rows are extended hand only `order_by` to the database, and filter the finished
//! entries themselves; the few whose rows are shown as they are hand it everything, with the
//! operators that SQL has. Source: `service/crud_service.py` (`query`),
//! `plugins/datastore/{read,filter,schema}.py` of TS-25.10.6.

use regex::RegexBuilder;
use serde_json::Value;

use super::super::fault::Fault;
use super::super::repr::literal;
use super::{Query, operator, order, path};

/// The columns of a table, without their prefix.
pub type Columns = &'static [&'static str];

impl Query {
    /// What the query answers where the database sorts and the service filters.
    ///
    /// # Errors
    /// `KeyError` for an order that is no column, and what [`Query::run`] raises.
    pub fn run_extended(&self, columns: Columns, entries: Vec<Value>) -> Result<Value, Fault> {
        for order in &self.order_by {
            column(columns, bare(order))?;
        }
        self.run(entries)
    }

    /// What the query answers where the database does it all.
    ///
    /// # Errors
    /// `KeyError` for what is no column, `ValueError` for an operator that SQL has not.
    pub fn run_in_database(&self, columns: Columns, rows: Vec<Value>) -> Result<Value, Fault> {
        for filter in &self.filters {
            check(columns, filter)?;
        }
        let mut found: Vec<Value> =
            rows.into_iter().filter(|row| self.filters.iter().all(|f| holds(row, f))).collect();
        if self.count {
            return Ok(found.len().into());
        }
        for order in &self.order_by {
            column(columns, bare(order))?;
        }
        // SQL sorts by the first order first; sorting one by one, it has to come last.
        let orders: Vec<String> = self.order_by.iter().rev().map(|o| nulls_first(o)).collect();
        order::sort(&mut found, &orders)?;
        let found = self.page(found);
        let found: Result<Vec<Value>, Fault> =
            found
                .into_iter()
                .map(|row| {
                    if self.select.is_empty() { Ok(row) } else { path::select(&row, &self.select) }
                })
                .collect();
        let found = found?;
        if self.get {
            return found.into_iter().next().ok_or_else(super::not_found);
        }
        Ok(Value::Array(found))
    }
}

/// The name in an order, without what says how.
fn bare(order: &str) -> &str {
    let order = order
        .strip_prefix("nulls_first:")
        .or_else(|| order.strip_prefix("nulls_last:"))
        .unwrap_or(order);
    order.strip_prefix('-').unwrap_or(order)
}

/// SQLite takes null for the smallest value of all.
fn nulls_first(order: &str) -> String {
    if order.starts_with("nulls_") {
        order.to_owned()
    } else if order.starts_with('-') {
        format!("nulls_last:{order}")
    } else {
        format!("nulls_first:{order}")
    }
}

fn column(columns: Columns, name: &str) -> Result<(), Fault> {
    if columns.contains(&name) {
        return Ok(());
    }
    Err(Fault::key_error(name))
}

fn check(columns: Columns, filter: &Value) -> Result<(), Fault> {
    match filter.as_array().map(Vec::as_slice).unwrap_or_default() {
        [_, branches] => branches
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default()
            .iter()
            .try_for_each(|branch| check(columns, branch)),
        [name, operator, _] => {
            let name = name.as_str().unwrap_or_default();
            match name.split_once("__").or_else(|| name.split_once('.')) {
                Some((key, _)) => {
                    column(columns, key)?;
                    return Err(Fault::exception("IndexError", "list index out of range"));
                }
                None => column(columns, name)?,
            }
            let operator = operator.as_str().unwrap_or_default();
            let known = operator::is_comparison(operator)
                || matches!(operator, "~" | "in" | "nin" | "^" | "$");
            if known {
                return Ok(());
            }
            Err(Fault::exception("ValueError", format!("Invalid operation: {operator}")))
        }
        _ => Err(Fault::exception("ValueError", format!("Invalid filter {}", literal(filter)))),
    }
}

fn holds(row: &Value, filter: &Value) -> bool {
    match filter.as_array().map(Vec::as_slice).unwrap_or_default() {
        [_, branches] => {
            let branches = branches.as_array().map(Vec::as_slice).unwrap_or_default();
            branches.iter().any(|branch| holds(row, branch))
        }
        [name, operator, value] => {
            let found = &row[name.as_str().unwrap_or_default()];
            let operator = operator.as_str().unwrap_or_default();
            condition(found, operator, value)
        }
        _ => false,
    }
}

/// Whether SQL's condition holds for what stands in a column.
pub(crate) fn condition(found: &Value, operator: &str, value: &Value) -> bool {
    let text = found.as_str().unwrap_or_default().to_lowercase();
    let part = value.as_str().unwrap_or_default().to_lowercase();
    match operator {
        "~" => RegexBuilder::new(value.as_str().unwrap_or_default())
            .case_insensitive(true)
            .build()
            .is_ok_and(|pattern| pattern.is_match(found.as_str().unwrap_or_default())),
        // LIKE does not tell upper from lower case.
        "^" => text.starts_with(&part),
        "$" => text.ends_with(&part),
        "=" | "!=" | "in" | "nin" => operator::apply(operator, found, value).unwrap_or_default(),
        // SQL's answer to a comparison with null is neither true nor false.
        _ => operator::apply(operator, found, value).unwrap_or_default() && !found.is_null(),
    }
}
