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

/// Whoever proposes a manifest reads no other file of the machine that plans it.
#[test]
fn links_that_lead_away_are_refused_beside_an_inventory() {
    use std::os::unix::fs::symlink;
    let fleet = fleet();
    let path = |name: &str| fleet.path(name);
    for folder in ["secret", "site", "site/.git", "volume", "volume/..data"] {
        std::fs::create_dir(path(folder)).expect("a folder");
    }
    for file in ["secret/token.yaml", "site/.git/config", ".api"] {
        fleet.write(file, "hunter2: the secret\n");
    }
    fleet.write("volume/..data/trueup.yaml", DESIRED);
    for (target, link) in [
        ("secret/token.yaml", "file.yaml"),
        (".api", "beside.yaml"),
        ("../secret/token.yaml", "site/away.yaml"),
        ("secret", "folder"),
        ("..data/trueup.yaml", "volume/trueup.yaml"),
    ] {
        symlink(target, path(link)).expect("a link");
    }
    let absolute = path("folder").join("token.yaml").display().to_string();
    for (given, link) in [
        ("file.yaml", "file.yaml"),
        ("beside.yaml", "beside.yaml"),
        ("site", "site/away.yaml"),
        ("./site", "site/away.yaml"),
        ("folder", "folder"),
        ("folder/token.yaml", "folder"),
        (&absolute, "folder"),
    ] {
        let with = fleet.trueup(&["validate", "-f", given, "--inventory", "inventory.yaml"]);
        let with = with.exits(64).says("is a link to `").says(link);
        assert!(!with.stderr.contains("hunter2"), "{with:?}");
        // Whose files are all one's own may link as they like.
        fleet.trueup(&["validate", "-f", given]).exits(64).says("hunter2");
    }
    std::fs::remove_file(path("site/away.yaml")).expect("removed");
    symlink(".git/config", path("site/hidden.yaml")).expect("a link");
    let hidden = fleet.trueup(&["validate", "-f", "site", "--inventory", "inventory.yaml"]);
    hidden.exits(64).says("`site/hidden.yaml` is a link to `.git/config`");
    fleet.trueup(&["validate", "-f", "volume", "--inventory", "inventory.yaml"]).exits(0);
    fleet.write("trueup.yaml", DESIRED);
    let here = path("trueup.yaml").display().to_string();
    for given in ["trueup.yaml", "./trueup.yaml", &here] {
        fleet.trueup(&["validate", "-f", given, "--inventory", "inventory.yaml"]).exits(0);
    }
}
