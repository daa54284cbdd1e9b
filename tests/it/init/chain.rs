//! Several pairs in one folder: each `init` writes what the files there do not say yet, and all of
//! them are one manifest.

use crate::support::{Fleet, Ran};

fn three() -> Fleet {
    let system = |name: &str, pool: &str| {
        format!(
            "  {name}:\n    release: \"25.10.6\"\n    pools: {{ {pool}: {{}} }}\n    \
             datasets: {{ {pool}/data: {{}} }}\n    \
             limits: {{ logins_per_minute: 1000, scram_iterations: 50000 }}\n"
        )
    };
    let all = [system("austin", "tank"), system("boston", "ssd"), system("chicago", "backup")];
    Fleet::start(&format!("systems:\n{}", all.concat()))
}

/// Runs `trueup init` between two systems; what is known of one need not be said.
fn init(fleet: &Fleet, [source, destination]: [&str; 2], new: &[&str], more: &[&str]) -> Ran {
    let env = fleet.env();
    let known = |name: &str, what: &str| env[&format!("{}_{what}", name.to_uppercase())].clone();
    let mut args = vec!["init".to_owned(), known(source, "URL"), known(destination, "URL")];
    for (side, name) in [("source", source), ("destination", destination)] {
        if new.contains(&name) {
            args.push(format!("--{side}-key-env={}_API_KEY", name.to_uppercase()));
            args.push(format!("--{side}-sha256={}", known(name, "TLS_SHA256")));
        }
    }
    args.extend(more.iter().map(|it| (*it).to_owned()));
    fleet.trueup(&args.iter().map(String::as_str).collect::<Vec<_>>())
}

#[test]
fn a_chain_of_pairs_is_one_manifest() {
    let fleet = three();
    init(&fleet, ["austin", "boston"], &["austin", "boston"], &[]).exits(0);
    let first = std::fs::read_to_string(fleet.path("trueup.yaml")).expect("a manifest");

    let refused = init(&fleet, ["boston", "chicago"], &["chicago"], &[]).exits(64);
    let refused = refused.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(refused.contains("in the same folder is one manifest with this one"), "{refused}");

    let out = ["--out=chicago.yaml"];
    let said = init(&fleet, ["boston", "chicago"], &["chicago"], &out).exits(0);
    assert!(said.stdout.contains("plan -f trueup.yaml -f chicago.yaml"), "{}", said.stdout);
    let text = std::fs::read_to_string(fleet.path("chicago.yaml")).expect("a manifest");
    assert!(text.contains("One manifest with `trueup.yaml`"), "{text}");
    assert!(!text.contains("  boston:"), "{text}");
    let unchanged = std::fs::read_to_string(fleet.path("trueup.yaml")).expect("a manifest");
    assert_eq!(unchanged, first);

    // Both directions, and into a system that holds copies already.
    init(&fleet, ["boston", "austin"], &[], &["--out=back.yaml"]).exits(0);
    init(&fleet, ["austin", "chicago"], &[], &["--out=third.yaml"]).exits(0);
    let files = ["trueup.yaml", "chicago.yaml", "back.yaml", "third.yaml"];
    let all: Vec<&str> = files.iter().flat_map(|it| ["-f", *it]).collect();
    let valid = fleet.trueup(&["validate", "-f", "."]).exits(0);
    assert!(valid.stdout.contains("3 systems, 4 replications"), "{}", valid.stdout);
    fleet.trueup(&[&["apply", "--yes"], &*all].concat()).exits(0);
    let plan = fleet.trueup(&["plan", "-f", "."]).exits(0);
    assert!(plan.stdout.starts_with("Plan: nothing to do"), "{}", plan.stdout);
}

#[test]
fn a_system_is_recognized_by_its_url() {
    let fleet = three();
    fleet.write(
        "systems.yaml",
        "version: 1\nsystems:\n  hub:\n    url: { env: BOSTON_URL }\n    username: truenas_admin\n    \
         api_key: { env: BOSTON_API_KEY }\n    tls: { sha256: { env: BOSTON_TLS_SHA256 } }\n    \
         ssh: { running: true, password_login: false }\n    datasets: { ssd/austin: {} }\n",
    );
    fleet.write("compose.yaml", "version: 3\nservices: {}\n");
    init(&fleet, ["austin", "boston"], &["austin"], &[]).exits(0);
    let text = std::fs::read_to_string(fleet.path("trueup.yaml")).expect("a manifest");
    assert!(text.contains("system: hub, dataset: ssd/austin"), "{text}");
    let hub = text.split("\n  hub:").nth(1).expect("the hub").split("replications:").next();
    let hub = hub.expect("its lines");
    assert!(hub.contains("start_automatically: true"), "{hub}");
    assert!(!hub.contains("url:") && !hub.contains("running: true\n"), "{hub}");
    assert!(!hub.contains("password_login") && !hub.contains("ssd/austin"), "{hub}");
    fleet.trueup(&["plan", "-f", "systems.yaml", "-f", "trueup.yaml"]).exits(0);
}

#[test]
fn a_pair_that_is_there_is_not_written_again() {
    let fleet = three();
    init(&fleet, ["austin", "boston"], &["austin", "boston"], &[]).exits(0);
    let before = fleet.calls("austin").requests;
    let again = init(&fleet, ["austin", "boston"], &[], &["--out=again.yaml"]).exits(64);
    again.says("`trueup.yaml` replicates `austin` to `boston` already: `austin-to-boston`");
    assert_eq!(fleet.calls("austin").requests, before);
    assert!(!fleet.path("again.yaml").exists());
    std::fs::create_dir(fleet.path("other")).expect("a folder");
    let both = ["austin", "boston"];
    init(&fleet, both, &both, &["--out=other/again.yaml"]).exits(0);
    init(&fleet, both, &both, &["--force"]).exits(0);
    fleet.trueup(&["validate"]).exits(0);
}

#[test]
fn a_manifest_that_is_not_valid_is_not_extended() {
    let fleet = three();
    fleet.write("broken.yaml", "version: 1\nsystems:\n  boston: { url: nonsense }\n");
    let both = ["austin", "boston"];
    let said = init(&fleet, both, &both, &[]).exits(0);
    assert!(said.stdout.ends_with("trueup plan\n"), "{}", said.stdout);
    fleet.trueup(&["validate"]).exits(0);
}
