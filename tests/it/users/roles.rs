//! With only the roles of the design's §8 all of this works; with each one taken away the plan
//! says which is missing before anything is sent.

use super::{ADMIN, KEY, system};
use crate::support::{Fleet, Ran};

const ROLES: [&str; 7] = [
    "READONLY_ADMIN",
    "ACCOUNT_WRITE",
    "DATASET_WRITE",
    "FILESYSTEM_ATTRS_WRITE",
    "FILESYSTEM_DATA_WRITE",
    "SSH_WRITE",
    "SERVICE_WRITE",
];

/// A system with an account that has these roles, and a manifest that needs all of them.
fn with_roles(roles: &[&str]) -> Fleet {
    let fleet = system(&format!(
        "users: {{ worker: {{ uid: 3050 }}, repl: {{ uid: 3001, home: /var/empty }} }}\napi_keys: {{ worker: {{ username: worker, roles: [{}] }} }}",
        roles.join(", ")
    ));
    let admin: String = ADMIN.lines().map(|line| format!("    {line}\n")).collect();
    fleet.manifest(&[(
        "box",
        &format!(
            "datasets: {{ tank/new: {{}} }}\nssh: {{ running: true, tcp_forwarding: true, start_automatically: true }}\nadmins:\n  repl:\n{admin}    authorized_keys: {{ keys: [\"{KEY}\"] }}"
        ),
    )]);
    fleet
}

fn as_worker(fleet: &Fleet, args: &[&str]) -> Ran {
    let mut command = fleet.command(args);
    command.env("BOX_USERNAME", "worker").env("BOX_API_KEY", fleet.api_key("box", "worker"));
    Ran::of(command.output().expect("trueup runs"), fleet)
}

#[test]
fn the_designs_roles_are_enough() {
    let fleet = with_roles(&ROLES);
    as_worker(&fleet, &["apply", "--yes"]).exits(0);
    as_worker(&fleet, &["drift"]).exits(0);
}

#[test]
fn each_role_that_is_missing_is_named_before_anything_is_sent() {
    for missing in &ROLES[1..] {
        let roles: Vec<&str> = ROLES.iter().copied().filter(|role| role != missing).collect();
        let fleet = with_roles(&roles);
        let plan = as_worker(&fleet, &["plan"]).exits(0);
        assert!(plan.stdout.contains(missing), "{missing}: {}", plan.stdout);
        as_worker(&fleet, &["apply", "--yes"]).exits(1).says(missing);
        assert_eq!(fleet.mutations("box"), 0, "{missing}");
    }
}
