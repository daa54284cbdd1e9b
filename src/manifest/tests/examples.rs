//! Every example is right, for the parser and for the schema that editors use.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fs};

use serde_json::Value;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every example that is a manifest; `fleet.yaml` describes simulated systems.
fn examples() -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join("examples")).expect("a folder of examples");
    let files = entries.map(|entry| entry.expect("an example").path());
    let yaml = files.filter(|path| path.extension().is_some_and(|end| end == "yaml"));
    yaml.filter(|path| !path.ends_with("fleet.yaml")).collect()
}

/// What `trueup sim --env` would set.
fn simulated(name: &str) -> Option<String> {
    let values = BTreeMap::from([
        ("BOSTON_URL", "https://127.0.0.1:40001".to_owned()),
        ("BOSTON_USERNAME", "truenas_admin".into()),
        ("BOSTON_TLS_SHA256", "4E:".repeat(31) + "4E"),
        ("CHICAGO_URL", "https://127.0.0.1:40002".into()),
        ("CHICAGO_USERNAME", "truenas_admin".into()),
        ("CHICAGO_TLS_SHA256", "1f".repeat(32)),
    ]);
    values.get(name).cloned()
}

#[test]
fn every_example_is_a_manifest() {
    let examples = examples();
    assert!(examples.len() >= 4, "{examples:?}");
    for path in examples {
        let document = super::super::load(std::slice::from_ref(&path))
            .unwrap_or_else(|errors| panic!("{}", super::render(&errors, false, 120)));
        let manifest = document
            .lower(&simulated)
            .unwrap_or_else(|errors| panic!("{}", super::render(&errors, false, 120)));
        assert_eq!(manifest.systems.len(), 2, "{}", path.display());
        let text = fs::read_to_string(&path).expect("an example");
        let first = "# yaml-language-server: $schema=../schemas/manifest.schema.json\n";
        assert!(text.starts_with(first), "{}", path.display());
    }
}

#[test]
fn every_example_fits_the_schema() {
    let validator = jsonschema::validator_for(&super::super::schema()).expect("a schema");
    for path in examples() {
        let text = fs::read_to_string(&path).expect("an example");
        let value: Value = serde_yaml::from_str(&text).expect("YAML");
        let errors: Vec<_> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{}: {errors:#?}", path.display());
    }
}

#[test]
fn the_schema_refuses_what_an_editor_can_see() {
    let validator = jsonschema::validator_for(&super::super::schema()).expect("a schema");
    let system = |text: &str| {
        let text = format!("version: 1\nsystems: {{ a: {{ {text} }} }}\n");
        validator.is_valid(&serde_yaml::from_str::<Value>(&text).expect("YAML"))
    };
    assert!(system("url: https://a, tls: { sha256: [{ env: A }] }, datasets: { t/x: }"));
    for text in [
        "url: http://a",
        "usrname: u",
        "api_key: secret",
        "api_key: { env: A, file: b }",
        "ssh: { port: 0 }",
        "datasets: { t: {} }",
        "datasets: { t/x: { compression: best } }",
        "admins: { a: { ssh_access: false } }",
        "admins: { a: { home: { path: /mnt/t } } }",
        "admins: { a: { sudo: { no_password: everything } } }",
    ] {
        assert!(!system(text), "{text}");
    }
}

#[test]
fn the_committed_schema_is_the_types() {
    let path = root().join("schemas/manifest.schema.json");
    let current = format!("{:#}\n", super::super::schema());
    if env::var_os("UPDATE_SCHEMAS").is_some() {
        fs::write(&path, &current).expect("the schema's file");
    }
    let committed = fs::read_to_string(&path).expect("the schema's file");
    assert!(committed == current, "run `UPDATE_SCHEMAS=1 cargo test` and look at the difference");
}
