//! The drift report end to end: what restores it, since when, what is accepted, metrics, and who
//! did it.

mod accepting;
mod baseline;
mod blaming;
mod metrics;
mod restoring;

use regex::Regex;
use serde_json::{Value, json};

use crate::support::{Fleet, Ran};

/// A pair as it comes out of the box.
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
    users: { viewer: { uid: 3000 }, blind: { uid: 3001 } }
    api_keys:
      viewer: { username: viewer, roles: [READONLY_ADMIN] }
      blind: { username: blind, roles: [DATASET_READ, SSH_READ, SERVICE_READ, ACCOUNT_READ, FILESYSTEM_ATTRS_READ] }
    limits: { logins_per_minute: 1000, scram_iterations: 50000 }
"#;

/// What `PAIR` is to become, but for what a test adds to chicago's SSH service.
pub fn manifest(fleet: &Fleet, ssh: &str, more: &str) {
    let chicago = format!(
        "ssh: {{ running: true, start_automatically: true{ssh} }}\n\
         datasets:\n  backup/boston: {{ compression: zstd }}\n  backup/home: {{}}\n\
         admins:\n  replicator:\n    home: {{ path: /mnt/backup/home/replicator }}\n    \
         ssh_access: true\n    sudo: {{ no_password: zfs }}"
    );
    fleet.manifest(&[("boston", ""), ("chicago", &chicago)]);
    let text = std::fs::read_to_string(fleet.path("trueup.yaml")).expect("the manifest");
    let replications = "replications:\n  offsite:\n    source: { system: boston, datasets: [tank/data] }\n    \
                        destination: { system: chicago, dataset: backup/boston, admin: replicator }\n";
    fleet.write("trueup.yaml", &format!("{text}{replications}{more}"));
}

/// A pair that was applied.
pub fn applied() -> Fleet {
    let fleet = Fleet::start(PAIR);
    manifest(&fleet, "", "");
    fleet.trueup(&["apply", "--yes"]).exits(0);
    fleet
}

/// The text without what differs from run to run: moments, and the connections' own keys.
pub fn still(text: &str) -> String {
    // Markdown writes a colon as what cannot make a link of it.
    let moment = Regex::new(r"\d{4}-\d\d-\d\dT\d\d(:|&#58;)\d\d(:|&#58;)\d\dZ").expect("a pattern");
    moment.replace_all(text, "$$MOMENT").into_owned()
}

/// The report as JSON.
pub fn report(fleet: &Fleet, args: &[&str], code: i32) -> Value {
    let args: Vec<&str> = ["drift", "--format", "json"].iter().chain(args).copied().collect();
    fleet.trueup(&args).exits(code).json()
}

/// Somebody's hand on chicago.
pub fn compress(fleet: &Fleet, with: &str) {
    let update = json!(["backup/boston", { "compression": with }]);
    fleet.call("chicago", "pool.dataset.update", update);
}

/// Somebody stops SSH on chicago.
pub fn stop_ssh(fleet: &Fleet) {
    fleet.job("chicago", "service.control", json!(["STOP", "ssh", {}]));
}

/// Runs while chicago cannot be reached.
pub fn without_chicago(fleet: &Fleet, args: &[&str]) -> Ran {
    let mut command = fleet.command(args);
    command.env("CHICAGO_URL", "https://127.0.0.1:9");
    Ran::of(command.output().expect("trueup runs"), fleet)
}
