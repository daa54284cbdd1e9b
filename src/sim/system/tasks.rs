//! Periodic snapshot tasks and replication tasks, as the database keeps them.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::super::clock::now_ms;

/// A task: what its `create` took, defaults filled in.
#[derive(Clone, Debug)]
pub struct Task {
    /// Its number.
    pub id: i64,
    /// Its fields by the API's names; tasks and credentials that it refers to by number.
    pub fields: Map<String, Value>,
    /// When it was last changed, milliseconds since the epoch.
    pub changed_ms: i64,
    /// What its last run came to: `state`, `datetime`, and what else that state tells.
    pub ran: Option<Map<String, Value>>,
}

impl Task {
    /// Whether a field says true.
    pub fn is(&self, field: &str) -> bool {
        self.fields.get(field).and_then(Value::as_bool).unwrap_or_default()
    }

    /// A field's text.
    pub fn text(&self, field: &str) -> &str {
        self.fields.get(field).and_then(Value::as_str).unwrap_or_default()
    }

    /// A field's texts.
    pub fn texts(&self, field: &str) -> impl Iterator<Item = &str> {
        self.members(field).iter().filter_map(Value::as_str)
    }

    /// A field's number.
    pub fn number(&self, field: &str) -> Option<i64> {
        self.fields.get(field).and_then(Value::as_i64)
    }

    /// A field's numbers.
    pub fn numbers(&self, field: &str) -> impl Iterator<Item = i64> {
        self.members(field).iter().filter_map(Value::as_i64)
    }

    fn members(&self, field: &str) -> &[Value] {
        self.fields.get(field).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// Gives it other fields; whoever is switched off forgets how it ran.
    pub fn change(&mut self, fields: Map<String, Value>) {
        self.fields = fields;
        self.changed_ms = now_ms();
        if !self.is("enabled") {
            self.ran = None;
        }
    }
}

/// Tasks of one sort. Numbers are not given twice.
#[derive(Clone, Debug, Default)]
pub struct Table {
    rows: BTreeMap<i64, Task>,
    last: i64,
}

impl Table {
    /// All of them, by number.
    pub fn iter(&self) -> impl Iterator<Item = &Task> {
        self.rows.values()
    }

    /// The one with that number.
    pub fn get(&self, id: i64) -> Option<&Task> {
        self.rows.get(&id)
    }

    /// The one with that number, to be changed.
    pub fn get_mut(&mut self, id: i64) -> Option<&mut Task> {
        self.rows.get_mut(&id)
    }

    /// Adds one; gives its number.
    pub fn add(&mut self, fields: Map<String, Value>) -> i64 {
        self.last += 1;
        let task = Task { id: self.last, fields, changed_ms: now_ms(), ran: None };
        self.rows.insert(self.last, task);
        self.last
    }

    /// Removes one.
    pub fn remove(&mut self, id: i64) {
        self.rows.remove(&id);
    }
}

/// The tasks of a system.
#[derive(Clone, Debug, Default)]
pub struct Tasks {
    /// Periodic snapshot tasks.
    pub snapshots: Table,
    /// Replication tasks.
    pub replications: Table,
}

impl Tasks {
    /// The replications over a connection.
    pub fn over(&self, connection: i64) -> impl Iterator<Item = &Task> {
        self.replications
            .iter()
            .filter(move |task| task.number("ssh_credentials") == Some(connection))
    }

    /// Switches a replication off and takes its connection away.
    pub fn disconnect(&mut self, replication: i64) {
        if let Some(task) = self.replications.get_mut(replication) {
            let mut fields = task.fields.clone();
            fields.insert("enabled".into(), false.into());
            fields.insert("ssh_credentials".into(), Value::Null);
            task.change(fields);
        }
    }

    /// Removes a snapshot task, also from the replications that it is bound to.
    pub fn remove_snapshot_task(&mut self, id: i64) {
        self.snapshots.remove(id);
        for task in self.replications.rows.values_mut() {
            if let Some(Value::Array(bound)) = task.fields.get_mut("periodic_snapshot_tasks") {
                bound.retain(|bound| bound.as_i64() != Some(id));
            }
        }
    }
}
