//! The search for whoever changed one item, entry by entry, the newest first.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::kinds::trace::{Logged, Touched};
use crate::kinds::{self, Kind};
use crate::model::{Desired, Live};
use crate::plan::Inputs;
use crate::plan::drift::{Blame, Differs, Item};

use super::NOTHING_LOGGED;
use super::caller::{blamed, nobody};

const CREATED_OUTSIDE: &str = "the last call that the log has on it deleted it, so something else \
     created it since: a shell, the console, or the system itself";
const CHANGED_OUTSIDE: &str = "the last call that the log has on it set another value, so something \
     else changed it since: a shell, the console, or the system itself";
/// Fields that a call set, each with its value where the log shows that.
type Set = BTreeMap<&'static str, Option<Value>>;

/// An item whose changes are searched for.
pub(crate) struct Search<'a> {
    /// Its place in the report.
    at: usize,
    kind: &'static dyn Kind,
    pub(crate) want: &'a Desired,
    live: &'a Live,
    missing: bool,
    /// The fields that nobody is known of yet, with their live values.
    open: Vec<(String, Value)>,
    found: Vec<Blame>,
}

impl<'a> Search<'a> {
    pub(crate) fn new(at: usize, item: &Item, inputs: &Inputs<'a>) -> Option<Self> {
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
    pub(super) fn is_done(&self) -> bool {
        if self.missing { !self.found.is_empty() } else { self.open.is_empty() }
    }

    /// Looks whether an entry is what is searched for. Entries come newest first.
    pub(crate) fn look(&mut self, entry: &Value) {
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
            Some(Touched::Removed) => {
                let fields = self.take_open(|_, _| true);
                self.name_nobody(fields, CREATED_OUTSIDE);
            }
            Some(Touched::Whole) => {
                let fields = self.take_open(|_, _| true);
                self.name_caller(entry, fields, false);
            }
            Some(Touched::Created(set)) => {
                self.compare(entry, &set, false);
                // Whatever else differs, it was not so when this was created.
                let fields = self.take_open(|_, _| true);
                self.name_nobody(fields, NOTHING_LOGGED);
            }
            Some(Touched::Fields(set)) => self.compare(entry, &set, true),
        }
    }

    /// Names the caller for the fields that the call set to what they are; `certain`: also for
    /// those of which the log does not show the value. For those that it set otherwise, nobody.
    fn compare(&mut self, entry: &Value, set: &Set, certain: bool) {
        let value = |field: &str| set.get(field);
        let shown = |field: &str| value(field).and_then(Option::as_ref);
        let as_live = self.take_open(|field, live| shown(field) == Some(live));
        let not_shown = self.take_open(|field, _| value(field).is_some_and(Option::is_none));
        let otherwise = self.take_open(|field, _| value(field).is_some());
        if certain {
            let mut fields = [as_live, not_shown].concat();
            fields.sort_unstable();
            self.name_caller(entry, fields, true);
        } else {
            self.name_caller(entry, as_live, true);
            self.name_caller(entry, not_shown, false);
        }
        self.name_nobody(otherwise, CHANGED_OUTSIDE);
    }

    /// Takes from the open fields those that the condition chooses; gives their names.
    fn take_open(&mut self, chosen: impl Fn(&str, &Value) -> bool) -> Vec<String> {
        let (taken, open): (Vec<_>, Vec<_>) =
            self.open.drain(..).partition(|(field, live)| chosen(field, live));
        self.open = open;
        taken.into_iter().map(|(field, _)| field).collect()
    }

    fn name_caller(&mut self, entry: &Value, fields: Vec<String>, certain: bool) {
        if !fields.is_empty() {
            self.found.push(blamed(entry, fields, certain));
        }
    }

    fn name_nobody(&mut self, fields: Vec<String>, why: &str) {
        if !fields.is_empty() {
            self.found.push(nobody(fields, why));
        }
    }

    /// What was found; of the rest, why it was not.
    pub(crate) fn ended(mut self, why: &str) -> (usize, Vec<Blame>) {
        if !self.is_done() {
            let fields = self.open.drain(..).map(|(field, _)| field);
            let fields = if self.missing { Vec::new() } else { fields.collect() };
            self.found.push(nobody(fields, why));
        }
        (self.at, self.found)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::Address;

    const NAME: &str = "backup/boston";

    /// An entry of the log: that somebody set the dataset's compression.
    fn entry(seconds: i64, compression: &str) -> Value {
        json!({
            "message_timestamp": seconds, "address": "10.0.0.7", "username": "root", "success": true,
            "service_data": { "credentials": { "credentials": "LOGIN_PASSWORD", "credentials_data": {} } },
            "event_data": {
                "method": "pool.dataset.update", "params": [NAME, { "compression": compression }],
                "description": "Pool dataset update backup/boston",
            },
        })
    }

    /// What is found of the dataset's compression, or of a missing dataset.
    fn found_of(live: &Live, missing: bool, entries: &[Value]) -> Vec<Blame> {
        let want = Desired::new(Address::new("chicago", "dataset", NAME));
        let kind = kinds::find("dataset").expect("a kind");
        let value = |field: &str| live.get(field).cloned().unwrap_or_default();
        let open = if missing { &[][..] } else { &["compression", "quota"][..] };
        let open = open.iter().map(|field| ((*field).to_string(), value(field))).collect();
        let found = Vec::new();
        let mut search = Search { at: 0, kind, want: &want, live, missing, open, found };
        entries.iter().for_each(|entry| search.look(entry));
        search.ended(NOTHING_LOGGED).1
    }

    /// What is found of a compression that is lz4 and a quota that is none now.
    fn found(entries: &[Value]) -> Vec<Blame> {
        let mut live = Live { exists: true, ..Live::default() };
        live.field("compression", "lz4");
        live.field("quota", "none");
        found_of(&live, false, entries)
    }

    /// An entry of the log about the dataset.
    fn call(method: &str, params: Value) -> Value {
        let mut entry = entry(1_700_000_000, "LZ4");
        entry["event_data"] = json!({ "method": method, "params": params, "description": "" });
        entry
    }

    /// Each field with its caller, and whether that is certain; without a caller, why.
    fn told(found: &[Blame]) -> Vec<String> {
        let line = |blame: &Blame| {
            let who = match (&blame.username, &blame.unknown) {
                (Some(username), _) => format!("{username} certain={}", blame.certain),
                (None, why) => why.clone().unwrap_or_default(),
            };
            format!("{}: {who}", blame.fields.join(","))
        };
        found.iter().map(line).collect()
    }

    #[test]
    fn the_newest_call_that_set_the_live_value_is_it() {
        let found = found(&[entry(1_700_000_000, "LZ4"), entry(1_600_000_000, "ZSTD")]);
        assert_eq!(
            found[..1],
            [Blame {
                fields: vec!["compression".into()],
                username: Some("root".into()),
                at: Some("2023-11-14T22:13:20Z".into()),
                method: Some("pool.dataset.update".into()),
                from: Some("10.0.0.7".into()),
                through: Some("password".into()),
                certain: true,
                unknown: None,
            }]
        );
    }

    #[test]
    fn whoever_set_another_value_last_did_not_do_it_and_nor_did_anybody_before() {
        let found = found(&[entry(1_700_000_000, "ZSTD"), entry(1_600_000_000, "LZ4")]);
        assert_eq!(found[0], nobody(vec!["compression".into()], CHANGED_OUTSIDE));
    }

    #[test]
    fn creation_is_named_only_for_what_it_can_have_set() {
        let create = |properties: Value| {
            let mut params = properties;
            params["name"] = json!(NAME);
            told(&found(&[call("pool.dataset.create", json!([params]))]))
        };
        assert_eq!(
            create(json!({ "compression": "LZ4" })),
            ["compression,quota: root certain=true"],
            "a new dataset has no quota unless one is asked for"
        );
        assert_eq!(
            create(json!({ "compression": "ZSTD", "quota": 1 << 30 })),
            [format!("compression,quota: {CHANGED_OUTSIDE}")]
        );
        assert_eq!(
            create(json!({ "compression": "INHERIT" })),
            ["quota: root certain=true", "compression: root certain=false"]
        );
    }

    #[test]
    fn creation_and_deletion_of_others_do_not_explain_a_missing_dataset() {
        let missing = |entries: &[Value]| told(&found_of(&Live::absent(), true, entries));
        let create = call("pool.dataset.create", json!([{ "name": NAME }]));
        let delete = |name: &str, recursive: bool| {
            call("pool.dataset.delete", json!([name, { "recursive": recursive }]))
        };
        let nothing = format!(": {NOTHING_LOGGED}");
        assert_eq!(missing(std::slice::from_ref(&create)), [nothing.as_str()]);
        assert_eq!(missing(&[delete("backup", false), create.clone()]), [nothing.as_str()]);
        assert_eq!(missing(&[delete("backup/bo", true), create.clone()]), [nothing.as_str()]);
        for deletion in [delete(NAME, false), delete("backup", true)] {
            assert_eq!(missing(&[deletion, create.clone()]), [": root certain=true"]);
        }
    }

    #[test]
    fn deletion_does_not_explain_how_a_dataset_is_that_exists() {
        let deleted = told(&found(&[call("pool.dataset.delete", json!([NAME, {}]))]));
        assert_eq!(deleted, [format!("compression,quota: {CREATED_OUTSIDE}")]);
    }

    #[test]
    fn a_parents_quota_is_not_inherited() {
        let update = json!(["backup", { "compression": "LZ4", "quota": null }]);
        assert_eq!(
            told(&found(&[call("pool.dataset.update", update)])),
            ["compression: root certain=true".to_string(), format!("quota: {NOTHING_LOGGED}")]
        );
    }

    #[test]
    fn the_caller_of_a_job_that_outlived_its_connection_is_not_known() {
        let mut entry = entry(1_700_000_000, "LZ4");
        entry["username"] = json!(".UNAUTHENTICATED");
        let blame = &found(&[entry])[0];
        assert_eq!(blame.username, None);
        assert_eq!(blame.from.as_deref(), Some("10.0.0.7"));
        assert_eq!(
            blame.unknown.as_deref(),
            Some(
                "the caller closed the connection before the job ended, and then the audit log \
                 names nobody"
            )
        );
    }
}
