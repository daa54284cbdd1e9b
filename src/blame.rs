//! Who changed what differs, from each system's own audit log.
//!
//! The log is read newest first, a page at a time and only as far as there is something left to
//! find, and matched here: what the releases take as a filter on `event_data` differs (26.0 refuses
//! `in`), `event` is one that all of them take; every release wants a limit, and 25.04 that what is
//! ordered by is selected. Parameters are looked at to find the call and leave this file nowhere.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::api::Reader;
use crate::kinds::trace::{Logged, Touched};
use crate::kinds::{self, Kind};
use crate::model::{Desired, Live, Read, ReadError, ReadMethod};
use crate::observe::Systems;
use crate::plan::Inputs;
use crate::plan::document::whole_seconds;
use crate::plan::drift::{Blame, Differs, Drift, Item};

/// How many entries one request asks for.
const PAGE: usize = 500;
/// How many requests a system is asked at most.
const PAGES: usize = 4;
/// The role that shows the log.
const ROLE: &str = "SYSTEM_AUDIT_READ";

const CHANGED_OUTSIDE: &str = "the last call that the log has on it set another value, so something \
     else changed it since: a shell, the console, or the system itself";
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

/// An item whose changes are searched for.
struct Search<'a> {
    /// Its place in the report.
    at: usize,
    kind: &'static dyn Kind,
    want: &'a Desired,
    live: &'a Live,
    missing: bool,
    /// The fields that nobody is known of yet, with their live values.
    open: Vec<(String, Value)>,
    found: Vec<Blame>,
}

impl<'a> Search<'a> {
    fn new(at: usize, item: &Item, inputs: &Inputs<'a>) -> Option<Self> {
        let field = |it: &crate::plan::drift::Difference| (it.field.clone(), it.live.clone());
        Some(Self {
            at,
            kind: kinds::find(&item.address.kind)?,
            want: inputs.desired.get(&item.address)?,
            live: inputs.observed.live.get(&item.address)?,
            missing: item.state == Differs::Missing,
            open: item.fields.iter().map(field).collect(),
            found: Vec::new(),
        })
    }

    /// Whether nothing is left to find.
    fn is_done(&self) -> bool {
        if self.missing { !self.found.is_empty() } else { self.open.is_empty() }
    }

    /// Looks whether an entry is what is searched for. Entries come newest first.
    fn look(&mut self, entry: &Value) {
        if self.is_done() {
            return;
        }
        let data = entry.get("event_data").unwrap_or(&Value::Null);
        let text = |name: &str| data.get(name).and_then(Value::as_str).unwrap_or_default();
        let params = data.get("params").and_then(Value::as_array).map(Vec::as_slice);
        let logged = Logged {
            method: text("method"),
            params: params.unwrap_or_default(),
            description: text("description"),
        };
        match self.kind.touched(self.want, self.live, &logged) {
            None => {}
            Some(Touched::Removed) if self.missing => {
                self.found.push(blamed(entry, Vec::new(), true));
            }
            // It was there after this, so its removal is in no log.
            Some(_) if self.missing => self.found.push(nobody(Vec::new(), NOTHING_LOGGED)),
            Some(Touched::Removed | Touched::Whole) => {
                let fields = self.open.drain(..).map(|(field, _)| field).collect();
                self.found.push(blamed(entry, fields, false));
            }
            Some(Touched::Fields(set)) => {
                let (set_here, open): (Vec<_>, Vec<_>) =
                    self.open.drain(..).partition(|(field, _)| set.contains_key(field.as_str()));
                self.open = open;
                let (as_live, otherwise): (Vec<_>, Vec<_>) =
                    set_here.into_iter().partition(|(field, live)| {
                        let value = set.get(field.as_str()).and_then(Option::as_ref);
                        value.is_none_or(|value| value == live)
                    });
                let names = |all: Vec<(String, Value)>| all.into_iter().map(|(name, _)| name);
                let (as_live, otherwise): (Vec<_>, Vec<_>) =
                    (names(as_live).collect(), names(otherwise).collect());
                if !as_live.is_empty() {
                    self.found.push(blamed(entry, as_live, true));
                }
                if !otherwise.is_empty() {
                    self.found.push(nobody(otherwise, CHANGED_OUTSIDE));
                }
            }
        }
    }

    /// What was found; of the rest, why it was not.
    fn ended(mut self, why: &str) -> (usize, Vec<Blame>) {
        if !self.is_done() {
            let fields = self.open.drain(..).map(|(field, _)| field);
            let fields = if self.missing { Vec::new() } else { fields.collect() };
            self.found.push(nobody(fields, why));
        }
        (self.at, self.found)
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

/// When an entry was written.
fn at(entry: &Value) -> Option<String> {
    let seconds = entry.get("message_timestamp")?.as_i64()?;
    Timestamp::from_second(seconds).ok().map(whole_seconds)
}

/// Who an entry names: the account, the moment, the method, the address and the kind of login,
/// and nothing else of it.
fn blamed(entry: &Value, fields: Vec<String>, certain: bool) -> Blame {
    let text = |name: &str| {
        let text = entry.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        text.map(String::from)
    };
    let method = entry.get("event_data").and_then(|it| it.get("method")).and_then(Value::as_str);
    let username = text("username");
    let unknown = username.is_none().then(|| "the audit log names no account".to_string());
    Blame {
        fields,
        username,
        at: at(entry),
        method: method.map(String::from),
        from: text("address"),
        through: through(entry),
        certain,
        unknown,
    }
}

/// How the account was logged in. Of an API key its name: a label that its owner gave it.
fn through(entry: &Value) -> Option<String> {
    let credentials = entry.get("service_data")?.get("credentials")?;
    let api_key = || {
        let data = credentials.get("credentials_data")?;
        data.get("api_key")?.get("name")?.as_str()
    };
    Some(match credentials.get("credentials")?.as_str()? {
        "API_KEY" => api_key().map_or("API key".into(), |name| format!("API key `{name}`")),
        "LOGIN_PASSWORD" | "LOGIN_TWOFACTOR" => "password".into(),
        "TOKEN" => "token".into(),
        "UNIX_SOCKET" => "the system's own shell".into(),
        _ => return None,
    })
}

fn nobody(fields: Vec<String>, why: &str) -> Blame {
    Blame { fields, unknown: Some(why.into()), ..Blame::default() }
}
