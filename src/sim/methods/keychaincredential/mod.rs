//! `keychaincredential.*`: key pairs and connections.
//!
//! Source: `plugins/keychain.py`, `api/v25_10_5/keychain.py` of TS-25.10.6.

mod scan;

use serde_json::{Map, Value, json};

use super::super::check::{
    Errors, Field, Model, any_of, boolean, forbidden, int, long_text, nullable, one_of, optional,
    required, text, texts,
};
use super::super::fault::{Complaint, Fault};
use super::super::keygen::{self, NoPublicHalf};
use super::super::method::{Call, Method, Reply};
use super::super::query::datastore::Columns;
use super::super::query::{self, Query};
use super::super::system::System;
use super::super::system::keychain::{Credential, Keychain};
use super::{SECRET, accepted, audited, instance, instance_query, plain, text_at};

pub(super) const METHODS: &[Method] = &[
    plain("keychaincredential.query", READ, query),
    plain("keychaincredential.get_instance", READ, get_instance),
    plain("keychaincredential.get_of_type", &[], get_of_type),
    audited("keychaincredential.create", WRITE, "Create Keychain Credential:", create),
    audited("keychaincredential.update", WRITE, "Update Keychain Credential:", update),
    audited("keychaincredential.delete", WRITE, "Delete Keychain Credential:", delete),
    plain("keychaincredential.used_by", READ, used_by),
    plain("keychaincredential.generate_ssh_key_pair", WRITE, generate_ssh_key_pair),
    plain("keychaincredential.remote_ssh_host_key_scan", WRITE, scan::remote_ssh_host_key_scan),
];

const READ: &[&str] = &["KEYCHAIN_CREDENTIAL_READ"];
const WRITE: &[&str] = &["KEYCHAIN_CREDENTIAL_WRITE"];
const COLUMNS: Columns = &["id", "name", "type", "attributes"];
const COLLECTION: &str = "keychaincredential.query";

fn pair_attributes() -> Model {
    let half = |name| optional(name, nullable(long_text()), Value::Null);
    Model::new("SSHKeyPair", [half("private_key"), half("public_key")])
}

fn connection_attributes() -> Model {
    Model::new(
        "SSHCredentials",
        [
            required("host", text()),
            optional("port", int(), 22),
            optional("username", text(), "root"),
            required("private_key", int()),
            required("remote_host_key", text()),
            optional("connect_timeout", int(), 10),
        ],
    )
}

/// The union is told apart by its shape: there is no discriminator.
fn creation() -> Field {
    let member = |name, kind: &str, attributes: Model| {
        let fields = [
            forbidden("id"),
            required("name", texts::non_empty()),
            required("type", one_of(&[kind])),
            required("attributes", attributes),
        ];
        Model::new(name, fields).into()
    };
    let members = [
        member("KeychainCredentialCreateSSHKeyPairEntry", "SSH_KEY_PAIR", pair_attributes()),
        member(
            "KeychainCredentialCreateSSHCredentialsEntry",
            "SSH_CREDENTIALS",
            connection_attributes(),
        ),
    ];
    required("keychain_credential_create", any_of(members))
}

fn change() -> Field {
    let member = |name, attributes: Model| {
        let fields = [
            forbidden("id"),
            required("name", texts::non_empty()),
            forbidden("type"),
            required("attributes", attributes),
        ];
        Model::new(name, fields).partial().into()
    };
    let members = [
        member("KeychainCredentialUpdateSSHKeyPairEntry", pair_attributes()),
        member("KeychainCredentialUpdateSSHCredentialsEntry", connection_attributes()),
    ];
    required("keychain_credential_update", any_of(members))
}

/// Whoever may not write sees stars.
fn entries(call: &Call<'_>) -> Vec<Value> {
    let clear = call.caller.has("KEYCHAIN_CREDENTIAL_WRITE");
    let shown = |credential: &Credential| {
        let mut entry = credential.entry();
        if !clear {
            entry["attributes"] = SECRET.into();
        }
        entry
    };
    call.system.keychain.iter().map(shown).collect()
}

fn query(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let [filters, options] = accepted(call, query::parameters())?;
    Ok(Query::new(filters, options).run_in_database(COLUMNS, entries(call))?.into())
}

fn get_instance(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let (id, query) = instance_query(call, int())?;
    let found = query.run_in_database(COLUMNS, entries(call))?;
    Ok(instance(found, || missing(&id))?.into())
}

/// Private, and callable by full administrators all the same.
fn get_of_type(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let [id, kind] = accepted(call, [required("id", int()), required("type", text())])?;
    let found = id.as_i64().and_then(|id| call.system.keychain.get(id));
    let credential = found.ok_or_else(|| Fault::error(2, "Credential does not exist"))?;
    let kind = kind.as_str().unwrap_or_default();
    if credential.kind != kind {
        return Err(Fault::error(22, format!("Credential is not of type {kind}")));
    }
    if credential.attributes.is_empty() {
        let text = format!("Decrypting credential {} failed", credential.name);
        return Err(Fault::error(14, text));
    }
    Ok(credential.entry().into())
}

fn missing(id: &Value) -> String {
    format!("KeychainCredential {id} does not exist")
}

fn existing(keychain: &Keychain, id: &Value) -> Result<Credential, Fault> {
    let found = id.as_i64().and_then(|id| keychain.get(id));
    found.cloned().ok_or_else(|| Fault::not_found(missing(id)))
}

fn create(call: &mut Call<'_>) -> Result<Reply, Fault> {
    call.audit_note = text_at(call.params, 0, "name");
    let [data] = accepted(call, [creation()])?;
    let mut new = Credential {
        id: 0,
        name: data["name"].as_str().unwrap_or_default().to_owned(),
        kind: data["type"].as_str().unwrap_or_default().to_owned(),
        attributes: data["attributes"].as_object().cloned().unwrap_or_default(),
    };
    validate(&call.system.keychain, "keychain_credential_create", &mut new)?;
    new.id = call.system.keychain.add(&new.name, &new.kind, new.attributes.clone());
    call.system.tell_entry("added", COLLECTION, new.id.into(), new.entry());
    Ok(new.entry().into())
}

fn update(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let [id, data] = accepted(call, [required("id", int()), change()])?;
    let mut new = existing(&call.system.keychain, &id)?;
    call.audit_note = Some(new.name.clone());
    if let Some(name) = data["name"].as_str() {
        new.name = name.to_owned();
    }
    if let Some(attributes) = data["attributes"].as_object() {
        new.attributes = attributes.clone();
    }
    // The schema's name is spelt so in the source, other than the parameter's.
    validate(&call.system.keychain, "keychain_credentials_update", &mut new)?;
    if let Some(stored) = call.system.keychain.get_mut(new.id) {
        *stored = new.clone();
    }
    call.system.tell_entry("changed", COLLECTION, id, new.entry());
    Ok(new.entry().into())
}

/// Names are of one set for both types; key pairs are looked at, connections are not.
fn validate(keychain: &Keychain, schema: &str, new: &mut Credential) -> Result<(), Fault> {
    if keychain.iter().any(|other| other.id != new.id && other.name == new.name) {
        let taken = "Object with this name already exists";
        return Err(Errors::new().with(format!("{schema}.name"), taken).into());
    }
    let mut errors = Errors::new();
    if new.kind != "SSH_KEY_PAIR" {
        return Ok(());
    }
    let refused = |half: &str, message: &str| {
        Err(Errors::new().with(format!("{schema}.attributes.{half}"), message).into())
    };
    if let Some(pair) = new.attributes.get("private_key").and_then(Value::as_i64) {
        return Err(not_a_key(pair));
    }
    let half = |attributes: &Map<String, Value>, name: &str| {
        attributes.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let private = half(&new.attributes, "private_key");
    let public = half(&new.attributes, "public_key");
    if private.is_empty() && public.is_empty() {
        return refused("public_key", "You must specify a key");
    }
    if !private.is_empty() {
        let private = format!("{}\n", private.trim());
        let derived = match keygen::public_half(&private) {
            Ok(derived) => derived,
            Err(NoPublicHalf::Encrypted) => {
                return refused("private_key", "Encrypted private keys are not allowed");
            }
            Err(NoPublicHalf::Unreadable(said)) => return refused("private_key", &said),
        };
        new.attributes.insert("private_key".into(), private.into());
        if public.is_empty() {
            new.attributes.insert("public_key".into(), derived.into());
            return Ok(());
        }
        if !are_equal(&public, &derived) {
            errors.add(
                format!("{schema}.attributes.public_key"),
                "Private key and public key do not match",
            );
        }
    }
    if !keygen::holds_public_key(&public) {
        errors.add(format!("{schema}.attributes.public_key"), "Invalid public key");
    }
    errors.check()
}

/// What a key pair's check stumbles over in a connection's attributes, which a change may bring:
/// there the private key is the number of a pair, and there is no public key.
fn not_a_key(pair: i64) -> Fault {
    match pair {
        // Python takes 0 for a private key that is left out, and looks for the public one.
        0 => Fault::key_error("public_key"),
        _ => Fault::exception("AttributeError", "'int' object has no attribute 'strip'"),
    }
}

/// Whether a public key is the other: type and body, whatever the comment says.
fn are_equal(public: &str, other: &str) -> bool {
    public.split_whitespace().take(2).eq(other.split_whitespace().take(2))
}

fn delete(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let options =
        Model::new("KeychainCredentialDeleteOptions", [optional("cascade", boolean(), false)]);
    let fields = [required("id", int()), Field::defaulting("options", options)];
    let [id, options] = accepted(call, fields)?;
    let credential = existing(&call.system.keychain, &id)?;
    call.audit_note = Some(credential.name.clone());
    let users = users_of(call.system, &credential);
    if !users.is_empty() && options["cascade"] != json!(true) {
        let text = "This credential is used and no cascade option is specified";
        let complaint = Complaint::new("options.cascade", text);
        return Err(Fault::Invalid { complaints: vec![complaint], many: false });
    }
    remove(call.system, &credential);
    Ok(Value::Null.into())
}

/// Who uses a credential.
enum User {
    /// A connection uses a key pair, and goes with it.
    Connection(Credential),
    /// A replication task uses a connection, and stays behind, disabled: number and name.
    Replication(i64, String),
}

fn users_of(system: &System, credential: &Credential) -> Vec<User> {
    if credential.kind == "SSH_KEY_PAIR" {
        return system.keychain.using(credential.id).cloned().map(User::Connection).collect();
    }
    let over = system.tasks.over(credential.id);
    over.map(|task| User::Replication(task.id, task.text("name").to_owned())).collect()
}

/// Removes a credential and whatever cannot be without it.
fn remove(system: &mut System, credential: &Credential) {
    for user in users_of(system, credential) {
        match user {
            User::Connection(connection) => remove(system, &connection),
            User::Replication(id, _) => system.tasks.disconnect(id),
        }
    }
    system.keychain.remove(credential.id);
    system.tell("removed", COLLECTION, credential.id.into(), None);
}

fn used_by(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let [id] = accepted(call, [required("id", int())])?;
    let credential = existing(&call.system.keychain, &id)?;
    Ok(Value::from(uses(call.system, &credential)).into())
}

/// Who uses a credential, and who uses those.
fn uses(system: &System, credential: &Credential) -> Vec<Value> {
    let shown = |title: String, method| json!({"title": title, "unbind_method": method});
    let mut all = Vec::new();
    for user in users_of(system, credential) {
        match user {
            User::Connection(connection) => {
                all.push(shown(format!("SSH credentials {}", connection.name), "delete"));
                all.extend(uses(system, &connection));
            }
            User::Replication(_, name) => {
                all.push(shown(format!("Replication task {name}"), "disable"));
            }
        }
    }
    all
}

fn generate_ssh_key_pair(call: &mut Call<'_>) -> Result<Reply, Fault> {
    let [] = accepted(call, [])?;
    let hostname = call.system.hostname.clone();
    Ok(Reply::Later(Box::pin(async move {
        let made = tokio::task::spawn_blocking(move || keygen::new_pair(&hostname)).await;
        let (private, public) = made.ok().flatten().ok_or_else(|| {
            Fault::exception(
                "CalledProcessError",
                "Command 'ssh-keygen' returned non-zero exit status 1.",
            )
        })?;
        Ok(json!({"private_key": private, "public_key": public}))
    })))
}

#[cfg(test)]
mod tests {
    use super::super::ask::{ask, system};
    use super::*;

    #[test]
    fn a_key_pair_with_the_attributes_of_a_connection_is_stumbled_over() {
        for release in ["25.04.2.6", "25.10.6", "26.0.0"] {
            let spec =
                "pools: {}, keychain: {pair: {type: SSH_KEY_PAIR, attributes: {public_key: x}}}";
            let mut system = system(release, spec);
            let mut update = |pair: i64| {
                let attributes = json!({"host": "h", "private_key": pair, "remote_host_key": "k"});
                let params = json!([1, {"attributes": attributes}]);
                ask(&mut system, "keychaincredential.update", params)
            };
            assert_eq!(update(1), Err("'int' object has no attribute 'strip'".to_owned()));
            assert_eq!(update(0), Err("'public_key'".to_owned()));
        }
    }
}
