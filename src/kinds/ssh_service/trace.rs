//! What calls of the audit log did to the SSH service.

use serde_json::{Value, json};

use crate::kinds::trace::{Logged, Touched, known_fields};

use super::SETTINGS;

/// What a call did to the service. `service.update` names it by its number or its name, its
/// description always by its name. A restart that fails leaves it stopped, and the log calls it a
/// success (recorded).
pub(super) fn touched(logged: &Logged<'_>) -> Option<Touched> {
    let one = |field, value| Some(Touched::Fields([(field, value)].into()));
    match logged.method {
        "ssh.update" => {
            let set = known_fields(logged.object(0)?, &SETTINGS, setting);
            Some(Touched::Fields(set))
        }
        "service.update" if logged.description.ends_with(" ssh") => {
            one("start_automatically", logged.object(1)?.get("enable").cloned())
        }
        "service.control" if logged.text(1) == Some("ssh") => match logged.text(0)? {
            "STOP" => one("running", Some(json!(false))),
            "START" => one("running", Some(json!(true))),
            "RESTART" => one("running", None),
            _ => None,
        },
        "service.start" if logged.text(0) == Some("ssh") => one("running", Some(json!(true))),
        "service.restart" if logged.text(0) == Some("ssh") => one("running", None),
        "service.stop" if logged.text(0) == Some("ssh") => one("running", Some(json!(false))),
        _ => None,
    }
}

/// A setting in the manifest's form.
fn setting(field: &str, given: &Value) -> Option<Value> {
    if field != "interfaces" {
        return Some(given.clone());
    }
    let mut names: Vec<&str> = given.as_array()?.iter().filter_map(Value::as_str).collect();
    names.sort_unstable();
    Some(json!(names))
}
