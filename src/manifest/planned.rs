//! What a saved plan asks for, held to the rules of a manifest: whoever can write the plan's file
//! would otherwise send values that no manifest can hold, such as a host with a line break in it.

use std::sync::Arc;

use serde_json::Value;

use super::diagnostic::Report;
use super::node::{Content, Node};
use super::read::Read;
use super::source::{Located, Source, Span};
use super::value::{
    AdminName, Command, Comment, Compression, DatasetPath, FullName, GroupName, HomePath, Host,
    Interface, KeychainName, Mode, Port, PublicKey, Quota, RecordSize, Seconds, Shell, Switch,
    SystemName,
};
use crate::model::placeholder::as_reference;
use crate::model::visible::{is_visible, visible};
use crate::model::{Address, Change};

/// Why no manifest could ask for a step's changes, as sentences; none where one could. Of a list
/// that others change too only what is added counts: the rest is there already, whatever it is.
pub fn refusals(address: &Address, changes: &[Change]) -> Vec<String> {
    let changes = changes.iter().map(|change| check_change(address, change));
    std::iter::once(check_address(address)).chain(changes).filter_map(Result::err).collect()
}

fn check_address(address: &Address) -> Result<(), String> {
    let name = Value::from(address.key());
    let checked = reads::<SystemName>(&Value::from(&*address.system)).and_then(|()| match address
        .kind
        .as_str()
    {
        "dataset" => reads::<DatasetPath>(&name),
        "user" => reads::<AdminName>(&name),
        "ssh_keypair" | "ssh_connection" => reads::<KeychainName>(&name),
        _ if address.name.is_none() => Ok(()),
        _ => Err("it has no name".into()),
    });
    checked.map_err(|why| format!("`{}`: {why}", visible(&address.to_string())))
}

fn check_change(address: &Address, change: &Change) -> Result<(), String> {
    let field = change.field.as_str();
    let is_shared = !change.adds.is_empty() || !change.removes.is_empty();
    let asked: &[Value] =
        if is_shared { &change.adds } else { std::slice::from_ref(&change.after) };
    let wrong =
        |why: String| format!("`{}`: {why}", visible(&format!("{address}#{}", change.field)));
    asked.iter().try_for_each(|it| check_value(&address.kind, field, it)).map_err(wrong)
}

fn check_value(kind: &str, field: &str, value: &Value) -> Result<(), String> {
    if let Some(reference) = as_reference(value) {
        let known = matches!(
            (kind, field, reference.address.kind.as_str(), reference.field.as_str()),
            ("user", "authorized_keys.keys", "ssh_keypair", "public_key")
                | ("ssh_connection", "host_keys", "ssh_service", "host_keys")
                | ("ssh_connection", "port", "ssh_service", "port")
        );
        return match known {
            true => check_address(&reference.address),
            false => Err(format!("it cannot refer to `{}`", visible(&reference.to_string()))),
        };
    }
    match (kind, field) {
        ("dataset", "atime" | "readonly") => reads::<Switch>(value),
        ("dataset", "comments") => return reads::<Comment>(value),
        ("dataset", "compression") => reads::<Compression>(value),
        ("dataset", "quota" | "refquota") => reads::<Quota>(value),
        ("dataset", "recordsize") => reads::<RecordSize>(value),
        ("user", "authorized_keys.keys") => each::<PublicKey>(value),
        ("user", "full_name") => reads::<FullName>(value),
        ("user", "groups.names") => each::<GroupName>(value),
        ("user", "home.mode") => reads::<Mode>(value),
        ("user", "home.path") => reads::<HomePath>(value),
        ("user", "shell") => reads::<Shell>(value),
        ("user", "sudo.no_password" | "sudo.password") if *value == "ALL" => Ok(()),
        ("user", "sudo.no_password" | "sudo.password") => each::<Command>(value),
        ("ssh_service", "interfaces") => reads::<Vec<Located<Interface>>>(value),
        ("ssh_service" | "ssh_connection", "port") => reads::<Port>(value),
        ("ssh_connection", "host") => reads::<Host>(value),
        ("ssh_connection", "host_keys") => each::<PublicKey>(value),
        ("ssh_connection", "key") => reads::<KeychainName>(value),
        ("ssh_connection", "timeout") => reads::<Seconds>(value),
        ("ssh_connection", "username") => reads::<AdminName>(value),
        _ if value.is_boolean() || value.is_string() => Ok(()),
        _ => Err(format!("it cannot be `{}`", visible(&value.to_string()))),
    }?;
    let is_one_line = value.as_str().is_none_or(is_visible);
    if is_one_line { Ok(()) } else { Err("it is not one line of visible characters".into()) }
}

/// An entry of a list, or a whole list that nobody shares.
fn each<T: Read>(value: &Value) -> Result<(), String> {
    match value {
        Value::Array(entries) => entries.iter().try_for_each(reads::<T>),
        entry => reads::<T>(entry),
    }
}

/// Reads a value as it would be read where a manifest has it.
fn reads<T: Read>(value: &Value) -> Result<(), String> {
    let text = value.to_string();
    let range = 0..text.len();
    let span = Span::new(&Arc::new(Source::new("plan", 0, text, &[])), range);
    let mut report = Report::default();
    let read = T::read(&node(value, &span), &mut report);
    match report.sorted().first() {
        None if read.is_some() => Ok(()),
        None => Err("it is no such value".into()),
        Some(first) => Err(first.title.clone()),
    }
}

fn node(value: &Value, span: &Span) -> Node {
    let content = match value {
        Value::Null => Content::Null,
        Value::Bool(value) => Content::Bool(*value),
        Value::Number(number) => number.as_i64().map_or(Content::Number, Content::Int),
        Value::String(text) => Content::Text(text.clone()),
        Value::Array(entries) => Content::List(entries.iter().map(|it| node(it, span)).collect()),
        Value::Object(_) => Content::Map(Vec::new()),
    };
    Node { content, span: span.clone() }
}
