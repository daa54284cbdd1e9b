//! `audit.query`: the audit log.
//!
//! Source: `plugins/audit/{audit,backend,utils}.py` of TS-25.10.6.

use serde_json::{Value, json};

use super::super::audit::AuditEntry;
use super::super::check::{Errors, Field, Model, boolean, list, one_of, optional};
use super::super::clock::date;
use super::super::fault::{Complaint, Fault};
use super::super::method::{Call, Method, Reply};
use super::super::query::datastore::{Columns, condition};
use super::super::query::{self, Query};
use super::super::release::Release;
use super::super::repr::literal;
use super::{accepted_by_schema, plain};

pub(super) const METHODS: &[Method] = &[plain("audit.query", &["SYSTEM_AUDIT_READ"], query)];

const COLUMNS: Columns = &[
    "audit_id",
    "message_timestamp",
    "timestamp",
    "address",
    "username",
    "session",
    "service",
    "service_data",
    "event",
    "event_data",
    "success",
];

/// What may be selected besides the columns: the parts of middleware entries
/// (`plugins/audit/schema/middleware.py`).
const PARTS: [&str; 18] = [
    "service_data.vers",
    "service_data.vers.major",
    "service_data.vers.minor",
    "service_data.origin",
    "service_data.protocol",
    "service_data.credentials",
    "event_data.credentials",
    "event_data.credentials.type",
    "event_data.credentials.data",
    "event_data.error",
    "event_data.vers",
    "event_data.vers.major",
    "event_data.vers.minor",
    "event_data.method",
    "event_data.params",
    "event_data.description",
    "event_data.authenticated",
    "event_data.authorized",
];

/// The columns that a filter may name (`SQL_SAFE_FIELDS`).
const FILTERED: [&str; 8] = [
    "audit_id",
    "message_timestamp",
    "address",
    "username",
    "session",
    "service",
    "event",
    "success",
];

fn parameter() -> Field {
    let [filters, options] = query::parameters();
    let services = list(one_of(&["MIDDLEWARE", "SMB", "SUDO", "SYSTEM"])).each("db_name");
    let model = Model::new(
        "AuditQuery",
        [
            optional("services", services, json!(["MIDDLEWARE"])),
            filters.named("query-filters"),
            options.named("query-options"),
            optional("remote_controller", boolean(), false),
        ],
    );
    Field::defaulting("data", model).in_schema("audit_query")
}

fn query(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let [data] = accepted_by_schema(call, [parameter()])?;
    if !call.system.generation().limits_audit_queries() {
        return query_of_25_04(call, &data);
    }
    let services = data["services"].as_array().map(Vec::as_slice).unwrap_or_default();
    if services.len() > 1 {
        let text = "Querying more than one audit database in a single request is not supported";
        return Err(single("audit.query.services", text));
    }
    let mut options = data["query-options"].clone();
    let set = |name: &str| options[name] != json!(0) && options[name] != json!(false);
    if !["limit", "count", "get"].into_iter().any(set) {
        let text = "query-options must be set to either gather row count or contain a limit on \
                    the rows returned.";
        return Err(single("audit.query.query-options", text));
    }
    check_selected(&options)?;
    let mut conditions = Vec::new();
    for filter in data["query-filters"].as_array().into_iter().flatten() {
        parse(filter, call.system.generation(), &mut conditions)?;
    }
    let Some(service) = services.first().and_then(Value::as_str) else {
        return Err(Fault::exception("IndexError", "list index out of range"));
    };
    check_labels(&options)?;
    if options["get"] == json!(true) {
        options["limit"] = 1.into();
    }
    let mut found = Vec::new();
    if service == "MIDDLEWARE" {
        let entries = call.system.audit.iter().enumerate();
        let entries = entries.map(|(number, logged)| entry(number, logged));
        found.extend(entries.filter(|entry| conditions.iter().all(|c| c.holds(entry))));
    }
    // Timestamps are of whole seconds, and SQL promises nothing of what is equal: the newest of a
    // second comes first where the newest second does.
    if options["order_by"][0].as_str().is_some_and(|order| order.contains('-')) {
        found.reverse();
    }
    Ok(Query::new(Value::Null, options).run_in_database(COLUMNS, found)?.into())
}

/// What 25.04 answers: several services, no limit needed; and whatever the database cannot be
/// asked, conditions on parts among it, is looked at afterwards, in what was selected.
fn query_of_25_04(call: &Call<'_>, data: &Value) -> Result<Reply, Fault> {
    let options = &data["query-options"];
    check_selected(options)?;
    let filters = data["query-filters"].as_array().map(Vec::as_slice).unwrap_or_default();
    let asks_database = |filter: &Value| {
        filter.as_array().is_some_and(|parts| {
            parts.len() == 3 && parts[0].as_str().is_some_and(|name| FILTERED.contains(&name))
        })
    };
    let asks_parts = selected(options).any(|(name, _)| name.contains('.'));
    let has_log = data["services"].as_array().is_some_and(|it| it.contains(&json!("MIDDLEWARE")));
    let mut found: Vec<Value> = Vec::new();
    if has_log {
        let entries = call.system.audit.iter().enumerate();
        found.extend(entries.map(|(number, logged)| entry(number, logged)));
    }
    let query = Query::new(filters.into(), options.clone());
    if !filters.iter().all(asks_database) || asks_parts {
        return Ok(query.run(found)?.into());
    }
    if options["order_by"][0].as_str().is_some_and(|order| order.contains('-')) {
        found.reverse();
    }
    Ok(query.run_in_database(COLUMNS, found)?.into())
}

/// A `ValidationError` of its own, not a collection of them.
fn single(attribute: &str, message: &str) -> Fault {
    Fault::Invalid { complaints: vec![Complaint::new(attribute, message)], many: false }
}

fn entry(number: usize, logged: &AuditEntry) -> Value {
    json!({
        "audit_id": audit_id(number, logged.at_ms),
        "message_timestamp": logged.at_ms / 1000,
        "timestamp": date(logged.at_ms / 1000 * 1000),
        "address": logged.address,
        "username": logged.username,
        "session": logged.session,
        "service": "MIDDLEWARE",
        "service_data": logged.service_data,
        "event": logged.event,
        "event_data": logged.data,
        "success": logged.success,
    })
}

/// The same id for the same entry in every reply.
fn audit_id(number: usize, at_ms: i64) -> String {
    format!("{:08x}-0000-4000-8000-{:012x}", number, at_ms & 0xffff_ffff_ffff)
}

/// The column or part that a selection names first.
fn selected(options: &Value) -> impl Iterator<Item = (&str, Option<&str>)> {
    options["select"].as_array().into_iter().flatten().map(|item| match item.as_array() {
        Some(pair) => {
            let text = |index: usize| pair.get(index).and_then(Value::as_str);
            (text(0).unwrap_or_default(), text(1))
        }
        None => (item.as_str().unwrap_or_default(), None),
    })
}

fn check_selected(options: &Value) -> Result<(), Fault> {
    let mut errors = Errors::new();
    for (index, (name, _)) in selected(options).enumerate() {
        if !COLUMNS.contains(&name) && !PARTS.contains(&name) {
            let attribute = format!("audit.query.query-options.select.{index}");
            errors.add(attribute, format!("{name}: column does not exist"));
        }
    }
    errors.check()
}

/// A part of a column needs a name of its own to be shown under.
fn check_labels(options: &Value) -> Result<(), Fault> {
    for (name, label) in selected(options) {
        let text = match label {
            None if name.contains('.') => format!(
                "$.{name}: SELECT cannot be a JSONPath. If you want to extract JSON data from a \
                 field, it must be done in a way to assign a new label to the extracted data \
                 rather than building a new JSON object.For example: {{\"select\": \
                 [[\"user.email\", \"email\"]]}}"
            ),
            Some(label) if label.contains('.') => {
                format!("$.{label}: SELECT AS label cannot be a JSONPath")
            }
            _ => continue,
        };
        return Err(Fault::exception("ValueError", text));
    }
    Ok(())
}

/// What a filter asks of an entry.
enum Condition<'a> {
    One { path: &'a str, operator: &'a str, value: &'a Value },
    Any(Vec<Condition<'a>>),
}

/// A filter as the database is asked. Up to 25.10 the branches of an OR become conditions that all
/// have to hold: `parse_filter` drops the OR.
fn parse<'a>(
    filter: &'a Value,
    release: Release,
    conditions: &mut Vec<Condition<'a>>,
) -> Result<(), Fault> {
    const OPERATORS: [&str; 11] = ["=", "!=", ">", ">=", "<", "<=", "~", "in", "nin", "^", "$"];
    match filter.as_array().map(Vec::as_slice).unwrap_or_default() {
        [or, branches] if or == "OR" => {
            let mut any = Vec::new();
            for branch in branches.as_array().into_iter().flatten() {
                parse(branch, release, &mut any)?;
            }
            if release < Release::V26_0 {
                conditions.append(&mut any);
            } else {
                conditions.push(Condition::Any(any));
            }
            Ok(())
        }
        [name, operator, value] => {
            let path = name.as_str().unwrap_or_default();
            let operator = operator.as_str().unwrap_or_default();
            // Only one service is asked: a condition on it is passed over.
            if path == "service" {
                return Ok(());
            }
            let part = path.starts_with("service_data") || path.starts_with("event_data");
            if !part && !FILTERED.contains(&path) {
                return Err(Fault::exception(
                    "ValueError",
                    format!(
                        "{path}: specified filter field may not be specified for filtering on \
                         audit queries"
                    ),
                ));
            }
            let known =
                OPERATORS.contains(&operator) || release >= Release::V26_0 && operator == "rin";
            if !known {
                let text = format!("Invalid operation: {operator}");
                return Err(Fault::exception("ValueError", text));
            }
            // 26.0 writes lists as texts where it looks into a column, and then searches the text.
            let searched = matches!(operator, "in" | "nin") && value.is_array();
            if release >= Release::V26_0 && path.contains('.') && searched {
                let text = "'in <string>' requires string as left operand, not NoneType";
                return Err(Fault::exception("TypeError", text));
            }
            conditions.push(Condition::One { path, operator, value });
            Ok(())
        }
        _ => {
            let text = format!("{}: invalid filter", literal(filter));
            Err(Fault::exception("ValueError", text))
        }
    }
}

impl Condition<'_> {
    /// Whether SQL takes the entry: what is not there is null, and null equals only null.
    fn holds(&self, entry: &Value) -> bool {
        let (path, operator, value) = match self {
            Self::Any(conditions) => return conditions.iter().any(|one| one.holds(entry)),
            Self::One { path, operator, value } => (path, operator, value),
        };
        let found = path.split('.').try_fold(entry, |here, name| match here {
            Value::Object(members) => members.get(name),
            _ => None,
        });
        match found.filter(|found| !found.is_null()) {
            Some(found) if *operator == "rin" => {
                let part = value.as_str().unwrap_or_default().to_lowercase();
                found.as_str().is_some_and(|text| text.to_lowercase().contains(&part))
            }
            Some(found) => condition(found, operator, value),
            None => match *operator {
                "=" => value.is_null(),
                "in" => value.as_array().is_some_and(|all| all.contains(&Value::Null)),
                _ => false,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(filter: &Value, release: Release) -> Result<bool, Fault> {
        let entry = json!({"username": "root", "event_data": {"method": "user.update"}});
        let mut conditions = Vec::new();
        parse(filter, release, &mut conditions)?;
        Ok(conditions.iter().all(|condition| condition.holds(&entry)))
    }

    #[test]
    fn conditions_look_into_the_data_of_an_entry() {
        for (filter, holds) in [
            (json!(["event_data.method", "=", "user.update"]), true),
            (json!(["event_data.method", "in", ["ssh.update"]]), false),
            (json!(["event_data.nothing", "!=", "x"]), false),
            (json!(["event_data.nothing", "=", null]), true),
        ] {
            assert_eq!(kept(&filter, Release::V25_10), Ok(holds), "{filter}");
        }
        assert!(kept(&json!(["timestamp", "=", 1]), Release::V25_10).is_err());
        assert!(kept(&json!(["username", "rin", "r"]), Release::V25_10).is_err());
    }

    #[test]
    fn releases_differ_in_what_an_or_and_a_list_mean() {
        let or = json!(["OR", [["username", "=", "root"], ["username", "=", "x"]]]);
        assert_eq!(kept(&or, Release::V25_10), Ok(false));
        assert_eq!(kept(&or, Release::V26_0), Ok(true));
        let within = json!(["event_data.method", "in", ["user.update"]]);
        assert_eq!(kept(&within, Release::V25_10), Ok(true));
        assert!(kept(&within, Release::V26_0).is_err());
        assert_eq!(kept(&json!(["username", "rin", "oo"]), Release::V26_0), Ok(true));
    }

    #[test]
    fn what_is_selected_of_a_column_needs_a_label() {
        assert_eq!(check_labels(&json!({"select": [["event_data.method", "m"]]})), Ok(()));
        assert!(check_labels(&json!({"select": ["event_data.method"]})).is_err());
        assert!(check_selected(&json!({"select": ["nonsense"]})).is_err());
    }
}
