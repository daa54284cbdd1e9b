//! The values that stand in a manifest, each with its rules and its one canonical form.

pub mod acceptance;
pub mod compression;
pub mod dataset;
pub mod host;
pub mod name;
pub mod number;
pub mod path;
pub mod pin;
pub mod public_key;
pub mod reference;
pub mod size;
pub mod ssh_access;
pub mod sudo;
pub mod switch;
pub mod text;

pub use acceptance::{AddressText, Day, Reason};
pub use compression::Compression;
pub use dataset::{DatasetName, DatasetPath};
pub use host::{Host, Url, is_loopback};
pub use name::{AdminName, FullName, GroupName, Interface, KeychainName, Login};
pub use name::{ReplicationName, SystemName};
pub use number::{Port, Seconds, Version};
pub use path::{FilePath, HomePath, Mode, Shell};
pub use pin::{Fingerprint, Spki};
pub use public_key::PublicKey;
pub use reference::{EnvName, OneOrMore, OrEnv};
pub use size::{Quota, RecordSize};
pub use ssh_access::SshAccess;
pub use sudo::{Command, Commands};
pub use switch::Switch;
pub use text::Comment;
