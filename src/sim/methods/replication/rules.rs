//! What a replication task has to agree with, besides its own shape.
//!
//! Source: `plugins/replication.py` (`_validate`) of TS-25.10.6 and 26.0, in the order of the
//! real checks.

use serde_json::{Map, Value};

use super::super::super::caller::Caller;
use super::super::super::check::Errors;
use super::super::super::fault::{Fault, errno_name};
use super::super::super::release::Release;
use super::super::super::repr::python_repr;
use super::super::super::ssh_client::keychain::of_type;
use super::super::super::system::System;
use super::super::super::system::tasks::Task;

const NETCAT_ONLY: &str = "This field only has sense for SSH+netcat replication";
const NO_SENSE_FOR_POLICY: &str = "This field has no sense for specified retention policy";

/// A task that is about to be kept, and what is wrong with it.
struct Examined<'a> {
    system: &'a System,
    schema: &'a str,
    data: &'a Map<String, Value>,
    /// The bound snapshot tasks that there are.
    bound: Vec<&'a Task>,
    errors: Errors,
}

/// Everything that is wrong with a task; `id` is its own number if it has one.
pub(super) fn validate(
    system: &System,
    caller: &Caller,
    schema: &str,
    data: &Map<String, Value>,
    id: Option<i64>,
) -> Result<Errors, Fault> {
    let bound = Vec::new();
    let mut it = Examined { system, schema, data, bound, errors: Errors::new() };
    let mut others = system.tasks.replications.iter().filter(|other| Some(other.id) != id);
    if others.any(|other| other.text("name") == it.text("name")) {
        it.refuse("name", "Object with this name already exists");
    }
    match it.text("direction") {
        "PUSH" => it.push(),
        _ => it.pull(caller),
    }
    it.transport();
    it.credentials();
    it.excluded()?;
    it.whole_filesystem()?;
    it.encryption();
    it.schedule();
    it.name_regex();
    it.retention();
    if it.is("enabled") {
        for place in 0..it.bound.len() {
            if !it.bound[place].is("enabled") {
                let text =
                    "You can't bind disabled periodic snapshot task to enabled replication task";
                it.refuse(&format!("periodic_snapshot_tasks.{place}"), text);
            }
        }
    }
    Ok(it.errors)
}

impl<'a> Examined<'a> {
    fn refuse(&mut self, field: &str, message: &str) {
        self.errors.add(format!("{}.{field}", self.schema), message);
    }

    fn value(&self, field: &str) -> &'a Value {
        self.data.get(field).unwrap_or(&Value::Null)
    }

    fn text(&self, field: &str) -> &'a str {
        self.value(field).as_str().unwrap_or_default()
    }

    fn is(&self, field: &str) -> bool {
        self.value(field).as_bool().unwrap_or_default()
    }

    fn is_set(&self, field: &str) -> bool {
        !self.value(field).is_null()
    }

    fn many(&self, field: &str) -> &'a [Value] {
        self.value(field).as_array().map_or(&[], Vec::as_slice)
    }

    fn texts(&self, field: &str) -> Vec<&'a str> {
        self.many(field).iter().filter_map(Value::as_str).collect()
    }

    fn push(&mut self) {
        let numbers = self.many("periodic_snapshot_tasks");
        for (place, number) in numbers.iter().enumerate() {
            match number.as_i64().and_then(|number| self.system.tasks.snapshots.get(number)) {
                Some(task) => self.bound.push(task),
                None => self.refuse(
                    &format!("periodic_snapshot_tasks.{place}"),
                    "This snapshot task does not exist",
                ),
            }
        }
        if !self.many("naming_schema").is_empty() {
            self.refuse("naming_schema", "This field has no sense for push replication");
        }
        let named =
            !self.many("also_include_naming_schema").is_empty() || self.is_set("name_regex");
        if self.bound.is_empty() && !named {
            self.refuse(
                "periodic_snapshot_tasks",
                "You must at least either bind a periodic snapshot task or provide \"Also Include \
                 Naming Schema\" or \"Name Regex\" for push replication task",
            );
        }
        if !self.is_set("schedule") && self.is("auto") && numbers.is_empty() {
            self.refuse(
                "auto",
                "Push replication that runs automatically must be either bound to a periodic \
                 snapshot task or have a schedule",
            );
        }
    }

    fn pull(&mut self, caller: &Caller) {
        if !self.is_set("schedule") && self.is("auto") {
            self.refuse("auto", "Pull replication that runs automatically must have a schedule");
        }
        if !self.many("periodic_snapshot_tasks").is_empty() {
            let text = "Pull replication can't be bound to a periodic snapshot task";
            self.refuse("periodic_snapshot_tasks", text);
        }
        if self.many("naming_schema").is_empty() && !self.is_set("name_regex") {
            let text = "Naming schema or Name regex are required for pull replication";
            self.refuse("naming_schema", text);
        }
        if !self.many("also_include_naming_schema").is_empty() {
            let text = "This field has no sense for pull replication";
            self.refuse("also_include_naming_schema", text);
        }
        if self.is("hold_pending_snapshots") {
            self.refuse(
                "hold_pending_snapshots",
                "Pull replication tasks can't hold pending snapshots because they don't do source \
                 retention",
            );
        }
        if caller.has("REPLICATION_TASK_WRITE") && !caller.has("REPLICATION_TASK_WRITE_PULL") {
            self.refuse("direction", "You don't have permissions to use PULL replication");
        }
    }

    fn transport(&mut self) {
        if self.text("transport") != "SSH+NETCAT" {
            for field in [
                "netcat_active_side",
                "netcat_active_side_listen_address",
                "netcat_active_side_port_min",
                "netcat_active_side_port_max",
                "netcat_passive_side_connect_address",
            ] {
                if self.is_set(field) {
                    self.refuse(field, NETCAT_ONLY);
                }
            }
            return;
        }
        if !self.is_set("netcat_active_side") {
            let text = "You must choose active side for SSH+netcat replication";
            self.refuse("netcat_active_side", text);
        }
        let port = |field| self.value(field).as_i64();
        let ports = port("netcat_active_side_port_min").zip(port("netcat_active_side_port_max"));
        if ports.is_some_and(|(least, most)| least > most) {
            let text = "Please specify value greater than or equal to netcat_active_side_port_min";
            self.refuse("netcat_active_side_port_max", text);
        }
        if self.is_set("compression") {
            let text = "Compression is not supported for SSH+netcat replication";
            self.refuse("compression", text);
        }
        if self.is_set("speed_limit") {
            let text = "Speed limit is not supported for SSH+netcat replication";
            self.refuse("speed_limit", text);
        }
    }

    fn credentials(&mut self) {
        let credentials = self.value("ssh_credentials").as_i64();
        if self.text("transport") == "LOCAL" {
            for (field, text) in [
                ("ssh_credentials", "Remote credentials have no sense for local replication"),
                ("compression", "Compression has no sense for local replication"),
                ("speed_limit", "Speed limit has no sense for local replication"),
            ] {
                if self.is_set(field) {
                    self.refuse(field, text);
                }
            }
            return;
        }
        let Some(credentials) = credentials else {
            let text = "SSH Credentials are required for non-local replication";
            self.refuse("ssh_credentials", text);
            return;
        };
        if let Err(refused) = of_type(&self.system.keychain, credentials, "SSH_CREDENTIALS") {
            let text = format!("[{}] {}", errno_name(refused.errno), refused.reason);
            self.refuse("ssh_credentials", &text);
        }
    }

    fn excluded(&mut self) -> Result<(), Fault> {
        let (sources, exclude) = (self.texts("source_datasets"), self.texts("exclude"));
        for (place, source) in sources.iter().enumerate() {
            for task in self.bound.clone() {
                let dataset = task.text("dataset");
                if !is_child(source, dataset)? {
                    continue;
                }
                for excluded in task.texts("exclude") {
                    let inside = self.is("recursive") && is_child(excluded, source)?;
                    if inside && !exclude.contains(&excluded) {
                        let text = format!(
                            "You should exclude {} as bound periodic snapshot task dataset {} does",
                            python_repr(excluded),
                            python_repr(dataset)
                        );
                        self.refuse("exclude", &text);
                    }
                }
                if !self.is("recursive") && task.texts("exclude").any(|it| it == *source) {
                    let text = format!(
                        "Dataset {} is excluded by bound periodic snapshot task for dataset {}",
                        python_repr(source),
                        python_repr(dataset)
                    );
                    self.refuse(&format!("source_datasets.{place}"), &text);
                }
            }
        }
        if !self.is("recursive") && !exclude.is_empty() {
            let text = "Excluding child datasets is only supported for recursive replication";
            self.refuse("exclude", text);
        }
        for (place, excluded) in exclude.iter().enumerate() {
            if !sources.iter().any(|source| excluded.starts_with(&format!("{source}/"))) {
                let text = "This dataset is not a child of any of source datasets";
                self.refuse(&format!("exclude.{place}"), text);
            }
        }
        Ok(())
    }

    fn whole_filesystem(&mut self) -> Result<(), Fault> {
        if !self.is("replicate") {
            return Ok(());
        }
        let required = "This option is required for full filesystem replication";
        if !self.is("recursive") {
            self.refuse("recursive", required);
        }
        if !self.many("exclude").is_empty() {
            let text = "This option is not supported for full filesystem replication";
            self.refuse("exclude", text);
        }
        if !self.is("properties") {
            self.refuse("properties", required);
        }
        if self.text("retention_policy") != "SOURCE" {
            self.refuse(
                "retention_policy",
                "Only `Same as Source` retention policy can be used for full filesystem replication",
            );
        }
        let sources = self.texts("source_datasets");
        for (place, source) in sources.iter().enumerate() {
            for (other_place, other) in sources.iter().enumerate() {
                if place != other_place && is_child(source, other)? {
                    let text = format!(
                        "Replication task that replicates the entire filesystem can't replicate \
                         both {} and its child {}",
                        python_repr(other),
                        python_repr(source)
                    );
                    self.refuse(&format!("source_datasets.{place}"), &text);
                }
            }
        }
        for (place, task) in self.bound.clone().into_iter().enumerate() {
            let mut covers = false;
            for source in &sources {
                covers = covers || is_child(source, task.text("dataset"))?;
            }
            if !covers || !task.is("recursive") {
                self.refuse(
                    &format!("periodic_snapshot_tasks.{place}"),
                    "Replication tasks that replicate the entire filesystem can only use periodic \
                     snapshot tasks that take recursive snapshots of the dataset being replicated \
                     (or its ancestor)",
                );
            }
        }
        Ok(())
    }

    fn encryption(&mut self) {
        if !self.is("encryption") || self.is("encryption_inherit") {
            return;
        }
        for field in ["encryption_key", "encryption_key_format", "encryption_key_location"] {
            if !self.is_set(field) {
                let text = "This property is required when remote dataset encryption is enabled";
                self.refuse(field, text);
            }
        }
    }

    fn schedule(&mut self) {
        if self.is_set("schedule") && !self.is("auto") {
            let text = "You can't have schedule for replication that does not run automatically";
            self.refuse("schedule", text);
        } else if !self.is_set("schedule") && self.is("only_matching_schedule") {
            let text = "You can't have only-matching-schedule without schedule";
            self.refuse("only_matching_schedule", text);
        }
    }

    fn name_regex(&mut self) {
        if !self.is_set("name_regex") {
            return;
        }
        if let Some(wrong) = super::pattern::wrong(&format!("({})$", self.text("name_regex"))) {
            self.refuse("name_regex", &format!("Invalid regex: {wrong}"));
        }
        if !self.bound.is_empty() {
            let text = "Naming regex can't be used with periodic snapshot tasks";
            self.refuse("name_regex", text);
        }
        let schemas = ["naming_schema", "also_include_naming_schema"];
        if schemas.iter().any(|field| !self.many(field).is_empty()) {
            self.refuse("name_regex", "Naming regex can't be used with Naming schema");
        }
        if self.text("retention_policy") == "CUSTOM" {
            self.refuse(
                "retention_policy",
                "Only `Same as Source` and `None` retention policies can be used with Naming regex",
            );
        }
    }

    fn retention(&mut self) {
        if self.text("retention_policy") == "CUSTOM" {
            // Up to 25.10 the unit is missed under the other field's name.
            let unit = match self.system.generation() >= Release::V26_0 {
                true => "lifetime_unit",
                false => "lifetime_value",
            };
            for (field, told) in [("lifetime_value", "lifetime_value"), ("lifetime_unit", unit)] {
                if !self.is_set(field) {
                    self.refuse(told, "This field is required for custom retention policy");
                }
            }
            return;
        }
        for field in ["lifetime_value", "lifetime_unit"] {
            if self.is_set(field) {
                self.refuse(field, NO_SENSE_FOR_POLICY);
            }
        }
        if !self.many("lifetimes").is_empty() {
            self.refuse("lifetimes", NO_SENSE_FOR_POLICY);
        }
    }
}

/// `utils/path.py`, `is_child`: names of datasets, no paths.
fn is_child(child: &str, parent: &str) -> Result<bool, Fault> {
    if child.starts_with('/') || parent.starts_with('/') {
        let text = format!("Symlink-unsafe method called with absolute path(s): {child}, {parent}");
        return Err(Fault::exception("ValueError", text));
    }
    let below = child.strip_prefix(parent);
    Ok(below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}
