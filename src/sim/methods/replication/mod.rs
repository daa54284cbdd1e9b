//! `replication.*`: no task yet, but what a task would do first.

mod remote;

use super::super::fault::Fault;
use super::super::method::{Call, Method, Reply};
use super::super::query::datastore::Columns;
use super::{plain, query as answer_query};

pub(super) const METHODS: &[Method] = &[
    plain("replication.query", &["REPLICATION_TASK_READ"], query),
    plain("replication.list_datasets", &["REPLICATION_TASK_WRITE"], remote::list_datasets),
    plain("replication.create_dataset", &["REPLICATION_TASK_WRITE"], remote::create_dataset),
];

const COLUMNS: Columns = &[
    "id",
    "name",
    "target_dataset",
    "recursive",
    "compression",
    "speed_limit",
    "enabled",
    "direction",
    "transport",
    "ssh_credentials",
    "sudo",
    "source_datasets",
    "exclude",
    "naming_schema",
    "name_regex",
    "auto",
    "readonly",
    "retention_policy",
    "state",
];

fn query(call: &mut Call<'_>) -> Result<Reply, Fault> {
    answer_query(call, COLUMNS, Vec::new())
}
