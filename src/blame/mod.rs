//! Who changed what differs, from each system's own audit log.
//!
//! The log is read newest first, a page at a time and only as far as there is something left to
//! find, and matched here: what the releases take as a filter on `event_data` differs (26.0 refuses
//! `in`), `event` is one that all of them take; every release wants a limit, and 25.04 that what is
//! ordered by is selected. Parameters are looked at to find the call and leave this module nowhere.

mod caller;
pub(crate) mod search;

use std::collections::BTreeSet;

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::observe::Systems;
use crate::plan::Inputs;
use crate::plan::drift::{Blame, Drift};
use crate::truenas_client::Reader;
use crate::truenas_wire::{Read, ReadError, ReadMethod};

use caller::at;
use search::Search;

/// How many entries one request asks for.
const PAGE: usize = 500;
/// How many requests a system is asked at most.
const PAGES: usize = 4;
/// The role that shows the log.
const ROLE: &str = "SYSTEM_AUDIT_READ";

const NOTHING_LOGGED: &str = "the audit log has no call that changed it";

/// Names in the report who changed each of its items.
pub async fn blame(report: &mut Drift, inputs: &Inputs<'_>, systems: &Systems) {
    let mut open: Vec<Search<'_>> = Vec::new();
    for (at, item) in report.items.iter().enumerate() {
        open.extend(Search::new(at, item, inputs));
    }
    let names: BTreeSet<String> = open.iter().map(|it| it.want.address.system.clone()).collect();
    let mut by_system: Vec<(String, Vec<Search<'_>>)> = Vec::new();
    for name in names {
        let (here, elsewhere) = open.into_iter().partition(|it| it.want.address.system == name);
        open = elsewhere;
        by_system.push((name, here));
    }
    let searched = by_system.into_iter().map(async |(name, searches)| {
        match systems.get(&name).map(|system| &system.session) {
            Some(Ok(session)) => search(&session.reader(), searches).await,
            _ => Vec::new(),
        }
    });
    let found: Vec<(usize, Vec<Blame>)> = join_all(searched).await.into_iter().flatten().collect();
    for (at, blame) in found {
        if let Some(item) = report.items.get_mut(at) {
            item.blame = blame;
        }
    }
}

async fn search(reader: &Reader, mut searches: Vec<Search<'_>>) -> Vec<(usize, Vec<Blame>)> {
    let mut why = NOTHING_LOGGED.to_string();
    for page in 0..PAGES {
        let entries = match reader.read(&entries(page)).await {
            Ok(Value::Array(entries)) => entries,
            Ok(_) => break,
            Err(ReadError::Denied) => {
                why = format!("this key may not read the audit log; the role {ROLE} shows it");
                break;
            }
            Err(error) => {
                why = format!("the audit log could not be read: {error}");
                break;
            }
        };
        for entry in entries.iter().filter(|it| it.get("success") == Some(&Value::Bool(true))) {
            searches.iter_mut().for_each(|search| search.look(entry));
        }
        let whole_log = entries.len() < PAGE;
        if !whole_log && let Some(at) = entries.last().and_then(at) {
            why = format!("{NOTHING_LOGGED} since {at}, and it was not read further back");
        } else {
            why = NOTHING_LOGGED.into();
        }
        if whole_log || searches.iter().all(Search::is_done) {
            break;
        }
    }
    searches.into_iter().map(|search| search.ended(&why)).collect()
}

/// A page of the calls that the log has, the newest first.
fn entries(page: usize) -> Read {
    let query = json!({
        "services": ["MIDDLEWARE"],
        "query-filters": [["event", "=", "METHOD_CALL"]],
        "query-options": {
            "order_by": ["-message_timestamp"],
            "limit": PAGE,
            "offset": page * PAGE,
            "select": [
                "message_timestamp", "address", "username", "service_data", "event_data", "success"
            ],
        },
    });
    Read::call(ReadMethod::AuditQuery, vec![query])
}
