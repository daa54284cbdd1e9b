//! A hub that several systems replicate to: while it is down, it is named once, and the rest can
//! be applied.

use serde_json::json;

use crate::support::{Fleet, Ran};

const SPOKES: [&str; 4] = ["alpha", "bravo", "charlie", "delta"];

fn fleet() -> Fleet {
    let system = |name: &str, pool: &str| {
        format!(
            "  {name}:\n    release: \"25.10.6\"\n    hostname: {name}-nas\n    pools: {{ {pool}: {{}} }}\n    \
             datasets: {{ {pool}/data: {{}} }}\n    limits: {{ logins_per_minute: 1000 }}\n"
        )
    };
    let spokes: String = SPOKES.iter().map(|name| system(name, "tank")).collect();
    Fleet::start(&format!("systems:\n{}{spokes}", system("hub", "backup")))
}

/// Every spoke replicates to the hub; `of_spoke` is what each has of its own.
fn manifest(fleet: &Fleet, of_spoke: &str) {
    let hub = "ssh: { running: true }\ndatasets: { backup/home: {} }\nadmins:\n  replicator:\n    \
               home: { path: /mnt/backup/home/replicator }\n    ssh_access: true\n    \
               sudo: { no_password: zfs }";
    let mut parts = vec![("hub", hub)];
    parts.extend(SPOKES.iter().map(|name| (*name, of_spoke)));
    fleet.manifest(&parts);
    let mut text = std::fs::read_to_string(fleet.path("trueup.yaml")).expect("the manifest");
    text += "replications:\n";
    for name in SPOKES {
        text += &format!(
            "  from-{name}:\n    source: {{ system: {name}, datasets: [tank/data] }}\n    \
             destination: {{ system: hub, dataset: backup/{name}, admin: replicator }}\n"
        );
    }
    fleet.write("trueup.yaml", &text);
}

fn without_hub(fleet: &Fleet, args: &[&str]) -> Ran {
    let mut command = fleet.command(args);
    command.env("HUB_URL", "https://127.0.0.1:9");
    Ran::of(command.output().expect("trueup runs"), fleet)
}

#[test]
fn what_is_left_to_do_is_said_once_for_all_connections() {
    let fleet = fleet();
    manifest(&fleet, "");
    let ran = fleet.trueup(&["apply", "--yes", "--quiet"]).exits(0);
    assert_eq!(ran.stdout, "");
    let fleet = self::fleet();
    manifest(&fleet, "");
    fleet.trueup(&["plan", "--out", "plan.json"]).exits(0);
    let ran = fleet.trueup(&["apply", "--yes", "--plan", "plan.json"]).exits(0);
    insta::assert_snapshot!(ran.stdout);
}

#[test]
fn a_hub_that_is_down_is_named_once_and_the_rest_is_applied() {
    let fleet = fleet();
    manifest(&fleet, "");
    fleet.trueup(&["apply", "--yes"]).exits(0);
    manifest(&fleet, "datasets: { tank/new: {} }");

    let plan = without_hub(&fleet, &["plan"]).exits(3).stdout;
    insta::assert_snapshot!(plan);
    let markdown = without_hub(&fleet, &["plan", "--format", "markdown"]).exits(3).stdout;
    let (before, rest) = markdown.split_once("sha256:").expect("a fingerprint");
    insta::assert_snapshot!(format!("{before}sha256:…{}", &rest[64..]));
    let json = without_hub(&fleet, &["plan", "--format", "json"]).exits(3).json();
    let blocked = json["blocked"].as_array().expect("items");
    assert_eq!(json["summary"]["blocked"], blocked.len());
    for item in blocked {
        assert_eq!(
            (&item["reason"], &item["unread_system"]),
            (&json!("needs-unread"), &json!("hub"))
        );
    }
    // Nobody has to decide; changes may be missing.
    let ran =
        without_hub(&fleet, &["plan", "--fail-on", "blocked,risk,changes,incomplete"]).exits(3);
    ran.says("error: the plan is incomplete: changes may be missing (--fail-on incomplete)");

    let refused = without_hub(&fleet, &["apply", "--yes"]).exits(1);
    insta::assert_snapshot!(refused.stderr);
    assert!(SPOKES.iter().all(|name| fleet.calls(name).count("pool.dataset.create") == 0));
    let apply = ["apply", "--yes", "--allow", "incomplete", "--format", "json"];
    let ran = without_hub(&fleet, &apply).exits(3);
    ran.json()["steps"].as_array().expect("steps").iter().for_each(|step| {
        assert_eq!(step["result"], "applied");
    });
    let ran = ran.says(
        "warning: `hub` (https://127.0.0.1:9) is left out, with what needs it: the connection was \
         refused",
    );
    assert_eq!(ran.json()["steps"].as_array().map(Vec::len), Some(SPOKES.len()));
    assert!(SPOKES.iter().all(|name| fleet.calls(name).count("pool.dataset.create") == 1));
    // What is left is only what nobody can tell.
    without_hub(&fleet, &["apply", "--allow", "incomplete"]).exits(3);
    fleet.trueup(&["plan", "--detailed-exitcode"]).exits(0);
}

#[test]
fn a_blocked_item_needs_its_own_flag_beside_an_unread_system() {
    let fleet = fleet();
    manifest(&fleet, "datasets: { tank/new: {}, nopool/x: {} }");
    let apply = ["apply", "--yes", "--allow", "incomplete"];
    without_hub(&fleet, &apply)
        .exits(4)
        .says("error: the plan has 4 blocked items; nothing was sent")
        .says("--allow blocked");
    let both = [&apply[..], &["--allow", "blocked"]].concat();
    without_hub(&fleet, &both).exits(3);
    assert!(SPOKES.iter().all(|name| fleet.calls(name).count("pool.dataset.create") == 1));
}
