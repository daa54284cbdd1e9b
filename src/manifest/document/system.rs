//! `systems.NAME`: how a system is reached, and what belongs to it.

use crate::manifest::field::Names;
use crate::manifest::source::Located;
use crate::manifest::table::mapping;
use crate::manifest::value::{
    AdminName, DatasetName, EnvName, FilePath, Fingerprint, Interface, Login, OneOrMore, OrEnv,
    Port, Spki, Url,
};

use super::admin::Admin;
use super::dataset::Dataset;

mapping! {
    /// A TrueNAS system: how its API is reached, and what it should have.
    pub struct System as "a system" {
        /// The address of its API, `https://HOST` or `https://HOST:PORT`.
        pub url: OrEnv<Url>,
        /// The account that owns the API key.
        pub username: OrEnv<Login>,
        /// Where the API key is; never the key itself.
        pub api_key: ApiKey,
        /// Which certificate is believed; left out: one that the public roots vouch for.
        pub tls: Tls,
        /// Its SSH service.
        pub ssh: Ssh,
        /// Datasets by name, `POOL/NAME`. One that is not there is created; none is ever removed.
        pub datasets: Names<DatasetName, Option<Dataset>>,
        /// The accounts that log in over SSH, by name.
        pub admins: Names<AdminName, Admin>,
    }
}

mapping! {
    /// Where an API key is: exactly one of `env` and `file`.
    #[schemars(extend("minProperties" = 1, "maxProperties" = 1))]
    pub struct ApiKey as "api_key" {
        /// The environment variable that holds the key.
        pub env: EnvName,
        /// The file that holds the key and nothing else; relative to the manifest's file.
        pub file: FilePath,
    }
}

mapping! {
    /// Which certificate is believed: exactly one of `sha256`, `spki` and `ca_file`.
    #[schemars(extend("minProperties" = 1, "maxProperties" = 1))]
    pub struct Tls as "tls" or "sha256" {
        /// The certificate with this SHA-256 fingerprint, or with one of these.
        pub sha256: OneOrMore<OrEnv<Fingerprint>>,
        /// Any certificate with this public key.
        pub spki: OrEnv<Spki>,
        /// Any certificate that an authority in this PEM file vouches for; relative to the
        /// manifest's file.
        pub ca_file: OrEnv<FilePath>,
    }
}

mapping! {
    /// A system's SSH service. What is left out is left alone.
    pub struct Ssh as "ssh" or "running" {
        /// Whether it runs.
        pub running: bool,
        /// Whether it starts when the system does.
        pub start_automatically: bool,
        /// Whether it accepts passwords at all.
        pub password_login: bool,
        /// The port that it listens on.
        pub port: Port,
        /// The network interfaces that it listens on; an empty list: all.
        pub interfaces: Vec<Located<Interface>>,
        /// Whether TCP forwarding is allowed.
        pub tcp_forwarding: bool,
        /// Whether what is sent is compressed.
        pub compression: bool,
    }
}
