//! How many parameters `create`, `update` and `delete` take: their wrappers are plain Python
//! functions, which complain before the method checks anything.
//!
//! Source: `service/crud_service.py` and `service/config_service.py` of TS-25.04.2.6, TS-25.10.6
//! and 26.0, whose wrappers are called with `self`, the application and, for the services with
//! entries, the audit callback in front; since 25.10 with the message's id, too.

use serde_json::Value;

use super::super::fault::Fault;
use super::super::release::Release;

/// The service with a single set of settings; every other one that is simulated has entries.
const CONFIG_SERVICE_UPDATE: &str = "ssh.update";

/// A wrapper's Python signature.
struct Signature {
    /// Its qualified name.
    function: String,
    /// What the middleware passes before the parameters of the call.
    passed: usize,
    /// The parameters by name.
    parameters: &'static [&'static str],
    /// Whether it hands everything further to the method (`*args`).
    variadic: bool,
}

impl Signature {
    /// The signature of the wrapper around a method; `None` if it has no wrapper.
    fn of(method: &str, release: Release) -> Option<Self> {
        let (_, action) = method.rsplit_once('.')?;
        let message_id = usize::from(release >= Release::V25_10);
        let (class, passed) = match method {
            CONFIG_SERVICE_UPDATE => ("ConfigService", 2 + message_id),
            _ => ("CRUDService", 3 + message_id),
        };
        let parameters: &[&str] = match action {
            "update" if method == CONFIG_SERVICE_UPDATE => &["data"],
            "create" => &["data"],
            "update" => &["id_", "data"],
            "delete" => &["id_"],
            _ => return None,
        };
        let function = format!("{class}.{action}()");
        Some(Self { function, passed, parameters, variadic: action == "delete" })
    }
}

/// Checks the number of parameters as Python does when it calls the wrapper.
///
/// # Errors
/// `TypeError`, if there is a wrapper and it takes more or fewer.
pub(super) fn check(method: &str, release: Release, params: &[Value]) -> Result<(), Fault> {
    let Some(signature) = Signature::of(method, release) else { return Ok(()) };
    let Signature { function, passed, parameters, variadic } = signature;
    if params.len() > parameters.len() && !variadic {
        let (takes, given) = (passed + parameters.len(), passed + params.len());
        let text = format!("{function} takes {takes} positional arguments but {given} were given");
        return Err(Fault::exception("TypeError", text));
    }
    let missing = parameters.get(params.len()..).unwrap_or_default();
    if missing.is_empty() {
        return Ok(());
    }
    let names: Vec<String> = missing.iter().map(|name| format!("'{name}'")).collect();
    let (count, plural) = (names.len(), if names.len() == 1 { "" } else { "s" });
    let names = names.join(" and ");
    let text = format!("{function} missing {count} required positional argument{plural}: {names}");
    Err(Fault::exception("TypeError", text))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::ask::{ask, system};
    use super::*;

    /// What a full administrator is answered, by release.
    fn refusals(method: &str, params: Value) -> [String; 3] {
        ["25.04.2.6", "25.10.6", "26.0.0"].map(|release| {
            let answer = ask(&mut system(release, "pools: {tank: {}}"), method, params.clone());
            answer.expect_err("a refusal")
        })
    }

    #[test]
    fn too_many_parameters_are_a_type_error_of_the_wrapper() {
        let takes = |function: &str, [takes, given]: [usize; 2]| {
            format!("{function} takes {takes} positional arguments but {given} were given")
        };
        for (method, params, function, [old, new]) in [
            ("ssh.update", json!([{}, {}]), "ConfigService.update()", [[3, 4], [4, 5]]),
            ("ssh.update", json!([{}, 1, 2]), "ConfigService.update()", [[3, 5], [4, 6]]),
            ("user.create", json!([{}, {}]), "CRUDService.create()", [[4, 5], [5, 6]]),
            ("service.update", json!(["ssh", {}, {}]), "CRUDService.update()", [[5, 6], [6, 7]]),
            ("pool.dataset.update", json!([1, 2, 3, 4]), "CRUDService.update()", [[5, 7], [6, 8]]),
        ] {
            let (old, new) = (takes(function, old), takes(function, new));
            assert_eq!(refusals(method, params), [old, new.clone(), new], "{method}");
        }
    }

    #[test]
    fn missing_parameters_are_named() {
        for (method, params, text) in [
            (
                "ssh.update",
                json!([]),
                "ConfigService.update() missing 1 required positional argument: 'data'",
            ),
            (
                "replication.create",
                json!([]),
                "CRUDService.create() missing 1 required positional argument: 'data'",
            ),
            (
                "user.update",
                json!([]),
                "CRUDService.update() missing 2 required positional arguments: 'id_' and 'data'",
            ),
            (
                "user.update",
                json!([1]),
                "CRUDService.update() missing 1 required positional argument: 'data'",
            ),
            (
                "keychaincredential.delete",
                json!([]),
                "CRUDService.delete() missing 1 required positional argument: 'id_'",
            ),
        ] {
            assert_eq!(refusals(method, params), [text; 3], "{method}");
        }
    }

    #[test]
    fn everything_else_counts_its_parameters_itself() {
        assert_eq!(
            refusals("user.delete", json!([1, {}, {}])),
            [": Too many arguments (expected 2, found 3)"; 3]
        );
        let mut new = system("25.10.6", "pools: {tank: {}}");
        for (method, params, expected) in [
            ("ssh.config", json!([1]), 0),
            ("user.query", json!([[], {}, 1]), 2),
            ("filesystem.stat", json!(["/", 1]), 1),
        ] {
            let found = params.as_array().map_or(0, Vec::len);
            let text = format!(": Too many arguments (expected {expected}, found {found})");
            assert_eq!(ask(&mut new, method, params), Err(text), "{method}");
        }
    }
}
