//! The spine end to end: the built binary against a simulated fleet, over real sockets.

mod blocked;
mod documents;
mod drifting;
mod efficiency;
mod hub;
mod identity;
mod interrupted;
mod logins;
mod outages;
mod reaching;
mod roundtrip;
mod scale;
mod secrets;

use crate::support::Fleet;

/// A pair as it comes out of the box, with a pool each.
pub const PAIR: &str = r#"
systems:
  boston:
    release: "25.10.6"
    pools: { tank: {} }
    datasets: { tank/data: {} }
    limits: { logins_per_minute: 1000, scram_iterations: 50000 }
  chicago:
    release: "26.0.0"
    pools: { backup: {} }
    limits: { logins_per_minute: 1000, scram_iterations: 50000 }
"#;

/// What `PAIR` is to become.
pub const BOSTON: &str = "\
datasets:
  tank/home: {}
ssh: { running: false }";

/// What `PAIR` is to become.
pub const CHICAGO: &str = "\
ssh:
  running: true
  start_automatically: true
  password_login: false
  tcp_forwarding: true
datasets:
  backup/boston: { compression: zstd, comments: copies of boston }
  backup/boston/home: { readonly: on, quota: 10G, atime: off, recordsize: 1M }";

/// The pair, and the manifest of what it is to become.
pub fn pair() -> Fleet {
    let fleet = Fleet::start(PAIR);
    fleet.manifest(&[("boston", BOSTON), ("chicago", CHICAGO)]);
    fleet
}
