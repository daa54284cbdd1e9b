//! What a manifest may say, place by place: the types that it is read into and that its JSON
//! Schema is made from.

pub mod admin;
pub mod dataset;
pub mod replication;
pub mod system;

use super::field::Names;
use super::table::mapping;
use super::value::{ReplicationName, SystemName, Version};

pub use admin::{Admin, AuthorizedKeys, Groups, Home, Sudo};
pub use dataset::Dataset;
pub use replication::{Connection, Destination, End, Key, Replication, Source};
pub use system::{ApiKey, Ssh, System, Tls};

mapping! {
    /// What TrueNAS systems need so that one can replicate to another over SSH. What it does not
    /// mention is left alone. Several files together are one manifest.
    pub struct Root as "the manifest" {
        /// The manifest's version; every file begins with it.
        #[schemars(required)]
        pub version: Version,
        /// The TrueNAS systems by the names that the manifest gives them. A system's entry may be
        /// spread over files, as long as no field is given twice.
        pub systems: Names<SystemName, System>,
        /// What replicates where, by name: the key pair and the SSH connection for it.
        pub replications: Names<ReplicationName, Replication>,
    }
}
