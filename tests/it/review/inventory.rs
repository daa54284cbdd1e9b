//! With an inventory nobody else says where a key goes, or has a variable shown.

use crate::spine::PAIR;
use crate::support::Fleet;

fn fleet() -> Fleet {
    let fleet = Fleet::start(PAIR);
    let text = format!(
        "version: 1\nsystems:\n{}{}",
        fleet.connection("boston"),
        fleet.connection("chicago")
    );
    fleet.write("inventory.yaml", &text);
    fleet
}

const DESIRED: &str = "version: 1\nsystems:\n  boston:\n    datasets: { tank/home: {} }\n";

#[test]
fn the_inventory_and_what_is_desired_are_one_manifest() {
    let fleet = fleet();
    fleet.write("trueup.yaml", DESIRED);
    let plan = ["plan", "--inventory", "inventory.yaml", "--out", "plan.json"];
    fleet.trueup(&plan).exits(0);
    fleet.trueup(&["validate", "--inventory", "inventory.yaml"]).exits(0);
    let drift = fleet.trueup(&["drift", "--inventory", "inventory.yaml"]).exits(2);
    let command = "trueup apply -f trueup.yaml --inventory inventory.yaml --only";
    assert!(drift.stdout.contains(&format!("restore with  {command} ")), "{drift:?}");
    let plan = ["apply", "--plan", "plan.json", "--inventory", "inventory.yaml", "--yes"];
    fleet.trueup(&plan).exits(0);
    fleet.trueup(&["apply", "--inventory", "inventory.yaml"]).exits(0);
    // The inventory may be in the same folder.
    fleet.trueup(&["plan", "-f", ".", "--inventory", "./inventory.yaml"]).exits(0);
}

#[test]
fn whatever_says_elsewhere_how_a_system_is_reached_is_an_error() {
    let fleet = fleet();
    let said = [
        "url: https://evil.example.net",
        "username: root",
        "api_key: { env: CHICAGO_API_KEY }",
        "tls: { sha256: { env: BOSTON_TLS_SHA256 } }",
    ];
    for line in said {
        let field = line.split(':').next().expect("a field");
        for system in ["boston", "evil"] {
            let text = format!("version: 1\nsystems:\n  {system}:\n    {line}\n");
            fleet.write("trueup.yaml", &text);
            for command in ["plan", "drift", "apply"] {
                fleet
                    .trueup(&[command, "--inventory", "inventory.yaml"])
                    .exits(64)
                    .says(&format!("`{field}` may stand in the inventory only"))
                    .says("trueup.yaml:4");
            }
        }
    }
    assert_eq!(fleet.calls("boston").requests + fleet.calls("chicago").requests, 0);
}

#[test]
fn no_variable_is_shown_by_way_of_a_connection() {
    let fleet = fleet();
    let text = "version: 1\nreplications:\n  r:\n    source: { system: boston }\n    destination: { system: chicago, admin: a }\n    connection: { host: { env: HOME } }\n";
    fleet.write("trueup.yaml", text);
    fleet
        .trueup(&["plan", "--inventory", "inventory.yaml"])
        .exits(64)
        .says("only the inventory may refer to the environment");
}
