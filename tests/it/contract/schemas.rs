//! The published schemas of every release, made as strict as the servers are.

use std::collections::BTreeMap;
use std::sync::{Mutex, OnceLock};

use jsonschema::Validator;
use serde_json::{Map, Value, json};
use trueup_sim::call_log::CallRecord;

use super::RELEASES;
use crate::support::repository;

/// The longest text that a server takes where its schema has no limit of its own
/// (`api/base/model.py`).
const LONGEST: u64 = 1024;

/// The fields that may be longer (`LongString`), which the schemas before 27 do not tell.
const LONG: [&str; 4] = ["options", "private_key", "public_key", "sshpubkey"];

/// The methods that 25.04 does not have; what else its schemas lack it checks by older machinery,
/// with the fields of 25.10.
const NOT_IN_25_04: [&str; 1] = ["service.control"];

/// Methods that no release's schemas have: they are not among those that were exported.
const NOT_EXPORTED: [&str; 1] = ["audit.query"];

/// The schemas of every release.
pub struct Schemas {
    releases: BTreeMap<&'static str, Value>,
    validators: Mutex<BTreeMap<String, &'static Validator>>,
}

impl Schemas {
    /// The schemas in `tests/api-schemas`.
    pub fn all() -> &'static Self {
        static ALL: OnceLock<Schemas> = OnceLock::new();
        ALL.get_or_init(Self::read)
    }

    fn read() -> Self {
        let folder = repository("tests/api-schemas");
        let read = |release: &'static str| {
            let text = std::fs::read_to_string(folder.join(format!("{release}.json")));
            let text = text.expect("the schemas of every release");
            (release, serde_json::from_str(&text).expect("JSON"))
        };
        let releases = RELEASES.into_iter().map(read).collect();
        Self { releases, validators: Mutex::default() }
    }

    /// What a release's schemas say of a method.
    pub fn method(&self, release: &str, method: &str) -> Option<&Value> {
        let own = self.releases[release].get(method);
        match own {
            None if release == "25.04" && !NOT_IN_25_04.contains(&method) => {
                self.releases["25.10"].get(method)
            }
            own => own,
        }
    }

    /// What is wrong with a call to a system of that release.
    pub fn violations(&self, release: &str, call: &CallRecord) -> Vec<String> {
        let told = |what: &str| format!("{release}: `{}`: {what}", call.method);
        if NOT_EXPORTED.contains(&call.method.as_str()) {
            return Vec::new();
        }
        let Some(method) = self.method(release, &call.method) else {
            return vec![told("there is no such method")];
        };
        let names = method["param_order"].as_array().expect("the parameters' names");
        if call.params.len() > names.len() {
            return vec![told("too many parameters")];
        }
        let named = names.iter().map(|name| name.as_str().expect("a name").to_owned());
        let params: Map<String, Value> = named.zip(call.params.iter().cloned()).collect();
        let validator = self.validator(release, &call.method, &method["params"]);
        let params = Value::Object(params);
        validator.iter_errors(&params).map(|error| told(&error.to_string())).collect()
    }

    fn validator(&self, release: &str, method: &str, schema: &Value) -> &'static Validator {
        let mut all = self.validators.lock().expect("no panic");
        all.entry(format!("{release} {method}")).or_insert_with(|| {
            let mut schema = schema.clone();
            limit_texts(&mut schema, "");
            // For as long as the tests run.
            Box::leak(Box::new(jsonschema::validator_for(&schema).expect("a schema")))
        })
    }
}

/// Gives every text without a limit the servers' own. `name` is the property's that it is for.
fn limit_texts(schema: &mut Value, name: &str) {
    match schema {
        Value::Object(members) => {
            let unlimited = members.get("type") == Some(&json!("string"))
                && !members.contains_key("maxLength")
                && !LONG.contains(&name);
            if unlimited {
                members.insert("maxLength".into(), json!(LONGEST));
            }
            for (key, member) in members {
                if key == "properties" {
                    let properties = member.as_object_mut().expect("properties");
                    properties.iter_mut().for_each(|(name, it)| limit_texts(it, name));
                } else if key != "default" && key != "enum" {
                    limit_texts(member, name);
                }
            }
        }
        Value::Array(members) => members.iter_mut().for_each(|it| limit_texts(it, name)),
        _ => {}
    }
}
