//! trueup brings TrueNAS systems to the state that remote replication needs, and keeps them there.
//!
//! Data flows one way: text becomes a manifest ([`manifest`]) and that what is desired; replies
//! become what is live ([`observe`], [`kinds`]); both become a plan ([`plan`]); a plan becomes
//! calls and an outcome ([`apply`]). [`init`] writes a first manifest from two systems as they are,
//! [`blame`] asks them who changed what differs. [`model`] has the words that all of them share,
//! [`truenas_wire`] what goes to a TrueNAS and comes back, as data; [`truenas_client`] sends it.
//! [`render`] talks to people, [`cli`] is the command line. The simulator is a package of its own,
//! `trueup-sim` in `src/sim`.

// What only this crate sees says so, and needs no docs for others.
#![warn(unreachable_pub)]

pub mod apply;
pub mod blame;
pub mod cli;
/// The fuzz targets (`tests/fuzz/README.md`): no part of the product.
#[cfg(any(test, feature = "fuzz"))]
#[doc(hidden)]
#[allow(unreachable_pub)]
#[path = "../tests/fuzz/targets/mod.rs"]
pub mod fuzz;
pub mod init;
pub mod kinds;
pub mod link;
pub mod manifest;
pub mod model;
pub mod observe;
pub mod plan;
pub mod render;
pub mod truenas_client;
pub mod truenas_wire;
