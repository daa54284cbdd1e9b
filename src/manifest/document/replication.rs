//! `replications.NAME`.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::manifest::diagnostic::Report;
use crate::manifest::node::{Content, Node};
use crate::manifest::read::{Read, expected};
use crate::manifest::source::{Located, Span};
use crate::manifest::table::mapping;
use crate::manifest::value::{
    AdminName, DatasetPath, Host, KeychainName, OrEnv, Port, Seconds, SystemName,
};
use crate::model::nearest::nearest;

mapping! {
    /// What replicates where: the source gets a key pair and an SSH connection to the
    /// destination, which accepts the key.
    pub struct Replication as "a replication" {
        /// Where replication starts.
        pub source: Source,
        /// Where it goes.
        pub destination: Destination,
        /// The key pair, on the source. Left out: see its fields.
        pub key: Key,
        /// The SSH connection, on the source. Left out: see its fields.
        pub connection: Connection,
    }
}

mapping! {
    /// Where replication starts.
    pub struct Source as "source" or "system" {
        /// The system, by its name in the manifest.
        pub system: SystemName,
        /// The datasets that are replicated.
        pub datasets: Vec<Located<DatasetPath>>,
        /// The account that gets the key too, if `key.authorize_on` names the source.
        pub admin: AdminName,
    }
}

mapping! {
    /// Where replication goes.
    pub struct Destination as "destination" or "system" {
        /// The system, by its name in the manifest.
        pub system: SystemName,
        /// The dataset that is replicated into.
        pub dataset: DatasetPath,
        /// The account that the source logs in to over SSH.
        pub admin: AdminName,
    }
}

mapping! {
    /// A key pair among the source's keychain credentials. One of this name is used as it is, else
    /// an ed25519 pair is made.
    pub struct Key as "key" or "name" {
        /// Its name; left out: `SOURCE-to-DESTINATION`.
        pub name: KeychainName,
        /// At which ends the public key logs in to the replication's admin; left out: at the
        /// destination.
        pub authorize_on: Vec<Located<End>>,
    }
}

mapping! {
    /// An SSH connection among the source's keychain credentials.
    pub struct Connection as "connection" or "name" {
        /// Its name; left out: the destination's name.
        pub name: KeychainName,
        /// The host; left out: that of the destination's `url`.
        pub host: OrEnv<Host>,
        /// The port; left out: the one that the destination's SSH service listens on.
        pub port: Port,
        /// How long connecting may take, in seconds; left out: it is left alone.
        pub timeout: Seconds,
    }
}

impl Replication {
    /// The names of the systems at both ends, if they are there.
    pub fn systems(&self) -> Option<(&SystemName, &SystemName)> {
        Some((self.source.value()?.system.value()?, self.destination.value()?.system.value()?))
    }

    /// The account that the source logs in to.
    pub fn admin(&self) -> Option<&Located<AdminName>> {
        self.destination.value()?.admin.given()
    }

    /// The key pair's name, written or derived.
    pub fn key_name(&self) -> Option<String> {
        let (source, destination) = self.systems()?;
        let written = self.key.value().and_then(|key| key.name.value());
        Some(
            written.map_or_else(|| format!("{}-to-{}", source.0, destination.0), |it| it.0.clone()),
        )
    }

    /// The connection's name, written or derived.
    pub fn connection_name(&self) -> Option<String> {
        let (_, destination) = self.systems()?;
        let written = self.connection.value().and_then(|connection| connection.name.value());
        Some(written.map_or_else(|| destination.0.clone(), |it| it.0.clone()))
    }

    /// The ends at which the key logs in, in order, with the place that says so.
    pub fn authorize_on(&self) -> Vec<(End, Option<&Span>)> {
        match self.key.value().and_then(|key| key.authorize_on.value()) {
            Some(written) => written.iter().map(|end| (end.value, Some(&end.span))).collect(),
            None => vec![(End::Destination, None)],
        }
    }

    /// Where it says at which ends the key logs in, if the destination is not among them.
    pub fn destination_not_authorized(&self) -> Option<&Span> {
        let ends = self.key.value()?.authorize_on.given()?;
        let leaves_out = ends.value.iter().all(|end| end.value != End::Destination);
        leaves_out.then_some(&ends.span)
    }
}

/// One end of a replication.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum End {
    /// Where it starts.
    Source,
    /// Where it goes.
    Destination,
}

impl Read for End {
    fn read(node: &Node, report: &mut Report) -> Option<Self> {
        let word = match &node.content {
            Content::Text(text) => text.as_str(),
            _ => "",
        };
        match nearest(word, ["source", "destination"]) {
            Some("source") if word == "source" => Some(Self::Source),
            Some("destination") if word == "destination" => Some(Self::Destination),
            Some(meant) => expected(node, &format!("`{meant}`"), report),
            None => expected(node, "`source` or `destination`", report),
        }
    }
}

impl JsonSchema for End {
    fn schema_name() -> Cow<'static, str> {
        "End".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "One end of a replication.",
            "enum": ["source", "destination"]
        })
    }
}
