//! Calls methods without a server, for the tests of their rules.

use serde_json::Value;

use super::super::caller::Caller;
use super::super::fault::Fault;
use super::super::fleet::Fleet;
use super::super::method::{Call, Reply};
use super::super::system::System;

/// A system as the body of a fleet file describes it.
pub(super) fn system(release: &str, spec: &str) -> System {
    let text = format!("systems: {{box: {{release: \"{release}\", {spec}}}}}");
    let fleet = Fleet::parse(&text).expect("a fleet");
    System::new(&fleet.systems["box"]).expect("a system")
}

/// What a full administrator is answered; a refusal as its reasons, one a line.
pub(super) fn ask(system: &mut System, method: &str, params: Value) -> Result<Value, String> {
    ask_as(&["FULL_ADMIN"], system, method, params)
}

/// What somebody with these roles is answered, who may call the method.
pub(super) fn ask_as(
    roles: &[&str],
    system: &mut System,
    method: &str,
    params: Value,
) -> Result<Value, String> {
    let known = super::find(method, system.release()).expect("a method");
    let params = params.as_array().cloned().expect("a list of parameters");
    let roles = roles.iter().map(|role| (*role).to_owned()).collect();
    let caller = Caller { roles, ..Caller::default() };
    match super::call(known, &mut Call::new(system, &caller, &params)) {
        Ok(Reply::Now(value)) => Ok(value),
        Ok(Reply::Later(_) | Reply::Followed(..)) => Err("takes time".to_owned()),
        Err(Fault::Call { reason, .. }) => Err(reason),
        Err(Fault::Invalid { complaints, .. }) => Err(complaints
            .iter()
            .map(|c| format!("{}: {}", c.attribute.as_deref().unwrap_or("None"), c.message))
            .collect::<Vec<_>>()
            .join("\n")),
    }
}
