//! What a manifest may say, place by place: the types that it is read into and that its JSON
//! Schema is made from.

pub mod accept_drift;
pub mod admin;
pub mod dataset;
pub mod replication;
pub mod system;

use super::field::Names;
use super::source::Located;
use super::table::mapping;
use super::value::{ReplicationName, SystemName, Version};

pub use accept_drift::AcceptDrift;
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
        /// Differences that are accepted for a while: they are shown as such, no step changes
        /// them, and from the day after `until` they are drift again. Lists of several files are
        /// one list.
        pub accept_drift: Vec<Located<AcceptDrift>>,
    }
}
