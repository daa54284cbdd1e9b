//! The query language that every `*.query` method speaks.
//!
//! Filters keep entries, `select` cuts fields out of them, `order_by` sorts what is left (so only
//! by selected fields), then `count`, `get`, `offset` and `limit`. What the real one raises on
//! values it cannot compare is raised here too: clients meet it.
//!
//! Source: `utils/filter_list.py` and `api/v25_10_0/common.py` of TS-25.10.6.

pub mod datastore;
mod filter;
mod operator;
mod order;
mod path;
mod python;

use serde_json::{Map, Value};

use super::check::{
    Field, Model, Objection, any, any_of, boolean, int, list, object, optional, text,
};
use super::fault::Fault;
use super::repr::literal;
use filter::Dates;

/// The most entries that one query may ask for.
const MAX_LIMIT: i64 = 10_000;

/// What a query asks for.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// Conditions that all have to hold.
    pub filters: Vec<Value>,
    /// Options of the method's own.
    pub extra: Map<String, Value>,
    order_by: Vec<String>,
    select: Vec<Value>,
    count: bool,
    get: bool,
    offset: i64,
    limit: i64,
}

/// The two parameters of a query: `filters` and `options`.
pub fn parameters() -> [Field; 2] {
    [
        optional(
            "filters",
            list(any()).rule("filters", |filters| {
                let filters = filters.as_array().map(Vec::as_slice).unwrap_or_default();
                filter::validate(filters, 0, &mut Dates::new())
            }),
            Value::Array(Vec::new()),
        ),
        options(),
    ]
}

/// The values of a text field that conditions of their own leave, if any does: what a database is
/// asked for, so that not every entry is made to be dropped again. The filters decide all the same.
pub fn texts_left<'a>(params: &'a [Value], field: &str) -> Option<Vec<&'a str>> {
    let filters = params.first()?.as_array()?;
    filters.iter().find_map(|filter| match filter.as_array()?.as_slice() {
        [name, operator, Value::String(value)] if name == field && operator == "=" => {
            Some(vec![value.as_str()])
        }
        [name, operator, Value::Array(values)] if name == field && operator == "in" => {
            values.iter().map(Value::as_str).collect()
        }
        _ => None,
    })
}

/// The parameter `options` alone, as `get_instance` takes it.
pub fn options() -> Field {
    let empty = || Value::Array(Vec::new());
    let model = Model::new(
        "QueryOptions",
        [
            optional("extra", object(), Value::Object(Map::new())),
            optional("order_by", list(text()), empty()),
            optional("select", list(any_of([text(), list(any())])), empty()),
            optional("count", boolean(), false),
            optional("get", boolean(), false),
            optional("offset", int(), 0),
            optional("limit", int(), 0),
            optional("force_sql_filters", boolean(), false),
        ],
    );
    Field::defaulting("options", model.rule(validate_options))
}

fn validate_options(options: &Map<String, Value>) -> Result<(), Objection> {
    let query = Query::new(Value::Null, Value::Object(options.clone()));
    if query.get && (query.limit > 1 || query.offset != 0) {
        let text = "Invalid options combination. `get` implies a single result.";
        return Err(Objection::Value(text.into()));
    }
    if query.limit > MAX_LIMIT {
        return Err(Objection::Value(format!("Options limit must be between 1 and {MAX_LIMIT}")));
    }
    for selected in &query.select {
        let Some(pair) = selected.as_array() else { continue };
        let shown = literal(selected);
        if pair.len() != 2 {
            return Err(Objection::Value(format!(
                "{shown}: A select as list may only contain two parameters: the name of the \
                 parameter being selected, and the name to which to assign it in resulting data."
            )));
        }
        for (member, which) in pair.iter().zip(["first", "second"]) {
            if !member.is_string() {
                return Err(Objection::Value(format!("{shown}: {which} item must be a string.")));
            }
        }
    }
    Ok(())
}

impl Query {
    /// A query from its accepted parameters.
    pub fn new(filters: Value, options: Value) -> Self {
        let flag = |name: &str| options[name].as_bool().unwrap_or_default();
        let number = |name: &str| options[name].as_i64().unwrap_or_default();
        let many = |name: &str| options[name].as_array().cloned().unwrap_or_default();
        Self {
            extra: options["extra"].as_object().cloned().unwrap_or_default(),
            order_by: many("order_by")
                .iter()
                .filter_map(|order| order.as_str().map(str::to_owned))
                .collect(),
            select: many("select"),
            count: flag("count"),
            get: flag("get"),
            offset: number("offset"),
            limit: number("limit"),
            filters: match filters {
                Value::Array(filters) => filters,
                _ => Vec::new(),
            },
        }
    }

    /// The query for the one entry whose `key` is the value, with the options of `get_instance`.
    pub fn one(key: &str, value: Value, options: Value) -> Self {
        let filter = Value::Array(vec![key.into(), "=".into(), value]);
        Self::new(Value::Array(vec![filter]), options)
    }

    /// What the query answers, over these entries.
    ///
    /// # Errors
    /// [`Fault::Call`]: `MatchNotFound` for `get` without a match, or whatever comparing raised.
    pub fn run(&self, entries: Vec<Value>) -> Result<Value, Fault> {
        let mut found = Vec::new();
        if self.filters.is_empty() {
            for entry in entries {
                found.push(self.cut(entry)?);
            }
        } else {
            let mut dates = Dates::new();
            filter::validate(&self.filters, 0, &mut dates).map_err(uncaught)?;
            for entry in entries {
                if filter::all(&entry, &self.filters, &dates)? {
                    found.push(self.cut(entry)?);
                }
            }
        }
        if self.count && !(self.get && self.order_by.is_empty() && !self.filters.is_empty()) {
            return Ok(found.len().into());
        }
        order::sort(&mut found, &self.order_by)?;
        if self.get {
            return found.into_iter().next().ok_or_else(not_found);
        }
        Ok(Value::Array(self.page(found)))
    }

    /// Whether only the number of entries is asked for.
    pub fn counts(&self) -> bool {
        self.count
    }

    /// What the query answers where entries are sorted before `select` cuts them
    /// (`plugins/pool_/dataset_query_utils.py`, `generic_query`).
    ///
    /// # Errors
    /// As [`Query::run`].
    pub fn run_whole(&self, entries: Vec<Value>) -> Result<Value, Fault> {
        let whole = Self {
            filters: self.filters.clone(),
            order_by: self.order_by.clone(),
            ..Self::default()
        };
        let Value::Array(found) = whole.run(entries)? else { return Ok(Value::Null) };
        let found: Result<Vec<Value>, Fault> =
            found.into_iter().map(|entry| self.cut(entry)).collect();
        let found = found?;
        if self.get {
            return found.into_iter().next().ok_or_else(not_found);
        }
        Ok(Value::Array(self.page(found)))
    }

    /// Whether the first condition is that the attribute is one value, or one of several.
    pub fn picks(&self, attribute: &str) -> bool {
        let first = self.filters.first().and_then(Value::as_array).map(Vec::as_slice);
        matches!(first, Some([name, operator, _]) if name == attribute && (operator == "=" || operator == "in"))
    }

    /// Whether a condition looks at that attribute.
    pub fn names(&self, attribute: &str) -> bool {
        fn within(filter: &Value, attribute: &str) -> bool {
            match filter.as_array().map(Vec::as_slice).unwrap_or_default() {
                [name, _, _] if name.is_string() => name == attribute,
                parts => parts.iter().any(|part| within(part, attribute)),
            }
        }
        self.filters.iter().any(|filter| within(filter, attribute))
    }

    fn cut(&self, entry: Value) -> Result<Value, Fault> {
        if self.select.is_empty() { Ok(entry) } else { path::select(&entry, &self.select) }
    }

    fn page(&self, found: Vec<Value>) -> Vec<Value> {
        let from = position(self.offset, found.len());
        let mut found: Vec<Value> = found.into_iter().skip(from).collect();
        if self.limit != 0 {
            found.truncate(position(self.limit, found.len()));
        }
        found
    }
}

/// Where a Python slice cuts: negative numbers count from the end.
fn position(index: i64, length: usize) -> usize {
    let back = usize::try_from(index.unsigned_abs()).unwrap_or(usize::MAX);
    if index < 0 { length.saturating_sub(back) } else { back.min(length) }
}

fn not_found() -> Fault {
    let raised = "MatchNotFound()".to_owned();
    Fault::Call { errno: 22, reason: raised.clone(), class: "MatchNotFound", repr: raised }
}

fn uncaught(objection: Objection) -> Fault {
    match objection {
        Objection::Value(text) | Objection::Assertion(text) | Objection::Custom(text) => {
            Fault::exception("ValueError", text)
        }
        Objection::Raised(class, text) => Fault::exception(class, text),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::check::accept;
    use super::super::release::Release;
    use super::*;

    fn entries() -> Vec<Value> {
        vec![
            json!({"id": 1, "name": "root", "email": null, "groups": [40, 43], "group": {"gid": 0},
                "at": {"$date": 1_700_000_000_000_i64}}),
            json!({"id": 2, "name": "admin", "email": "a@x", "groups": [], "group": {"gid": 950},
                "at": null, "keys": [{"n": "a"}, {"n": "b"}]}),
        ]
    }

    /// The names that are left, or the refusal's reason.
    fn asked(filters: Value, options: Value) -> Value {
        match accept(Release::V25_10, parameters(), &[filters, options]) {
            Ok([filters, options]) => match Query::new(filters, options).run(entries()) {
                Ok(Value::Array(found)) => {
                    found.iter().map(|e| e.get("name").unwrap_or(e).clone()).collect()
                }
                Ok(other) => other,
                Err(Fault::Call { class, reason, .. }) => format!("{class}: {reason}").into(),
                Err(Fault::Invalid { .. }) => "invalid".into(),
            },
            Err(Fault::Call { class, reason, .. }) => format!("{class}: {reason}").into(),
            Err(Fault::Invalid { complaints, .. }) => complaints[0].message.clone().into(),
        }
    }

    fn kept(filter: Value) -> Value {
        asked(json!([filter]), json!({}))
    }

    #[test]
    fn operators() {
        for (filter, names) in [
            (json!(["name", "=", "root"]), json!(["root"])),
            (json!(["id", "=", true]), json!(["root"])),
            (json!(["name", "C=", "ROOT"]), json!(["root"])),
            (json!(["name", "C^", "ADM"]), json!(["admin"])),
            (json!(["id", "!=", 1]), json!(["admin"])),
            (json!(["id", ">=", 1.5]), json!(["admin"])),
            (json!(["name", "in", ["root", 7]]), json!(["root"])),
            (json!(["email", "nin", ["b"]]), json!(["admin"])),
            (json!(["groups", "rin", 43]), json!(["root"])),
            (json!(["groups", "rnin", 43]), json!(["admin"])),
            (json!(["name", "~", "ro"]), json!(["root"])),
            (json!(["name", "~", "oo"]), json!([])),
            (json!(["email", "~", ".*@"]), json!(["admin"])),
            (json!(["email", "!^", "b"]), json!(["admin"])),
            (json!(["name", "!$", "t"]), json!(["admin"])),
            (json!(["group.gid", "=", 950]), json!(["admin"])),
            (json!(["groups.0", "=", 40]), json!(["root"])),
            (json!(["keys.*.n", "=", "b"]), json!(["admin"])),
            (json!(["nonsense", "!=", 1]), json!([])),
            (json!(["at", "=", null]), json!(["admin"])),
            (json!(["OR", [["id", "=", 2], ["id", "=", 3]]]), json!(["admin"])),
            (json!(["OR", [[["id", "=", 2], ["name", "=", "x"]]]]), json!([])),
        ] {
            assert_eq!(kept(filter.clone()), names, "{filter}");
        }
    }

    #[test]
    fn what_cannot_be_compared_is_raised() {
        for (filter, told) in [
            (
                json!(["name", ">", 1]),
                "TypeError: '>' not supported between instances of 'str' and 'int'",
            ),
            (
                json!(["email", "in", "abc"]),
                "TypeError: 'in <string>' requires string as left operand, not NoneType",
            ),
            (json!(["id", "rin", 1]), "TypeError: argument of type 'int' is not iterable"),
            (json!(["id", "^", "1"]), "AttributeError: 'int' object has no attribute 'startswith'"),
            (
                json!(["groups.x", "=", 1]),
                "ValueError: x: must be array index or wildcard character",
            ),
            (
                json!(["id", "C=", 1]),
                "ValueError: <class 'int'>: support for casefolding object type not implemented.",
            ),
            (json!(5), "TypeError: object of type 'int' has no len()"),
            (json!(["a", 5, 5]), "TypeError: 'int' object is not subscriptable"),
            (json!(["a", "", 5]), "IndexError: string index out of range"),
            (json!(["a", "??", 5]), "Value error, Invalid operation: ??"),
            (json!(["a", "C~", 5]), "Value error, Invalid case-insensitive operation: C~"),
            (json!(["a", "=", 5, true]), "Value error, Invalid filter ['a', '=', 5, True]"),
            (json!(["OR", []]), "Value error, OR filter requires at least one branch."),
            (
                json!(["at.$date", "=", "x"]),
                "Value error, x: must be an ISO-8601 formatted timestamp string",
            ),
        ] {
            assert_eq!(kept(filter.clone()), json!(told), "{filter}");
        }
    }

    #[test]
    fn dates_are_compared_as_dates() {
        for (operator, text, names) in [
            ("=", "2023-11-14T22:13:20+00:00", json!(["root"])),
            ("=", "2023-11-14T23:13:20+01:00", json!(["root"])),
            ("!=", "2023-11-14T22:13:20Z", json!(["admin"])),
        ] {
            assert_eq!(kept(json!(["at.$date", operator, text])), names, "{operator} {text}");
        }
    }

    #[test]
    fn options() {
        let of = |options: Value| asked(json!([]), options);
        assert_eq!(of(json!({"order_by": ["-id"]})), json!(["admin", "root"]));
        assert_eq!(of(json!({"order_by": ["name"], "limit": 1})), json!(["admin"]));
        assert_eq!(of(json!({"offset": -1})), json!(["admin"]));
        assert_eq!(of(json!({"limit": -1})), json!(["root"]));
        assert_eq!(of(json!({"count": true, "limit": 1})), json!(2));
        assert_eq!(of(json!({"order_by": ["nulls_last:email"]})), json!(["admin", "root"]));
        assert_eq!(of(json!({"order_by": ["nulls_first:-email"]})), json!(["root", "admin"]));
        assert_eq!(of(json!({"get": true, "select": ["name"]})), json!({"name": "root"}));
        assert_eq!(of(json!({"select": [["group.gid", "g"]]})), json!([{"g": 0}, {"g": 950}]));
        assert_eq!(
            of(json!({"select": ["group.gid", "nonsense"], "limit": 1})),
            json!([{"group": {"gid": 0}}])
        );
        assert_eq!(
            of(json!({"order_by": ["email"]})),
            json!("TypeError: '<' not supported between instances of 'str' and 'NoneType'")
        );
        assert_eq!(
            of(json!({"select": ["name"], "order_by": ["id"]})),
            json!("TypeError: '<' not supported between instances of 'NoneType' and 'NoneType'")
        );
        assert_eq!(
            of(json!({"get": true, "limit": 2})),
            json!("Value error, Invalid options combination. `get` implies a single result.")
        );
        assert_eq!(
            of(json!({"limit": 10_001})),
            json!("Value error, Options limit must be between 1 and 10000")
        );
    }
}
